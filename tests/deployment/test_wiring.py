"""What deploy/k8s plugs together fits: services and pods, variables and settings, secrets and what the page tells."""

import re
from collections.abc import Iterator
from importlib import import_module

import pytest

from services.shared.environment import EnvironmentSettings, check_environment, unknown_variables
from services.shared.settings import ConnectionSettings, ProcessSettings
from tests.deployment.container_settings import KINDS, SECRETS
from tests.deployment.rendered import OURS, OVERLAYS, Pod, named, objects, of_kind, pods, selects
from tests.house_rules import ROOT

pytestmark = pytest.mark.deployment
PAGE = ROOT / "docs" / "deployment.md"
SOUNDS_SECRET = re.compile(r"PRIVATE|SECRET|PASSWORD|TOKEN|_KEY$|MONGO_URL")


def variables(pod: Pod) -> dict[str, str]:
    """What the process finds in its environment; secrets as the page says that they are made."""
    found: dict[str, str] = {}
    for source in pod.main.get("envFrom", []):
        if "configMapRef" in source:
            config = named(pod.overlay, "ConfigMap", source["configMapRef"]["name"].rpartition("-")[0])
            found |= config["data"]
        else:
            found |= SECRETS[source["secretRef"]["name"]]
    found |= {each["name"]: each.get("value", "10.0.0.1") for each in pod.main.get("env", [])}
    return {name: value.replace("$(POD_IP)", "10.0.0.1") for name, value in found.items()}


def secrets_of(pod: Pod) -> set[str]:
    """The Secrets that it asks for."""
    whole = {source["secretRef"]["name"] for source in pod.main.get("envFrom", []) if "secretRef" in source}
    values = (each["valueFrom"] for each in pod.main.get("env", []) if "valueFrom" in each)
    single = {value["secretKeyRef"]["name"] for value in values if "secretKeyRef" in value}
    return whole | single | {each["secret"]["secretName"] for each in pod.spec["volumes"] if "secret" in each}


def our_pods() -> Iterator[Pod]:
    for overlay in OVERLAYS:
        yield from (pod for pod in pods(overlay) if pod.name in KINDS)


@pytest.mark.parametrize(
    ("overlay", "name"), [*((overlay, name) for overlay in OVERLAYS for name in OURS), ("local", "carrier")]
)
def test_each_process_would_start_with_what_its_pod_gives_it(
    overlay: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (found,) = [each for each in pods(overlay) if each.name == name]
    for variable, value in variables(found).items():
        monkeypatch.setenv(variable, value)
    kinds: list[type[EnvironmentSettings]] = [KINDS[name], ProcessSettings]
    if name != "carrier":
        kinds.append(ConnectionSettings)
    check_environment(*kinds)
    assert unknown_variables(*kinds) == ()


def test_each_pod_listens_where_its_probes_and_services_look_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for pod in our_pods():
        with monkeypatch.context() as environment:
            for variable, value in variables(pod).items():
                environment.setenv(variable, value)
            host, port = KINDS[pod.name]().health_at
        assert (host, port) == ("0.0.0.0", pod.ports["http"]), pod.name  # noqa: S104  # in a pod


def test_each_pod_runs_the_service_that_it_is_named_for() -> None:
    for pod in our_pods():
        assert pod.main["args"] == [pod.name]
        module = "services.cli.carrier" if pod.name == "carrier" else f"services.{pod.name}"
        assert import_module(f"{module}.app")


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_service_has_pods_and_every_port_is_theirs(overlay: str) -> None:
    for service in of_kind(overlay, "Service"):
        spec = service["spec"]
        (pod,) = [pod for pod in pods(overlay) if selects({"matchLabels": spec["selector"]}, pod.labels)]
        for port in spec["ports"]:
            target = port.get("targetPort", port["port"])
            assert target in pod.ports or target in pod.ports.values(), (service["metadata"]["name"], port)


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_what_one_part_calls_another_by_is_the_name_and_port_of_a_service(overlay: str) -> None:
    known = {
        f"{service['metadata']['name']}:{port['port']}"
        for service in of_kind(overlay, "Service")
        for port in service["spec"]["ports"]
    }
    for config in of_kind(overlay, "ConfigMap"):
        for variable, value in config["data"].items():
            called = set(re.findall(r"(?:^|//)([a-z0-9]+:\d+)(?=[/\"]|$)", value)) - {"localhost:8080"}
            assert called <= known, (variable, value)


def test_the_edge_leads_to_services_and_shows_no_metrics() -> None:
    (edge,) = of_kind("production", "Ingress")
    leads_to = {
        (rule["host"], path["path"], path["backend"]["service"]["name"], path["backend"]["service"]["port"]["name"])
        for rule in edge["spec"]["rules"]
        for path in rule["http"]["paths"]
    }
    assert {service for _, _, service, _ in leads_to} == {"ingest", "agents", "reporting"}
    for _, _, service, port in leads_to:
        assert port in {each["name"] for each in named("production", "Service", service)["spec"]["ports"]}
    assert ("figures.example.com", "/v1/", "reporting", "http") in leads_to
    covered = {host for each in edge["spec"]["tls"] for host in each["hosts"]}
    assert covered == {rule["host"] for rule in edge["spec"]["rules"]}


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_no_secret_is_in_the_manifests(overlay: str) -> None:
    assert of_kind(overlay, "Secret") == []
    for config in of_kind(overlay, "ConfigMap"):
        secret = [key for key in config["data"] if SOUNDS_SECRET.search(key)]
        assert secret == [], config["metadata"]["name"]
    for pod in pods(overlay):
        for variable in pod.main.get("env", []):
            told = "valueFrom" in variable or variable["name"].endswith("_FILE")
            assert told or not SOUNDS_SECRET.search(variable["name"]), (pod.name, variable)


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_secret_that_a_pod_asks_for_is_made_on_the_page(overlay: str) -> None:
    page = PAGE.read_text()
    asked = {name for pod in pods(overlay) for name in secrets_of(pod)}
    assert asked >= {"connections", "ingest", "router", "agents", "reporting"}
    for name in asked:
        assert name in SECRETS or name.endswith("-tls"), name
        assert re.search(rf"\b{name}\b", page), f"docs/deployment.md does not say how Secret {name} is made"


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_object_is_of_this_system_and_in_its_namespace(overlay: str) -> None:
    for each in objects(overlay):
        if each["kind"] != "Namespace":
            assert each["metadata"]["namespace"] == "switchroom", each["metadata"]["name"]


def test_the_monitor_finds_one_port_of_each_service() -> None:
    (monitor,) = of_kind("production", "ServiceMonitor")
    ports = {endpoint["port"] for endpoint in monitor["spec"]["endpoints"]}
    scraped = [
        service["metadata"]["name"]
        for service in of_kind("production", "Service")
        if selects(monitor["spec"]["selector"], service["metadata"]["labels"])
        for port in service["spec"]["ports"]
        if port["name"] in ports
    ]
    assert sorted(scraped) == ["agents", "ingest", "reporting", "router"]
