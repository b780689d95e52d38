"""The rows of reporting's tables as documents: contacts, intervals, and how far they were written."""

from collections import Counter
from dataclasses import asdict

from services.reporting.facts import offset_of
from services.reporting.projections.contact_rows import ContactRow
from services.reporting.projections.intervals import Interval
from services.reporting.projections.measures import Place
from services.shared.document_store import Collection, Document, Index
from services.shared.fence import Checkpoint

# Rows of another format are written anew.
FORMAT = 1
CONTACTS = Collection(
    "reporting_contacts", (Index(("tenant", "place", "company", "queue", "channel", "outcome", "opened_at_ms")),)
)
INTERVALS = Collection("reporting_intervals", (Index(("tenant", "from_ms")),))
CHECKPOINTS = Collection("reporting_checkpoints")


def row_id(tenant: str, contact_id: str) -> str:
    """The id of a contact's row: contacts of two tenants may have the same id."""
    return f"{tenant}/{contact_id}"


def contact_document(row: ContactRow) -> Document:
    """A contact's row."""
    fields = asdict(row)
    state: Document = fields.pop("state")
    return {"id": row_id(row.tenant, row.state.contact_id)} | state | fields


def interval_document(interval: Interval) -> Document:
    """An interval that is over."""
    return {
        "id": f"{interval.tenant}/{interval.from_ms}",
        "tenant": interval.tenant,
        "from_ms": interval.from_ms,
        "figures": [
            [place.company, place.queue, place.channel, place.agent, dict(counts)]
            for place, counts in interval.figures.items()
        ],
        "agents": [[agent, dict(times)] for agent, times in interval.agents.items()],
    }


def interval_of(document: Document) -> Interval:
    """The inverse."""
    return Interval(
        document["tenant"],
        document["from_ms"],
        {Place(*place): Counter(counts) for *place, counts in document["figures"]},
        {agent: Counter(times) for agent, times in document["agents"]},
    )


def checkpoint_document(partition: int, short_abandon_ms: int, checkpoint: Checkpoint) -> Document:
    """How far the tables were written, by which definitions."""
    return {
        "id": str(partition),
        "format": FORMAT,
        "short_abandon_ms": short_abandon_ms,
        "offset": checkpoint.offset,
        "digest": checkpoint.digest.hex(),
    }


def documents_of(
    rows: list[ContactRow], intervals: list[Interval], written_offset: int
) -> list[tuple[Collection, Document]]:
    """What is to be written: all that changed by a record at that offset or later."""
    return [(CONTACTS, contact_document(row)) for row in rows if offset_of(row.changed_at) >= written_offset] + [
        (INTERVALS, interval_document(each)) for each in intervals if offset_of(each.closed_by) >= written_offset
    ]
