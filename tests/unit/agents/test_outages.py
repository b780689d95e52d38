"""While something is away: 503 with when to come back, and nothing twice once it is there again."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import pytest

from services.agents.documents import PEOPLE
from services.shared.blob_store import BlobUnavailable
from services.shared.document_store import Collection, Document, DocumentStore, StoreUnavailable
from services.shared.event_log import LogUnavailable
from services.shared.memory_event_log import MemoryEventLog
from switchroom.v1 import inbound_pb2
from tests.unit.agents.bench import Bench, connections_in, running, until_it


class StumblingLog(MemoryEventLog):
    """Appends, and then says for once that it can't tell whether it did."""

    stumbles = False

    async def append(self, partition: int, record: bytes) -> None:
        await super().append(partition, record)
        if self.stumbles:
            self.stumbles = False
            raise LogUnavailable("no answer in time")


class LeavingStore:
    """A document store that can be away."""

    def __init__(self, store: DocumentStore) -> None:
        self._store = store
        self.away = False

    def __getattr__(self, name: str) -> Any:
        if self.away:
            raise StoreUnavailable("away")
        return getattr(self._store, name)

    async def get(self, collection: Collection, id: str) -> Document | None:
        if self.away:
            raise StoreUnavailable("away")
        return await self._store.get(collection, id)

    async def change(
        self, collection: Collection, id: str, changes: Mapping[str, Any], *, when: Mapping[str, Any] | None = None
    ) -> bool:
        return await self._store.change(collection, id, changes, when=when)


class AwayBlobs:
    async def put(self, content: bytes) -> str:
        raise BlobUnavailable("away")

    async def get(self, name: str) -> bytes | None:
        raise BlobUnavailable("away")


@pytest.fixture
async def frail(tmp_path: Path) -> AsyncIterator[Bench]:
    async with connections_in(tmp_path) as sound:
        documents: Any = LeavingStore(sound.documents)
        connections = replace(sound, outbound=StumblingLog(), documents=documents, blobs=AwayBlobs())
        async with running(connections, beat_s=0.05) as bench:
            yield bench


async def test_a_reply_whose_append_is_in_doubt_is_appended_again_under_its_id(frail: Bench) -> None:
    log: Any = frail.connections.outbound
    async with frail.program() as ana:
        await frail.accepted_mail(ana, "ana", "c1")
        log.stumbles = True
        body = {"text": "it is on its way", "command_id": "r1"}
        doubtful = await ana.post("/v1/work/c1/reply", json=body)
        assert (doubtful.status_code, "Retry-After" in doubtful.headers) == (503, True)
        assert (await ana.get("/v1/work/c1")).json()["messages"][-1]["state"] == "writing"
        again = await ana.post("/v1/work/c1/reply", json=body)
        assert (again.status_code, again.json()["message"]["state"]) == (202, "sending")
    first, second = await frail.sent()
    assert first == second


async def test_while_the_document_store_is_away_requests_are_told_so(frail: Bench) -> None:
    documents: Any = frail.connections.documents
    async with frail.program() as ana:
        documents.away = True
        answer = await ana.get("/v1/me")
        assert (answer.status_code, "Retry-After" in answer.headers) == (503, True)
        documents.away = False
        assert (await ana.get("/v1/me")).status_code == 200


async def test_while_the_blob_store_is_away_attachments_are_told_so(frail: Bench) -> None:
    message = inbound_pb2.Message(text="x", attachments=[inbound_pb2.Attachment(name="a", blob="a" * 64)])
    async with frail.program() as ana:
        await frail.accepted_mail(ana, "ana", "c1")
        await frail.hear(event_id="e2", contact_id="c1", message_added=inbound_pb2.MessageAdded(message=message))

        async def told() -> bool:
            return (await ana.get(f"/v1/work/c1/attachments/{'a' * 64}")).status_code == 503

        await until_it(told)


async def test_an_open_desk_ends_when_its_person_is_gone(frail: Bench) -> None:
    person = await frail.person()
    async with frail.browser(person) as browser, browser.stream("GET", "/desk/events") as answer:
        lines = answer.aiter_lines()
        await anext(lines)
        await frail.connections.documents.delete(PEOPLE, person.id)
        names = [line async for line in lines if line.startswith("event: ")]
    assert "event: beat" in names
    assert names[-1] == "event: ended"


async def test_an_unknown_page_is_a_page_that_says_so(frail: Bench) -> None:
    async with httpx2.AsyncClient(timeout=60, base_url=frail.url) as client:
        page = await client.get("/nowhere", headers={"Accept": "text/html"})
        program = await client.get("/nowhere")
    assert (page.status_code, page.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert program.json()["error"]["what"] == "Not Found"
