"""deploy/k8s given to a real Kubernetes API server, which refuses every field that it does not know."""

import copy
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.deployment.api_server import ApiServer
from tests.deployment.rendered import OVERLAYS, Object, Pod, every_pod, objects, of_kind, pods
from tests.house_rules import ROOT

pytestmark = [pytest.mark.deployment, pytest.mark.timeout(300)]
CRDS = ROOT / "tests" / "integration" / "crds"
KNOWN_WITHIN_S = 60.0
FIRST = ("Namespace", "ServiceAccount")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    """It knows the custom resources, and has the namespace and the accounts."""
    server = ApiServer(tmp_path_factory.mktemp("kubernetes"))
    try:
        server.start()
        define(server)
        for each in (each for overlay in OVERLAYS for kind in FIRST for each in of_kind(overlay, kind)):
            assert server.apply(each).status in (200, 201)
        yield server
    finally:
        server.stop()


def define(server: ApiServer) -> None:
    definitions = [yaml.safe_load(path.read_text()) for path in sorted(CRDS.glob("*.yaml"))]
    assert definitions
    give_up_at = time.monotonic() + KNOWN_WITHIN_S
    for definition in definitions:
        answer = server.apply(definition)
        assert answer.status in (200, 201), answer.body
        group, (version, *_) = definition["spec"]["group"], definition["spec"]["versions"]
        while not server.serves(f"{group}/{version['name']}", definition["spec"]["names"]["kind"]):
            assert time.monotonic() < give_up_at, definition["metadata"]["name"]
            time.sleep(0.2)


def as_pod(pod: Pod) -> Object:
    """As its workload would make it, without what only a workload can give: volumes of its claims."""
    spec = copy.deepcopy(pod.spec)
    claims = {claim["metadata"]["name"] for claim in pod.workload["spec"].get("volumeClaimTemplates", [])}
    spec.setdefault("volumes", []).extend(
        {"name": name, "persistentVolumeClaim": {"claimName": name}} for name in claims
    )
    metadata = {"name": pod.name, "namespace": "switchroom", "labels": pod.labels}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


def test_it_is_the_version_that_its_module_names(server: ApiServer) -> None:
    module = (Path(__file__).parent / "apiserver" / "go.mod").read_text()
    assert f"k8s.io/kubernetes v{server.version()}." in module


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_it_takes_every_object_and_has_nothing_to_warn_of(server: ApiServer, overlay: str) -> None:
    for each in objects(overlay):
        answer = server.apply(each)
        assert answer.status in (200, 201), (each["kind"], each["metadata"]["name"], answer.body.get("message"))
        assert answer.warnings == (), (each["kind"], each["metadata"]["name"])


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_applying_again_changes_nothing(server: ApiServer, overlay: str) -> None:
    for each in objects(overlay):
        first, second = server.apply(each), server.apply(each)
        assert first.body["metadata"]["resourceVersion"] == second.body["metadata"]["resourceVersion"], each["kind"]


def test_it_admits_every_pod_to_the_namespace_which_takes_only_restricted_ones(server: ApiServer) -> None:
    for pod in every_pod():
        answer = server.try_to_create(as_pod(pod))
        assert answer.status == 201, (pod.name, answer.body.get("message"))
        assert answer.warnings == (), pod.name


def test_it_admits_no_pod_that_may_do_more(server: ApiServer) -> None:
    changes: list[Object] = [{"allowPrivilegeEscalation": True}, {"capabilities": {}}, {"runAsNonRoot": False}]
    for change in changes:
        pod = as_pod(pods("production")[0])
        pod["spec"]["containers"][0]["securityContext"] |= change
        answer = server.try_to_create(pod)
        assert answer.status == 403, change
        assert "violates PodSecurity" in answer.body["message"]


def test_it_refuses_a_field_that_it_does_not_know(server: ApiServer) -> None:
    wrong = copy.deepcopy(of_kind("production", "NetworkPolicy")[0])
    wrong["spec"]["polcyTypes"] = ["Ingress"]
    answer = server.apply(wrong)
    assert answer.status >= 400
    assert "polcyTypes" in answer.body["message"]


@pytest.mark.parametrize("kind", ["ServiceMonitor", "PrometheusRule", "ScaledObject"])
def test_it_refuses_what_their_operators_would_not_understand(server: ApiServer, kind: str) -> None:
    (right,) = of_kind("scaled", kind)
    wrong = copy.deepcopy(right)
    wrong["spec"]["endpints"] = []
    answer = server.apply(wrong)
    assert answer.status >= 400
    assert "endpints" in answer.body["message"]
