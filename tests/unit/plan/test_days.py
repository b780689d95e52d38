"""When days begin, also where the clock is put forward or back at midnight, or a day is left out."""

from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from services.plan.days import day_beginnings_ms
from tests.unit.plan.example import EXAMPLE, NOW_MS, load
from tests.unit.plan.test_hours import CHANGES, at

HOUR_MS = 3_600_000


def test_the_first_is_that_of_the_day_that_it_is_and_400_follow() -> None:
    days = day_beginnings_ms(ZoneInfo("Europe/Berlin"), at("2026-11-22T00:30"))

    assert (len(days), days[0]) == (401, at("2026-11-22T00:00"))
    assert days[-1] == at("2027-12-27T00:00")


def test_at_midnight_the_new_day_has_begun() -> None:
    midnight = at("2026-11-22T00:00")
    zone = ZoneInfo("Europe/Berlin")

    assert day_beginnings_ms(zone, midnight)[0] == midnight
    assert day_beginnings_ms(zone, midnight - 1)[0] == midnight - 24 * HOUR_MS


def test_the_days_on_which_the_clock_is_changed_are_longer_or_shorter() -> None:
    days = day_beginnings_ms(ZoneInfo("Europe/Berlin"), at("2027-01-01T12:00"))

    lengths = {later - earlier for earlier, later in pairwise(days)}
    assert lengths == {23 * HOUR_MS, 24 * HOUR_MS, 25 * HOUR_MS}


@pytest.mark.parametrize(("zone", "day"), CHANGES)
def test_a_day_begins_at_the_first_moment_at_which_its_date_is_shown(zone: str, day: date) -> None:
    shown = ZoneInfo(zone)
    noon = datetime.combine(day - timedelta(days=2), datetime.min.time(), shown) + timedelta(hours=12)

    days = day_beginnings_ms(shown, int(noon.timestamp()) * 1000)[1:5]

    for begins_ms in days:
        before = datetime.fromtimestamp(begins_ms // 1000 - 1, shown).date()
        assert before < datetime.fromtimestamp(begins_ms // 1000, shown).date()
    dates = [datetime.fromtimestamp(begins_ms // 1000, shown).date() for begins_ms in days]
    assert dates == sorted(set(dates))


def test_a_plan_has_them() -> None:
    plan = load(EXAMPLE).plan

    assert plan.days_ms == day_beginnings_ms(ZoneInfo("Europe/Berlin"), NOW_MS)
