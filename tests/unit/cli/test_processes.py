"""The demonstration on services that are processes: what it is told by their environment."""

from pathlib import Path

import pytest

from services.cli.demonstration.people import AGENTS, make_keys
from services.cli.demonstration.processes import check, system_of_processes
from services.shared.environment import SettingsWrong
from tests.fakes.memory_document_store import MemoryDocumentStore
from tests.fakes.mongo_server import MongoServer, needs_mongo

ENOUGH = {
    "SWITCHROOM_KAFKA_SERVERS": "127.0.0.1:9092",
    "SWITCHROOM_MONGO_URL": "mongodb://127.0.0.1:27017/",
    "SWITCHROOM_BLOBS_FOLDER": "blobs",
    "SWITCHROOM_INGEST_IDS_KEY": "ab" * 32,
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name, value in ENOUGH.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def test_what_is_missing_is_named_all_at_once(environment: pytest.MonkeyPatch) -> None:
    environment.delenv("SWITCHROOM_MONGO_URL")
    environment.setenv("SWITCHROOM_DEMO_AGENTS_URL", "the desk")

    with pytest.raises(SettingsWrong) as wrong:
        check()

    assert {problem.variable for problem in wrong.value.problems} == {
        "SWITCHROOM_MONGO_URL",
        "SWITCHROOM_DEMO_AGENTS_URL",
    }


def test_the_account_at_the_carrier_is_needed_only_where_there_is_a_carrier(environment: pytest.MonkeyPatch) -> None:
    assert check().carrier_url == ""

    environment.setenv("SWITCHROOM_DEMO_CARRIER_URL", "http://127.0.0.1:8085")

    with pytest.raises(SettingsWrong, match="SWITCHROOM_CARRIER_ACCOUNT_SID"):
        check()


@needs_mongo
async def test_its_people_are_added_once_and_get_new_keys_each_time(
    environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    server = MongoServer(tmp_path)
    server.start()
    try:
        environment.setenv("SWITCHROOM_MONGO_URL", server.url)
        environment.setenv("SWITCHROOM_INGEST_DOCUMENTS_FOLDER", str(tmp_path / "documents"))

        first, second = [await system_of_processes(check()) for _ in range(2)]
    finally:
        server.kill()

    assert first.keys.by_person.keys() == second.keys.by_person.keys() == {"admin", *AGENTS}
    assert not set(first.keys.by_person.values()) & set(second.keys.by_person.values())
    assert first.documents == tmp_path / "documents"
    assert first.persistence.persists


async def test_keys_that_were_kept_stay_as_they_are() -> None:
    documents = MemoryDocumentStore()
    kept = (await make_keys(documents)).by_person

    assert (await make_keys(documents, kept)).by_person == kept
