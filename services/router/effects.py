"""What leaves the router: answers and desks, in log order, once the batches that they were decided from are certain."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from services.router.attachments import AgentKey
from services.router.core.commands import Outcome
from services.router.partition_state import PartitionState


@dataclass(frozen=True, slots=True)
class Position:
    """A place in router.log."""

    partition: int
    offset: int


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of a command, and from which place in the log on that is so."""

    outcome: Outcome
    position: Position


@dataclass(frozen=True, slots=True)
class Commit:
    """A batch is certain. `state` is as of now: read it within the call, keep nothing of it."""

    position: Position
    epoch: int
    seq: int
    at_ms: int
    touched: frozenset[AgentKey]
    state: PartitionState


class Listener(Protocol):
    """Whoever is told of commits; neither call may wait for anything."""

    def committed(self, commit: Commit) -> None:
        """A batch is certain."""
        ...

    def deposed(self) -> None:
        """Another router owns the partition: attach there."""
        ...


def _nobody_waits() -> None:
    """What is lost is missed by nobody."""


@dataclass(frozen=True, slots=True)
class Release:
    """Something that is to leave: exactly one of the two is called, once. Neither may raise."""

    tell: Callable[[Position], None]
    # It will never leave: its outcome is not known here.
    lose: Callable[[], None] = _nobody_waits


class Effects:
    """Effects of accepted batches, in log order, until the owner may let them leave."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Position, list[Release]]] = []

    @property
    def waiting(self) -> bool:
        """Whether something has not left that is certain."""
        return bool(self._waiting)

    def add(self, position: Position, releases: list[Release]) -> None:
        """An own batch was read back accepted."""
        self._waiting.append((position, releases))

    def release(self) -> None:
        """Let all of it leave."""
        waiting, self._waiting = self._waiting, []
        for position, releases in waiting:
            for release in releases:
                release.tell(position)

    def drop(self) -> None:
        """Another router owns the partition: nothing leaves any more, and who waits for it is told so."""
        waiting, self._waiting = self._waiting, []
        for _, releases in waiting:
            for release in releases:
                release.lose()
