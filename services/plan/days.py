"""When each day begins in the plan's time zone."""

from datetime import datetime
from zoneinfo import ZoneInfo

from services.plan.hours import KNOWN_DAYS, days_between, first_ms, local_date


def day_beginnings_ms(zone: ZoneInfo, now_ms: int) -> tuple[int, ...]:
    """In ms since 1970: the beginning of the day that it is now, and those of the 400 days after it.

    A day begins at the first moment at which a calendar on the wall shows it. One that the zone left out has none.
    """
    first = local_date(now_ms, zone)
    midnights = (datetime.combine(day, datetime.min.time()) for day in days_between(first, KNOWN_DAYS))
    return tuple(sorted({first_ms(midnight, zone) for midnight in midnights}))
