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


async def test_of_two_who_move_a_send_from_one_state_one_does(documents: SqliteDocumentStore) -> None:
    sends = Sends(documents, ManualClock(), SENDS)
    await sends.claim("s1", RECORD)
    seen = await sends.get("s1")
    assert seen is not None
    moved = await sends.move(seen, "delivered", reference="r1")
    assert moved is not None
    assert await sends.move(seen, "failed", why="It did not arrive.") is None
    kept = await sends.get("s1")
    assert kept == moved
    assert (kept.state, kept.why, kept.reference) == ("delivered", "", "r1")


async def test_a_move_begins_its_attempts_and_its_time_anew(documents: SqliteDocumentStore) -> None:
    clock = ManualClock()
    sends = Sends(documents, clock, SENDS)
    await sends.claim("s1", RECORD)
    [send] = await sends.take_due(5)
    await sends.later(send, 1_000)
    clock.pass_ms(1_000)
    [again] = await sends.take_due(5)
    assert again.attempts == 1
    moved = await sends.move(again, "asked")
    assert moved is not None
    assert (moved.attempts, moved.changed_at_ms) == (0, clock.wall_ms())


async def test_what_is_closed_is_not_moved_and_its_reference_stays_known(documents: SqliteDocumentStore) -> None:
    sends = Sends(documents, ManualClock(), SENDS)
    await sends.claim("s1", RECORD)
    [send] = await sends.take_due(5)
    moved = await sends.move(send, "delivered", reference="r1")
    assert moved is not None
    await sends.close(moved)
    assert await sends.move(moved, "failed") is None
    assert await sends.get("s1") is None
    assert await sends.is_known("r1")
    assert not await sends.is_known("r2")
