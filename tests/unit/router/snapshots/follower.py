"""A router that follows a log and makes snapshots, as a partition's loop has it do, and the fold to compare it with."""

from collections.abc import Sequence

from services.router.core.snapshot import state_hash
from services.router.log_codec import decode_decided
from services.router.owner import Accepted, Owner
from services.router.partition_state import PartitionState
from services.router.snapshots.due import SnapshotRules
from services.router.snapshots.keeper import SnapshotKeeper
from services.router.snapshots.shelf import Shelf
from services.router.speculation import Speculation
from services.shared.event_log import EventLog
from services.shared.memory_event_log import MemoryEventLog
from services.shared.object_store import ObjectStore
from tests.contract.event_log_contract import take
from tests.fakes.manual_clock import ManualClock

RULES = SnapshotRules(commits=20, minutes=10_000, kept=2)
ADDRESS, RECORD_BYTES_MAX = "router:8082", 1024 * 1024


async def log_of(records: Sequence[bytes]) -> MemoryEventLog:
    """A log that has these."""
    log = MemoryEventLog(clock=ManualClock(1_000))
    for record in records:
        await log.append(0, record)
    return log


class Follower:
    """Begins at the newest snapshot that is good, and reads on to the log's end."""

    def __init__(self, log: EventLog, store: ObjectStore, rules: SnapshotRules = RULES) -> None:
        self.clock = ManualClock(10**12)
        self.keeper = SnapshotKeeper(Shelf(store, 0), log, rules, self.clock)
        self.owner = Owner(ADDRESS, RECORD_BYTES_MAX, bytes)
        self.speculation = Speculation(0)
        self.began_at = 0
        self._log = log

    async def begin(self) -> None:
        """Restore."""
        if (restored := await self.keeper.restored()) is not None:
            self.owner.begin_at(restored.checkpoint)
            self.speculation.begin_at(restored.state, restored.checkpoint.offset)
            self.began_at = restored.checkpoint.offset

    async def follow(self, *, makes: bool = False) -> "Follower":
        """Read on; where it makes snapshots, each is made before the next record is read."""
        at = self.owner.checkpoint.offset
        for record in await take(self._log.read(0, at), await self._log.end(0) - at):
            effect = self.owner.read(record, 0)
            if isinstance(effect, Accepted):
                self.speculation.follow(decode_decided(effect.decided), record.offset)
            if makes:
                self.keeper.folded(record, effect, self.owner.checkpoint, self.speculation)
                await self.keeper.make()
                # However long the last one took.
                self.clock.pass_ms(100_000)
        return self

    def is_like(self, other: "Follower") -> bool:
        """Whether both know the same and are at the same place."""
        mine, theirs = self.speculation.state, other.speculation.state
        same_place = self.owner.checkpoint == other.owner.checkpoint and (
            (mine.at_ms, mine.inbound_offset) == (theirs.at_ms, theirs.inbound_offset)
        )
        return same_place and hashes(mine) == hashes(theirs)


def hashes(state: PartitionState) -> dict[str, str]:
    """What each tenant's state is."""
    return {name: state_hash(tenant) for name, tenant in state.tenants.items()}


async def begun(log: EventLog, store: ObjectStore) -> Follower:
    """One that has begun and read to the end."""
    follower = Follower(log, store)
    await follower.begin()
    return await follower.follow()
