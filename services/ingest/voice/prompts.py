"""The menu that a caller comes to, and whether its hours are open."""

from bisect import bisect_right

from services.ingest.router_log.facts import Plan
from services.plan.compiled import Hours, Interval, Menu


def menu_of(plan: Plan | None, menu_id: str, company: str) -> Menu | None:
    """The menu of that id in the plan in force, of the company that was called."""
    menus = plan.menus if plan else ()
    return next((menu for menu in menus if menu.id == menu_id and menu.company == company), None)


def is_closed(plan: Plan, menu: Menu, at_ms: int) -> bool:
    """Whether the menu's hours are closed at that moment (ms since 1970).

    A menu without hours is always open, and so is one whose hours the plan does not know any more: a call is better
    taken at a wrong time than turned away at a right one.
    """
    hours = next((hours for hours in plan.hours if hours.id == menu.hours), None)
    if hours is None or at_ms >= hours.known_until_ms:
        return False
    return not _is_open(hours, at_ms)


def _is_open(hours: Hours, at_ms: int) -> bool:
    following = bisect_right(hours.open, at_ms, key=_from_ms)
    return following > 0 and at_ms < hours.open[following - 1].until_ms


def _from_ms(interval: Interval) -> int:
    return interval.from_ms
