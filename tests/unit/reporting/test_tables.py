"""The tables in the document store: what is written, when, how often, and what happens when the store is away."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from services.reporting.projector import Bounds, Projector
from services.reporting.table_documents import CHECKPOINTS, CONTACTS, INTERVALS
from services.shared.document_store import Collection, Document, StoreUnavailable
from services.shared.memory_event_log import MemoryEventLog
from tests.fakes.memory_document_store import MemoryDocumentStore
from tests.unit.reporting.router_log import RouterLog
from tests.unit.reporting.story import accepted, arrived, ended, offered, on_duty, plan, queued, told

QUARTER_MS = 900_000
LIFE = told((0, plan()), *((0, fact) for fact in on_duty("ann")), (0, arrived("c1")), (1, queued("c1")))
END = told((2, offered("c1")), (3, accepted("c1")), (9, ended("c1", agent="ann")))
NEXT_QUARTER = told((2 * QUARTER_MS, arrived("c2")))


class CountingStore(MemoryDocumentStore):
    """Remembers what was put into it, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.puts: list[tuple[str, str]] = []

    async def put(self, collection: Collection, document: Document) -> None:
        await super().put(collection, document)
        self.puts.append((collection.name, document["id"]))


class Reporting:
    """A log with one writer, and a projector that follows it."""

    def __init__(self, store: MemoryDocumentStore) -> None:
        self.log = MemoryEventLog()
        self.writer = RouterLog(self.log)
        self.store = store

    @asynccontextmanager
    async def running(self, bounds: Bounds | None = None) -> AsyncIterator[Projector]:
        projector = Projector(self.log, self.store, bounds or Bounds())
        task = asyncio.create_task(projector.follow(0))
        await projector.partitions[0].reached(await self.log.end(0) - 1)
        yield projector
        task.cancel()

    async def tell(self, *stories: list[Any]) -> None:
        for story in stories:
            await self.writer.commit(story)

    async def rows(self) -> dict[str, Document]:
        return {each["contact_id"]: each for each in await self.store.find(CONTACTS, {}, limit=1_000)}


@pytest.fixture
async def reporting() -> Reporting:
    found = Reporting(CountingStore())
    await found.writer.claim()
    return found


def puts(reporting: Reporting) -> list[tuple[str, str]]:
    assert isinstance(reporting.store, CountingStore)
    made, reporting.store.puts = reporting.store.puts, []
    return made


async def test_the_checkpoint_is_written_after_the_rows_that_it_speaks_for(reporting: Reporting) -> None:
    await reporting.tell(LIFE, END, NEXT_QUARTER)
    async with reporting.running() as projector:
        await projector.partitions[0].tables.write()
    made = puts(reporting)
    assert made[-1] == (CHECKPOINTS.name, "0")
    assert {name for name, _ in made[:-1]} == {CONTACTS.name, INTERVALS.name}


async def test_what_did_not_change_is_not_written_again_after_a_restart(reporting: Reporting) -> None:
    await reporting.tell(LIFE, END)
    async with reporting.running() as projector:
        await projector.partitions[0].tables.write()
    puts(reporting)
    await reporting.tell(NEXT_QUARTER)
    async with reporting.running() as projector:
        await projector.partitions[0].tables.write()
    assert [each for each in puts(reporting) if each[0] == CONTACTS.name] == [(CONTACTS.name, "t1/c2")]
    async with reporting.running() as projector:
        await projector.partitions[0].tables.write()
    assert puts(reporting) == []


async def test_another_definition_writes_everything_anew(reporting: Reporting) -> None:
    await reporting.tell(LIFE, END)
    async with reporting.running() as projector:
        await projector.partitions[0].tables.write()
    puts(reporting)
    async with reporting.running(Bounds(short_abandon_ms=9_000)) as projector:
        await projector.partitions[0].tables.write()
    assert (CONTACTS.name, "t1/c1") in puts(reporting)


async def test_an_open_contact_is_written_as_it_stands_and_again_when_it_ends(reporting: Reporting) -> None:
    await reporting.tell(LIFE)
    async with reporting.running() as projector:
        await projector.partitions[0].tables.write()
        assert (await reporting.rows())["c1"]["stage"] == "queued"
        await reporting.tell(END)
        await projector.partitions[0].reached(await reporting.log.end(0) - 1)
        await projector.partitions[0].tables.write()
        assert (await reporting.rows())["c1"]["stage"] == "ended"


async def test_an_interval_is_written_once_it_is_over(reporting: Reporting) -> None:
    await reporting.tell(LIFE, END)
    async with reporting.running() as projector:
        tables = projector.partitions[0].tables
        await tables.write()
        assert await reporting.store.find(INTERVALS, {}) == []
        await reporting.tell(NEXT_QUARTER)
        await projector.partitions[0].reached(await reporting.log.end(0) - 1)
        await tables.write()
        assert len(await reporting.store.find(INTERVALS, {})) == 2
        assert len([each async for each in tables.intervals("t1", 0, 10**13)]) == 3


async def test_while_the_store_is_away_nothing_is_lost_and_reads_say_so(reporting: Reporting) -> None:
    await reporting.tell(LIFE, END, NEXT_QUARTER)
    async with reporting.running() as projector:
        tables = projector.partitions[0].tables
        reporting.store.is_away = True
        for _ in range(2):
            with pytest.raises(StoreUnavailable):
                await tables.write()
        with pytest.raises(StoreUnavailable):
            await tables.contact("t1", "nobody")
        reporting.store.is_away = False
        await tables.write()
    assert set(await reporting.rows()) == {"c1", "c2"}
    assert len(await reporting.store.find(INTERVALS, {})) == 2


async def test_a_start_without_the_store_is_tried_again(reporting: Reporting) -> None:
    await reporting.tell(LIFE)
    projector = Projector(reporting.log, reporting.store, Bounds())
    reporting.store.is_away = True
    with pytest.raises(StoreUnavailable):
        await projector.follow(0)
    assert projector.not_ready_because() is not None
    reporting.store.is_away = False
    task = asyncio.create_task(projector.follow(0))
    await projector.partitions[0].reached(1)
    task.cancel()
    assert projector.not_ready_because() is None


async def test_tables_of_another_log_stop_the_figures(reporting: Reporting) -> None:
    await reporting.tell(LIFE, END)
    async with reporting.running() as projector:
        await projector.partitions[0].tables.write()
    other = Reporting(reporting.store)
    await other.writer.claim()
    await other.tell(told((0, plan())), told((5, arrived("x1"))), told((6, queued("x1"))))
    projector = Projector(other.log, other.store, Bounds())
    await projector.follow(0)
    assert "another log" in (projector.not_ready_because() or "")
    assert set(await reporting.rows()) == {"c1"}


async def test_tables_that_are_ahead_of_the_log_stop_the_figures(reporting: Reporting) -> None:
    await reporting.tell(LIFE, END)
    async with reporting.running() as projector:
        await projector.partitions[0].tables.write()
    shorter = Reporting(reporting.store)
    await shorter.writer.claim()
    projector = Projector(shorter.log, shorter.store, Bounds())
    await projector.follow(0)
    assert "another log" in (projector.not_ready_because() or "")


async def test_many_changes_wait_for_the_store_and_not_in_memory(reporting: Reporting) -> None:
    count, commit = 20_000, 500
    for first in range(0, count, commit):
        await reporting.tell(told(*((first + i, arrived(f"n{first + i}")) for i in range(commit))))
    async with reporting.running(Bounds(wait_ms=60_000, waiting_max=2_000)) as projector:
        assert len(projector.partitions[0].figures.contacts.changed) < 2_000 + commit
        await projector.partitions[0].tables.write()
    assert len(await reporting.store.find(CONTACTS, {}, limit=count + 1)) == count


async def test_two_tenants_with_one_contact_id_have_two_rows(reporting: Reporting) -> None:
    await reporting.tell(told((0, arrived("c1"))), told((1, arrived("c1", "bolt")), tenant="t2"))
    async with reporting.running() as projector:
        tables = projector.partitions[0].tables
        await tables.write()
        rows = [await tables.contact(tenant, "c1") for tenant in ("t1", "t2", "t3")]
    assert [row and row["company"] for row in rows] == ["acme", "bolt", None]
