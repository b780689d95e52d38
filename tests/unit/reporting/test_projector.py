import asyncio
from collections.abc import AsyncIterator

import pytest

from services.plan.compiled import Hours
from services.reporting.facts import Plan, PlanActivated
from services.reporting.metrics import FiguresCollector, metrics_page
from services.reporting.projector import Bounds, NotThere, Projector
from services.shared.event_log import LogRecord, LogUnavailable
from services.shared.memory_event_log import MemoryEventLog
from services.shared.partition import partition_of
from tests.fakes.manual_clock import ManualClock
from tests.fakes.memory_document_store import MemoryDocumentStore
from tests.unit.reporting.router_log import RouterLog
from tests.unit.reporting.story import NOON_MS, arrived, told


class FlickeringLog(MemoryEventLog):
    """Gives one record, and is then away; the next reading goes on."""

    async def read(self, partition: int, from_offset: int) -> AsyncIterator[LogRecord]:
        async for record in super().read(partition, from_offset):
            yield record
            raise LogUnavailable("away")


def arrivals(projector: Projector, partition: int = 0) -> int:
    by_place = projector.partitions[partition].figures.counters.by_place()
    return sum(tally.counts["arrived"] for _, tally in by_place)


def page(projector: Projector) -> str:
    return metrics_page(FiguresCollector(projector, ManualClock(NOON_MS))).decode()


async def test_after_an_outage_of_the_log_nothing_is_counted_twice_or_left_out() -> None:
    log = FlickeringLog()
    writer = RouterLog(log)
    await writer.claim()
    for i in range(3):
        await writer.commit(told((0, arrived(f"c{i}"))))
    projector = Projector(log, MemoryDocumentStore(), Bounds(timelines_max=10, wait_ms=1_000))
    for _ in range(4):
        with pytest.raises(LogUnavailable):
            await projector.follow(0)
    assert arrivals(projector) == 3
    assert projector.not_ready_because() is None


async def test_a_log_whose_beginning_is_gone_gives_no_figures() -> None:
    log = MemoryEventLog()
    writer = RouterLog(log)
    await writer.claim()
    await writer.commit(told((0, arrived("c1"))))
    await log.delete_before(0, 1)
    projector = Projector(log, MemoryDocumentStore(), Bounds(timelines_max=10, wait_ms=1_000))
    await projector.follow(0)
    assert "has stopped" in (projector.not_ready_because() or "")
    with pytest.raises(NotThere, match="deleted"):
        await projector.partitions[0].reached(-1)


async def test_a_decision_that_cannot_be_read_gives_no_figures() -> None:
    log = MemoryEventLog()
    writer = RouterLog(log)
    await writer.claim()
    await writer.commit_bytes(b"\xff")
    projector = Projector(log, MemoryDocumentStore(), Bounds(timelines_max=10, wait_ms=1_000))
    await projector.follow(0)
    assert "run the version that wrote it" in (projector.not_ready_because() or "")


async def test_metrics_say_for_how_long_the_hours_of_each_tenant_are_known() -> None:
    log = MemoryEventLog()
    writer = RouterLog(log)
    await writer.claim()
    for tenant, hours in (("t1", (Hours("office", (), NOON_MS + 90_000),)), ("t2", ())):
        await writer.commit(told((0, PlanActivated(Plan(tenant, 1, (), (), (), hours))), tenant=tenant))
    projector = Projector(log, MemoryDocumentStore(), Bounds(timelines_max=10, wait_ms=60_000))
    following = asyncio.create_task(projector.follow(0))
    await projector.partitions[0].reached(await log.end(0) - 1)
    said = [line for line in page(projector).splitlines() if line.startswith("switchroom_opening_hours")]
    following.cancel()
    assert said == ['switchroom_opening_hours_known_seconds{tenant="t1"} 90.0']


async def test_metrics_are_silent_about_a_partition_that_is_not_read_to_its_end_yet() -> None:
    log = FlickeringLog()
    writer = RouterLog(log)
    await writer.claim()
    await writer.commit(told((0, arrived("c1"))))
    await writer.commit(told((0, arrived("c2"))))
    projector = Projector(log, MemoryDocumentStore(), Bounds(timelines_max=10, wait_ms=1_000))
    for _ in range(2):
        with pytest.raises(LogUnavailable):
            await projector.follow(0)
    assert arrivals(projector) == 1
    assert "switchroom_contacts_arrived_total{" not in page(projector)
    assert 'switchroom_reporting_ready{partition="0"} 0.0' in page(projector)
    with pytest.raises(LogUnavailable):
        await projector.follow(0)
    assert "switchroom_contacts_arrived_total{" in page(projector)
    assert 'switchroom_reporting_ready{partition="0"} 1.0' in page(projector)


async def test_each_tenant_is_found_in_its_own_partition() -> None:
    log = MemoryEventLog(partitions=3)
    projector = Projector(log, MemoryDocumentStore(), Bounds(timelines_max=10, wait_ms=1_000))
    following = [asyncio.create_task(projector.follow(partition)) for partition in range(3)]
    tenants = [f"tenant-{i}" for i in range(20)]
    writers = [RouterLog(log, partition) for partition in range(3)]
    for writer in writers:
        await writer.claim()
    for tenant in tenants:
        offset = await writers[partition_of(tenant, 3)].commit(told((0, arrived(tenant)), tenant=tenant))
        await projector.of(tenant).reached(offset)
        assert projector.of(tenant).figures.timelines.of(tenant, tenant) is not None
    for task in following:
        task.cancel()
    assert sum(arrivals(projector, partition) for partition in range(3)) == 20


async def test_tenants_beyond_the_limit_are_one_series_across_partitions() -> None:
    log = MemoryEventLog(partitions=2)
    projector = Projector(log, MemoryDocumentStore(), Bounds(timelines_max=10, wait_ms=1_000))
    following = [asyncio.create_task(projector.follow(partition)) for partition in range(2)]
    for partition in range(2):
        writer = RouterLog(log, partition)
        await writer.claim()
        names = [name for i in range(1_000) if partition_of(name := f"t{i}", 2) == partition]
        story = [happened for name in names for happened in told((0, arrived("c")), tenant=name)]
        await projector.partitions[partition].reached(await writer.commit(story))
    for task in following:
        task.cancel()
    series = [line for line in page(projector).splitlines() if line.startswith("switchroom_contacts_arrived_total{")]
    assert len(series) == 101
    assert [line.split()[-1] for line in series if 'tenant="other"' in line] == ["900.0"]
