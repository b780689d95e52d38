from services.router.log_clock import LogClock
from tests.fakes.manual_clock import ManualClock

BARRIER_MS = 5_000_000


def test_time_goes_on_from_the_barrier() -> None:
    clock = ManualClock()
    log_clock = LogClock(clock, BARRIER_MS)
    assert log_clock.now_ms() == BARRIER_MS
    clock.pass_ms(1_234)
    assert log_clock.now_ms() == BARRIER_MS + 1_234


def test_a_wall_clock_that_jumps_moves_nothing() -> None:
    clock = ManualClock()
    log_clock = LogClock(clock, BARRIER_MS)
    clock.jump_wall_ms(3_600_000)
    assert log_clock.now_ms() == BARRIER_MS


def test_it_is_never_behind_what_was_read() -> None:
    clock = ManualClock()
    log_clock = LogClock(clock, BARRIER_MS)
    log_clock.saw(BARRIER_MS + 10_000)
    log_clock.saw(BARRIER_MS + 500)
    clock.pass_ms(9_999)
    assert log_clock.now_ms() == BARRIER_MS + 10_000
    clock.pass_ms(2)
    assert log_clock.now_ms() == BARRIER_MS + 10_001
