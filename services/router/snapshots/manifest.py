"""What a snapshot consists of, and where in the log it was taken. Without its manifest there is no snapshot."""

import json
from dataclasses import asdict, dataclass
from typing import Any

from services.router.core.snapshot import FORMAT
from services.shared.fence import CLAIM_ID_BYTES, ZERO_DIGEST, Checkpoint


class SnapshotDamaged(Exception):
    """A snapshot is not what its maker wrote, or this version can't read it; says which part."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """A snapshot of one partition at a checkpoint, made of slices that are named by their hash.

    `record_hash` is that of the log's last record that was folded in: by that it is known to be of this log.
    `tenants` has the state hash of each.
    """

    partition: int
    checkpoint: Checkpoint
    record_hash: str
    at_ms: int
    inbound_offset: int
    made_at_ms: int
    tenants: dict[str, str]
    slices: tuple[str, ...]
    format: int = FORMAT


def encode_manifest(manifest: Manifest) -> bytes:
    """Its bytes."""
    plain = asdict(manifest)
    at = plain["checkpoint"]
    at["claim_id"], at["digest"] = at["claim_id"].hex(), at["digest"].hex()
    return json.dumps(plain, sort_keys=True).encode()


def decode_manifest(content: bytes) -> Manifest:
    """The manifest of these bytes. Raises SnapshotDamaged."""
    try:
        plain = json.loads(content)
        if plain["format"] != FORMAT:
            raise SnapshotDamaged(f"its format is {plain['format']}, and this version reads {FORMAT}")
        return Manifest(**plain | {"checkpoint": _checkpoint(plain["checkpoint"]), "slices": tuple(plain["slices"])})
    except (KeyError, TypeError, ValueError) as defect:
        raise SnapshotDamaged(f"its manifest can't be read ({defect!r})") from defect


def _checkpoint(plain: dict[str, Any]) -> Checkpoint:
    claim_id, digest = bytes.fromhex(plain["claim_id"]), bytes.fromhex(plain["digest"])
    if len(claim_id) not in {0, CLAIM_ID_BYTES} or len(digest) != len(ZERO_DIGEST):
        raise ValueError("the claim id or the digest has another length")
    return Checkpoint(**plain | {"claim_id": claim_id, "digest": digest})
