"""The facts that reporting uses, from the bytes of an accepted commit."""

from functools import cache
from typing import Any, get_args

from google.protobuf.message import DecodeError

from services.reporting import facts
from services.reporting.facts import Commit, Fact, Happened, place_of
from services.shared.proto_mapping import UnknownValue, read
from switchroom.v1 import log_pb2


class UnreadableDecision(ValueError):
    """The log accepted it, but this version can't read it: it was written by a newer one."""


def commit_of(decided: bytes, offset: int = 0) -> Commit:
    """All facts of the commit at that offset, in order; kinds that nobody uses are left out. Raises UnreadableDecision.

    An event's number counts those left out, so that it is the same for every version.
    """
    try:
        message = log_pb2.Decided.FromString(decided)
        return Commit(message.at_ms, tuple(_happened(message, offset)))
    except (DecodeError, UnknownValue) as error:
        raise UnreadableDecision(f"a commit can't be read ({error}); run the version that wrote it") from error


def name_of(kind: Any) -> str:
    """The name of an event's kind, as in the protos: contact_accepted."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in kind.__name__).lstrip("_")


def _happened(message: log_pb2.Decided, offset: int) -> list[Happened]:
    kinds = _kinds()
    events = [(command, event) for command in message.commands for event in command.events]
    named = [(number, command, event, str(event.WhichOneof("kind"))) for number, (command, event) in enumerate(events)]
    return [
        Happened(command.tenant, command.at_ms, read(kinds[name], getattr(event, name)), place_of(offset, number))
        for number, command, event, name in named
        if name in kinds
    ]


@cache
def _kinds() -> dict[str, type[Fact]]:
    return {name_of(kind): kind for kind in get_args(facts.Fact)}
