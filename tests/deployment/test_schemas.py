"""Every object of deploy/k8s is what two current Kubernetes versions publish as its form, with no field unknown."""

import copy

import kubernetes_validate  # type: ignore[import-untyped]
import pytest

from tests.deployment.rendered import OVERLAYS, Object, objects, pods

pytestmark = pytest.mark.deployment
VERSIONS = ("1.36", "1.37")
# Of other projects: the API server checks them, by the definitions in tests/integration/crds.
OTHERS = ("monitoring.coreos.com/", "keda.sh/")


def ours(overlay: str) -> list[Object]:
    return [each for each in objects(overlay) if not each["apiVersion"].startswith(OTHERS)]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_object_has_the_form_of_its_kind(overlay: str, version: str) -> None:
    for each in ours(overlay):
        assert kubernetes_validate.validate(each, version, strict=True)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_field_that_is_not_known_is_seen(version: str) -> None:
    wrong = copy.deepcopy(pods("local")[0].workload)
    wrong["spec"]["template"]["spec"]["containers"][0]["redinessProbe"] = {}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, version, strict=True)
