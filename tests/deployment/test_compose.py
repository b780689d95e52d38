"""docker-compose.yml: valid, every container limited and locked in, no secret by default, and processes that start."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.cli.demonstration.settings import DemonstrationSettings
from services.shared.environment import EnvironmentSettings, check_environment, unknown_variables
from services.shared.settings import ConnectionSettings, ProcessSettings
from tests.deployment.container_settings import KEYS, KINDS
from tests.house_rules import ROOT

FILE = ROOT / "docker-compose.yml"
COMPOSE = yaml.safe_load(FILE.read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
# What is made once and ends.
JOBS = {"bucket", "demonstration"}
PUBLISHED = {
    "ingest": {8081, 8025},
    "router": {8082},
    "agents": {8080},
    "reporting": {8083},
    "carrier": {8085},
    "prometheus": {9090},
    "grafana": {3000},
}
ASKED = re.compile(r"\$\{([A-Z0-9_]+)(:\?[^}]*)?\}")


def environment(name: str) -> dict[str, str]:
    """What a container finds in its environment when .env is as scripts/compose-env makes it."""
    given = SERVICES[name].get("environment", {})
    return {key: ASKED.sub(lambda asked: KEYS.get(asked[1], "5ec2e7"), value) for key, value in given.items()}


def test_the_file_is_valid() -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(FILE)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)  # noqa: S603
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", SERVICES)
def test_every_container_is_locked_in(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert int(service["user"].split(":")[0]) > 0
    assert not service.keys() & {"privileged", "cap_add", "devices", "pid", "ipc", "userns_mode"}
    assert all("docker.sock" not in volume for volume in service.get("volumes", []))


@pytest.mark.parametrize("name", SERVICES)
def test_every_container_is_limited(name: str) -> None:
    limits = SERVICES[name]["deploy"]["resources"]["limits"]
    assert limits.keys() >= {"cpus", "memory", "pids"}
    assert SERVICES[name]["logging"]["options"].keys() >= {"max-size", "max-file"}


@pytest.mark.parametrize("name", sorted(SERVICES.keys() - JOBS))
def test_every_container_that_stays_is_asked_for_its_health_and_started_again(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"][0] == "CMD"
    assert SERVICES[name]["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", SERVICES)
def test_every_container_has_an_image_of_one_version(name: str) -> None:
    image, _, tag = SERVICES[name]["image"].rpartition(":")
    assert image
    assert tag not in ("", "latest")


def test_ports_are_open_to_this_machine_alone_and_only_those_that_people_and_programs_use() -> None:
    for name, service in SERVICES.items():
        published = {tuple(port.rsplit(":", 2)) for port in service.get("ports", [])}
        assert {host for host, _, _ in published} <= {"127.0.0.1"}, name
        assert {int(port) for _, port, _ in published} == PUBLISHED.get(name, set()), name


def test_what_keeps_things_is_on_a_network_that_leads_nowhere() -> None:
    internal = {name for name, network in COMPOSE["networks"].items() if network.get("internal")}
    assert internal == {"services", "stores", "watching"}
    for name in ("kafka", "mongodb", "s3"):
        assert SERVICES[name]["networks"] == ["stores"]
    for name in ("carrier", "prometheus", "grafana"):
        assert "stores" not in SERVICES[name]["networks"]


def test_every_service_of_ours_can_be_reached_by_those_that_call_it() -> None:
    for name in SERVICES:
        for value in environment(name).values():
            for called in re.findall(r"(?:^|//|@)([a-z0-9]+):\d+", value):
                if called in SERVICES and called != name:
                    shared = set(SERVICES[called]["networks"]) & set(SERVICES[name]["networks"])
                    assert shared, f"{name} calls {called}"


def test_no_secret_has_a_default() -> None:
    asked = ASKED.findall(FILE.read_text())
    assert asked
    assert all(refusal.startswith(":?") for _, refusal in asked)
    for name, service in SERVICES.items():
        for variable, value in service.get("environment", {}).items():
            if re.search(r"PRIVATE|SECRET|PASSWORD|TOKEN|_KEY$", variable):
                assert ASKED.fullmatch(value), (name, variable)


def run_script(folder: Path) -> subprocess.CompletedProcess[str]:
    """scripts/compose-env, in a folder of its own."""
    script = folder / "scripts" / "compose-env"
    if not script.exists():
        script.parent.mkdir()
        (folder / ".venv" / "bin").mkdir(parents=True)
        (folder / ".venv" / "bin" / "switchroom").symlink_to(Path(sys.executable).parent / "switchroom")
        shutil.copy(ROOT / "scripts" / "compose-env", script)
    return subprocess.run([script], capture_output=True, text=True, timeout=60, check=False)  # noqa: S603


def test_the_script_makes_everything_that_is_asked_for_and_never_anew(tmp_path: Path) -> None:
    assert run_script(tmp_path).returncode == 0
    made = (tmp_path / ".env").read_text()
    variables = dict(line.split("=", 1) for line in made.splitlines() if line and not line.startswith("#"))
    assert {name for name, _ in ASKED.findall(FILE.read_text())} - variables.keys() == set()
    assert all(len(value) >= 16 for value in variables.values())
    assert len(set(variables.values()) - set(KEYS.values())) >= 10
    assert (tmp_path / ".env").stat().st_mode & 0o077 == 0

    again = run_script(tmp_path)

    assert again.returncode == 1
    assert "there already" in again.stderr
    assert (tmp_path / ".env").read_text() == made


@pytest.mark.parametrize("name", [*KINDS, "demonstration"])
def test_each_process_would_start_with_what_its_container_gives_it(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, value in environment(name).items():
        monkeypatch.setenv(variable, value)
    kinds: list[type[EnvironmentSettings]] = [KINDS.get(name, KINDS["ingest"])]
    kinds += [] if name == "carrier" else [ConnectionSettings]
    kinds += [DemonstrationSettings, KINDS["carrier"]] if name == "demonstration" else [ProcessSettings]
    check_environment(*kinds)
    assert unknown_variables(*kinds) == ()


@pytest.mark.parametrize("name", KINDS)
def test_each_health_check_asks_the_port_on_which_the_process_answers(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable, value in environment(name).items():
        monkeypatch.setenv(variable, value)
    host, port = KINDS[name]().health_at
    assert host == "0.0.0.0"  # noqa: S104  # in a container
    assert SERVICES[name]["healthcheck"]["test"] == ["CMD", "healthy", str(port)]


def test_prometheus_asks_each_service_where_it_answers() -> None:
    config = yaml.safe_load((ROOT / "deploy" / "prometheus" / "prometheus.yml").read_text())
    targets = {job["job_name"]: job["static_configs"][0]["targets"] for job in config["scrape_configs"]}
    checks = {name: SERVICES[name]["healthcheck"]["test"][-1] for name in targets}
    assert targets == {name: [f"{name}:{port}"] for name, port in checks.items()}
    assert targets.keys() == {"ingest", "router", "agents", "reporting"}


def test_every_file_that_is_mounted_is_there() -> None:
    for service in SERVICES.values():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert source in COMPOSE["volumes"] or (ROOT / source).exists(), volume
            assert source in COMPOSE["volumes"] or volume.endswith(":ro"), volume
