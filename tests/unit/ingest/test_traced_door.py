"""What ingest tells to traces: of what was appended, from when its request came."""

import asyncio
from typing import Any

import pytest

from services.ingest.edge_time import EdgeTime, began_ms, serving
from services.ingest.envelopes import Arrived, Content, Envelope, Left, LeftReason, What
from services.ingest.front_door import Unavailable
from services.ingest.traced_door import TracedDoor
from services.plan.compiled import Channel
from services.shared.memory_event_log import MemoryEventLog
from services.shared.traces import ROOT, NoTraces, Traces
from tests.fakes.kept_traces import KeptTraces
from tests.fakes.manual_clock import ManualClock
from tests.fakes.memory_blob_store import MemoryBlobStore

ARRIVED = Arrived(Channel.EMAIL, caller="canary@customer.example", message=Content(text="canary"))


def envelope(what: What) -> Envelope:
    return Envelope("e1", "acme", "pumps", "c1", 7, what)


def door(traces: Traces, clock: ManualClock, record_bytes_max: int = 1024) -> TracedDoor:
    log = MemoryEventLog(record_bytes_max=record_bytes_max)
    return TracedDoor(log, MemoryBlobStore(), traces=traces, clock=clock)


async def test_an_arrival_is_told_from_its_request_on_and_its_append_within_that() -> None:
    clock, traces = ManualClock(), KeptTraces()
    came_ms = clock.wall_ms()
    with serving(clock):
        clock.pass_ms(30)
        await door(traces, clock).put(envelope(ARRIVED))
    received, appended = traces.spans
    assert (received.place, received.began_ms, appended.began_ms) == (ROOT, came_ms, came_ms + 30)
    assert appended.parent_id == received.span_id
    assert received.attributes == {"switchroom.channel": "email", "switchroom.company": "pumps"}
    assert "canary" not in str(traces.spans)


async def test_a_later_event_belongs_to_the_arrival() -> None:
    clock, traces = ManualClock(), KeptTraces()
    await door(traces, clock).put(envelope(ARRIVED))
    await door(traces, clock).put(envelope(Left(LeftReason.CUSTOMER)))
    received, _, left, _ = traces.spans
    assert left.name == "receive Left"
    assert left.parent_id == received.span_id
    assert left.trace_id == received.trace_id


async def test_what_was_not_taken_is_not_told() -> None:
    traces = KeptTraces()
    with pytest.raises(Unavailable):
        await door(traces, ManualClock(), record_bytes_max=1).put(envelope(ARRIVED))
    assert traces.spans == []


async def test_where_nobody_takes_traces_none_are_made() -> None:
    await door(NoTraces(), ManualClock()).put(envelope(ARRIVED))


async def test_a_task_that_outlives_its_request_is_not_served_by_it() -> None:
    clock, over = ManualClock(), asyncio.Event()
    came_ms = clock.wall_ms()

    async def later() -> int:
        await over.wait()
        return began_ms(99)

    with serving(clock):
        task = asyncio.create_task(later())
        assert began_ms(99) == came_ms
    over.set()
    assert await task == 99


async def test_a_socket_is_no_request() -> None:
    seen: list[int] = []

    async def app(_scope: Any, _receive: Any, _send: Any) -> None:
        seen.append(began_ms(99))

    clock = ManualClock()
    for kind in ("http", "websocket"):
        await EdgeTime(app, clock)({"type": kind}, _nothing, _nothing)
    assert seen == [clock.wall_ms(), 99]


async def _nothing(*_: Any) -> Any:
    raise AssertionError("nobody asks")
