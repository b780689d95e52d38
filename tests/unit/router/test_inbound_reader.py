import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from services.router.inbound_reader import AHEAD_MAX, RETRY_S, Arrival, InboundReader
from services.shared.event_log import RecordsGone
from services.shared.memory_event_log import MemoryEventLog
from switchroom.v1 import inbound_pb2
from tests.fakes.faulty_event_log import FaultyEventLog
from tests.fakes.virtual_time import VirtualClock, in_virtual_time, until


def envelope(number: int) -> bytes:
    message = inbound_pb2.InboundEnvelope(event_id=f"e{number}", tenant="harbour", contact_id="c1")
    message.contact_left.SetInParent()
    return message.SerializeToString()


class Scene:
    def __init__(self) -> None:
        self.kept = MemoryEventLog(clock=VirtualClock())
        self.log = FaultyEventLog(self.kept)
        self.arrived: list[Arrival] = []
        self.reader = InboundReader(self.log, 0, self.arrived.append)

    async def append(self, *numbers: int) -> None:
        for number in numbers:
            await self.kept.append(0, envelope(number))

    def waiting(self) -> list[int]:
        return [arrival.offset for arrival in self.reader.waiting]


@asynccontextmanager
async def reading(scene: Scene, from_offset: int = 0) -> AsyncIterator[None]:
    async with asyncio.TaskGroup() as tasks:
        scene.reader.start(from_offset, tasks)
        yield
        scene.reader.stop()


@in_virtual_time
async def test_arrivals_wait_in_order_from_where_reading_began() -> None:
    scene = Scene()
    await scene.append(0, 1, 2)
    async with reading(scene, 1):
        await until(lambda: len(scene.reader.waiting) == 2)
        await scene.append(3)
        await until(lambda: len(scene.reader.waiting) == 3)
        assert scene.waiting() == [1, 2, 3]
        assert scene.arrived == list(scene.reader.waiting)
        scene.reader.took()
        assert scene.waiting() == [2, 3]


@in_virtual_time
async def test_no_more_is_read_ahead_than_there_is_room_for() -> None:
    scene = Scene()
    await scene.append(*range(10 * AHEAD_MAX))
    async with reading(scene):
        await asyncio.sleep(1)
        assert len(scene.reader.waiting) == AHEAD_MAX
        scene.reader.took()
        await asyncio.sleep(1)
        assert (len(scene.reader.waiting), scene.reader.waiting[-1].offset) == (AHEAD_MAX, AHEAD_MAX)


@in_virtual_time
async def test_what_nobody_can_read_is_counted_and_keeps_its_place() -> None:
    scene = Scene()
    await scene.kept.append(0, b"\xff")
    await scene.append(1)
    async with reading(scene):
        await until(lambda: len(scene.reader.waiting) == 2)
        assert [arrival.envelope is None for arrival in scene.reader.waiting] == [True, False]
        assert scene.reader.unreadable == 1


@in_virtual_time
async def test_when_the_log_comes_back_reading_goes_on_where_it_was() -> None:
    scene = Scene()
    await scene.append(0)
    async with reading(scene):
        await until(lambda: scene.reader.waiting)
        scene.log.is_away = True
        await scene.append(1, 2)
        await asyncio.sleep(3 * RETRY_S)
        assert scene.waiting() == [0]
        scene.log.is_away = False
        await until(lambda: len(scene.reader.waiting) == 3)
        assert scene.waiting() == [0, 1, 2]


@in_virtual_time
async def test_after_stopping_nothing_comes_any_more_and_starting_begins_anew() -> None:
    scene = Scene()
    await scene.append(0, 1)
    async with asyncio.TaskGroup() as tasks:
        scene.reader.start(0, tasks)
        await until(lambda: len(scene.reader.waiting) == 2)
        scene.reader.stop()
        await scene.append(2)
        await asyncio.sleep(1)
        assert scene.waiting() == []
        scene.reader.start(1, tasks)
        scene.reader.start(2, tasks)
        await asyncio.sleep(1)
        assert scene.waiting() == [2]
        scene.reader.stop()


@in_virtual_time
async def test_records_that_are_gone_are_an_error_and_never_a_jump() -> None:
    scene = Scene()
    await scene.append(0, 1)
    await scene.kept.delete_before(0, 1)
    with pytest.raises(ExceptionGroup) as failed:
        async with asyncio.TaskGroup() as tasks:
            scene.reader.start(0, tasks)
    assert failed.group_contains(RecordsGone)
