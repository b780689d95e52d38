import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from services.ingest.router_lag import RouterLag
from services.shared.memory_event_log import MemoryEventLog
from services.shared.partition import partition_of
from tests.fakes.unreliable_log import UnreliableLog

NOTHING = -1


@asynccontextmanager
async def watched(lag: RouterLag) -> AsyncIterator[None]:
    watching = asyncio.create_task(lag.watch())
    await asyncio.sleep(0)
    yield
    watching.cancel()
    with suppress(asyncio.CancelledError):
        await watching


async def test_the_lag_is_what_was_appended_and_is_not_decided() -> None:
    log = MemoryEventLog()
    for _ in range(3):
        await log.append(0, b"before this process")
    lag = RouterLag(log, records_max=3)
    async with watched(lag):
        assert lag.lag_records(0) == 3
        lag.appended(0, "demo")
        assert lag.lag_records(0) == 4
        lag.decided(0, 1)
        assert lag.lag_records(0) == 2
        lag.decided(0, NOTHING)
        assert lag.lag_records(0) == 2
        lag.decided(0, 99)
        assert lag.lag_records(0) == 0


async def test_a_tenant_is_behind_when_its_own_partition_has_more_than_the_limit() -> None:
    lag = RouterLag(MemoryEventLog(partitions=2), records_max=1)
    one, other = "demo", next(name for name in ("a", "b", "c", "d") if partition_of(name, 2) != partition_of("demo", 2))
    lag.appended(partition_of(one, 2), one)
    assert not lag.is_behind(one)
    lag.appended(partition_of(one, 2), one)
    assert lag.is_behind(one)
    assert not lag.is_behind(other)


async def test_nobody_is_behind_before_the_decisions_were_read() -> None:
    starting: list[str | None] = ["router.log is still being read"]
    lag = RouterLag(MemoryEventLog(), 0, lambda: starting[-1])
    lag.appended(0, "demo")
    assert not lag.is_behind("demo")
    starting.append(None)
    assert lag.is_behind("demo")


class SlowLog(UnreliableLog):
    """Says where it ends when it is told to."""

    def __init__(self) -> None:
        super().__init__(MemoryEventLog())
        self.may_answer = asyncio.Event()

    async def end(self, partition: int) -> int:
        end = await super().end(partition)
        await self.may_answer.wait()
        return end


async def test_what_is_appended_while_the_log_is_asked_is_not_forgotten() -> None:
    log = SlowLog()
    lag = RouterLag(log, records_max=0)
    async with watched(lag):
        await log.append(0, b"x")
        lag.appended(0, "demo")
        log.may_answer.set()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert lag.lag_records(0) == 1


def tenants_of_partition(number: int, count: int) -> list[str]:
    names = (f"tenant-{each}" for each in range(100))
    return [name for name in names if partition_of(name, 2) == number][:count]


async def test_of_tenants_that_share_a_partition_the_one_that_floods_it_is_refused_first() -> None:
    flooding, quiet = tenants_of_partition(0, 2)
    lag = RouterLag(MemoryEventLog(partitions=2), records_max=10)
    lag.appended(0, quiet)
    for _ in range(10):
        lag.appended(0, flooding)
    assert (lag.is_behind(flooding), lag.is_behind(quiet)) == (True, False)


async def test_what_was_sent_a_while_ago_is_held_against_nobody() -> None:
    flooding, quiet = tenants_of_partition(0, 2)
    lag = RouterLag(MemoryEventLog(partitions=2), records_max=10)
    for _ in range(11):
        lag.appended(0, flooding)
    for _ in range(2):
        lag._turn()
    for tenant in (flooding, quiet, quiet):
        lag.appended(0, tenant)
    assert (lag.is_behind(flooding), lag.is_behind(quiet)) == (False, True)


async def test_at_twice_as_many_records_all_of_the_partition_are_refused() -> None:
    flooding, quiet = tenants_of_partition(0, 2)
    lag = RouterLag(MemoryEventLog(partitions=2), records_max=10)
    for _ in range(20):
        lag.appended(0, flooding)
    assert not lag.is_behind(quiet)
    lag.appended(0, flooding)
    assert lag.is_behind(quiet)


async def test_what_others_put_there_makes_nobody_modest() -> None:
    log = MemoryEventLog()
    for _ in range(3):
        await log.append(0, b"of another process")
    lag = RouterLag(log, records_max=2)
    async with watched(lag):
        assert lag.is_behind("demo")
