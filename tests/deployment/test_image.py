"""The image: small, without what builds it, and each service starts from it with nothing that it could write to."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deployment.container import Image, Running, laid_out, listening_at
from tests.deployment.container_settings import KINDS, SECRETS
from tests.fakes.server_process import free_port

pytestmark = [pytest.mark.deployment, pytest.mark.timeout(300)]
SITE_PACKAGES = "opt/switchroom/lib/python3*/site-packages"
# Of what we put on top of the base, in bytes of files.
OURS_BYTES_MAX = 330 * 1024 * 1024
CONNECTED = ["ingest", "router", "agents", "reporting"]


@pytest.fixture(scope="module")
def image() -> Iterator[Image]:
    with laid_out() as image:
        yield image


def start(image: Image, name: str, log: Path, variables: dict[str, str]) -> Running:
    ports, port = listening_at(name)
    with log.open("wb") as output:
        running = image.run([name], SECRETS[name] | ports | variables, output)
    running.port = port
    return running


def nowhere() -> dict[str, str]:
    """Connections to servers that are not there."""
    return {
        "SWITCHROOM_KAFKA_SERVERS": f"127.0.0.1:{free_port()}",
        "SWITCHROOM_MONGO_URL": f"mongodb://127.0.0.1:{free_port()}/",
        "SWITCHROOM_S3_BUCKET": "switchroom",
        "SWITCHROOM_INGEST_PUBLIC_URL": "https://contact.example",
        "SWITCHROOM_S3_ENDPOINT": f"http://127.0.0.1:{free_port()}",
    }


@pytest.mark.parametrize("name", KINDS)
def test_each_service_says_what_it_is_not_told_and_ends(image: Image, name: str, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with log.open("wb") as output:
        status = image.run([name], {}, output).wait()
    said = log.read_text()
    assert status == 2, said
    for variable in SECRETS[name]:
        if "TWILIO" not in variable and "CONTROL" not in variable:
            assert variable in said
    assert "Traceback" not in said
    if name in CONNECTED:
        assert "SWITCHROOM_KAFKA_SERVERS" in said
        assert "SWITCHROOM_MONGO_URL" in said


@pytest.mark.parametrize("name", CONNECTED)
def test_each_service_is_alive_but_not_ready_while_it_waits_for_kafka_and_stops_in_order(
    image: Image, name: str, tmp_path: Path
) -> None:
    running = start(image, name, tmp_path / "log", nowhere())
    try:
        status, _ = running.get_once_it_answers("/healthz")
        assert status == 200
        status, why = running.get("/readyz")
        assert status == 503
        assert "it waits for" in why
        assert running.stop() == 0, (tmp_path / "log").read_text()
    finally:
        running.kill()
    assert "Read-only file system" not in (tmp_path / "log").read_text()


def test_the_simulated_carrier_is_ready_on_its_own(image: Image, tmp_path: Path) -> None:
    running = start(image, "carrier", tmp_path / "log", {})
    try:
        assert running.get_once_it_answers("/healthz")[0] == 200
        assert running.get("/readyz")[0] == 200
        assert running.get("/phone")[0] < 500
        assert running.stop() == 0, (tmp_path / "log").read_text()
    finally:
        running.kill()


def test_the_command_line_is_in_it_and_makes_keys(image: Image, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with log.open("wb") as output:
        assert image.run(["switchroom", "keys"], {}, output).wait() == 0
    assert "SWITCHROOM_AGENTS_PRIVATE_KEY=" in log.read_text()


@pytest.mark.parametrize("words", [[], ["sh"], ["ingest;router"]])
def test_anything_else_is_refused_and_the_services_are_named(image: Image, words: list[str], tmp_path: Path) -> None:
    log = tmp_path / "log"
    with log.open("wb") as output:
        assert image.run(words, {}, output).wait() == 64
    assert "ingest, router, agents, reporting" in log.read_text()


def test_it_runs_as_a_user_who_owns_none_of_the_code(image: Image) -> None:
    assert image.config["User"] == "10001:10001"
    owned = [path for path in (image.root / "opt").rglob("*") if path.lstat().st_uid != 0]
    assert owned == []
    assert (image.root / "var/lib/switchroom/blobs").stat().st_uid == 10001


def test_nothing_that_builds_or_tests_is_in_it(image: Image) -> None:
    (packages,) = image.root.glob(SITE_PACKAGES)
    names = {path.name for path in packages.iterdir()}
    assert {"services", "switchroom", "aiokafka", "pymongo"} <= names
    assert not names & {"pip", "hatchling", "setuptools", "wheel", "pytest", "tests"}
    assert not (image.root / "build").exists() or not list((image.root / "build").iterdir())


def test_no_secret_and_nothing_of_the_working_copy_is_in_it(image: Image) -> None:
    ours = (path for top in ("opt", "var/lib/switchroom", "build") for path in (image.root / top).rglob("*"))
    assert not {path.name for path in ours} & {".env", ".git", "secrets.json", "docker-compose.yml", "test_image.py"}
    assert all("SWITCHROOM" not in variable for variable in image.config["Env"])


def test_everything_is_compiled_already(image: Image) -> None:
    (packages,) = image.root.glob(SITE_PACKAGES)
    for package in ("services", "switchroom", "aiokafka", "fastapi"):
        sources = list((packages / package).rglob("*.py"))
        assert sources
        uncompiled = [
            path for path in sources if not list((path.parent / "__pycache__").glob(f"{path.stem}.cpython-*"))
        ]
        assert uncompiled == []


def test_it_is_small(image: Image) -> None:
    files = [path.lstat() for path in (image.root / "opt").rglob("*")]
    taken = sum(file.st_size for file in files)
    print(f"image: {taken // (1024 * 1024)} MiB on top of the base")  # noqa: T201  # a figure for docs/numbers.md
    assert taken < OURS_BYTES_MAX
