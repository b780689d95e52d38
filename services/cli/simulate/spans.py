"""How long things take: distributions of spans in ms, drawn from one seeded `Random`."""

from dataclasses import dataclass
from math import log, sqrt
from random import Random

# Longer than any run: a customer who never gives up.
NEVER_MS = 2**50


@dataclass(frozen=True, slots=True)
class Exponential:
    """Without memory: how much longer it takes does not depend on how long it took."""

    mean_ms: float

    def draw(self, random: Random) -> int:
        return round(random.expovariate(1 / self.mean_ms))


@dataclass(frozen=True, slots=True)
class Lognormal:
    """What handling times are mostly like (Brown et al. 2005, "Statistical Analysis of a Telephone Call Center").

    `variation` is the standard deviation as a part of the mean.
    """

    mean_ms: float
    variation: float

    def draw(self, random: Random) -> int:
        variance = log(1 + self.variation**2)
        return round(random.lognormvariate(log(self.mean_ms) - variance / 2, sqrt(variance)))


@dataclass(frozen=True, slots=True)
class Fixed:
    """Always the same."""

    ms: int

    def draw(self, random: Random) -> int:  # noqa: ARG002  # all spans are drawn alike
        return self.ms


@dataclass(frozen=True, slots=True)
class Recorded:
    """One of those that were recorded, each as likely."""

    values_ms: tuple[int, ...]

    def draw(self, random: Random) -> int:
        return random.choice(self.values_ms)


Span = Exponential | Lognormal | Fixed | Recorded
AT_ONCE = Fixed(0)
NEVER = Fixed(NEVER_MS)
