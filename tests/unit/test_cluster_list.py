"""The list that scripts/cluster runs: each process is told enough, by names that it knows, and has ports of its own."""

import os
from pathlib import Path

import pytest

from scripts.cluster_folder import ClusterFolder
from scripts.cluster_list import Listed
from scripts.cluster_ports import block_of_ports
from services.agents.settings import AgentsSettings
from services.cli.carrier.settings import CarrierSettings
from services.ingest.settings import IngestSettings
from services.reporting.settings import ReportingSettings
from services.router.settings import RouterSettings
from services.shared.environment import EnvironmentSettings, check_environment, unknown_variables
from services.shared.settings import ConnectionSettings, ProcessSettings

CONNECTED = (ConnectionSettings, ProcessSettings)
TOLD: dict[str, tuple[type[EnvironmentSettings], ...]] = {
    "router-1": (*CONNECTED, RouterSettings),
    "router-12": (*CONNECTED, RouterSettings),
    "ingest": (*CONNECTED, IngestSettings),
    "agents": (*CONNECTED, AgentsSettings),
    "reporting": (*CONNECTED, ReportingSettings),
    "carrier": (ProcessSettings, CarrierSettings),
}


@pytest.fixture
def folder(tmp_path: Path) -> ClusterFolder:
    return ClusterFolder(tmp_path / "cluster")


@pytest.fixture
def no_variables(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The process's environment has none of ours."""
    for name in tuple(os.environ):
        if name.startswith("SWITCHROOM_"):
            monkeypatch.delenv(name)
    return monkeypatch


@pytest.mark.parametrize("name", TOLD)
def test_a_process_is_told_all_that_it_needs_and_nothing_that_it_does_not_know(
    folder: ClusterFolder, no_variables: pytest.MonkeyPatch, name: str
) -> None:
    for variable, value in folder.processes()[name].environment.items():
        no_variables.setenv(variable, value)
    check_environment(*TOLD[name])
    assert unknown_variables(*TOLD[name]) == ()


def test_every_process_that_is_listed_is_tried_here(folder: ClusterFolder) -> None:
    assert set(folder.list.names(routers=1)) == {"mongo", "router-1", "ingest", "agents", "reporting", "carrier"}
    assert [name for name in folder.processes() if name.startswith("router-")] == [f"router-{n}" for n in range(1, 13)]


def test_no_two_processes_have_a_port_in_common(folder: ClusterFolder) -> None:
    ports = [port for each in folder.processes().values() for port in each.ports.values()]
    ports += [folder.kafka.port_of(broker) + more for broker in folder.kafka.all for more in (0, 1)]
    assert len(ports) == len(set(ports))


def test_what_was_kept_is_there_at_the_next_start_with_the_same_ports_and_secrets_and_for_its_owner_alone(
    folder: ClusterFolder,
) -> None:
    folder.keep({"SWITCHROOM_KAFKA_PARTITIONS": "4"})

    again = ClusterFolder(folder.path, brokers=1)

    assert again.kept == folder.kept
    assert again.kafka.number == 3
    assert again.told_to("ingest")["SWITCHROOM_KAFKA_PARTITIONS"] == "4"
    assert again.environment()["SWITCHROOM_KAFKA_REPLICATION"] == "3"
    assert {path.stat().st_mode & 0o077 for path in folder.path.glob("cluster.*")} == {0}


def test_a_process_is_told_nothing_of_ours_by_the_callers_environment(
    folder: ClusterFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SWITCHROOM_KAFKA_SERVERS", "elsewhere:1")
    monkeypatch.setenv("SOMETHING_ELSE", "1")
    told = folder.told_to("router-2")
    assert told["SWITCHROOM_KAFKA_SERVERS"] == folder.kafka.bootstrap
    assert told["SOMETHING_ELSE"] == "1"
    assert not [name for name in folder.told_to("mongo") if name.startswith("SWITCHROOM_")]


def test_a_cluster_of_one_broker_has_one_replica(tmp_path: Path) -> None:
    environment = ClusterFolder(tmp_path, brokers=1).environment()
    assert environment["SWITCHROOM_KAFKA_REPLICATION"] == environment["SWITCHROOM_KAFKA_MIN_INSYNC"] == "1"


def test_with_a_first_port_all_of_them_follow_it(tmp_path: Path) -> None:
    first = block_of_ports(100)[0]
    folder = ClusterFolder(tmp_path, first_port=first)
    assert {port - first for each in folder.processes().values() for port in each.ports.values()} <= set(range(100))


def test_each_router_is_the_same_but_for_its_ports(folder: ClusterFolder) -> None:
    def without_ports(listed: Listed) -> dict[str, str]:
        return {name: value for name, value in listed.environment.items() if not name.endswith("_PORT")}

    processes = folder.processes()
    assert without_ports(processes["router-1"]) == without_ports(processes["router-2"])
    assert processes["router-1"].ready != processes["router-2"].ready
