"""Opening hours against the clock on the wall, minute by minute, also where that is put forward or back."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.plan.compiled import Hours, Interval
from services.plan.fields import Span
from services.plan.hours import KNOWN_DAYS, compile_hours, open_interval
from services.plan.model import HoursPart
from tests.unit.plan.example import NOW_MS

BERLIN = ZoneInfo("Europe/Berlin")
DAY_MS = 24 * 3_600_000
MINUTE_MS = 60_000
EVERY_DAY = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
# Where, and a day on which the clock is put forward or back: by one hour, by half an hour, at midnight, by a whole day.
CHANGES = [
    ("Europe/Berlin", date(2027, 3, 28)),
    ("Europe/Berlin", date(2027, 10, 31)),
    ("America/New_York", date(2027, 3, 14)),
    ("America/New_York", date(2027, 11, 7)),
    ("Australia/Lord_Howe", date(2027, 4, 4)),
    ("Australia/Lord_Howe", date(2027, 10, 3)),
    ("America/Santiago", date(2027, 9, 5)),
    ("America/Santiago", date(2027, 4, 3)),
    ("Africa/Cairo", date(2026, 4, 24)),
    ("Pacific/Apia", date(2011, 12, 30)),
    ("Asia/Kolkata", date(2027, 6, 1)),
]


def at(text: str, zone: str = "Europe/Berlin") -> int:
    return ms(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)))


def ms(moment: datetime) -> int:
    return int(moment.timestamp()) * 1000


def hours(days: dict[str, object], holidays: list[str] | str = "2020-01-01") -> HoursPart:
    return HoursPart.model_validate({"id": "h", "days": days, "holidays": holidays})


def is_open(compiled: Hours, at_ms: int) -> bool:
    return any(interval.from_ms <= at_ms < interval.until_ms for interval in compiled.open)


def test_a_working_day_is_open_from_the_first_minute_until_before_the_last() -> None:
    compiled = compile_hours(hours({"mon": "09:00-17:00"}), BERLIN, at("2026-11-22T12:00"))

    assert not is_open(compiled, at("2026-11-23T09:00") - 1)
    assert is_open(compiled, at("2026-11-23T09:00"))
    assert is_open(compiled, at("2026-11-23T17:00") - 1)
    assert not is_open(compiled, at("2026-11-23T17:00"))
    assert not is_open(compiled, at("2026-11-24T12:00"))


def test_a_holiday_is_closed() -> None:
    part = hours({"fri": "09:00-17:00"}, ["2026-12-25"])

    compiled = compile_hours(part, BERLIN, at("2026-12-01T12:00"))

    assert not is_open(compiled, at("2026-12-25T12:00"))
    assert is_open(compiled, at("2026-12-18T12:00"))


def test_a_span_past_midnight_belongs_to_the_day_on_which_it_begins() -> None:
    part = hours({"thu": "22:00-06:00", "fri": "22:00-06:00"}, ["2026-12-25"])

    compiled = compile_hours(part, BERLIN, at("2026-12-01T12:00"))

    assert is_open(compiled, at("2026-12-25T05:59"))
    assert not is_open(compiled, at("2026-12-25T23:00"))
    assert not is_open(compiled, at("2026-12-26T05:00"))


def test_what_opened_yesterday_and_is_still_open_is_known() -> None:
    compiled = compile_hours(hours({"mon": "22:00-06:00"}), BERLIN, at("2026-11-24T03:00"))

    assert compiled.open[0] == Interval(at("2026-11-23T22:00"), at("2026-11-24T06:00"))


def test_what_has_closed_by_now_is_left_out() -> None:
    compiled = compile_hours(hours({"mon": "09:00-17:00"}), BERLIN, at("2026-11-23T17:00"))

    assert compiled.open[0].from_ms == at("2026-11-30T09:00")


def test_spans_that_touch_are_one() -> None:
    part = hours({"mon": ["09:00-12:00", "12:00-24:00"], "tue": "00:00-01:00"})

    compiled = compile_hours(part, BERLIN, at("2026-11-22T12:00"))

    assert compiled.open[0] == Interval(at("2026-11-23T09:00"), at("2026-11-24T01:00"))


def test_always_open_is_one_interval_until_nothing_is_known() -> None:
    part = hours(dict.fromkeys(EVERY_DAY, "00:00-24:00"))

    compiled = compile_hours(part, BERLIN, NOW_MS)

    assert [each.until_ms for each in compiled.open] == [compiled.known_until_ms]
    assert compiled.known_until_ms == NOW_MS + KNOWN_DAYS * DAY_MS


def test_nine_is_nine_in_summer_and_in_winter() -> None:
    compiled = compile_hours(hours(dict.fromkeys(EVERY_DAY, "09:00-17:00")), BERLIN, at("2027-03-26T00:00"))

    assert [ms_text(each.from_ms) for each in compiled.open[1:3]] == ["2027-03-27 08:00", "2027-03-28 07:00"]


def ms_text(at_ms: int) -> str:
    return f"{datetime.fromtimestamp(at_ms / 1000, UTC):%Y-%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("span", "begins", "ends"),
    [
        # The clock goes from 02:00 to 03:00, which is 01:00 UTC.
        ("02:30-05:00", "2027-03-28 01:00", "2027-03-28 03:00"),
        ("01:00-02:30", "2027-03-28 00:00", "2027-03-28 01:00"),
        ("02:10-02:50", "2027-03-28 01:00", "2027-03-28 01:00"),
    ],
)
def test_an_hour_that_spring_leaves_out_is_no_time_at_all(span: str, begins: str, ends: str) -> None:
    interval = open_interval(date(2027, 3, 28), hours({"sun": span}).days.sun[0], BERLIN)

    assert (ms_text(interval.from_ms), ms_text(interval.until_ms)) == (begins, ends)


def test_what_spring_leaves_out_whole_is_no_interval() -> None:
    compiled = compile_hours(hours({"sun": "02:10-02:50"}), BERLIN, at("2027-03-27T12:00"))

    assert ms_text(compiled.open[0].from_ms) == "2027-04-04 00:10"


@pytest.mark.parametrize(
    ("span", "begins", "ends"),
    [
        # The clock goes from 03:00 back to 02:00, which is 01:00 UTC: 02:30 is at 00:30 UTC and at 01:30.
        ("02:30-05:00", "2027-10-31 00:30", "2027-10-31 04:00"),
        ("01:00-02:30", "2027-10-30 23:00", "2027-10-31 01:30"),
        ("01:00-02:00", "2027-10-30 23:00", "2027-10-31 00:00"),
        ("01:00-03:00", "2027-10-30 23:00", "2027-10-31 02:00"),
    ],
)
def test_an_hour_that_autumn_repeats_is_open_both_times(span: str, begins: str, ends: str) -> None:
    interval = open_interval(date(2027, 10, 31), hours({"sun": span}).days.sun[0], BERLIN)

    assert (ms_text(interval.from_ms), ms_text(interval.until_ms)) == (begins, ends)


@settings(max_examples=40, deadline=None)
@given(change=st.sampled_from(CHANGES), ago=st.integers(0, 2), begins=st.integers(0, 1439), length=st.integers(1, 1439))
def test_open_is_from_the_first_to_the_last_minute_that_the_clock_shows_within_the_span(
    change: tuple[str, date], ago: int, begins: int, length: int
) -> None:
    zone, day = ZoneInfo(change[0]), change[1] - timedelta(days=ago)

    interval = open_interval(day, Span(begins, begins + length), zone)

    shown = minutes_shown(day, begins, begins + length, zone)
    if shown:
        assert (interval.from_ms, interval.until_ms) == (shown[0], shown[-1] + MINUTE_MS)
    else:
        assert interval.from_ms == interval.until_ms


def minutes_shown(day: date, begins: int, ends: int, zone: ZoneInfo) -> list[int]:
    """Every minute, by looking at the clock in each of four days."""
    midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001  # what a clock on the wall shows has no zone
    window = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(days=1)
    moments = [window + timedelta(minutes=minute) for minute in range(4 * 1440)]
    return [
        ms(moment)
        for moment in moments
        if begins <= (moment.astimezone(zone).replace(tzinfo=None) - midnight) / timedelta(minutes=1) < ends
    ]


SPANS = st.tuples(st.integers(0, 95), st.integers(1, 96)).map(lambda pair: quarter_hours(*pair))


def quarter_hours(begins: int, length: int) -> str:
    ends = (begins + length) % 96
    return (
        f"{begins // 4:02}:{begins % 4 * 15:02}-{ends // 4:02}:{ends % 4 * 15:02}" if ends != begins else "00:00-24:00"
    )


@settings(max_examples=25, deadline=None)
@given(
    zone=st.sampled_from([name for name, _ in CHANGES]),
    days=st.dictionaries(st.sampled_from(EVERY_DAY), st.lists(SPANS, min_size=1, max_size=4), min_size=1),
    now_ms=st.integers(NOW_MS, NOW_MS + 400 * DAY_MS),
)
def test_hours_are_sorted_apart_from_each_other_and_within_what_is_known(
    zone: str, days: dict[str, object], now_ms: int
) -> None:
    compiled = compile_hours(hours(days), ZoneInfo(zone), now_ms)

    bounds = [bound for each in compiled.open for bound in (each.from_ms, each.until_ms)]
    assert bounds == sorted(set(bounds))
    assert compiled.open[0].until_ms > now_ms
    assert bounds[-1] <= compiled.known_until_ms
