"""The facts that ingest uses, from the bytes of an accepted commit of router.log."""

from functools import cache
from typing import Any, get_args

from google.protobuf.message import DecodeError

from services.ingest.router_log import facts
from services.ingest.router_log.facts import Fact, Happened
from services.shared.proto_mapping import UnknownValue, read
from switchroom.v1 import log_pb2


class UnreadableDecision(ValueError):
    """The log accepted it, but this version can't read it: a newer one wrote it."""


def facts_of(decided: bytes, place: tuple[int, int, int]) -> tuple[Happened, ...]:
    """The facts of one commit, in order; kinds that ingest does not use are left out. Raises UnreadableDecision."""
    try:
        message = log_pb2.Decided.FromString(decided)
        return tuple(happened for command in message.commands for happened in _of_command(command, place))
    except (DecodeError, UnknownValue) as error:
        raise UnreadableDecision(f"a commit can't be read ({error}); run the version that wrote it") from error


def _of_command(command: log_pb2.DecidedCommand, place: tuple[int, int, int]) -> list[Happened]:
    found: list[Happened] = []
    for event in command.events:
        name = event.WhichOneof("kind")
        if name is not None and name in _kinds():
            found.append(Happened(command.tenant, place, read(_kinds()[name], getattr(event, name))))
    return found


@cache
def _kinds() -> dict[str, type[Fact]]:
    return {_field_of(kind): kind for kind in get_args(facts.Fact)}


def _field_of(kind: Any) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in kind.__name__).lstrip("_")
