"""When customers are called back: hours, clocks that are put forward and back, and the bounds."""

from zoneinfo import ZoneInfo

import pytest

from services.ingest.callback.due import AHEAD_MS, PASSED_MS, due_ms, in_iso, in_words, next_open_ms
from services.ingest.callback.offices import Office
from services.ingest.what_went_wrong import WhatWentWrong
from services.plan.compiled import Hours, Interval

BERLIN = ZoneInfo("Europe/Berlin")
# 2026-10-24 12:00 in Berlin; in the following night the clock is put back.
NOW_MS = 1_792_836_000_000
HOUR_MS = 3_600_000


def office(*spans: tuple[int, int], zone: ZoneInfo = BERLIN) -> Office:
    opened = tuple(Interval(NOW_MS + from_ms, NOW_MS + until_ms) for from_ms, until_ms in spans)
    hours = Hours("h", opened, NOW_MS + 400 * 24 * HOUR_MS) if spans else None
    return Office(zone, hours, "GB", frozenset({"GB"}), ())


def test_now_is_now_without_hours_and_while_they_are_open() -> None:
    assert due_ms("", office(), NOW_MS) == NOW_MS
    assert due_ms("now", office((-1, 1)), NOW_MS) == NOW_MS


@pytest.mark.parametrize(("at", "opens"), [(-1, 0), (0, 0), (9, 9), (10, 20), (19, 20), (29, 29), (30, None)])
def test_a_span_is_open_from_its_first_moment_until_before_its_last(at: int, opens: int | None) -> None:
    hours = Hours("h", (Interval(0, 10), Interval(20, 30)), 1000)

    assert next_open_ms(hours, at) == opens


def test_a_time_without_an_offset_is_one_of_the_centres_clock() -> None:
    assert due_ms("2026-10-24T15:00", office(), NOW_MS) == NOW_MS + 3 * HOUR_MS
    assert due_ms("2026-10-24T15:00Z", office(), NOW_MS) == NOW_MS + 5 * HOUR_MS
    # There it is 15:30 then.
    assert due_ms("2026-10-24T16:00", office(zone=ZoneInfo("Asia/Kolkata")), NOW_MS) == NOW_MS + HOUR_MS // 2


def test_an_hour_that_comes_twice_is_meant_the_first_time() -> None:
    assert due_ms("2026-10-25T02:30", office(), NOW_MS) == NOW_MS + 14 * HOUR_MS + HOUR_MS // 2


def test_an_hour_that_is_left_out_comes_after_the_jump() -> None:
    # 02:30 on 2026-03-29 is never shown: the clock goes from 01:59 to 03:00.
    before_ms = 1_774_735_200_000
    assert in_iso(before_ms, BERLIN) == "2026-03-28T23:00:00+01:00"

    assert in_iso(due_ms("2026-03-29T02:30", office(), before_ms), BERLIN) == "2026-03-29T03:30:00+02:00"


def test_the_bounds_are_fifteen_minutes_ago_and_thirty_days_ahead() -> None:
    def at(ms: int) -> str:
        return in_iso(ms, ZoneInfo("UTC"))

    assert due_ms(at(NOW_MS - PASSED_MS), office(), NOW_MS) == NOW_MS
    assert due_ms(at(NOW_MS + AHEAD_MS), office(), NOW_MS) == NOW_MS + AHEAD_MS
    for refused in (at(NOW_MS - PASSED_MS - 1000), at(NOW_MS + AHEAD_MS + 1000)):
        with pytest.raises(WhatWentWrong):
            due_ms(refused, office(), NOW_MS)


def test_where_it_opens_too_late_or_never_it_is_refused() -> None:
    for closed in (office((AHEAD_MS + 1, AHEAD_MS + 2)), office((-2, -1))):
        with pytest.raises(WhatWentWrong, match="Nobody calls"):
            due_ms("", closed, NOW_MS)


def test_people_read_a_moment_in_words() -> None:
    assert in_words(NOW_MS, BERLIN) == "Saturday 24 October, 12:00 (Europe/Berlin)"
