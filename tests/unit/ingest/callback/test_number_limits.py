"""How often one number may be asked for: an hour's bucket and a day's, here of seconds."""

from services.ingest.addresses import Place
from services.ingest.callback.number_limits import NumberLimits
from services.ingest.rate_limit import RateLimit
from tests.fakes.manual_clock import ManualClock

ACME, OTHERS = Place("demo", "acme", "", "+1", "Acme"), Place("other", "acme", "", "+1", "Acme")
ADA = "+442079460300"


def limits(clock: ManualClock) -> NumberLimits:
    return NumberLimits(RateLimit(clock, 2, window_ms=20_000), RateLimit(clock, 1, window_ms=5_000))


def test_what_the_days_bucket_refuses_costs_nothing_of_the_hours() -> None:
    clock = ManualClock()
    asked = limits(clock)
    assert asked.take(ACME, ADA) == 0
    assert asked.take(ACME, ADA) == 5
    clock.pass_ms(5_000)

    assert asked.take(ACME, ADA) == 0
    assert asked.take(ACME, ADA) == 5


def test_what_is_given_back_can_be_taken_again() -> None:
    asked = limits(ManualClock())
    for _ in range(5):
        assert asked.take(ACME, ADA) == 0
        asked.give_back(ACME, ADA)


def test_each_tenant_counts_for_itself_and_each_number() -> None:
    asked = limits(ManualClock())

    assert [asked.take(ACME, ADA), asked.take(OTHERS, ADA), asked.take(ACME, "+442079460301")] == [0, 0, 0]


def test_nothing_is_given_back_of_what_was_never_taken() -> None:
    asked = limits(ManualClock())
    asked.give_back(ACME, ADA)

    assert [asked.take(ACME, ADA), asked.take(ACME, ADA)] == [0, 5]
