import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.ingest.envelopes import Content, Outgoing
from services.ingest.log_codec import encode_outgoing
from services.ingest.sends import LEASE_MS, Sends, sends_of
from services.plan.compiled import Channel
from services.shared.sqlite_document_store import SqliteDocumentStore
from tests.fakes.manual_clock import ManualClock

OUTGOING = Outgoing("o1", "acme", "pumps", "c1", Channel.EMAIL, "bob", "a@b.c", "d@e.f", Content(text="Hello"), 7)
RECORD = encode_outgoing(OUTGOING)
SENDS = sends_of("test")


@pytest.fixture
async def documents(tmp_path: Path) -> AsyncIterator[SqliteDocumentStore]:
    opened = await SqliteDocumentStore.open(tmp_path / "documents.db")
    yield opened
    await opened.close()


async def test_of_several_processes_one_gets_a_send(documents: SqliteDocumentStore) -> None:
    clock = ManualClock()
    processes = [Sends(documents, clock, SENDS) for _ in range(8)]
    await asyncio.gather(*(sends.claim("s1", RECORD) for sends in processes))
    taken = await asyncio.gather(*(sends.take_due(5) for sends in processes))
    assert [send.outgoing for sends in taken for send in sends] == [OUTGOING]


async def test_what_was_taken_comes_due_again_when_its_lease_has_passed(documents: SqliteDocumentStore) -> None:
    clock = ManualClock()
    sends = Sends(documents, clock, SENDS)
    await sends.claim("s1", RECORD)
    assert len(await sends.take_due(5)) == 1
    clock.pass_ms(LEASE_MS - 1)
    assert await sends.take_due(5) == []
    clock.pass_ms(1)
    assert len(await sends.take_due(5)) == 1


async def test_what_is_closed_is_never_due_nor_claimed_again(documents: SqliteDocumentStore) -> None:
    clock = ManualClock()
    sends = Sends(documents, clock, SENDS)
    await sends.claim("s1", RECORD)
    [send] = await sends.take_due(5)
    await sends.close(send)
    await sends.claim("s1", RECORD)
    clock.pass_ms(LEASE_MS)
    assert await sends.take_due(5) == []
