"""The records of the topics to what this service goes by, and what agents say to records of contacts.outbound."""

from typing import Any

from google.protobuf.message import DecodeError

from services.agents.heard import (
    CallConnected,
    CallUnanswered,
    ConsultationOpened,
    ContactAccepted,
    ContactArrived,
    ContactChanged,
    ContactDiverted,
    ContactEnded,
    ContactHandedOver,
    ContactLeft,
    ContactQueued,
    ContactReturned,
    ContactTransferred,
    CustomerTold,
    Decided,
    Decision,
    Inbound,
    MessageAdded,
    MessageDelivered,
    MessageFailed,
    OfferAccepted,
    Outbound,
    PlaceKept,
    PlanActivated,
    StepTaken,
)
from services.shared.proto_mapping import UnknownValue, fill, read
from switchroom.v1 import contact_pb2, events_pb2, inbound_pb2, log_pb2

SAID: dict[str, Any] = {
    "contact_arrived": ContactArrived,
    "contact_changed": ContactChanged,
    "message_added": MessageAdded,
    "message_delivered": MessageDelivered,
    "message_failed": MessageFailed,
    "contact_left": ContactLeft,
    "call_unanswered": CallUnanswered,
}
DECISIONS: dict[str, Any] = {
    "plan_activated": PlanActivated,
    "contact_accepted": ContactAccepted,
    "contact_queued": ContactQueued,
    "customer_told": CustomerTold,
    "contact_diverted": ContactDiverted,
    "place_kept": PlaceKept,
    "offer_accepted": OfferAccepted,
    "call_connected": CallConnected,
    "step_taken": StepTaken,
    "contact_transferred": ContactTransferred,
    "contact_returned": ContactReturned,
    "consultation_opened": ConsultationOpened,
    "contact_handed_over": ContactHandedOver,
}
OUTCOME_PREFIX = "CONTACT_OUTCOME_"


class UnreadableRecord(ValueError):
    """The record is none of ours, or of a newer version."""


def decode_inbound(record: bytes) -> Inbound:
    """A record of contacts.inbound. Raises UnreadableRecord."""
    try:
        envelope = inbound_pb2.InboundEnvelope.FromString(record)
        what = envelope.WhichOneof("what")
        said = None if what is None or what not in SAID else read(SAID[what], getattr(envelope, what))
    except (DecodeError, UnknownValue) as error:
        raise UnreadableRecord(str(error)) from None
    return Inbound(envelope.event_id, envelope.tenant, envelope.company, envelope.contact_id, said)


def decode_decided(decided: bytes) -> tuple[Decided, ...]:
    """What a commit decided, as far as it is filed here. Raises UnreadableRecord."""
    try:
        commit = log_pb2.Decided.FromString(decided)
        return tuple(
            Decided(command.tenant, command.at_ms, decision)
            for command in commit.commands
            for event in command.events
            if (decision := _decision(event)) is not None
        )
    except (DecodeError, UnknownValue) as error:
        raise UnreadableRecord(str(error)) from None


def _decision(event: events_pb2.Event) -> Decision | None:
    name = event.WhichOneof("kind") or ""
    if name == "contact_ended":
        return _ended(event.contact_ended)
    kind = DECISIONS.get(name)
    return None if kind is None else read(kind, getattr(event, name))


def _ended(ended: events_pb2.ContactEnded) -> ContactEnded:
    name = events_pb2.ContactOutcome.Name(ended.outcome) if ended.outcome in OUTCOMES else ""
    outcome = name.removeprefix(OUTCOME_PREFIX).lower()
    return ContactEnded(ended.contact_id, outcome, ended.agent, ended.disposition, ended.joined_contact_id)


OUTCOMES = frozenset(events_pb2.ContactOutcome.values())


def encode_outbound(outbound: Outbound) -> bytes:
    """A record of contacts.outbound."""
    envelope = inbound_pb2.OutboundEnvelope(
        event_id=outbound.event_id,
        tenant=outbound.tenant,
        company=outbound.company,
        contact_id=outbound.contact_id,
        channel=contact_pb2.Channel.Value(f"CHANNEL_{outbound.channel.upper()}"),
        agent=outbound.agent,
        to=outbound.to,
        written_at_ms=outbound.written_at_ms,
        automatic=outbound.automatic,
    )
    # `from` is a word of Python's own.
    setattr(envelope, "from", outbound.from_)
    if outbound.connect is None:
        fill(envelope.message, outbound.message)
    else:
        envelope.connect.SetInParent()
        fill(envelope.connect, outbound.connect)
    return envelope.SerializeToString()
