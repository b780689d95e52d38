"""Lists of the REST API: which rows are asked for, and which page of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from services.cli.carrier.exchange.refusals import Refused
from services.cli.carrier.rest_json import Page

PAGE_SIZE, PAGE_SIZE_MAX = 50, 1_000
Row = dict[str, Any]
# By the name of the parameter: the property of a row that must be the same.
SAME_CALL = {"To": "to", "From": "from", "Status": "status", "ParentCallSid": "parent_call_sid"}
SAME_MESSAGE = {"To": "to", "From": "from"}
# By the name of the parameter, which may end with < or >: the property that is a time.
TIMES_OF_CALL = {"StartTime": "start_time", "EndTime": "end_time"}
TIMES_OF_MESSAGE = {"DateSent": "date_sent"}
# Days compare whole: StartTime>=2026-11-22 begins at that midnight, in UTC.
DAYS: dict[str, Callable[[date, date], bool]] = {
    "": lambda day, asked: day == asked,
    "<": lambda day, asked: day <= asked,
    ">": lambda day, asked: day >= asked,
}


@dataclass(frozen=True, slots=True)
class Listing:
    """What a kind of list is called, and how it is filtered."""

    name: str
    same: Mapping[str, str]
    times: Mapping[str, str]

    def parameters(self) -> set[str]:
        """All that it is filtered by."""
        return {*self.same, *(name + sign for name in self.times for sign in DAYS)}


CALLS = Listing("calls", SAME_CALL, TIMES_OF_CALL)
MESSAGES = Listing("messages", SAME_MESSAGE, TIMES_OF_MESSAGE)


def page_of(listing: Listing, rows: list[Row], asked: Mapping[str, str], account_sid: str) -> tuple[Page, list[Row]]:
    """The page that is asked for, and all rows that match. Raises Refused."""
    filters = {name: value for name, value in asked.items() if name in listing.parameters() and value}
    matching = [row for row in rows if all(_matches(listing, row, name, value) for name, value in filters.items())]
    size = min(_whole(asked, "PageSize", PAGE_SIZE) or PAGE_SIZE, PAGE_SIZE_MAX)
    return Page(listing.name, account_sid, filters, _whole(asked, "Page", 0), size), matching


def _matches(listing: Listing, row: Row, name: str, value: str) -> bool:
    if name in listing.same:
        return bool(row[listing.same[name]] == value)
    written = row[listing.times[name.rstrip("<>")]]
    if written is None:
        return False
    day = parsedate_to_datetime(written).astimezone(UTC).date()
    return DAYS[name[-1] if name[-1] in DAYS else ""](day, _day(value))


def _day(written: str) -> date:
    try:
        return datetime.fromisoformat(written).date()
    except ValueError:
        raise Refused(20001, "a time is a date such as 2026-11-22") from None


def _whole(asked: Mapping[str, str], name: str, default: int) -> int:
    written = asked.get(name, "")
    if not written:
        return default
    if not (written.isascii() and written.isdigit()) or len(written) > 6:
        raise Refused(20001, f"{name} is a whole number")
    return int(written)
