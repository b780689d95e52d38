"""The lists that BI teams read over HTTP: events, contacts and intervals, as JSON, JSON lines or CSV."""

from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Header, HTTPException, Query, Request
from pydantic import BeforeValidator

from services.plan.compiled import Channel
from services.reporting.cursors import BadCursor, place_in
from services.reporting.event_reader import EventReader
from services.reporting.facts import ContactOutcome
from services.reporting.http_reader import Reader, refuse_foreign
from services.reporting.interval_rows import Split, columns, interval_rows
from services.reporting.list_rows import CONTACT_COLUMNS, EVENT_COLUMNS, contact_rows, event_rows
from services.reporting.projector import Projector
from services.reporting.queries import (
    INTERVAL_DAYS_MAX,
    MS_MAX,
    BadQuery,
    ContactQuery,
    EventQuery,
    Order,
    event_types,
    groups,
    interval_span,
    span,
)
from services.reporting.row_formats import Format, Listing, Row, accepted_format, written
from services.reporting.rows_response import RowsResponse, Slots, TooManyAtOnce, begun
from services.shared.document_store import StoreUnavailable
from services.shared.event_log import LogUnavailable, RecordsGone

ROWS_MAX = 10_000
ROWS = 100
ID_MAX = 256
DIGITS = frozenset("0123456789")
OUTCOMES = ("open", *(outcome.value for outcome in ContactOutcome))


def _whole(text: Any) -> Any:
    """Plain digits: no sign, no point, no space, no digits of other scripts."""
    if isinstance(text, str) and not (text and set(text) <= DIGITS and len(text) <= 15):
        raise ValueError("write a whole number in digits")
    return text


Ms = Annotated[int, BeforeValidator(_whole), Query(ge=0, le=MS_MAX)]
FromMs = Annotated[Ms, Query(alias="from", description="that moment or later, ms since 1970 UTC")]
UntilMs = Annotated[Ms, Query(alias="until", description="before that moment, ms since 1970 UTC; 0 is open")]
Limit = Annotated[int, BeforeValidator(_whole), Query(ge=1, le=ROWS_MAX, description="how many rows at most")]
Id = Annotated[str, Query(max_length=ID_MAX)]
Cursor = Annotated[str, Query(max_length=64, description="the cursor of the row to go on behind")]
Wanted = Annotated[
    Format | None, Query(alias="format", description="json, jsonl or csv; else the Accept header decides")
]
Accept = Annotated[str, Header(max_length=1_000)]


def add_lists(app: FastAPI, reader: Any, projector: Projector) -> None:
    """Add the routes; `reader` is the dependency that says who asks."""
    slots = Slots()
    _add_events(app, reader, projector, slots)
    _add_contacts(app, reader, slots)
    _add_intervals(app, reader, slots)


def _add_events(app: FastAPI, reader: Any, projector: Projector, slots: Slots) -> None:
    asked = ("from", "until", "type", "contact", "queue", "company", "cursor", "limit", "format", "at_least")

    @app.get("/v1/events", response_class=RowsResponse, dependencies=[Depends(_only(*asked))])
    async def events(  # noqa: PLR0913, PLR0917  # each is a word of the query
        who: Annotated[Reader, reader],
        from_ms: FromMs = 0,
        until_ms: UntilMs = 0,
        types: Annotated[str, Query(alias="type", max_length=1_000, description="types, with commas between")] = "",
        contact: Id = "",
        queue: Id = "",
        company: Id = "",
        cursor: Cursor = "",
        limit: Limit = ROWS,
        wanted: Wanted = None,
        accept: Accept = "",
    ) -> RowsResponse:
        """What the router decided, oldest first."""
        refuse_foreign(who.identity, company)
        mine = who.partition
        with _told():
            asked_for = span(from_ms, until_ms)
            query = EventQuery(who.identity.tenant, asked_for, event_types(types), contact, queue, company)
            after = place_in(cursor, query.words()) if cursor else None
        found = EventReader(projector.log, mine, query, who.identity.may_see)
        rows = event_rows(found, query, mine.partition, after, limit)
        return await _answer(rows, Listing("events", EVENT_COLUMNS, limit), wanted, accept, slots)


def _add_contacts(app: FastAPI, reader: Any, slots: Slots) -> None:
    asked = (
        "from",
        "until",
        "queue",
        "company",
        "channel",
        "outcome",
        "order",
        "cursor",
        "limit",
        "format",
        "at_least",
    )

    @app.get("/v1/contacts", response_class=RowsResponse, dependencies=[Depends(_only(*asked))])
    async def contacts(  # noqa: PLR0913, PLR0917  # each is a word of the query
        who: Annotated[Reader, reader],
        from_ms: FromMs = 0,
        until_ms: UntilMs = 0,
        queue: Id = "",
        company: Id = "",
        channel: Annotated[Channel | None, Query()] = None,
        outcome: Annotated[str, Query(pattern=f"^({'|'.join(OUTCOMES)})$")] = "",
        order: Order = Order.NEWEST,
        cursor: Cursor = "",
        limit: Limit = ROWS,
        wanted: Wanted = None,
        accept: Accept = "",
    ) -> RowsResponse:
        """Contacts with what became of them, in the order in which they came."""
        refuse_foreign(who.identity, company)
        with _told():
            asked_for = span(from_ms, until_ms)
            query = ContactQuery(who.identity.tenant, asked_for, order, queue, company, channel or "", outcome)
            after = place_in(cursor, query.words()) if cursor else None
        rows = contact_rows(who.partition.tables, query, who.identity.companies, after, limit)
        return await _answer(rows, Listing("contacts", CONTACT_COLUMNS, limit), wanted, accept, slots)


def _add_intervals(app: FastAPI, reader: Any, slots: Slots) -> None:
    asked = ("from", "until", "by", "format", "at_least")
    spans = f"what is left out is the last day; at most {INTERVAL_DAYS_MAX} days"

    @app.get("/v1/intervals", response_class=RowsResponse, dependencies=[Depends(_only(*asked))], description=spans)
    async def intervals(  # noqa: PLR0913, PLR0917  # each is a word of the query
        who: Annotated[Reader, reader],
        from_ms: FromMs = 0,
        until_ms: UntilMs = 0,
        by: Annotated[str, Query(max_length=64, description="company, queue, channel, agent, with commas")] = "",
        wanted: Wanted = None,
        accept: Accept = "",
    ) -> RowsResponse:
        mine, tenant = who.partition, who.identity.tenant
        log_at_ms = mine.figures.intervals.at_ms
        with _told():
            asked_for, split_by = interval_span(from_ms, until_ms, log_at_ms), groups(by)
        split = Split(split_by, who.identity.may_see, who.may_see_agent)
        found = mine.tables.intervals(tenant, asked_for.from_ms, asked_for.until_ms)
        rows = interval_rows(found, split, log_at_ms)
        return await _answer(rows, Listing("intervals", columns(split_by)), wanted, accept, slots)


async def _answer(
    rows: AsyncGenerator[Row, None], listing: Listing, wanted: Format | None, accept: str, slots: Slots
) -> RowsResponse:
    form = wanted or accepted_format(accept)
    try:
        return await begun(written(rows, listing, form), form.media_type, slots)
    except TooManyAtOnce:
        again = {"Retry-After": "5"}
        raise HTTPException(429, "too many lists are being written: try again in some seconds", again) from None
    except RecordsGone as error:
        raise HTTPException(410, f"{error}: ask for what came later") from None
    except (LogUnavailable, StoreUnavailable, TimeoutError) as error:
        again = {"Retry-After": "5"}
        raise HTTPException(503, f"what was asked for can't be read now ({error}): try again", again) from None


@contextmanager
def _told() -> Iterator[None]:
    """What is wrong with a query is told to whoever asked."""
    try:
        yield
    except (BadQuery, BadCursor) as error:
        raise HTTPException(400, str(error)) from None


def _only(*names: str) -> Callable[[Request], None]:
    """A misspelt or doubled word of a query would be passed over: the answer would be to another question."""

    def check(request: Request) -> None:
        asked = [name for name, _ in request.query_params.multi_items()]
        if not set(asked) <= set(names):
            raise HTTPException(400, f"the query has a word that is not known here; known are {', '.join(names)}")
        if len(asked) != len(set(asked)):
            raise HTTPException(400, "the query says a word twice: say each once, lists with commas")

    return check
