"""Who guesses keys has to wait, and what is remembered of them is bounded."""

from services.agents.failed_logins import ADDRESSES_MAX, FAILURES_MAX, WINDOW_MS, FailedLogins
from tests.fakes.manual_clock import ManualClock

GUESSER, OTHER = "198.51.100.1", "198.51.100.2"


def failed(logins: FailedLogins, times: int, address: str = GUESSER) -> None:
    for _ in range(times):
        logins.failed(address)


def test_an_address_that_failed_too_often_waits_until_its_minute_is_over_however_often_it_goes_on() -> None:
    clock = ManualClock()
    logins = FailedLogins(clock)
    failed(logins, FAILURES_MAX - 1)
    assert logins.must_wait_ms(GUESSER) == 0
    clock.pass_ms(1_000)
    failed(logins, 10 * FAILURES_MAX)

    assert logins.must_wait_ms(GUESSER) == WINDOW_MS - 1_000
    assert logins.must_wait_ms(OTHER) == 0
    clock.pass_ms(WINDOW_MS - 1_000)
    assert logins.must_wait_ms(GUESSER) == 0


def test_after_its_minute_an_address_counts_from_one_again() -> None:
    clock = ManualClock()
    logins = FailedLogins(clock)
    failed(logins, FAILURES_MAX)
    clock.pass_ms(WINDOW_MS)
    failed(logins, FAILURES_MAX - 1)

    assert logins.must_wait_ms(GUESSER) == 0
    failed(logins, 1)
    assert logins.must_wait_ms(GUESSER) == WINDOW_MS


def test_of_ten_times_as_many_addresses_as_are_remembered_the_oldest_are_forgotten() -> None:
    logins = FailedLogins(ManualClock())
    failed(logins, FAILURES_MAX)
    for number in range(10 * ADDRESSES_MAX):
        logins.failed(f"2001:db8::{number:x}")

    assert logins.must_wait_ms(GUESSER) == 0
    assert len(logins._failures) == ADDRESSES_MAX
