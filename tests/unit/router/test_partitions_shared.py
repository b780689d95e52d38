"""Several routers on one log, who divide its partitions among them."""

import asyncio
from typing import Any

import pytest

from services.router.batch import always
from services.router.caller_lists import CallerLists
from services.router.core.commands import AttachAgent
from services.router.partition_loop import NotOwner
from services.router.partitions import Partitions, Seat
from services.shared.connections import Connections
from services.shared.fence import Fence
from services.shared.log_codec import judge_record
from services.shared.memory_event_log import MemoryEventLog
from tests.fakes.faulty_event_log import Fault, FaultyEventLog
from tests.fakes.memory_blob_store import MemoryBlobStore
from tests.fakes.memory_group import MemoryGroup, MemoryGroups
from tests.fakes.virtual_time import VirtualClock, in_virtual_time, until

PARTITIONS = 6
TENANTS = [f"tenant-{number}" for number in range(24)]


class Router:
    def __init__(self, name: str, scene: "Scene", standbys: int) -> None:
        nothing: Any = None
        blobs = MemoryBlobStore()
        self.log = FaultyEventLog(scene.kept)
        self.group: MemoryGroup = scene.groups.group()
        self.address = f"{name}:8082"
        connections = Connections(scene.inbound, nothing, self.log, nothing, blobs, group=self.group)
        lists = CallerLists(blobs, b"k" * 32)
        self.partitions = Partitions(connections, lists, scene.clock, Seat(self.address, standbys))

    @property
    def owns(self) -> set[int]:
        return {each for each, loop in enumerate(self.partitions._loops) if loop.deciding}

    @property
    def follows(self) -> set[int]:
        return set(self.partitions._running)

    async def kill(self) -> None:
        """It is gone at once; what it has sent may still arrive."""
        self.log.next_fault = lambda: Fault.HANGS
        for task in (*self.partitions._tasks, *self.partitions._running.values()):
            task.cancel()
        await asyncio.sleep(0)


class Scene:
    def __init__(self, standbys: int = 1) -> None:
        self.clock = VirtualClock()
        self.kept = MemoryEventLog(PARTITIONS, self.clock)
        self.inbound = MemoryEventLog(PARTITIONS, self.clock)
        self.groups = MemoryGroups()
        self.standbys = standbys
        self.routers: list[Router] = []

    async def start(self, *names: str) -> list[Router]:
        """Start routers, one after the other; returns when they have divided the partitions."""
        new = [Router(name, self, self.standbys) for name in names]
        for router in new:
            self.routers.append(router)
            await router.partitions.start()
        await until(self.all_is_owned)
        return new

    def all_is_owned(self) -> bool:
        """Each partition by one alone, and evenly."""
        owned = [router.owns for router in self.routers]
        fair = max(map(len, owned)) - min(map(len, owned)) <= 1
        return fair and sum(map(len, owned)) == PARTITIONS and set().union(*owned) == set(range(PARTITIONS))

    async def barriers(self) -> int:
        """How often partitions were claimed with success."""
        claimed = 0
        for partition in range(PARTITIONS):
            fence = Fence()
            for offset in range(await self.kept.end(partition)):
                record = await anext(aiter(self.kept.read(partition, offset)))
                judge_record(fence, record)
            claimed += fence.checkpoint.epoch
        return claimed

    async def stop(self) -> None:
        for router in self.routers:
            await router.partitions.stop()


@in_virtual_time
async def test_a_router_that_comes_gets_its_part_and_nothing_else_moves() -> None:
    scene = Scene()
    (one,) = await scene.start("one")
    await scene.start("two")
    assert await scene.barriers() == PARTITIONS + PARTITIONS // 2
    await scene.start("three")
    assert await scene.barriers() == PARTITIONS + PARTITIONS // 2 + PARTITIONS // 3
    assert len(one.owns) == PARTITIONS // 3
    await scene.stop()


@in_virtual_time
async def test_a_group_that_divides_anew_for_nothing_costs_no_takeover() -> None:
    scene = Scene()
    await scene.start("one", "two")
    before = await scene.barriers()
    for _ in range(10):
        scene.groups.divide()
        await asyncio.sleep(1)
    assert await scene.barriers() == before
    await scene.stop()


@in_virtual_time
async def test_what_is_neither_owned_nor_stood_by_for_is_not_followed() -> None:
    scene = Scene(standbys=0)
    await scene.start("one", "two", "three")
    await asyncio.sleep(5)
    assert all(router.follows == router.owns for router in scene.routers)
    await scene.stop()


@in_virtual_time
async def test_standbys_take_over_from_a_router_that_was_killed() -> None:
    scene = Scene(standbys=2)
    one, two, three = await scene.start("one", "two", "three")
    await until(lambda: all(len(router.follows) == PARTITIONS for router in scene.routers))
    await one.kill()
    scene.routers = [two, three]
    await until(scene.all_is_owned)
    for tenant in TENANTS:
        deciding = two if two.partitions.of(tenant).deciding else three
        assert (await deciding.partitions.of(tenant).ask(tenant, "", always(AttachAgent("ann")))).position
    await scene.stop()


@in_virtual_time
async def test_a_router_that_stops_goes_on_deciding_until_others_have_taken_over() -> None:
    scene = Scene()
    one, two = await scene.start("one", "two")
    mine = next(tenant for tenant in TENANTS if one.partitions.of(tenant).deciding)
    gaps: list[float] = []
    asking = asyncio.create_task(_ask_on(mine, [one, two], gaps))
    await asyncio.sleep(1)
    await one.partitions.stop()
    scene.routers = [two]
    assert two.owns == set(range(PARTITIONS))
    await asyncio.sleep(1)
    asking.cancel()
    assert max(gaps) < 0.3
    await scene.stop()


async def _ask_on(tenant: str, routers: list[Router], gaps: list[float]) -> None:
    """Somebody asks whoever decides, again and again; how long they were without an answer, in seconds."""
    loop = asyncio.get_running_loop()
    answered_at = loop.time()
    while True:
        for router in routers:
            try:
                await router.partitions.of(tenant).ask(tenant, "", always(AttachAgent("ann")))
            except NotOwner:
                continue
            gaps.append(loop.time() - answered_at)
            answered_at = loop.time()
        await asyncio.sleep(0.05)


@in_virtual_time
async def test_a_router_that_the_group_does_not_hear_of_decides_on_but_claims_nothing() -> None:
    scene = Scene()
    one, two = await scene.start("one", "two")
    owned = one.owns
    one.group.lapse()
    await until(lambda: two.owns == set(range(PARTITIONS)))
    claimed = await scene.barriers()
    await asyncio.sleep(120)
    assert one.owns == set()
    assert owned
    assert await scene.barriers() == claimed
    await scene.stop()


@in_virtual_time
async def test_each_router_knows_where_every_tenant_is_decided_for() -> None:
    scene = Scene(standbys=0)
    routers = await scene.start("one", "two", "three")
    for tenant in TENANTS:
        (deciding,) = [router for router in routers if router.partitions.of(tenant).deciding]
        others = [router for router in routers if router is not deciding]
        assert deciding.partitions.where(tenant) == ""
        assert {router.partitions.where(tenant) for router in others} == {deciding.address}
    await scene.stop()


@in_virtual_time
async def test_who_is_asked_for_what_it_does_not_follow_says_that_it_does_not_decide() -> None:
    scene = Scene(standbys=0)
    one, _ = await scene.start("one", "two")
    other = next(tenant for tenant in TENANTS if not one.partitions.of(tenant).deciding)
    with pytest.raises(NotOwner):
        await one.partitions.of(other).ask(other, "", always(AttachAgent("ann")))
    await scene.stop()


@in_virtual_time
async def test_a_router_is_ready_once_it_owns_and_follows_its_part_and_stays_so_when_more_is_put_on_it() -> None:
    scene = Scene(standbys=1)
    one, two = await scene.start("one", "two")
    await until(lambda: one.partitions.not_ready() is None and two.partitions.not_ready() is None)
    one.log.next_fault = lambda: Fault.HANGS
    await two.kill()
    await asyncio.sleep(1)
    assert len(one.owns) < PARTITIONS
    assert one.partitions.not_ready() is None
    scene.routers = []


@in_virtual_time
async def test_what_a_router_can_not_read_another_is_given() -> None:
    scene = Scene()
    one, two = await scene.start("one", "two")
    lost = min(one.owns)
    one.partitions._loops[lost]._halt("a format that this release does not know")
    await until(lambda: lost in two.owns)
    assert lost not in one.owns
    assert "has stopped" in (one.partitions.not_ready() or "")
    await scene.stop()


@in_virtual_time
async def test_a_share_that_can_not_be_read_changes_nothing() -> None:
    scene = Scene()
    (one,) = await scene.start("one")
    one.partitions.given(b"what is this")
    await asyncio.sleep(5)
    assert one.owns == set(range(PARTITIONS))
    await scene.stop()
