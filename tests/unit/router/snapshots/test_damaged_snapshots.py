"""A snapshot that is not whole is refused by name, and an older one or the log is taken instead."""

import json
import zlib
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256

import pytest
from structlog.testing import capture_logs

from services.router.core.commands import ActivatePlan, AttachAgent, Command
from services.router.core.snapshot import FORMAT
from services.router.decided import DecidedCommand
from services.router.log_codec import encode_command, encode_decided
from services.router.snapshots.due import SnapshotRules
from services.router.snapshots.manifest import Manifest, decode_manifest, encode_manifest
from services.router.snapshots.shelf import Kept, Shelf
from services.shared.fence import FORMAT as LOG_FORMAT
from services.shared.fence import ZERO_DIGEST, Barrier, Batch, next_digest
from services.shared.log_codec import encode_record
from services.shared.memory_event_log import MemoryEventLog
from tests.fakes.memory_object_store import MemoryObjectStore
from tests.fakes.virtual_time import in_virtual_time
from tests.unit.router.core.builders import TENANT, Core, agent, arrive, plan
from tests.unit.router.snapshots.follower import Follower, begun, log_of

CLAIM = b"c" * 16
RULES = SnapshotRules(commits=4, minutes=10_000, kept=3, log_kept_ms=0)
Damage = Callable[[MemoryObjectStore, Kept], None]


def records() -> list[bytes]:
    """A log of twelve commits of two tenants."""
    core = Core()
    found, digest = [encode_record(Barrier(1, CLAIM, "router:8082", LOG_FORMAT))], ZERO_DIGEST
    acts: list[Command] = [
        ActivatePlan(plan(agent("ann"), agent("bob"))),
        AttachAgent("ann"),
        *(arrive(f"c{n}") for n in range(10)),
    ]
    for number, act in enumerate(acts):
        events = core.do(act)
        commands = [
            encode_command(DecidedCommand(tenant, "", core.at_ms, None, events)) for tenant in (TENANT, "other")
        ]
        decided = encode_decided(core.at_ms, number, commands)
        found.append(encode_record(Batch(1, CLAIM, number + 1, digest, LOG_FORMAT, decided)))
        digest = next_digest(digest, LOG_FORMAT, decided)
    return found


class Scene:
    def __init__(self, log: MemoryEventLog) -> None:
        self.log = log
        self.store = MemoryObjectStore()

    async def made(self) -> list[Kept]:
        await Follower(self.log, self.store, RULES).follow(makes=True)
        return await Shelf(self.store, 0).all()


@pytest.fixture
async def scene() -> Scene:
    return Scene(await log_of(records()))


def slices_of(store: MemoryObjectStore, kept: Kept) -> list[str]:
    folder = kept.name.rpartition("/")[0]
    return [name for name in store.objects if name.startswith(folder) and name.endswith(".slice")]


def slice_missing(store: MemoryObjectStore, kept: Kept) -> None:
    del store.objects[slices_of(store, kept)[0]]


def slice_truncated(store: MemoryObjectStore, kept: Kept) -> None:
    name = slices_of(store, kept)[0]
    store.objects[name] = store.objects[name][:-7]


def slice_with_another_byte(store: MemoryObjectStore, kept: Kept) -> None:
    name = slices_of(store, kept)[0]
    content = bytearray(store.objects[name])
    content[len(content) // 2] ^= 1
    store.objects[name] = bytes(content)


def manifest_truncated(store: MemoryObjectStore, kept: Kept) -> None:
    store.objects[kept.name] = store.objects[kept.name][:-1]


def manifest_of_another_partition(store: MemoryObjectStore, kept: Kept) -> None:
    rewrite(store, kept, lambda manifest: replace(manifest, partition=1))


def manifest_without_a_slice(store: MemoryObjectStore, kept: Kept) -> None:
    rewrite(store, kept, lambda manifest: replace(manifest, slices=()))


def manifest_with_another_state_hash(store: MemoryObjectStore, kept: Kept) -> None:
    rewrite(store, kept, lambda manifest: replace(manifest, tenants={**manifest.tenants, TENANT: "0" * 64}))


def manifest_without_a_tenant(store: MemoryObjectStore, kept: Kept) -> None:
    rewrite(store, kept, lambda manifest: replace(manifest, tenants={"other": manifest.tenants["other"]}))


def manifest_of_a_newer_format(store: MemoryObjectStore, kept: Kept) -> None:
    rewrite(store, kept, lambda manifest: replace(manifest, format=FORMAT + 1))


def manifest_of_another_log(store: MemoryObjectStore, kept: Kept) -> None:
    rewrite(store, kept, lambda manifest: replace(manifest, record_hash="0" * 64))


def manifest_that_is_no_json(store: MemoryObjectStore, kept: Kept) -> None:
    place(store, kept, b"[1, 2")


def manifest_with_a_short_digest(store: MemoryObjectStore, kept: Kept) -> None:
    plain = json.loads(store.objects[kept.name])
    plain["checkpoint"]["digest"] = "00"
    place(store, kept, json.dumps(plain).encode())


def slice_of_other_rows_under_its_own_hash(store: MemoryObjectStore, kept: Kept) -> None:
    name = slices_of(store, kept)[0]
    plain = zlib.decompress(store.objects[name]).replace(b'"ann"', b'"eve"')
    content = zlib.compress(plain)
    hash_ = sha256(content).hexdigest()
    store.objects[f"{name.rpartition('/')[0]}/{hash_}.slice"] = content
    rewrite(store, kept, lambda manifest: replace(manifest, slices=(hash_,)))


def rewrite(store: MemoryObjectStore, kept: Kept, change: Callable[[Manifest], Manifest]) -> None:
    place(store, kept, encode_manifest(change(decode_manifest(store.objects[kept.name]))))


def place(store: MemoryObjectStore, kept: Kept, content: bytes) -> None:
    """Instead of the manifest another one, under a name that fits."""
    del store.objects[kept.name]
    store.objects[f"{kept.name.rpartition('/')[0]}/{sha256(content).hexdigest()}.manifest"] = content


DAMAGES: dict[Damage, str] = {
    slice_missing: "is gone",
    slice_truncated: "are not those of its name",
    slice_with_another_byte: "are not those of its name",
    manifest_truncated: "not those of its name",
    manifest_of_another_partition: "another partition",
    manifest_without_a_slice: "another hash than its manifest says",
    manifest_with_another_state_hash: "another hash than its manifest says",
    manifest_without_a_tenant: "a tenant that its manifest does not name",
    manifest_of_a_newer_format: "this version reads",
    manifest_of_another_log: "of another log",
    manifest_that_is_no_json: "can't be read",
    manifest_with_a_short_digest: "another length",
    slice_of_other_rows_under_its_own_hash: "another hash than its manifest says",
}


@pytest.mark.parametrize("damage", DAMAGES)
async def test_a_damaged_snapshot_is_refused_by_name_and_an_older_one_taken(scene: Scene, damage: Damage) -> None:
    newest, older, *_ = await scene.made()
    damage(scene.store, newest)
    whole = await begun(scene.log, MemoryObjectStore())
    with capture_logs() as lines:
        began = await begun(scene.log, scene.store)
    (refused,) = [line for line in lines if line["event"] == "snapshot_refused"]
    assert f"/{newest.offset:020}-" in refused["snapshot"]
    assert DAMAGES[damage] in refused["reason"]
    assert refused["log_level"] == "error"
    assert began.began_at == older.offset
    assert began.is_like(whole)


async def test_when_all_are_damaged_the_log_is_folded_from_its_beginning(scene: Scene) -> None:
    made = await scene.made()
    for kept in made:
        slice_truncated(scene.store, kept)
    with capture_logs() as lines:
        began = await begun(scene.log, scene.store)
    assert len([line for line in lines if line["event"] == "snapshot_refused"]) == len(made) == 3
    assert began.began_at == 0
    assert began.is_like(await begun(scene.log, MemoryObjectStore()))


async def test_one_without_a_manifest_does_not_exist_and_is_cleared_away_later(scene: Scene) -> None:
    newest, *_ = await scene.made()
    del scene.store.objects[newest.name]
    assert newest not in await Shelf(scene.store, 0).all()
    await Shelf(scene.store, 0).delete_below(newest.offset + 1)
    assert scene.store.objects == {}


async def test_a_snapshot_of_a_log_that_was_made_anew_is_refused(scene: Scene) -> None:
    made = await scene.made()
    shorter = await log_of(records()[:5])
    with capture_logs() as lines:
        began = await begun(shorter, scene.store)
    assert began.began_at == 5
    assert [line["reason"] for line in lines if line["event"] == "snapshot_refused"] == [
        "it was taken behind the log's end: it is of another log, or the log has lost records"
    ] * (len(made) - 1)


@in_virtual_time
async def test_when_the_store_stays_away_the_log_is_folded_from_its_beginning() -> None:
    scene = Scene(await log_of(records()))
    await scene.made()
    scene.store.is_away = True
    assert (await begun(scene.log, scene.store)).began_at == 0


async def test_the_newest_are_kept_and_damaged_ones_do_not_count_among_them(scene: Scene) -> None:
    first, second, third = reversed(await scene.made())
    slice_missing(scene.store, second)
    follower = Follower(scene.log, scene.store, replace(RULES, kept=2, commits=1))
    await follower.follow(makes=True)
    offsets = {kept.offset for kept in await Shelf(scene.store, 0).all()}
    assert {third.offset, third.offset - 1} <= offsets
    assert first.offset not in offsets
