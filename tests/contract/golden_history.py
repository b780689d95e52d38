"""What a release leaves to the tests of all later ones: logs of router.log, and what it made of them at some places.

A folder of a release has for each log the records (`NAME.log.gz`), at some marks the snapshot of each tenant
(`NAME.OFFSET.TENANT.gz`), reporting's figures at its end (`NAME.figures.gz`), and `release.json` with the rest.
"""

import gzip
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest

from services.router.core.snapshot import restore, snapshot
from services.router.core.state import TenantState
from services.router.log_codec import decode_decided
from services.router.partition_state import PartitionState
from services.shared.event_log import LogRecord
from services.shared.fence import BEGINNING, Batch, Checkpoint, Fence, Verdict
from services.shared.log_codec import judge_record
from tests.simulation.day_figures import fed

GOLDEN = Path(__file__).parent / "golden"
LENGTH_BYTES = 4
# How far reporting has read is no figure.
OF_READING = "switchroom_reporting_"


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a log, and the hash of each tenant's state there, as the release that wrote it had it."""

    checkpoint: Checkpoint
    hashes: dict[str, str]

    def as_json(self) -> dict[str, Any]:
        at = asdict(self.checkpoint)
        return {**at, "claim_id": at["claim_id"].hex(), "digest": at["digest"].hex(), "hashes": self.hashes}

    @classmethod
    def of_json(cls, kept: dict[str, Any]) -> "Mark":
        at = {name: value for name, value in kept.items() if name != "hashes"}
        at |= {name: bytes.fromhex(at[name]) for name in ("claim_id", "digest")}
        return cls(Checkpoint(**at), kept["hashes"])


@dataclass(frozen=True, slots=True)
class History:
    """One log of a release."""

    folder: Path
    name: str
    marks: tuple[Mark, ...]
    dropped: dict[str, int]

    def records(self) -> list[bytes]:
        return list(_split(self._read("log")))

    def snapshot(self, mark: Mark, tenant: str) -> bytes:
        return self._read(f"{mark.checkpoint.offset}.{tenant}")

    def restored(self, mark: Mark) -> PartitionState:
        state = PartitionState()
        state.tenants = {tenant: restore(self.snapshot(mark, tenant)) for tenant in mark.hashes}
        return state

    def figures(self) -> list[str]:
        return self._read("figures").decode().splitlines()

    def _read(self, what: str) -> bytes:
        return gzip.decompress((self.folder / f"{self.name}.{what}.gz").read_bytes())


class Replay:
    """Folds records of a log, from its beginning or from a mark on."""

    def __init__(self, records: list[bytes], mark: Mark | None = None, state: PartitionState | None = None) -> None:
        self.fence = Fence(mark.checkpoint if mark else BEGINNING)
        self.state = state or PartitionState()
        self.kinds: set[str] = set()
        self._records = records

    def up_to(self, offset: int) -> None:
        """Fold all before that offset."""
        for number in range(self.fence.checkpoint.offset, offset):
            verdict, envelope = judge_record(self.fence, LogRecord(number, self._records[number], 0))
            if verdict is Verdict.ACCEPTED and isinstance(envelope, Batch):
                decided = decode_decided(envelope.decided)
                self.state.apply(decided)
                self.kinds.update(type(event).__name__ for each in decided.commands for event in each.events)


def releases() -> list[Path]:
    """The folders, oldest first."""
    return sorted((path for path in GOLDEN.iterdir() if (path / "release.json").is_file()), key=_number)


def histories(folder: Path) -> list[History]:
    """The logs of a release."""
    kept = json.loads((folder / "release.json").read_text())["logs"]
    return [History(folder, name, tuple(map(Mark.of_json, log["marks"])), log["dropped"]) for name, log in kept.items()]


async def figures_of(records: list[bytes], at_ms: int) -> list[str]:
    """What reporting tells on /metrics when it has read the log."""
    registry = CollectorRegistry()
    registry.register((await fed(records, at_ms)).metrics())
    page = generate_latest(registry).decode().splitlines()
    return sorted(line for line in page if line.startswith("switchroom_") and not line.startswith(OF_READING))


def image_as_then(state: TenantState, then: bytes) -> tuple[Any, Any]:
    """The state now and then, where what only newer releases know is left out."""
    known = json.loads(then)
    image = _as_known(json.loads(snapshot(state)), known)
    return image | {"format": known["format"]}, known


def hash_of(image: Any) -> str:
    """As `state_hash` makes it of a snapshot."""
    return sha256(json.dumps(image, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def first_difference(now: Any, then: Any, where: str = "") -> str:
    """Where two images differ first, and how; "" where they are equal."""
    if isinstance(now, dict) and isinstance(then, dict) and now.keys() == then.keys():
        parts = [(f"{where}.{key}", now[key], then[key]) for key in sorted(now)]
    elif isinstance(now, list) and isinstance(then, list) and len(now) == len(then):
        parts = [(f"{where}[{number}]", *pair) for number, pair in enumerate(zip(now, then, strict=True))]
    else:
        return "" if now == then else f"{where}: it was {_short(then)}, and is {_short(now)}"
    return next((found for place, ours, theirs in parts if (found := first_difference(ours, theirs, place))), "")


def packed(records: list[bytes]) -> bytes:
    """The inverse of what `History.records` reads."""
    return b"".join(len(record).to_bytes(LENGTH_BYTES, "big") + record for record in records)


def _split(content: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(content):
        begin = at + LENGTH_BYTES
        at = begin + int.from_bytes(content[at:begin], "big")
        yield content[begin:at]


def _as_known(now: Any, then: Any) -> Any:
    """Without the fields that the older image has not."""
    if isinstance(now, dict) and isinstance(then, dict):
        return {key: _as_known(value, then[key]) for key, value in now.items() if key in then}
    if isinstance(now, list) and isinstance(then, list) and len(now) == len(then):
        return [_as_known(*pair) for pair in zip(now, then, strict=True)]
    return now


def _short(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 200 else f"{text[:200]}…"


def _number(folder: Path) -> tuple[int, ...]:
    return tuple(map(int, folder.name.split(".")))
