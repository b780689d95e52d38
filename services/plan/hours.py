"""Opening hours as people write them, compiled into the moments at which they open and close.

A span is open from the first moment at which the clock on the wall shows a time within it until the last. So one that
begins in the hour that spring leaves out begins when that hour would, and one that ends in the hour that autumn repeats
ends the second time.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from services.plan.compiled import Hours, Interval
from services.plan.fields import Span
from services.plan.model import HoursPart

KNOWN_DAYS = 400
DAY = timedelta(days=1)
MINUTE_MS = 60_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def compile_hours(part: HoursPart, zone: ZoneInfo, now_ms: int) -> Hours:
    """When the hours are open, in ms since 1970, from now for 400 days; sorted, merged."""
    known_until = _moment(now_ms) + KNOWN_DAYS * DAY
    known_until_ms = _ms(known_until)
    # A span of yesterday may still be open; nothing is longer than two days.
    first, last = (_moment(now_ms) - 2 * DAY).astimezone(zone).date(), known_until.astimezone(zone).date()
    spans = sorted(
        (interval.from_ms, min(interval.until_ms, known_until_ms))
        for day in days_between(first, (last - first).days)
        if day not in part.holidays
        for span in _spans(part, day)
        if (interval := open_interval(day, span, zone)).until_ms > now_ms and interval.from_ms < known_until_ms
    )
    return Hours(part.id, _merged(spans), known_until_ms)


def open_interval(day: date, span: Span, zone: ZoneInfo) -> Interval:
    """When a span that begins on the day is open; empty if the day's clock skips it whole."""
    midnight = datetime.combine(day, datetime.min.time())
    begins = midnight + timedelta(minutes=span.from_minute)
    last_minute = midnight + timedelta(minutes=span.until_minute - 1)
    return Interval(first_ms(begins, zone), _past_ms(last_minute, zone))


def days_between(first: date, count: int) -> Iterator[date]:
    """The day and as many days after it."""
    return (first + passed * DAY for passed in range(count + 1))


def local_date(at_ms: int, zone: ZoneInfo) -> date:
    """The day that it is in the zone."""
    return _moment(at_ms).astimezone(zone).date()


def _spans(part: HoursPart, day: date) -> tuple[Span, ...]:
    spans: tuple[Span, ...] = getattr(part.days, DAY_NAMES[day.weekday()])
    return spans


def _merged(spans: list[tuple[int, int]]) -> tuple[Interval, ...]:
    merged: list[Interval] = []
    for from_ms, until_ms in spans:
        if from_ms >= until_ms:
            continue
        if merged and from_ms <= merged[-1].until_ms:
            merged[-1] = Interval(merged[-1].from_ms, max(until_ms, merged[-1].until_ms))
        else:
            merged.append(Interval(from_ms, until_ms))
    return tuple(merged)


def first_ms(local: datetime, zone: ZoneInfo) -> int:
    """The first moment at which the clock shows this time or, if it leaves it out, a later one."""
    if _is_left_out(local, zone):
        return _jump_ms(local, zone)
    return _ms(local.replace(tzinfo=zone, fold=0))


def _past_ms(local: datetime, zone: ZoneInfo) -> int:
    """The first moment after which the clock shows this minute no more."""
    if _is_left_out(local, zone):
        return _jump_ms(local, zone)
    return _ms(local.replace(tzinfo=zone, fold=1)) + MINUTE_MS


def _is_left_out(local: datetime, zone: ZoneInfo) -> bool:
    """Is this a time that the clock never shows, because it is put forward over it?"""
    return _offset(local, zone, fold=0) < _offset(local, zone, fold=1)


def _offset(local: datetime, zone: ZoneInfo, fold: int) -> timedelta:
    return local.replace(tzinfo=zone, fold=fold).utcoffset() or timedelta()


def _jump_ms(local: datetime, zone: ZoneInfo) -> int:
    """When the clock is put forward over this time: between what the offsets after and before it make of it."""
    early, late = _ms(local.replace(tzinfo=zone, fold=1)), _ms(local.replace(tzinfo=zone, fold=0))
    before = _offset(local, zone, fold=0)
    while late - early > 1:
        middle = (early + late) // 2
        still_before = _moment(middle).astimezone(zone).utcoffset() == before
        early, late = (middle, late) if still_before else (early, middle)
    return late


def _ms(moment: datetime) -> int:
    return (moment.astimezone(UTC) - EPOCH) // timedelta(milliseconds=1)


def _moment(at_ms: int) -> datetime:
    return EPOCH + timedelta(milliseconds=at_ms)
