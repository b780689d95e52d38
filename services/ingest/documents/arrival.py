"""What contacts.inbound is told of a document that was taken."""

import os
from dataclasses import dataclass

from services.ingest.documents.folder import Place
from services.ingest.documents.kinds import kind_of
from services.ingest.documents.names import sender_in, shown
from services.ingest.documents.slip import Slip
from services.ingest.envelopes import Arrived, Attachment, Content, Envelope
from services.plan.caller import normalise_caller
from services.plan.compiled import Attribute
from services.shared.keyed_hash import keyed_hash

RECEIVED_AT = "received_at"
INCOMPLETE = Attribute("incomplete", "yes")


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose address the document came to; `address` as the plan spells it."""

    tenant: str
    company: str
    address: str
    language: str


@dataclass(frozen=True, slots=True)
class Document:
    """A file with its bytes, which are in the blob store as `blob`, and what the slip beside it says."""

    place: Place
    raw: bytes
    blob: str
    slip: Slip


def contact_id(key: bytes, whose: Whose, place: Place, blob: str) -> str:
    """The same for the same file, taken again: of tenant, channel, address, file name and content."""
    name = os.fsencode(place.name)
    return keyed_hash(key, whose.tenant, place.channel.value, whose.address.casefold(), name, blob)


def arrival(key: bytes, whose: Whose, document: Document, now_ms: int) -> Envelope:
    """The arrival of a document. Its pages are not known yet."""
    place, slip = document.place, document.slip
    contact = contact_id(key, whose, place, document.blob)
    arrived = Arrived(
        place.channel,
        dialed=whose.address,
        caller=normalise_caller(slip.sender or sender_in(place.name)),
        language=whose.language.lower(),
        attributes=_attributes(slip),
        ready=False,
        message=Content(subject=slip.reference, attachments=(_original(document),), raw_blob=document.blob),
    )
    event_id = keyed_hash(key, whose.tenant, contact, "arrived")
    return Envelope(event_id, whose.tenant, whose.company, contact, now_ms, arrived)


def _original(document: Document) -> Attachment:
    name, raw = document.place.name, document.raw
    return Attachment(shown(name), kind_of(raw).value, len(raw), document.blob)


def _attributes(slip: Slip) -> tuple[Attribute, ...]:
    received = (Attribute(RECEIVED_AT, slip.received_at.strftime("%Y-%m-%dT%H:%M:%SZ")),) if slip.received_at else ()
    return received + ((INCOMPLETE,) if slip.incomplete else ())
