"""Who should own which partition, and who should follow it to be there at once if the owner is gone.

Nobody loses a partition without need: what a router owns it keeps, as long as none has two more than another. What
nobody owns goes to a router that follows it already. Who follows is by rendezvous hashing (Thaler and Ravishankar,
"Using name-based mappings to increase hit rates", 1998): of all routers those with the highest hash of their address
and the partition, so that a router that comes or goes changes little.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256


@dataclass(frozen=True, slots=True)
class Candidate:
    """A router as it tells of itself: what it owns, each under which epoch, and what it follows closely.

    `refuses`: where it has met what it can't read, and decides nothing; of a newer release another may.
    """

    id: str
    address: str
    owns: tuple[tuple[int, int], ...] = ()
    follows: frozenset[int] = frozenset()
    refuses: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Placement:
    """What one router is to do, in order. `keeps`: of which it makes the snapshots and the archive."""

    owns: tuple[int, ...]
    stands_by: tuple[int, ...]
    keeps: tuple[int, ...] = ()


def place(candidates: Sequence[Candidate], partitions: int, standbys: int) -> dict[str, Placement]:
    """A placement for each candidate, by id. Every partition has one owner, and `standbys` others if there are.

    Who refuses a partition neither owns it, unless all do, nor stands by for it.
    """
    if not candidates:
        return {}
    owners = _Owners(candidates, partitions)
    owners.keep()
    owners.give_the_rest()
    stands_by: dict[str, list[int]] = {each.id: [] for each in candidates}
    keeps: dict[str, list[int]] = {each.id: [] for each in candidates}
    for partition, owner in enumerate(owners.all()):
        others = [each for each in ranked(candidates, partition) if each.id != owner and partition not in each.refuses]
        following = [each.id for each in others[:standbys]]
        for follower in following:
            stands_by[follower].append(partition)
        # Who decides has better things to do.
        keeps[(following or [owner])[0]].append(partition)
    return {
        each.id: Placement(owners.of(each.id), tuple(stands_by[each.id]), tuple(keeps[each.id])) for each in candidates
    }


def ranked(candidates: Iterable[Candidate], partition: int) -> list[Candidate]:
    """Who should follow the partition, the first one most."""
    return sorted(candidates, key=lambda each: (_weight(each, partition), each.id), reverse=True)


def _weight(candidate: Candidate, partition: int) -> bytes:
    return sha256(f"{candidate.address}\0{partition}".encode()).digest()


class _Owners:
    """Who owns what, as it is being worked out."""

    def __init__(self, candidates: Sequence[Candidate], partitions: int) -> None:
        self._candidates = candidates
        self._count = partitions
        self._owned: dict[str, set[int]] = {each.id: set() for each in candidates}
        self._held = self._claimed()
        self._parts = self._divided()

    def keep(self) -> None:
        """Leave everybody what they have, up to their part."""
        for each in self._candidates:
            best_first = sorted(self._held[each.id], key=lambda partition: _weight(each, partition), reverse=True)
            self._owned[each.id] = set(best_first[: self._parts[each.id]])

    def give_the_rest(self) -> None:
        """What nobody has goes to one who follows it, and else to whom the hash says; nobody has more than a part."""
        orphans = sorted(set(range(self._count)).difference(*self._owned.values()))
        # Those with the fewest followers choose first, or others take the places of these.
        for partition in sorted(orphans, key=lambda each: (self._followers(each), each)):
            willing = self._willing(partition)
            following = [each for each in willing if partition in each.follows]
            self._owned[ranked(following or willing, partition)[0].id].add(partition)

    def _willing(self, partition: int) -> list[Candidate]:
        """Who may have it: those with room; where all of these refuse it the others, and where everybody does all."""
        willing = [each for each in self._candidates if partition not in each.refuses] or list(self._candidates)
        return [each for each in willing if len(self._owned[each.id]) < self._parts[each.id]] or willing

    def all(self) -> list[str]:
        """The owner's id of each partition."""
        owner_of = {partition: owner for owner, owned in self._owned.items() for partition in owned}
        return [owner_of[partition] for partition in range(self._count)]

    def of(self, candidate_id: str) -> tuple[int, ...]:
        return tuple(sorted(self._owned[candidate_id]))

    def _claimed(self) -> dict[str, list[int]]:
        """Who has what; of two that claim the same, the one with the newer epoch has it."""
        claims: dict[int, tuple[int, str]] = {}
        for each in self._candidates:
            for partition, epoch in each.owns:
                if 0 <= partition < self._count and partition not in each.refuses:
                    claims[partition] = max(claims.get(partition, (-1, "")), (epoch, each.id))
        held: dict[str, list[int]] = {each.id: [] for each in self._candidates}
        for partition, (_, owner) in claims.items():
            held[owner].append(partition)
        return held

    def _divided(self) -> dict[str, int]:
        """How many each may have: as many as all others, or one more for those who have the most already."""
        least, more = divmod(self._count, len(self._candidates))
        most_first = sorted(self._candidates, key=lambda each: (-len(self._held[each.id]), each.id))
        return {each.id: least + (place < more) for place, each in enumerate(most_first)}

    def _followers(self, partition: int) -> int:
        return sum(partition in each.follows for each in self._candidates)
