"""`switchroom doctor` by the environment: settings that are wrong, servers that are away, and no secret told."""

import gc
import json
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from services.cli.app import app
from services.cli.doctor import system
from services.cli.doctor.finding import State
from services.cli.doctor.guarded import findings
from services.shared.distributed import open_objects
from services.shared.settings import ConnectionSettings
from tests.fakes.mongo_server import MongoServer, needs_mongo
from tests.fakes.s3_server import S3Server, needs_s3
from tests.fakes.server_process import free_port

SECRET = "very-secret"
# The driver leaves a socket to the garbage collector when it is cancelled while it connects (its PYTHON-5867).
pytestmark = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")


@pytest.fixture(autouse=True)
def nothing_is_left_for_other_tests() -> Iterator[None]:
    yield
    gc.collect()


def environment(folder: Path, mongo_url: str) -> dict[str, str]:
    return {
        "SWITCHROOM_KAFKA_SERVERS": f"127.0.0.1:{free_port()}",
        "SWITCHROOM_MONGO_URL": mongo_url,
        "SWITCHROOM_BLOBS_FOLDER": str(folder),
    }


@pytest.fixture
def clean(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in ("KAFKA_SERVERS", "MONGO_URL", "BLOBS_FOLDER"):
        monkeypatch.delenv(f"SWITCHROOM_{name}", raising=False)
    return monkeypatch


def test_settings_that_are_missing_are_all_told(clean: pytest.MonkeyPatch) -> None:
    done = CliRunner().invoke(app, ["doctor", "--json"])
    told = json.loads(done.stdout)
    assert (done.exit_code, told["status"]) == (2, 2)
    assert any("SWITCHROOM_KAFKA_SERVERS is missing" in each["saw"] for each in told["findings"])


def test_servers_that_are_away_fail_one_by_one_and_no_password_is_told(
    tmp_path: Path, clean: pytest.MonkeyPatch
) -> None:
    url = f"mongodb://user:{SECRET}@127.0.0.1:{free_port()}/?serverSelectionTimeoutMS=300"
    for name, value in environment(tmp_path, url).items():
        clean.setenv(name, value)

    done = CliRunner().invoke(app, ["doctor", "--json", "--at", f"http://127.0.0.1:{free_port()}"])

    states = {each["check"]: each["state"] for each in json.loads(done.stdout)["findings"]}
    assert done.exit_code == 2
    assert (states["Kafka"], states["logs"], states["MongoDB"]) == ("fail", "fail", "fail")
    assert (states["blob store"], states["replication"]) == ("ok", "warn")
    assert SECRET not in done.output


@needs_mongo
@pytest.mark.parametrize(("alone", "saw"), [(True, "a server that stands alone"), (False, "with 1 members")])
async def test_a_server_that_stands_alone_is_told_from_a_replica_set(tmp_path: Path, *, alone: bool, saw: str) -> None:
    server = MongoServer(tmp_path, alone=alone)
    server.start()
    try:
        settings = ConnectionSettings(kafka_servers="a:1", mongo_url=server.url, blobs_folder=tmp_path)
        finding = await system.mongo(settings)
    finally:
        server.kill()
    assert finding.state is State.WARN
    assert saw in finding.saw


async def test_a_check_that_breaks_says_its_kind_and_nothing_that_a_library_said() -> None:
    async def breaks() -> None:
        raise RuntimeError(SECRET)

    (finding,) = await findings("x", breaks())  # type: ignore[arg-type]
    assert (finding.state, finding.saw) == (State.FAIL, "RuntimeError")


@needs_s3
async def test_what_is_kept_in_a_bucket_is_seen_and_a_bucket_that_is_away_is_done_without(tmp_path: Path) -> None:
    server = S3Server(tmp_path)
    server.start()
    server.make_bucket("objects")
    settings = ConnectionSettings(
        kafka_servers="127.0.0.1:1",
        mongo_url=SecretStr("mongodb://nobody/"),
        s3_bucket="objects",
        s3_endpoint=server.endpoint,
        s3_region=server.region,
        s3_access_key=server.access_key,
        s3_secret_key=SecretStr(server.secret_key),
    )
    try:
        objects = await open_objects(settings, [])
        await objects.put("archive/router.log/0/x", b"x")
        async with AsyncExitStack() as stack:
            aside = await system._aside(settings, stack)
            assert aside is not None
            assert await aside.names("archive") == ["archive/router.log/0/x"]
    finally:
        server.end()
    async with AsyncExitStack() as stack:
        assert await system._aside(settings, stack) is None
