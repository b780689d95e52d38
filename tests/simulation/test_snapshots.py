"""Snapshots of random days: at any place, snapshot + what came after = all of it; whatever breaks, nothing is lost."""

from collections import Counter

import pytest

from services.router.core.records import ContactStatus
from services.router.core.snapshot import state_hash
from services.router.core.snapshot_pieces import PiecesHash, copied, pieces
from services.router.partition_state import PartitionState
from services.router.snapshots.due import SnapshotRules
from services.router.snapshots.shelf import Shelf
from services.shared.archive import Archive
from services.shared.archived_event_log import ArchivedEventLog
from tests.fakes.memory_object_store import MemoryObjectStore
from tests.simulation.core_world import World
from tests.unit.router.snapshots.follower import Follower, begun, log_of

SEEDS = 6
OPERATIONS = 250
OFTEN = SnapshotRules(commits=12, minutes=10_000, kept=2, log_kept_ms=1)
ALL_KEPT = SnapshotRules(commits=12, minutes=10_000, kept=1_000, log_kept_ms=0)


def day(seed: int) -> list[bytes]:
    """The log of a random day, with all that goes wrong in one."""
    world = World(seed)
    world.run(OPERATIONS)
    return world.log


def what_is_open(state: PartitionState) -> Counter[str]:
    """What a snapshot must not forget."""
    found: Counter[str] = Counter()
    for tenant in state.tenants.values():
        found["timers of contacts"] += len(tenant.contact_timers)
        found["timers of agents"] += len(tenant.agent_timers)
        found["consultations"] += sum(bool(each.about) for each in tenant.contacts.values())
        found["offers"] += sum(each.status is ContactStatus.OFFERED for each in tenant.contacts.values())
        found["tombstones"] += len(tenant.tombstones)
    return found


@pytest.fixture(scope="module", params=range(SEEDS))
def records(request: pytest.FixtureRequest) -> list[bytes]:
    return day(request.param)


async def test_a_snapshot_at_any_place_with_what_came_after_is_the_fold_of_all(records: list[bytes]) -> None:
    log, store = await log_of(records), MemoryObjectStore()
    whole = await Follower(log, store, ALL_KEPT).follow(makes=True)
    made = await Shelf(store, 0).all()
    assert len(made) > 5
    for newest in made:
        began = await begun(log, store)
        assert began.began_at == newest.offset
        assert began.is_like(whole)
        # What is left is older.
        await store.delete(newest.name)
    assert (await begun(log, store)).is_like(whole)


async def test_snapshots_are_taken_while_everything_is_open() -> None:
    found: Counter[str] = Counter()
    for seed in range(3):
        log, store = await log_of(day(seed)), MemoryObjectStore()
        await Follower(log, store, ALL_KEPT).follow(makes=True)
        for newest in await Shelf(store, 0).all():
            follower = Follower(log, store)
            await follower.begin()
            found += what_is_open(follower.speculation.state)
            await store.delete(newest.name)
    assert all(
        found[each] for each in ("timers of contacts", "timers of agents", "consultations", "offers", "tombstones")
    ), found


async def test_the_hash_of_the_pieces_is_that_of_the_state(records: list[bytes]) -> None:
    follower = await begun(await log_of(records), MemoryObjectStore())
    for tenant in follower.speculation.state.tenants.values():
        found = PiecesHash()
        for piece in pieces(copied(tenant)):
            if piece is not None:
                found.add(piece)
        assert found.hexdigest() == state_hash(tenant)


async def test_whatever_step_the_process_dies_at_nothing_is_lost() -> None:
    records = day(1)[:110]
    whole = await begun(await log_of(records), MemoryObjectStore())
    done, changes = False, 0
    deleted_to: set[int] = set()
    while not done:
        store, kept = MemoryObjectStore(), await log_of(records)
        log = ArchivedEventLog(kept, Archive(store, "router.log", segment_records=10))
        store.changes_left = changes
        victim = Follower(log, store, OFTEN)
        await victim.follow(makes=True)
        done = not store.is_away
        store.is_away, store.changes_left = False, None
        deleted_to.add(await kept.start(0))
        again = await begun(log, store)
        assert again.is_like(whole), changes
        # And the same from the very beginning: what was deleted is archived.
        for name in [each for each in store.objects if "/snapshots/" in each]:
            await store.delete(name)
        assert (await begun(log, store)).is_like(whole), changes
        changes += 1 if changes < 6 else 11
    assert 0 in deleted_to
    assert max(deleted_to) > len(records) // 2
