import asyncio
from typing import Any

import pytest

from services.router.batch import always
from services.router.caller_lists import CallerLists
from services.router.core.commands import AttachAgent
from services.router.partition_loop import NotOwner
from services.router.partitions import DRAIN_WITHIN_S, Partitions, Seat
from services.shared.connections import Connections
from services.shared.event_log import RecordsGone
from services.shared.fence import ZERO_DIGEST, Batch
from services.shared.log_codec import encode_record
from services.shared.memory_event_log import MemoryEventLog
from services.shared.partition import partition_of
from tests.fakes.faulty_event_log import Fault, FaultyEventLog, script
from tests.fakes.memory_blob_store import MemoryBlobStore
from tests.fakes.virtual_time import VirtualClock, in_virtual_time, until

TENANTS = [f"tenant-{number}" for number in range(8)]


class Scene:
    def __init__(self, partitions: int = 2) -> None:
        clock = VirtualClock()
        self.kept = MemoryEventLog(partitions, clock)
        self.log = FaultyEventLog(self.kept)
        nothing: Any = None
        inbound = MemoryEventLog(partitions, clock)
        blobs = MemoryBlobStore()
        connections = Connections(inbound, nothing, self.log, nothing, blobs)
        self.partitions = Partitions(connections, CallerLists(blobs, b"k" * 32), clock, Seat("router:8082"))

    async def start(self) -> "Scene":
        await self.partitions.start()
        await until(lambda: self.partitions.not_ready() is None)
        return self


@in_virtual_time
async def test_each_tenant_is_decided_for_in_its_partition() -> None:
    scene = await Scene().start()
    loops = {scene.partitions.of(tenant) for tenant in TENANTS}
    assert len(loops) == 2
    for tenant in TENANTS:
        answered = await scene.partitions.of(tenant).ask(tenant, "", always(AttachAgent("ann")))
        assert answered.position.partition == partition_of(tenant, 2)
    await scene.partitions.stop()


@in_virtual_time
async def test_it_is_ready_when_every_partition_is_decided_for() -> None:
    scene = Scene()
    assert "has not said yet" in (scene.partitions.not_ready() or "")
    scene.log.next_fault = script(Fault.NONE, Fault.HANGS)
    await scene.partitions.start()
    await asyncio.sleep(1)
    assert scene.partitions.not_ready() == "partition 1 is not owned yet"
    await until(lambda: scene.partitions.not_ready() is None)
    await scene.kept.append(1, encode_record(Batch(1, b"X" * 16, 1, ZERO_DIGEST, 1, b"")))
    await asyncio.sleep(1)
    assert "partition 1 has stopped" in (scene.partitions.not_ready() or "")
    await scene.partitions.stop()


@in_virtual_time
async def test_stopping_answers_what_was_asked() -> None:
    scene = await Scene().start()
    scene.log.next_fault = script(Fault.SLOW)
    asking = asyncio.create_task(scene.partitions.of("a").ask("a", "", always(AttachAgent("ann"))))
    await asyncio.sleep(0)
    await scene.partitions.stop()
    assert (await asking).outcome.refusal is not None
    assert scene.partitions.not_ready() is not None


@in_virtual_time
async def test_stopping_does_not_wait_for_ever_for_a_log_that_is_away() -> None:
    scene = await Scene().start()
    scene.log.is_away = True
    asking = asyncio.create_task(scene.partitions.of("a").ask("a", "", always(AttachAgent("ann"))))
    await asyncio.sleep(0)
    async with asyncio.timeout(DRAIN_WITHIN_S + 1):
        await scene.partitions.stop()
    with pytest.raises(NotOwner):
        await asking


@in_virtual_time
async def test_a_partition_that_fails_ends_the_whole() -> None:
    scene = await Scene().start()
    ended = asyncio.create_task(scene.partitions.ended())
    await asyncio.sleep(1)
    assert not ended.done()
    scene.log.is_away = True
    await asyncio.sleep(1)
    await scene.kept.append(0, b"")
    await scene.kept.append(0, b"")
    await scene.kept.delete_before(0, 2)
    scene.log.is_away = False
    with pytest.raises(ExceptionGroup) as failed:
        await ended
    assert failed.group_contains(RecordsGone)
    await scene.partitions.stop()
