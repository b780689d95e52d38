import pytest

from services.ingest.quotas import TENANTS_MAX, Quotas
from tests.fakes.manual_clock import ManualClock


@pytest.mark.parametrize(("per_minute", "at_once"), [(3, 3), (30, 10), (600, 10), (6_000, 25), (60_000, 250)])
def test_a_tenant_may_begin_what_a_moment_has_at_once_and_a_few_in_any_case(per_minute: int, at_once: int) -> None:
    clock = ManualClock()
    quotas = Quotas(clock, per_minute)
    for _ in range(2):
        assert {quotas.take("acme") for _ in range(at_once)} == {0}
        assert quotas.take("acme") > 0
        clock.pass_ms(3_600_000)


def test_over_a_long_time_each_gets_what_the_operator_said_however_much_it_is() -> None:
    for per_minute in (1, 5, 7, 100, 90_000, 1_000_000):
        clock = ManualClock()
        quotas = Quotas(clock, per_minute)
        for _ in range(10 + per_minute // 200):
            quotas.take("acme")
        step_ms, steps, took = 1 if per_minute > 1_000 else 60_000 // per_minute // 4, 4_000, 0
        expected = per_minute * steps * step_ms / 60_000
        for _ in range(steps):
            clock.pass_ms(step_ms)
            while took <= 2 * expected and not quotas.take("acme"):
                took += 1
        assert took == pytest.approx(expected, rel=0.02), per_minute


def test_each_tenant_has_a_bucket_and_some_a_quota_of_their_own() -> None:
    quotas = Quotas(ManualClock(), 1, {"globex": 2, "initech": 0})
    assert [quotas.take("acme"), quotas.take("acme"), quotas.take("umbrella")] == [0, 60, 0]
    assert [quotas.take("globex") for _ in range(3)] == [0, 0, 30]
    assert {quotas.take("initech") for _ in range(1000)} == {0}


def test_asking_takes_nothing_and_what_came_to_nothing_is_given_back() -> None:
    quotas = Quotas(ManualClock(), 1)
    assert {quotas.wait_s("acme") for _ in range(5)} == {0}
    quotas.take("acme")
    assert quotas.wait_s("acme") == 60
    quotas.give_back("acme")
    assert quotas.take("acme") == 0


def test_without_a_quota_all_are_let_in() -> None:
    quotas = Quotas(ManualClock())
    assert {quotas.take("acme") for _ in range(1000)} == {0}
    quotas.give_back("acme")


def test_of_ten_times_as_many_tenants_the_newest_are_remembered() -> None:
    quotas = Quotas(ManualClock(), 1)
    for number in range(10 * TENANTS_MAX):
        quotas.take(f"tenant-{number}")
    assert quotas.wait_s("tenant-0") == 0
    assert quotas.wait_s(f"tenant-{10 * TENANTS_MAX - 1}") > 0
    assert quotas._common is not None
    assert len(quotas._common._spent) == TENANTS_MAX
