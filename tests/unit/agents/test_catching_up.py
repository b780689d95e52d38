"""Ready when filing has caught up: not before, and not never."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
from structlog.testing import capture_logs

from services.agents.catching_up import PATIENCE_MS, WHY, CatchingUp
from services.agents.documents import MESSAGES
from services.shared.document_store import Collection, Document, DocumentStore
from services.shared.following import Following
from services.shared.memory_event_log import MemoryEventLog
from switchroom.v1 import contact_pb2, inbound_pb2
from tests.fakes.manual_clock import ManualClock
from tests.unit.agents.bench import RouterLog, connections_in, running, until_it

ARRIVED = inbound_pb2.ContactArrived(
    channel=contact_pb2.CHANNEL_EMAIL, dialed="a", caller="b", message=inbound_pb2.Message(text="hello")
)


async def test_all_that_is_followed_is_waited_for() -> None:
    log = MemoryEventLog(2)
    await log.append(0, b"x")
    catching_up = CatchingUp(ManualClock())
    full, empty = (catching_up.watch(Following(log, partition, "bookmark")) for partition in range(2))
    assert catching_up.not_ready_because() == WHY
    waiting = asyncio.ensure_future(anext(empty.read_on(None)))
    records = full.read_on(None)
    await anext(records)
    assert catching_up.not_ready_because() == WHY
    more = asyncio.ensure_future(anext(records))
    await asyncio.sleep(0)
    assert catching_up.not_ready_because() is None
    for task in (waiting, more):
        task.cancel()
    await asyncio.gather(waiting, more, return_exceptions=True)


async def test_after_a_minute_it_is_ready_all_the_same_and_says_so_once() -> None:
    clock = ManualClock()
    catching_up = CatchingUp(clock)
    catching_up.watch(Following(MemoryEventLog(), 0, "bookmark"))
    clock.pass_ms(PATIENCE_MS - 1)
    assert catching_up.not_ready_because() == WHY
    clock.pass_ms(1)
    with capture_logs() as said:
        assert [catching_up.not_ready_because() for _ in range(3)] == [None] * 3
    assert [line["event"] for line in said] == ["filing_not_caught_up"]


class SlowStore:
    """Takes no messages before it is let."""

    def __init__(self, store: DocumentStore) -> None:
        self._store = store
        self.let = asyncio.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def insert(self, collection: Collection, document: Document) -> bool:
        if collection is MESSAGES:
            await self.let.wait()
        return await self._store.insert(collection, document)


async def test_a_service_is_ready_when_what_was_there_at_its_start_is_filed(tmp_path: Path) -> None:
    async with connections_in(tmp_path) as connections:
        slow: Any = SlowStore(connections.documents)
        # A log that ends with what nobody accepts is filed to its end, too.
        await RouterLog(connections.router_log).claim()
        envelope = inbound_pb2.InboundEnvelope(
            event_id="e1", tenant="acme", company="north", contact_id="c1", contact_arrived=ARRIVED
        )
        await connections.inbound.append(0, envelope.SerializeToString())
        async with (
            running(replace(connections, documents=slow)) as bench,
            httpx2.AsyncClient(base_url=bench.url, timeout=60) as http,
        ):
            waiting = await http.get("/readyz")
            assert (waiting.status_code, waiting.json()["reason"]) == (503, WHY)
            slow.let.set()

            async def ready() -> bool:
                return (await http.get("/readyz")).status_code == 200

            await until_it(ready)
