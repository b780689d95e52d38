"""Keeps a partition's snapshots: takes them when they are due, writes and verifies them, and lets go of what is old.

The partition's loop calls `restored` before it follows the log, and `folded` after each record; `run` is a task beside
it. What is deleted in router.log lies below the older of two snapshots that were verified, is archived, and is old.
"""

import asyncio
from collections.abc import Callable

import structlog

from services.router.owner import Accepted, Effect
from services.router.snapshots.due import Due, SnapshotRules
from services.router.snapshots.manifest import SnapshotDamaged
from services.router.snapshots.metrics import AGE, ARCHIVED_TO, FAILED
from services.router.snapshots.picture import Picture, picture_of
from services.router.snapshots.reading import verify
from services.router.snapshots.shelf import Kept, Shelf
from services.router.snapshots.starting import Restored, newest
from services.router.snapshots.writing import write
from services.router.speculation import Speculation
from services.shared.archive import SegmentDamaged
from services.shared.archived_event_log import ArchivedEventLog
from services.shared.clock import Clock
from services.shared.event_log import EventLog, LogRecord, LogUnavailable, RecordsGone
from services.shared.fence import Checkpoint
from services.shared.object_store import ObjectStoreUnavailable

EXPECTED = (ObjectStoreUnavailable, LogUnavailable, SnapshotDamaged, SegmentDamaged, RecordsGone)
# Below that no log is deleted: should the newest be damaged, another is there.
VERIFIED_MIN = 2

log = structlog.get_logger(__name__)


class SnapshotKeeper:
    """Of one partition. `makes_snapshots` says, each time, whether it is this router that makes them."""

    def __init__(
        self,
        shelf: Shelf,
        router_log: EventLog,
        rules: SnapshotRules,
        clock: Clock,
        makes_snapshots: Callable[[], bool] = lambda: True,
    ) -> None:
        self.makes_snapshots = makes_snapshots
        self._shelf = shelf
        self._log = router_log
        self._rules = rules
        self._clock = clock
        self._due = Due(rules, clock.monotonic_ms())
        self._caught_up_at = 0
        self._picture: Picture | None = None
        self._taken = asyncio.Event()
        self._verified: dict[str, bool] = {}

    async def restored(self) -> Restored | None:
        """What to begin with; None: with nothing, at the log's beginning. Waits for the log if it is away."""
        found = await newest(self._shelf, self._log)
        if found is not None:
            log.info("begins_at_snapshot", partition=self._shelf.partition, offset=found.checkpoint.offset)
            self._show_age(found.made_at_ms)
        return found

    def caught_up_at(self, offset: int) -> None:
        """Where the log ended when following began: before that no snapshot is taken."""
        self._caught_up_at = offset

    def folded(self, record: LogRecord, effect: Effect | None, checkpoint: Checkpoint, folded: Speculation) -> None:
        """The record was judged and folded in: take a picture if one is due and everything is certain."""
        if not isinstance(effect, Accepted):
            return
        self._due.committed()
        now_ms = self._clock.monotonic_ms()
        if self._picture is not None or checkpoint.offset < self._caught_up_at or not self._due.is_due(now_ms):
            return
        if folded.in_flight is None and self.makes_snapshots():
            self._due.taken(now_ms)
            self._picture = picture_of(folded.state, checkpoint, record)
            self._taken.set()

    async def run(self) -> None:
        """Make snapshots of what was taken until cancelled. What goes wrong is said, and tried again later."""
        while True:
            await self._taken.wait()
            self._taken.clear()
            await self.make()

    async def make(self) -> None:
        """Make a snapshot of what was taken, if anything was."""
        if self._picture is None:
            return
        if await self._succeeds(self._picture):
            self._due.made(self._clock.monotonic_ms())
        else:
            self._due.failed(self._clock.monotonic_ms())
        self._picture = None

    async def _succeeds(self, picture: Picture) -> bool:
        partition = self._shelf.partition
        try:
            await self._make(picture)
            await self._let_go()
        except EXPECTED as error:
            log.error("snapshot_failed", partition=partition, offset=picture.checkpoint.offset, error=str(error))
        except Exception:
            # A defect here must not stop who decides.
            log.exception("snapshot_failed", partition=partition, offset=picture.checkpoint.offset)
        else:
            return True
        FAILED.labels(partition).inc()
        return False

    async def _make(self, picture: Picture) -> None:
        made_at_ms = self._clock.wall_ms()
        kept = await write(self._shelf, picture, made_at_ms)
        await verify(self._shelf, kept)
        self._verified[kept.name] = True
        self._show_age(made_at_ms)
        log.info("snapshot_made", partition=self._shelf.partition, offset=kept.offset)

    async def _let_go(self) -> None:
        """Delete snapshots that are not needed any more, and archive and delete what is old in the log."""
        offsets = {kept.offset for kept in await self._shelf.all() if await self._is_good(kept)}
        good = sorted(offsets, reverse=True)
        if len(good) >= self._rules.kept:
            await self._shelf.delete_below(good[self._rules.kept - 1])
        if len(good) >= VERIFIED_MIN and isinstance(self._log, ArchivedEventLog) and self._rules.log_kept_ms:
            await self._shorten(self._log, good[VERIFIED_MIN - 1])

    async def _shorten(self, router_log: ArchivedEventLog, below: int) -> None:
        partition = self._shelf.partition
        archived_to = await router_log.archive(partition, below, self._clock.wall_ms() - self._rules.log_kept_ms)
        ARCHIVED_TO.labels(partition).set(archived_to)
        await router_log.delete_archived(partition, below)

    async def _is_good(self, kept: Kept) -> bool:
        if kept.name not in self._verified:
            try:
                await verify(self._shelf, kept)
                self._verified[kept.name] = True
            except SnapshotDamaged as error:
                log.error(
                    "snapshot_refused", snapshot=kept.name, reason=str(error), instead="nothing is deleted for it"
                )
                self._verified[kept.name] = False
        return self._verified[kept.name]

    def _show_age(self, made_at_ms: int) -> None:
        age = AGE.labels(self._shelf.partition)
        age.set_function(lambda: max(0, self._clock.wall_ms() - made_at_ms) / 1_000)


class NoSnapshots:
    """Where there is no place for them."""

    async def restored(self) -> Restored | None:
        """Nothing to begin with."""
        return None

    def caught_up_at(self, offset: int) -> None:
        """It does not matter."""

    def folded(self, record: LogRecord, effect: Effect | None, checkpoint: Checkpoint, folded: Speculation) -> None:
        """Nothing is taken."""

    async def run(self) -> None:
        """Nothing is made."""
