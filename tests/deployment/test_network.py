"""Who may talk to whom in deploy/k8s: nobody, but for the pairs that stand here."""

from collections.abc import Iterator

import pytest

from tests.deployment.rendered import NAME, OURS, OVERLAYS, Object, Pod, of_kind, pods, selects

pytestmark = pytest.mark.deployment

BETWEEN_SERVICES = {("agents", "router", "grpc"), ("agents", "reporting", "http")}
LOCAL = (
    BETWEEN_SERVICES
    | {(service, store, store) for service in OURS for store in ("kafka", "mongodb", "s3")}
    | {("mongodb", "mongodb", "mongodb")}
    | {("ingest", "carrier", "http"), ("carrier", "ingest", "http"), ("carrier", "ingest", "smtp")}
)
# With TLS (components/tls) the agents service has a door of its own to reporting; routers hand calls on to each other.
WITH_TLS = {("agents", "router", "grpc"), ("agents", "reporting", "internal"), ("router", "router", "grpc")}
EXPECTED = {"local": LOCAL, "production": WITH_TLS, "scaled": WITH_TLS}
FROM_LABELLED_NAMESPACES = {
    ("switchroom/edge", "ingest", "http"),
    ("switchroom/edge", "agents", "http"),
    ("switchroom/edge", "reporting", "http"),
    ("switchroom/programs", "agents", "http"),
    ("switchroom/programs", "reporting", "http"),
    ("switchroom/programs", "router", "grpc"),
    *(("switchroom/monitoring", service, "http") for service in OURS),
}


def policies(overlay: str) -> list[Object]:
    return [each["spec"] for each in of_kind(overlay, "NetworkPolicy")]


def rules(overlay: str, pod: Pod, direction: str) -> Iterator[Object]:
    """The rules that let something in to, or out of, a pod."""
    for policy in policies(overlay):
        if selects(policy["podSelector"], pod.labels) and direction.capitalize() in policy["policyTypes"]:
            yield from policy.get(direction, [])


def lets_through(rule: Object, end: str, other: Pod, port: tuple[str, int]) -> bool:
    """Whether a rule lets the other pod be this end of a connection to that port, by its name or its number."""
    peers = [peer for peer in rule.get(end, []) if "podSelector" in peer and "namespaceSelector" not in peer]
    told = any(selects(peer["podSelector"], other.labels) for peer in peers)
    return told and any(each["port"] in port for each in rule["ports"])


def may_talk(overlay: str, client: Pod, server: Pod, port: tuple[str, int]) -> bool:
    out = any(lets_through(rule, "to", server, port) for rule in rules(overlay, client, "egress"))
    into = any(lets_through(rule, "from", client, port) for rule in rules(overlay, server, "ingress"))
    return out and into


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_nothing_is_let_through_by_default(overlay: str) -> None:
    (default,) = [each for each in policies(overlay) if each["podSelector"] == {} and "egress" not in each]
    assert sorted(default["policyTypes"]) == ["Egress", "Ingress"]
    assert "ingress" not in default


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_pods_talk_to_each_other_in_these_pairs_and_in_no_other(overlay: str) -> None:
    found = {
        (client.name, server.name, name)
        for client in pods(overlay)
        for server in pods(overlay)
        for name, number in server.ports.items()
        if may_talk(overlay, client, server, (name, number))
    }
    assert found == EXPECTED[overlay]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_other_namespaces_get_in_by_their_labels_alone(overlay: str) -> None:
    found = set()
    for pod in pods(overlay):
        for rule in rules(overlay, pod, "ingress"):
            for peer in (peer for peer in rule["from"] if "namespaceSelector" in peer):
                (label,) = peer["namespaceSelector"]["matchLabels"]
                found |= {(label, pod.name, port["port"]) for port in rule["ports"]}
    assert found == FROM_LABELLED_NAMESPACES


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_from_anywhere_nothing_comes_in_but_mail_where_it_is_meant_to(overlay: str) -> None:
    from_addresses = {
        (pod.labels[NAME], port["port"])
        for pod in pods(overlay)
        for rule in rules(overlay, pod, "ingress")
        if any("ipBlock" in peer for peer in rule["from"])
        for port in rule["ports"]
    }
    assert from_addresses == ({("ingest", "smtp")} if overlay != "local" else set())


def test_out_to_the_world_go_blobs_and_mail_and_nothing_to_the_machines_metadata() -> None:
    worldwide = set()
    for pod in pods("production"):
        for rule in rules("production", pod, "egress"):
            for block in (peer["ipBlock"] for peer in rule["to"] if "ipBlock" in peer):
                if block["cidr"] == "0.0.0.0/0":
                    assert {"169.254.0.0/16", "10.0.0.0/8"} <= set(block["except"])
                    worldwide |= {(pod.name, port["port"]) for port in rule["ports"]}
    assert worldwide == {*((service, 443) for service in OURS), ("ingest", 587)}


def test_from_the_test_cluster_nothing_goes_out_to_the_world() -> None:
    for policy in policies("local"):
        assert all("ipBlock" not in peer for rule in policy.get("egress", []) for peer in rule["to"])


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_rule_names_both_who_and_which_port(overlay: str) -> None:
    for policy in policies(overlay):
        for rule in [*policy.get("ingress", []), *policy.get("egress", [])]:
            assert rule.get("from") or rule.get("to"), policy
            assert rule["ports"], policy
