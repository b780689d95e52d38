"""The service level of each queue in the quarter of an hour that runs, for whoever watches."""

from collections import Counter
from collections.abc import Callable

from services.reporting.interval_rows import ratios
from services.reporting.projections.intervals import Intervals


def service_levels(intervals: Intervals, tenant: str, may_see: Callable[[str], bool]) -> dict[str, float]:
    """By queue, 0 to 1; queues in which nobody was answered or gave up yet are left out."""
    interval = intervals.open_interval(tenant)
    by_queue: dict[str, Counter[str]] = {}
    for place, counts in interval.figures.items() if interval else ():
        if place.queue and may_see(place.company):
            by_queue.setdefault(place.queue, Counter()).update(counts)
    levels = {queue: ratios(counts)["service_level"] for queue, counts in sorted(by_queue.items())}
    return {queue: level for queue, level in levels.items() if level is not None}
