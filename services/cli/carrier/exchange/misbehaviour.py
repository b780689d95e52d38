"""How badly the carrier treats its callbacks: each kind of trouble with its probability, all from one seed."""

import random
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Misbehaviour:
    """Probabilities from 0 to 1. Callbacks are lost, doubled, or late by up to `late_ms`, so that they overtake.

    Every request takes up to `latency_ms`. `webhooks_doubled`: the application is asked twice, as after a connection
    that broke before the answer; the second answer counts. `webhooks_lost`: it is not reached at all.
    """

    seed: int = 0
    latency_ms: int = 0
    doubled: float = 0.0
    late: float = 0.0
    late_ms: int = 0
    lost: float = 0.0
    webhooks_doubled: float = 0.0
    webhooks_lost: float = 0.0


FAITHFUL = Misbehaviour()


@dataclass(frozen=True, slots=True)
class Delivery:
    """One attempt to deliver: when, and whether in line with those before it."""

    after_ms: int
    in_line: bool


class Chance:
    """Decides, request by request."""

    def __init__(self, misbehaviour: Misbehaviour) -> None:
        self.misbehaviour = misbehaviour
        self._random = random.Random(misbehaviour.seed)  # noqa: S311  # chance from a seed, to be had again

    def deliveries(self) -> Iterator[Delivery]:
        """Of one callback: none, one or two."""
        of = self.misbehaviour
        if self._happens(of.lost):
            return
        for _ in range(2 if self._happens(of.doubled) else 1):
            late = self._happens(of.late)
            yield Delivery(self.latency_ms() + (self._random.randint(0, of.late_ms) if late else 0), not late)

    def latency_ms(self) -> int:
        """Of one request."""
        return self._random.randint(0, self.misbehaviour.latency_ms)

    def asks(self) -> int:
        """How often a webhook arrives: 0, 1 or 2 times."""
        if self._happens(self.misbehaviour.webhooks_lost):
            return 0
        return 2 if self._happens(self.misbehaviour.webhooks_doubled) else 1

    def _happens(self, probability: float) -> bool:
        return probability > 0 and self._random.random() < probability
