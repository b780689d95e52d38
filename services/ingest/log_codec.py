"""Ingest's own types to the bytes of contacts.inbound and contacts.outbound, and back."""

from google.protobuf.message import DecodeError, Message

from services.ingest.envelopes import (
    Arrived,
    CallAnswered,
    CallUnanswered,
    Changed,
    Connect,
    Content,
    Delivered,
    Envelope,
    Failed,
    Left,
    MessageAdded,
    Outgoing,
    What,
)
from services.plan.compiled import Channel
from services.shared.proto_mapping import UnknownValue, fill, read
from switchroom.v1 import contact_pb2, inbound_pb2

KINDS: dict[str, type[What]] = {
    "contact_arrived": Arrived,
    "contact_changed": Changed,
    "message_added": MessageAdded,
    "contact_left": Left,
    "message_delivered": Delivered,
    "message_failed": Failed,
    "call_answered": CallAnswered,
    "call_unanswered": CallUnanswered,
}
FIELDS = {kind: field for field, kind in KINDS.items()}


class UnreadableEnvelope(ValueError):
    """The record is no envelope, or of a kind that this version does not know."""


def encode(envelope: Envelope) -> bytes:
    """The record of contacts.inbound."""
    message = inbound_pb2.InboundEnvelope(
        event_id=envelope.event_id,
        tenant=envelope.tenant,
        company=envelope.company,
        contact_id=envelope.contact_id,
        seen_at_ms=envelope.seen_at_ms,
    )
    what: Message = getattr(message, FIELDS[type(envelope.what)])
    what.SetInParent()
    fill(what, envelope.what)
    return message.SerializeToString()


def decode(record: bytes) -> Envelope:
    """The envelope of a record of contacts.inbound. Raises UnreadableEnvelope."""
    try:
        message = inbound_pb2.InboundEnvelope.FromString(record)
        field = message.WhichOneof("what")
        if field is None or field not in KINDS:
            raise UnreadableEnvelope("the envelope says nothing that this version knows")
        return Envelope(
            event_id=message.event_id,
            tenant=message.tenant,
            company=message.company,
            contact_id=message.contact_id,
            seen_at_ms=message.seen_at_ms,
            what=read(KINDS[field], getattr(message, field)),
        )
    except (DecodeError, UnknownValue) as error:
        raise UnreadableEnvelope(f"the record is no envelope: {error}") from error


def encode_outgoing(outgoing: Outgoing) -> bytes:
    """The record of contacts.outbound. Ingest itself only reads those; its tests write them."""
    message = inbound_pb2.OutboundEnvelope(
        event_id=outgoing.event_id,
        tenant=outgoing.tenant,
        company=outgoing.company,
        contact_id=outgoing.contact_id,
        channel=contact_pb2.Channel.Value(f"CHANNEL_{outgoing.channel.name}"),
        agent=outgoing.agent,
        to=outgoing.to,
        written_at_ms=outgoing.written_at_ms,
        automatic=outgoing.automatic,
        **{"from": outgoing.from_},  # type: ignore[arg-type]  # a keyword of the language, which protobuf allows
    )
    fill(message.message, outgoing.message)
    if outgoing.connect is not None:
        fill(message.connect, outgoing.connect)
    return message.SerializeToString()


def decode_outgoing(record: bytes) -> Outgoing:
    """What a record of contacts.outbound says. Raises UnreadableEnvelope."""
    try:
        message = inbound_pb2.OutboundEnvelope.FromString(record)
        channel = Channel(contact_pb2.Channel.Name(message.channel).removeprefix("CHANNEL_").lower())
        content = read(Content, message.message)
        connect = read(Connect, message.connect) if message.HasField("connect") else None
    except (DecodeError, UnknownValue, ValueError) as error:
        raise UnreadableEnvelope(f"the record is no outgoing message: {error}") from error
    return Outgoing(
        event_id=message.event_id,
        tenant=message.tenant,
        company=message.company,
        contact_id=message.contact_id,
        channel=channel,
        agent=message.agent,
        to=message.to,
        from_=getattr(message, "from"),
        message=content,
        written_at_ms=message.written_at_ms,
        connect=connect,
        automatic=message.automatic,
    )
