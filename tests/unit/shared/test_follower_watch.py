"""What /metrics says of a follower: how far behind it is, and how long it has stood still with work to do."""

from prometheus_client import REGISTRY

from services.shared.follower_watch import FollowerWatch
from services.shared.following import Following
from services.shared.memory_event_log import MemoryEventLog
from tests.fakes.faulty_event_log import FaultyEventLog
from tests.fakes.manual_clock import ManualClock


async def log_of(count: int) -> MemoryEventLog:
    log = MemoryEventLog()
    for number in range(count):
        await log.append(0, b"%d" % number)
    return log


def said(name: str) -> tuple[float | None, float | None]:
    """Records behind, seconds of standing still."""
    labels = {"follower": name, "partition": "0"}
    figures = ("switchroom_follower_behind_records", "switchroom_follower_standing_still_seconds")
    behind, standing = (REGISTRY.get_sample_value(figure, labels) for figure in figures)
    return behind, standing


async def test_who_is_behind_and_does_nothing_stands_still_for_longer_and_longer() -> None:
    log, clock = await log_of(3), ManualClock()
    watch = FollowerWatch(clock)
    watch.follower("stuck", log, 0).done_to(1)
    await watch.look()
    clock.pass_ms(7_000)
    await watch.look()
    assert said("stuck") == (2, 7)


async def test_who_is_behind_and_goes_on_does_not_stand_still_for_long() -> None:
    log, clock = await log_of(3), ManualClock()
    watch = FollowerWatch(clock)
    progress = watch.follower("slow", log, 0)
    progress.done_to(0)
    await watch.look()
    clock.pass_ms(7_000)
    progress.done_to(1)
    clock.pass_ms(2_000)
    await watch.look()
    assert said("slow") == (2, 2)


async def test_who_has_nothing_to_do_does_not_stand_still_however_long_that_is() -> None:
    log, clock = await log_of(3), ManualClock()
    watch = FollowerWatch(clock)
    watch.follower("idle", log, 0).done_to(3)
    await watch.look()
    clock.pass_ms(3_600_000)
    assert said("idle") == (0, 0)
    await log.append(0, b"more")
    await watch.look()
    assert said("idle") == (1, 0), "time counts from when there is something to do"


async def test_who_has_not_begun_is_behind_by_what_can_still_be_read() -> None:
    log, clock = await log_of(5), ManualClock()
    await log.delete_before(0, 3)
    watch = FollowerWatch(clock)
    watch.follower("absent", log, 0)
    await watch.look()
    clock.pass_ms(1_000)
    assert said("absent") == (2, 1)


async def test_who_follows_again_after_a_failure_has_not_got_on_by_that() -> None:
    log, clock = await log_of(3), ManualClock()
    watch = FollowerWatch(clock)
    watch.follower("again", log, 0).done_to(1)
    await watch.look()
    clock.pass_ms(4_000)
    watch.follower("again", log, 0).done_to(1)
    assert said("again") == (2, 4)


async def test_while_a_log_does_not_answer_who_was_behind_goes_on_standing_still() -> None:
    log, clock = FaultyEventLog(await log_of(3)), ManualClock()
    watch = FollowerWatch(clock)
    watch.follower("cut-off", log, 0).done_to(1)
    await watch.look()
    log.is_away = True
    clock.pass_ms(4_000)
    await watch.look()
    assert said("cut-off") == (2, 4)


async def test_a_record_is_done_when_the_next_one_is_asked_for() -> None:
    log, watch = await log_of(2), FollowerWatch(ManualClock())
    records = Following(log, 0, "bookmark", watch.follower("reader", log, 0)).read_on(None)
    done = []
    for _ in range(2):
        await anext(records)
        await watch.look()
        done.append(said("reader")[0])
    assert done == [2, 1]
