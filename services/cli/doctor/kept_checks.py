"""Whether what is no longer in router.log is kept elsewhere: snapshots to start from, and the records themselves.

They stand in the object store under names that tell all that is asked here: `router.log/snapshots/<partition>/
<offset>-<format>/<hash>.manifest` and `router.log/archive/<partition>/<first>-<next>-<hash>.records`.
"""

import asyncio
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from services.cli.doctor.finding import Finding, fail, ok, warn

FOLDER = "router.log"
MANIFEST = re.compile(r"/(\d{1,20})-\d+/[0-9a-f]{64}\.manifest\Z")
SEGMENT = re.compile(r"/(\d{1,20})-(\d{1,20})-[0-9a-f]{64}\.records\Z")
# Records are deleted below the older of so many snapshots.
SNAPSHOTS_MIN = 2
# A start from the log alone goes through about so many records in a minute.
RECORDS_MANY = 1_000_000


class Names(Protocol):
    """An object store, as far as its names."""

    async def names(self, folder: str) -> list[str]:
        """The whole names of all objects below that folder."""
        ...


class FolderNames:
    """The names of an object store that is a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def names(self, folder: str) -> list[str]:
        """In order; none where there is no such folder."""
        found = await asyncio.to_thread(lambda: sorted((self._folder / folder).rglob("[!.]*")))
        return [path.relative_to(self._folder).as_posix() for path in found]


@dataclass(frozen=True, slots=True)
class KeptAside:
    """Of a partition: the offsets of its snapshots, the newest first, and what its archived segments hold."""

    snapshots: Sequence[int]
    segments: Sequence[tuple[int, int]]

    def archived_to(self) -> int:
        """The records before this offset are archived without a gap."""
        done = 0
        for first, next_ in sorted(self.segments):
            done = max(done, next_) if first <= done else done
        return done


async def kept_aside(store: Names, partition: int) -> KeptAside:
    """What there is by its names; nothing is opened. Raises what the store does."""
    snapshots = await store.names(f"{FOLDER}/snapshots/{partition:05}")
    segments = await store.names(f"{FOLDER}/archive/{partition:05}")
    return KeptAside(
        sorted((int(found[1]) for found in _matching(MANIFEST, snapshots)), reverse=True),
        [(int(found[1]), int(found[2])) for found in _matching(SEGMENT, segments)],
    )


def kept(partition: int, start: int, end: int, aside: KeptAside | None) -> Finding:
    """Whether the partition's state can still be had in every way that was promised; `aside` None: it is not known."""
    check = f"kept router.log/{partition}"
    if aside is None:
        return _without_store(check, start, end)
    if start > aside.archived_to():
        return _gone(check, f"the log starts at {start}, and only records before {aside.archived_to()} are archived")
    older = aside.snapshots[SNAPSHOTS_MIN - 1 :][:1]
    if start and (not older or older[0] < start):
        return fail(
            check,
            f"the log starts at {start}, and of {len(aside.snapshots)} snapshots not two are as young",
            "where the newest can't be read, a router has to fold the archive from its beginning",
            "delete nothing more, and see why no snapshot is made: the log of the router says so",
        )
    newest = aside.snapshots[0] if aside.snapshots else 0
    if end - newest > RECORDS_MANY:
        return warn(
            check,
            f"{end - newest} records came after the newest snapshot",
            "a router that starts folds them all before it takes a partition over: minutes",
            "see why no snapshot is made: the log of the router says so",
        )
    return ok(
        check, f"from {start} in the log, before {aside.archived_to()} archived, {len(aside.snapshots)} snapshots"
    )


def _without_store(check: str, start: int, end: int) -> Finding:
    if start:
        return _gone(
            check, f"the log starts at {start}, and where earlier records are archived can't be seen from here"
        )
    return ok(check, f"all {end} records are in the log")


def _gone(check: str, saw: str) -> Finding:
    return fail(
        check,
        saw,
        "what was decided then can be had from nowhere, and no table can be made anew",
        "restore the archive from a copy; see who deletes records of router.log beside the router",
    )


def _matching(pattern: re.Pattern[str], names: Iterable[str]) -> list[re.Match[str]]:
    return [found for name in names if (found := pattern.search(name)) is not None]
