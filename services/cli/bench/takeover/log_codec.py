"""The bytes of a batch to what the auditor knows, read by the messages alone: the router's own decoder has no part."""

from services.cli.bench.takeover.committed import Commit, Decided, Happened
from services.shared.fence import Batch
from switchroom.v1 import events_pb2, log_pb2


def commit_of(partition: int, offset: int, batch: Batch) -> Commit:
    """What a batch that counts decided. Raises ValueError (protobuf's DecodeError is one) where it can't be read."""
    message = log_pb2.Decided.FromString(batch.decided)
    return Commit(
        partition=partition,
        offset=offset,
        epoch=batch.epoch,
        seq=batch.seq,
        at_ms=message.at_ms,
        inbound_offset=message.inbound_offset,
        commands=tuple(_decided(command) for command in message.commands),
    )


def _decided(message: log_pb2.DecidedCommand) -> Decided:
    happened = tuple(_happened(event) for event in message.events)
    return Decided(message.tenant, message.id, bool(message.contact_id), happened)


def _happened(message: events_pb2.Event) -> Happened:
    kind = message.WhichOneof("kind")
    if kind is None:
        raise ValueError("an event of a kind that this version does not know")
    event = getattr(message, kind)
    words = (getattr(event, name, "") for name in ("contact_id", "agent", "offer_id", "to_agent"))
    return Happened(kind, *words)
