"""`make golden`: the logs that this release leaves to the tests of later ones, made from seeds.

Two days of the router's core with all that can go wrong, and one of two whole routers on a faulty log. A folder that is
there is never written again: what was released stays as it was.
"""

import asyncio
import gzip
import json
import logging
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any, get_args

import structlog

from services.router.core.events import Event
from services.router.core.snapshot import snapshot, state_hash
from services.shared.fence import FORMAT
from services.shared.memory_event_log import MemoryEventLog
from tests.contract.golden_history import GOLDEN, Mark, Replay, figures_of, packed
from tests.simulation.core_drain import drain
from tests.simulation.core_world import World
from tests.simulation.shell_world import run_world

# Of those that were tried, the first two that have every kind of event together.
SEEDS_OF_TURMOIL = (9, 10)
OPERATIONS = 1_800
SEED_OF_ROUTERS = 3
MARKS = 3
# Kinds that no log has, each with the reason.
LEFT_OUT: dict[str, str] = {}


class NotMade(Exception):
    """Nothing was written; says why."""


def make(release: str) -> None:
    """Write the folder of a release. Raises NotMade."""
    folder = GOLDEN / release
    if folder.exists():
        raise NotMade(f"{folder} is there, and a release stays as it was: raise the version in pyproject.toml first")
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    logs = {f"turmoil-{seed}": _turmoil(seed) for seed in SEEDS_OF_TURMOIL} | {"routers": _routers(SEED_OF_ROUTERS)}
    kinds = _kinds(logs)
    folder.mkdir(parents=True)
    kept = {name: _write(folder, name, records) for name, records in logs.items()}
    content = {"release": release, "format": FORMAT, "kinds": kinds, "left_out": LEFT_OUT, "logs": kept}
    (folder / "release.json").write_text(json.dumps(content, indent=1) + "\n")


def _turmoil(seed: int) -> list[bytes]:
    world = World(seed)
    world.run(OPERATIONS)
    drain(world)
    return world.log


def _routers(seed: int) -> list[bytes]:
    return asyncio.run(_read(run_world(seed).kept))


async def _read(log: MemoryEventLog) -> list[bytes]:
    end = await log.end(0)
    found: list[bytes] = []
    async for record in log.read(0, 0):
        found.append(record.record)
        if record.offset == end - 1:
            break
    return found


def _kinds(logs: dict[str, list[bytes]]) -> list[str]:
    found = set(LEFT_OUT)
    for records in logs.values():
        replay = Replay(records)
        replay.up_to(len(records))
        found |= replay.kinds
    missing = sorted({kind.__name__ for kind in get_args(Event)} - found)
    if missing:
        raise NotMade(f"no log has {', '.join(missing)}: take another seed, or say in LEFT_OUT why that is so")
    return sorted(found)


def _write(folder: Path, name: str, records: list[bytes]) -> dict[str, Any]:
    replay, marks = Replay(records), []
    for number in range(1, MARKS + 1):
        replay.up_to(len(records) * number // MARKS)
        marks.append(Mark(replay.fence.checkpoint, {t: state_hash(each) for t, each in replay.state.tenants.items()}))
        for tenant, state in replay.state.tenants.items():
            _zip(folder / f"{name}.{replay.fence.checkpoint.offset}.{tenant}.gz", snapshot(state))
    _zip(folder / f"{name}.log.gz", packed(records))
    _zip(folder / f"{name}.figures.gz", "\n".join(asyncio.run(figures_of(records, replay.state.at_ms))).encode())
    return {"dropped": dict(replay.fence.dropped), "marks": [mark.as_json() for mark in marks]}


def _zip(path: Path, content: bytes) -> None:
    path.write_bytes(gzip.compress(content, 9, mtime=0))


def main() -> int:
    release = ".".join(version("switchroom").split(".")[:2])
    try:
        make(release)
    except NotMade as why:
        sys.stderr.write(f"golden: {why}\n")
        return 1
    sys.stdout.write(f"golden: {GOLDEN / release} is made; it is committed with the release\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
