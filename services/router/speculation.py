"""The partition's state with at most one batch on it that is not certain yet, and what leaves when it is."""

import structlog

from services.router.batch import Batch
from services.router.decided import Decided
from services.router.effects import Commit, Effects, Listener, Position, Release
from services.router.formats import is_new
from services.router.partition_state import PartitionState
from services.shared.fence import BEGINNING, FORMAT, Checkpoint

log = structlog.get_logger()


class Speculation:
    """`state` is certain whenever no batch is in flight. `position` is where its newest commit stands in the log."""

    def __init__(self, partition: int) -> None:
        self.state = PartitionState()
        self.position = Position(partition, 0)
        self.listeners: set[Listener] = set()
        self.in_flight: Batch | None = None
        self._effects = Effects()

    @property
    def waits_to_leave(self) -> bool:
        """Whether something is certain and has not left."""
        return self._effects.waiting

    def begin_at(self, state: PartitionState, next_offset: int) -> None:
        """Go on from a state that was restored; the next record is that at this offset."""
        self.state = state
        self._move_to(next_offset - 1)

    def follow(self, decided: Decided, offset: int) -> None:
        """Fold in what another router decided, or this one in an earlier life."""
        self.state.apply(decided)
        self._move_to(offset)

    def begin(self, at_ms: int, decided_bytes_max: int, fence: Checkpoint = BEGINNING) -> Batch:
        """Begin the next batch: what it does to the state can be undone until it is certain."""
        self.state.begin()
        self.state.format = fence.format
        self.state.moved_to(at_ms, self.state.inbound_offset)
        self.in_flight = Batch(self.state, at_ms, decided_bytes_max)
        if is_new(fence):
            self.in_flight.raise_to(FORMAT)
        return self.in_flight

    def read_back(self, batch: Batch, offset: int, fence: Checkpoint) -> None:
        """The batch in flight stands in the log and counts: it is certain."""
        self._move_to(offset)
        self.settle(batch, fence)

    def settle(self, batch: Batch, fence: Checkpoint) -> None:
        """The batch in flight is certain; what it brings may leave with the next `release`."""
        self.state.keep()
        self.in_flight = None
        self._effects.add(self.position, [*batch.releases(), self._commit(batch, fence)])

    def release(self) -> None:
        """Let everything leave that is certain."""
        self._effects.release()

    def drop(self) -> None:
        """Undo the batch in flight; whoever waits for anything is told that it will not be known here."""
        self._effects.drop()
        batch, self.in_flight = self.in_flight, None
        if batch is not None:
            self.state.undo()
            for release in batch.releases():
                release.lose()
        for listener in tuple(self.listeners):
            listener.deposed()

    def _move_to(self, offset: int) -> None:
        self.position = Position(self.position.partition, offset)

    def _commit(self, batch: Batch, fence: Checkpoint) -> Release:
        touched = frozenset(batch.touched)

        def tell(position: Position) -> None:
            commit = Commit(position, fence.epoch, fence.seq, batch.at_ms, touched, self.state)
            for listener in tuple(self.listeners):
                self._tell(listener, commit)

        return Release(tell)

    def _tell(self, listener: Listener, commit: Commit) -> None:
        try:
            listener.committed(commit)
        except Exception:
            # A defect in telling one stream must not stop the partition for everybody else: that stream ends.
            log.exception("listener_failed", partition=commit.position.partition)
            self.listeners.discard(listener)
            listener.deposed()
