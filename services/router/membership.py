"""What routers tell each other through their group: what each has, and what each is to have."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import structlog

from services.router.placement import Candidate, Placement, place

VERSION = 1
# An offer names every partition at most twice.
OFFER_BYTES_MAX = 256 * 1024

log = structlog.get_logger()


class Unreadable(ValueError):
    """The bytes are no offer or share that this version reads."""


@dataclass(frozen=True, slots=True)
class Share:
    """What one router is to do, and who is to own each partition (its address; "" unknown). See Placement."""

    owns: frozenset[int]
    stands_by: frozenset[int]
    keeps: frozenset[int]
    owners: tuple[str, ...]
    routers: int


def encode_offer(candidate: Candidate) -> bytes:
    """What a router tells of itself; its id is the group's business."""
    offer = {"address": candidate.address, "owns": candidate.owns}
    sets = {"follows": sorted(candidate.follows), "refuses": sorted(candidate.refuses)}
    return json.dumps({"version": VERSION, **offer, **sets}).encode()


def decode_offer(member_id: str, offer: bytes) -> Candidate:
    """The inverse of `encode_offer`. Raises Unreadable."""
    try:
        plain = _plain(offer)
        owns = tuple((int(partition), int(epoch)) for partition, epoch in plain["owns"])
        follows, refuses = (frozenset(map(int, plain[name])) for name in ("follows", "refuses"))
        return Candidate(member_id, str(plain["address"]), owns, follows, refuses)
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise Unreadable(f"a router offers what can't be read: {error!r}") from error


def divide(offers: Mapping[str, bytes], partitions: int, standbys: int) -> dict[str, bytes]:
    """A share for each member. Who can't be understood gets an empty one, and the others everything."""
    candidates = [candidate for each in sorted(offers) if (candidate := _understood(each, offers[each])) is not None]
    placements = place(candidates, partitions, standbys)
    owners = _addresses(candidates, {each: placement.owns for each, placement in placements.items()}, partitions)
    shares = dict.fromkeys(offers, _encode_share(Placement((), ()), owners, len(candidates)))
    for each, placement in placements.items():
        shares[each] = _encode_share(placement, owners, len(candidates))
    return shares


def decode_share(share: bytes) -> Share:
    """What this router was given. Raises Unreadable."""
    try:
        plain = _plain(share)
        owns, stands_by, keeps = (frozenset(map(int, plain[name])) for name in ("owns", "stands_by", "keeps"))
        return Share(owns, stands_by, keeps, tuple(map(str, plain["owners"])), int(plain["routers"]))
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise Unreadable(f"the group gives what can't be read: {error!r}") from error


def _encode_share(placement: Placement, owners: list[str], routers: int) -> bytes:
    share = asdict(placement) | {"owners": owners, "routers": routers}
    return json.dumps({"version": VERSION, **share}).encode()


def _plain(content: bytes) -> dict[str, Any]:
    if len(content) > OFFER_BYTES_MAX:
        raise ValueError(f"{len(content)} bytes are more than {OFFER_BYTES_MAX}")
    plain: dict[str, Any] = json.loads(content)
    if plain["version"] != VERSION:
        raise ValueError(f"its version is {plain['version']}, and this router reads {VERSION}")
    return plain


def _understood(member_id: str, offer: bytes) -> Candidate | None:
    try:
        return decode_offer(member_id, offer)
    except Unreadable as error:
        log.error("router_not_understood", member=member_id, error=str(error))
        return None


def _addresses(candidates: list[Candidate], owned: Mapping[str, tuple[int, ...]], partitions: int) -> list[str]:
    addresses = [""] * partitions
    for each in candidates:
        for partition in owned[each.id]:
            addresses[partition] = each.address
    return addresses
