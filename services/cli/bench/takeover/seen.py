"""What the load's agents saw and were told: each offer, when first, and by whose word."""

from collections import defaultdict
from dataclasses import dataclass, field

from services.cli.bench.takeover.committed import ContactKey


@dataclass(frozen=True, slots=True)
class SeenOffer:
    """An offer on an agent's desk. Place and epoch are those of the message that showed it first."""

    key: ContactKey
    agent: str
    offer_id: str
    partition: int
    epoch: int
    offset: int


@dataclass
class Seen:
    """`at_ms` has when offers were first seen, by partition, in order; wall time."""

    offers: dict[tuple[ContactKey, str, str], SeenOffer] = field(default_factory=dict)
    at_ms: defaultdict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    accepted: set[tuple[ContactKey, str]] = field(default_factory=set)
    completed: dict[ContactKey, str] = field(default_factory=dict)

    def offer(self, seen: SeenOffer, at_ms: int) -> None:
        """An agent's desk shows it; the first time counts."""
        name = (seen.key, seen.agent, seen.offer_id)
        if name not in self.offers:
            self.offers[name] = seen
            self.at_ms[seen.partition].append(at_ms)
