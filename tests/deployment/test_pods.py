"""Every pod of deploy/k8s: without privileges, limited, probed, covered by a policy and a disruption budget."""

import pytest

from services.shared.settings import ConnectionSettings
from tests.deployment.metric_names import unknown
from tests.deployment.rendered import NAME, OURS, OVERLAYS, Pod, every_pod, named, of_kind, pods, selects

pytestmark = pytest.mark.deployment
RESOURCES = {"cpu", "memory", "ephemeral-storage"}
STOP_S = 30
PARTITIONS = ConnectionSettings.model_fields["kafka_partitions"].default
ONE_ROUTER = {("router", "local")}


def test_there_are_pods_of_all_four_services_in_each_overlay() -> None:
    for overlay in OVERLAYS:
        assert {pod.name for pod in pods(overlay)} >= set(OURS)


def test_every_pod_runs_as_an_ordinary_user_under_the_runtimes_own_filter() -> None:
    for pod in every_pod():
        context = pod.spec["securityContext"]
        assert context["runAsNonRoot"] is True, pod
        assert context["runAsUser"] >= 100, pod
        assert context["runAsGroup"] >= 100, pod
        assert context["seccompProfile"] == {"type": "RuntimeDefault"}, pod


def test_no_pod_shares_anything_with_its_node_or_may_ask_the_cluster() -> None:
    for pod in every_pod():
        shared = {"hostNetwork", "hostPID", "hostIPC"} & pod.spec.keys()
        assert not shared, pod
        assert all("hostPath" not in volume for volume in pod.spec.get("volumes", [])), pod
        assert all("hostPort" not in port for port in pod.main.get("ports", [])), pod
        assert pod.spec["automountServiceAccountToken"] is False, pod
        assert pod.spec["enableServiceLinks"] is False, pod
    for overlay in OVERLAYS:
        assert of_kind(overlay, "Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding") == []


def test_every_container_is_read_only_and_has_no_privileges() -> None:
    for pod in every_pod():
        for container in pod.containers:
            context = container["securityContext"]
            assert context["readOnlyRootFilesystem"] is True, (pod.name, container["name"])
            assert context["allowPrivilegeEscalation"] is False, (pod.name, container["name"])
            assert context["privileged"] is False, (pod.name, container["name"])
            assert context["capabilities"] == {"drop": ["ALL"]}, (pod.name, container["name"])


def test_every_container_is_limited_in_all_it_can_use_up() -> None:
    for pod in every_pod():
        for container in pod.containers:
            assert container["resources"]["requests"].keys() >= RESOURCES, (pod.name, container["name"])
            assert container["resources"]["limits"].keys() >= RESOURCES, (pod.name, container["name"])
        for volume in pod.spec.get("volumes", []):
            assert "emptyDir" not in volume or "sizeLimit" in volume["emptyDir"], (pod.name, volume)


def test_every_image_is_of_one_version() -> None:
    for pod in every_pod():
        for container in pod.containers:
            name, _, tag = container["image"].rpartition(":")
            assert name, (pod.name, container["image"])
            assert tag not in ("", "latest"), (pod.name, container["image"])


def test_every_pod_is_probed_at_its_start_for_life_and_for_readiness_on_a_port_that_it_has() -> None:
    for pod in every_pod():
        for probe in (pod.main[kind] for kind in ("startupProbe", "livenessProbe", "readinessProbe")):
            asked = probe.get("httpGet") or probe.get("tcpSocket") or probe.get("grpc")
            if asked is not None:
                assert asked["port"] in pod.ports or asked["port"] in pod.ports.values(), (pod.name, probe)
            else:
                assert probe["exec"]["command"], (pod.name, probe)


def test_our_probes_ask_for_life_and_readiness_by_http_and_the_routers_readiness_by_grpc_where_it_is_plain() -> None:
    for overlay in OVERLAYS:
        for pod in (pod for pod in pods(overlay) if pod.name in OURS):
            assert pod.main["livenessProbe"]["httpGet"]["path"] == "/healthz"
            ready = pod.main["readinessProbe"]
            by_grpc = pod.name == "router" and not has_certificate(pod)
            assert set(ready) & {"grpc", "httpGet"} == ({"grpc"} if by_grpc else {"httpGet"})
            assert by_grpc or ready["httpGet"] == {"path": "/readyz", "port": "http"}


def test_whoever_is_called_or_calls_has_its_own_certificate_in_production_and_its_process_alone_reads_the_key() -> None:
    found = {pod.name for pod in pods("production") if has_certificate(pod)}
    assert found == {"router", "agents", "reporting"}
    for pod in (pod for pod in pods("production") if pod.name in found):
        (volume,) = [each for each in pod.spec["volumes"] if each["name"] == "tls"]
        assert volume["secret"] == {"secretName": f"{pod.name}-tls", "defaultMode": 0o440}
        (mount,) = [each for each in pod.main["volumeMounts"] if each["name"] == "tls"]
        told = [each["value"] for each in pod.main["env"] if each["name"].startswith("SWITCHROOM_TLS_")]
        # As cert-manager and `switchroom certificates` call them.
        assert told == [f"{mount['mountPath']}/{file}" for file in ("tls.crt", "tls.key", "ca.crt")]
        assert mount["readOnly"]


def has_certificate(pod: Pod) -> bool:
    return any(each["name"] == "SWITCHROOM_TLS_CERT_FILE" for each in pod.main.get("env", []))


def test_every_service_of_ours_has_the_time_to_stop_in_order() -> None:
    for pod in (pod for pod in every_pod() if pod.name in OURS):
        before = pod.main["lifecycle"]["preStop"]["sleep"]["seconds"]
        assert pod.spec["terminationGracePeriodSeconds"] >= before + STOP_S, pod.name


def test_every_pod_has_one_disruption_budget_that_lets_nodes_be_emptied() -> None:
    for overlay in OVERLAYS:
        budgets = of_kind(overlay, "PodDisruptionBudget")
        for pod in pods(overlay):
            (budget,) = [each for each in budgets if selects(each["spec"]["selector"], pod.labels)]
            assert budget["spec"]["maxUnavailable"] == 1, pod.name
        assert len(budgets) == len(pods(overlay))


def test_every_pod_is_spread_over_nodes_by_its_own_labels() -> None:
    for pod in every_pod():
        constraints = pod.spec["topologySpreadConstraints"]
        keys = {each["topologyKey"] for each in constraints}
        assert "kubernetes.io/hostname" in keys, pod.name
        assert pod.name not in OURS or "topology.kubernetes.io/zone" in keys, pod.name
        assert all(each["labelSelector"] == {"matchLabels": {NAME: pod.labels[NAME]}} for each in constraints), pod.name


def test_every_pod_has_an_account_of_its_own_that_is_there() -> None:
    for overlay in OVERLAYS:
        accounts = {each["metadata"]["name"]: each for each in of_kind(overlay, "ServiceAccount")}
        assert {pod.spec["serviceAccountName"] for pod in pods(overlay)} == set(accounts)
        assert all(account["automountServiceAccountToken"] is False for account in accounts.values())


def test_router_and_reporting_are_one_each_and_the_old_one_goes_first() -> None:
    single = [pod for pod in every_pod() if pod.name == "reporting" or (pod.name, pod.overlay) in ONE_ROUTER]
    assert len(single) == len(OVERLAYS) + len(ONE_ROUTER)
    for pod in single:
        assert pod.workload["spec"]["replicas"] == 1
        assert pod.workload["spec"]["strategy"] == {"type": "Recreate"}


def test_what_is_scaled_by_its_load_has_no_number_of_replicas_in_the_manifests() -> None:
    scalers = of_kind("production", "HorizontalPodAutoscaler")
    scaled = {scaler["spec"]["scaleTargetRef"]["name"] for scaler in scalers}
    assert scaled == {"ingest", "agents"}
    assert all(1 <= scaler["spec"]["minReplicas"] < scaler["spec"]["maxReplicas"] for scaler in scalers)
    for pod in pods("production"):
        assert ("replicas" in pod.workload["spec"]) is (pod.name not in scaled), pod.name


def test_several_routers_go_and_come_one_at_a_time_and_never_two_on_one_node_without_need() -> None:
    (router,) = [pod for pod in pods("scaled") if pod.name == "router"]
    assert router.workload["spec"]["strategy"] == {
        "type": "RollingUpdate",
        "rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1},
    }
    by_node = [each for each in router.spec["topologySpreadConstraints"] if each["topologyKey"].endswith("/hostname")]
    assert [each["whenUnsatisfiable"] for each in by_node] == ["DoNotSchedule"]


def test_routers_are_no_fewer_than_three_and_no_more_than_there_are_partitions() -> None:
    (scaler,) = of_kind("scaled", "ScaledObject")
    assert scaler["spec"]["scaleTargetRef"]["name"] == "router"
    (router,) = [pod for pod in pods("scaled") if pod.name == "router"]
    assert "replicas" not in router.workload["spec"]
    connections = named("scaled", "ConfigMap", "connections")["data"]
    partitions = int(connections.get("SWITCHROOM_KAFKA_PARTITIONS", PARTITIONS))
    assert (scaler["spec"]["minReplicaCount"], scaler["spec"]["maxReplicaCount"]) == (3, partitions)


def test_what_routers_are_scaled_by_is_a_metric_of_ours() -> None:
    (scaler,) = of_kind("scaled", "ScaledObject")
    queries = [trigger["metadata"]["query"] for trigger in scaler["spec"]["triggers"]]
    assert queries
    assert unknown(queries) == set()


def test_a_cluster_without_keda_gets_nothing_of_it() -> None:
    for overlay in ("local", "production"):
        assert of_kind(overlay, "ScaledObject") == []


def test_the_namespace_refuses_any_other_kind_of_pod() -> None:
    for overlay in OVERLAYS:
        (namespace,) = of_kind(overlay, "Namespace")
        assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
        others = {each["metadata"].get("namespace") for each in of_kind(overlay, *("Deployment", "StatefulSet"))}
        assert others == {namespace["metadata"]["name"]}
