"""The facts that ingest uses, from the bytes of an accepted commit of router.log."""

from dataclasses import dataclass
from functools import cache
from typing import Any, get_args

from google.protobuf.message import DecodeError

from services.ingest.router_log import facts as kinds_of_facts
from services.ingest.router_log.facts import Fact, Happened
from services.shared.proto_mapping import UnknownValue, read
from switchroom.v1 import log_pb2


class UnreadableDecision(ValueError):
    """The log accepted it, but this version can't read it: a newer one wrote it."""


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit: its facts in order, and the newest record of contacts.inbound that it took account of (-1: none)."""

    inbound_offset: int
    facts: tuple[Happened, ...]


def commit_of(decided: bytes, place: tuple[int, int, int]) -> Commit:
    """What one commit says; kinds of facts that ingest does not use are left out. Raises UnreadableDecision."""
    try:
        message = log_pb2.Decided.FromString(decided)
        facts = tuple(happened for command in message.commands for happened in _of_command(command, place))
        return Commit(message.inbound_offset, facts)
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
    return {_field_of(kind): kind for kind in get_args(kinds_of_facts.Fact)}


def _field_of(kind: Any) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in kind.__name__).lstrip("_")
