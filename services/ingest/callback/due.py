"""When a customer is to be called back: what they ask for, moved into the opening hours of the number."""

import re
from bisect import bisect_right
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from services.ingest.callback.entry import NOT_TAKEN
from services.ingest.callback.offices import Office
from services.ingest.what_went_wrong import WhatWentWrong
from services.plan.compiled import Hours, Interval

NOW = "now"
# The router queues no contact later than this (AHEAD_MS_MAX there).
AHEAD_DAYS = 30
AHEAD_MS = AHEAD_DAYS * 24 * 3_600_000
# Whoever fills in a page takes a while: a time that has passed since then means now.
PASSED_MS = 15 * 60_000
MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})?"
)


def due_ms(when: str, office: Office, now_ms: int) -> int:
    """The moment from which the customer waits to be called, ms since 1970 UTC; at most `now_ms` for at once.

    `when` is "" or "now", or a time of ISO 8601; one without an offset is a time of the contact centre's clock. A time
    at which the number is closed becomes the next at which it opens. Raises WhatWentWrong.
    """
    wanted_ms = now_ms if when in ("", NOW) else _moment_ms(when, office.zone)
    if wanted_ms < now_ms - PASSED_MS:
        raise _refused("That time has passed.", "Take a later one, or none for as soon as possible.")
    if wanted_ms > now_ms + AHEAD_MS:
        raise _refused(f"That is more than {AHEAD_DAYS} days ahead.", "Take an earlier time.")
    return _open_ms(office, max(wanted_ms, now_ms), now_ms)


def _open_ms(office: Office, wanted_ms: int, now_ms: int) -> int:
    if office.hours is None:
        return wanted_ms
    opens_ms = next_open_ms(office.hours, wanted_ms)
    if opens_ms is None or opens_ms > now_ms + AHEAD_MS:
        why = f"Nobody calls from this number between that time and {AHEAD_DAYS} days from now."
        raise _refused(why, "Take an earlier time, or reach us another way.")
    return opens_ms


def next_open_ms(hours: Hours, at_ms: int) -> int | None:
    """That moment, if the hours are open then, or the next one at which they open; None where none is known."""
    following = bisect_right(hours.open, at_ms, key=_from_ms)
    if following and at_ms < hours.open[following - 1].until_ms:
        return at_ms
    return hours.open[following].from_ms if following < len(hours.open) else None


def in_words(at_ms: int, zone: ZoneInfo) -> str:
    """A moment as people read it: "Monday 23 November, 09:00 (Europe/Berlin)"."""
    local = datetime.fromtimestamp(at_ms / 1000, zone)
    return f"{local:%A} {local.day} {local:%B, %H:%M} ({zone.key})"


def in_iso(at_ms: int, zone: ZoneInfo) -> str:
    """A moment for programs, in the contact centre's zone."""
    return datetime.fromtimestamp(at_ms // 1000, zone).isoformat()


def _moment_ms(when: str, zone: ZoneInfo) -> int:
    try:
        moment = datetime.fromisoformat(when) if MOMENT.fullmatch(when) else None
        if moment is not None:
            return int(_placed(moment, zone).timestamp() * 1000)
    # A day that no calendar has, an hour past the last; years that no clock can show.
    except (ValueError, OverflowError):
        pass
    raise _refused(
        "That is not a time.", "Write it as 2026-11-23T09:00, with +01:00 behind where it is another zone's, or now."
    )


def _placed(moment: datetime, zone: ZoneInfo) -> datetime:
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)


def _from_ms(interval: Interval) -> int:
    return interval.from_ms


def _refused(why: str, what_to_do: str) -> WhatWentWrong:
    return WhatWentWrong(NOT_TAKEN, why, what_to_do, {"when": f"{why} {what_to_do}"})
