"""Rows of events and contacts in plain values, named as in docs/metrics.md."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any

from services.reporting.cursors import cursor_of
from services.reporting.event_reader import EventReader, EventRow, MaySee, event_id
from services.reporting.projections.contact_rows import ADDED_UP, COUNTED
from services.reporting.queries import ContactQuery, EventQuery, Order
from services.reporting.row_formats import Row
from services.reporting.tables import Tables
from services.shared.document_store import Between, Document, OneOf

PAGE = 200
EVENT_COLUMNS = ("cursor", "id", "at_ms", "type", "contact_id", "company", "channel", "queue", "agent", "details")
# Of a contact's row, in the document and in the answer alike.
TIMES = (
    "opened_at_ms",
    "arrived_at_ms",
    "first_queued_at_ms",
    "accepted_at_ms",
    "answered_at_ms",
    "replied_at_ms",
    "ended_at_ms",
)
STANDING = ("waiting_since_ms", "clock_since_ms", "segment_since_ms", "connected_at_ms", "wrap_up_since_ms")
FIELDS = (
    "contact_id",
    "company",
    "channel",
    "direction",
    "dialed",
    "ivr_path",
    "language",
    "customer",
    "previous_contact_id",
    "joined_contact_id",
    *TIMES,
    "stage",
    "queue",
    "agent",
    "agents",
    "outcome",
    "disposition",
    "wait_ms",
    "wait_end",
    "within_service_level",
    "waited_ms",
    *STANDING,
)
# What the answer calls the sums of a row.
SUMS = dict(
    zip(
        COUNTED,
        ("offers", "transfers", "times_taken_back", "messages", "replies_delivered", "replies_failed"),
        strict=True,
    )
) | {f"{name}_ms": f"{name}_ms" for name in ADDED_UP}
CONTACT_COLUMNS = ("cursor", *FIELDS, *SUMS.values(), "waits", "segments")


async def event_rows(
    reader: EventReader, query: EventQuery, partition: int, after: int | None, limit: int
) -> AsyncGenerator[Row, None]:
    """Events, oldest first."""
    words = query.words()
    async with aclosing(reader.rows(after, limit)) as rows:
        async for row in rows:
            yield {"cursor": cursor_of(row.happened.place, words)} | _event(row, partition)


async def contact_rows(
    tables: Tables, query: ContactQuery, companies: tuple[str, ...], after: int | None, limit: int
) -> AsyncGenerator[Row, None]:
    """Contacts of these companies (none: of all), in the order asked for."""
    words, left = query.words(), limit
    await tables.write()
    while left:
        wanted = min(left, PAGE)
        where = _where(query, companies, after)
        found = await tables.contacts(where, newest_first=query.order is Order.NEWEST, limit=wanted)
        for document in found:
            yield {"cursor": cursor_of(document["place"], words)} | contact_answer(document)
        left = left - len(found) if len(found) == wanted else 0
        after = found[-1]["place"] if found else after


def contact_answer(document: Document) -> Row:
    """A contact's row as it is answered."""
    sums = {name: document["sums"].get(key, 0) for key, name in SUMS.items()}
    return {name: document[name] for name in FIELDS} | sums | {name: document[name] for name in ("waits", "segments")}


def visible(document: Document | None, may_see: MaySee) -> Document | None:
    """The row, if it may be seen."""
    return document if document is not None and may_see(document["company"]) else None


def _event(row: EventRow, partition: int) -> Row:
    happened, where = row.happened, row.where
    return {
        "id": event_id(happened, partition),
        "at_ms": happened.at_ms,
        "type": row.type,
        "contact_id": row.contact_id,
        "company": where.company,
        "channel": where.channel or "",
        "queue": where.queue,
        "agent": row.agent,
        "details": row.details,
    }


def _where(query: ContactQuery, companies: tuple[str, ...], after: int | None) -> Mapping[str, Any]:
    asked = {"company": query.company, "queue": query.queue, "channel": query.channel, "outcome": query.outcome}
    where: dict[str, Any] = {name: value for name, value in asked.items() if value}
    if query.outcome == "open":
        where["outcome"] = None
    if companies and not query.company:
        where["company"] = OneOf(companies)
    where["tenant"] = query.tenant
    where["opened_at_ms"] = Between(query.span.from_ms, query.span.until_or_never_ms)
    where["place"] = _behind(after, query.order)
    return where


def _behind(after: int | None, order: Order) -> Between:
    if after is None:
        return Between(0)
    return Between(0, after) if order is Order.NEWEST else Between(after + 1)
