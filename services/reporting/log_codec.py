"""The facts that reporting uses, from the bytes of an accepted commit."""

from functools import cache
from typing import Any, get_args

from google.protobuf.message import DecodeError

from services.reporting import facts
from services.reporting.facts import Fact, Happened
from services.shared.proto_mapping import UnknownValue, read
from switchroom.v1 import log_pb2


class UnreadableDecision(ValueError):
    """The log accepted it, but this version can't read it: it was written by a newer one."""


def facts_of(decided: bytes) -> tuple[Happened, ...]:
    """All facts of one commit, in order; kinds that no figure uses are left out. Raises UnreadableDecision."""
    try:
        message = log_pb2.Decided.FromString(decided)
        return tuple(happened for command in message.commands for happened in _of_command(command))
    except (DecodeError, UnknownValue) as error:
        raise UnreadableDecision(f"a commit can't be read ({error}); run the version that wrote it") from error


def _of_command(command: log_pb2.DecidedCommand) -> list[Happened]:
    kinds = _kinds()
    named = [(event, str(event.WhichOneof("kind"))) for event in command.events]
    return [
        Happened(command.tenant, command.at_ms, read(kinds[name], getattr(event, name)))
        for event, name in named
        if name in kinds
    ]


@cache
def _kinds() -> dict[str, type[Fact]]:
    return {_field_of(kind): kind for kind in get_args(facts.Fact)}


def _field_of(kind: Any) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in kind.__name__).lstrip("_")
