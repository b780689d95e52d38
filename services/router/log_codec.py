"""The router's bytes: what it decided to and from router.log, and what it reads of contacts.inbound."""

from dataclasses import dataclass
from functools import cache
from typing import Any, get_args

from google.protobuf.message import DecodeError

from services.router.core import events as core_events
from services.router.core.commands import Outcome
from services.router.core.events import Event
from services.router.core.formats import check_kinds
from services.router.core.tables import OLDEST_FORMAT
from services.router.decided import Decided, DecidedCommand
from services.router.envelopes import (
    Arrived,
    CallAnswered,
    CallUnanswered,
    Changed,
    Envelope,
    Left,
    MessageAdded,
    Settled,
    UpgradeFinished,
    What,
)
from services.shared.proto_mapping import fill, read
from switchroom.v1 import events_pb2, inbound_pb2, log_pb2

# What `decided` has beside its commands, at most: time, inbound offset, and the format that it raises the log to.
HEADER_BYTES_MAX = 30
# Ids that come with envelopes; longer ones would find no room in router.log.
ID_LENGTH_MAX = 256


class Unreadable(ValueError):
    """The bytes are not what they should be, or of a kind that this version does not know."""


@dataclass(frozen=True, slots=True)
class EncodedCommand:
    """A command ready for a record, with all the bytes that it takes there."""

    message: Any
    size_bytes: int


def encode_command(command: DecidedCommand, format: int = OLDEST_FORMAT) -> EncodedCommand:
    """One command of a commit, where that format is in force. Raises TooNew."""
    check_kinds(command.events, format)
    message = log_pb2.DecidedCommand(
        tenant=command.tenant, id=command.id, at_ms=command.at_ms, contact_id=command.contact_id
    )
    if command.outcome is not None:
        message.outcome.CopyFrom(outcome_message(command.outcome))
    for event in command.events:
        fill(getattr(message.events.add(), _field_of(type(event))), event)
    size_bytes = message.ByteSize()
    return EncodedCommand(message, 1 + _varint_bytes(size_bytes) + size_bytes)


def encode_decided(at_ms: int, inbound_offset: int, commands: list[EncodedCommand], raised_to: int = 0) -> bytes:
    """The `decided` field of a batch."""
    message = log_pb2.Decided(at_ms=at_ms, inbound_offset=inbound_offset)
    if raised_to:
        message.format_raised.format = raised_to
    message.commands.extend(command.message for command in commands)
    return message.SerializeToString()


def decode_decided(decided: bytes) -> Decided:
    """The inverse of `encode_decided`. Raises Unreadable."""
    try:
        message = log_pb2.Decided.FromString(decided)
        commands = tuple(_command(command) for command in message.commands)
    except (DecodeError, ValueError) as error:
        raise Unreadable(f"a commit can't be read: {error}") from error
    return Decided(message.at_ms, message.inbound_offset, commands, message.format_raised.format)


def decode_envelope(record: bytes) -> Envelope | UpgradeFinished | None:
    """What the router takes from a record of contacts.inbound; None where that is nothing. Raises Unreadable."""
    try:
        message = inbound_pb2.InboundEnvelope.FromString(record)
        if message.HasField("upgrade_finished"):
            return UpgradeFinished(message.upgrade_finished.format)
        what = _what(message)
    except (DecodeError, ValueError) as error:
        raise Unreadable(f"an inbound envelope can't be read: {error}") from error
    if not (message.event_id and message.tenant and message.contact_id):
        raise Unreadable("an inbound envelope lacks its event id, tenant or contact id")
    if max(map(len, (message.event_id, message.tenant, message.company, message.contact_id))) > ID_LENGTH_MAX:
        raise Unreadable(f"an inbound envelope has an id of more than {ID_LENGTH_MAX} characters")
    if message.message_delivered.automatic or message.message_failed.automatic:
        return None
    return Envelope(message.event_id, message.tenant, message.company, message.contact_id, what)


def encode_upgrade_finished(format: int) -> bytes:
    """What an operator's word is in contacts.inbound."""
    message = inbound_pb2.InboundEnvelope(upgrade_finished=inbound_pb2.UpgradeFinished(format=format))
    return message.SerializeToString()


def outcome_message(outcome: Outcome) -> events_pb2.Outcome:
    """An outcome as programs see it, and as it stands in the log."""
    message = events_pb2.Outcome()
    fill(message, outcome)
    return message


def _command(message: log_pb2.DecidedCommand) -> DecidedCommand:
    return DecidedCommand(
        tenant=message.tenant,
        id=message.id,
        at_ms=message.at_ms,
        outcome=read(Outcome, message.outcome) if message.HasField("outcome") else None,
        events=tuple(_event(event) for event in message.events),
        contact_id=message.contact_id,
    )


def _event(message: events_pb2.Event) -> Event:
    field = message.WhichOneof("kind")
    if field is None:
        raise Unreadable("an event of a kind that this version does not know")
    event: Event = read(_kinds()[field], getattr(message, field))
    return event


@cache
def _kinds() -> dict[str, type[Event]]:
    return {_field_of(kind): kind for kind in get_args(core_events.Event)}


def _varint_bytes(number: int) -> int:
    return max(1, -(-number.bit_length() // 7))


def _field_of(kind: type[Event]) -> str:
    return _snake_case(kind.__name__)


@cache
def _snake_case(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")


def _what(message: inbound_pb2.InboundEnvelope) -> What:
    field = message.WhichOneof("what")
    match field:
        case "contact_left":
            return Left()
        case "message_delivered":
            return Settled(message.message_delivered.outbound_id, delivered=True)
        case "message_failed":
            return Settled(message.message_failed.outbound_id, delivered=False)
    if field is None or field not in _AS_THEY_ARE:
        raise Unreadable("an inbound envelope of a kind that this version does not know")
    what: What = read(_AS_THEY_ARE[field], getattr(message, field))
    return what


_AS_THEY_ARE: dict[str, Any] = {
    "contact_arrived": Arrived,
    "contact_changed": Changed,
    "message_added": MessageAdded,
    "call_answered": CallAnswered,
    "call_unanswered": CallUnanswered,
}
