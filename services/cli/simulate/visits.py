"""Who comes: contacts with everything that chance decides about them drawn beforehand.

So the same visits can be sent through two plans, and what differs comes of the plans alone (common random numbers).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from services.cli.simulate.spans import AT_ONCE, NEVER, Span
from services.plan.compiled import Attribute, Channel, Direction, SkillLevel


@dataclass(frozen=True, slots=True)
class Entry:
    """What the router is told of a contact when it comes."""

    company: str
    channel: Channel
    direction: Direction = Direction.INBOUND
    dialed: str = ""
    caller_classes: tuple[str, ...] = ()
    customer: str = ""
    ivr_path: tuple[str, ...] = ()
    language: str = ""
    attributes: tuple[Attribute, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """A colleague is asked about a contact, `after_ms` of work on it: for `queue`, by name if there is one, for skills.

    Whoever is asked accepts `response_ms` after the offer, of which the first `declines` are declined, and gives it
    `lasts_ms`.
    """

    after_ms: int
    queue: str
    to_agent: str = ""
    skills: tuple[SkillLevel, ...] = ()
    lasts_ms: int = 0
    response_ms: int = 0
    declines: int = 0


@dataclass(frozen=True, slots=True)
class Visit:
    """A contact to come. It gives up `patience_ms` after it came; its agent accepts `response_ms` after an offer.

    The first `declines` offers are declined. Work on it takes `handling_ms`, and then `wrap_up_ms`. In that time its
    agent asks the `questions`.
    """

    id: str
    at_ms: int
    entry: Entry
    patience_ms: int
    handling_ms: int
    wrap_up_ms: int = 0
    response_ms: int = 0
    declines: int = 0
    questions: tuple[Question, ...] = ()


@dataclass(frozen=True, slots=True)
class Manner:
    """How customers of an entry wait, and how long agents take for them. `decline_share` is from 0 to under 1."""

    handling: Span
    patience: Span = NEVER
    wrap_up: Span = AT_ONCE
    response: Span = AT_ONCE
    decline_share: float = 0.0

    def visit(self, id: str, at_ms: int, entry: Entry, random: Random) -> Visit:
        """A contact that comes then, with what chance decides about it."""
        return Visit(
            id,
            at_ms,
            entry,
            patience_ms=self.patience.draw(random),
            handling_ms=self.handling.draw(random),
            wrap_up_ms=self.wrap_up.draw(random),
            response_ms=self.response.draw(random),
            declines=self._declines(random),
        )

    def _declines(self, random: Random) -> int:
        declines = 0
        while self.decline_share and random.random() < self.decline_share:
            declines += 1
        return declines


@dataclass(frozen=True, slots=True)
class Rate:
    """So many contacts are expected between two times (log time, ms), at random (Poisson)."""

    from_ms: int
    until_ms: int
    contacts: float


@dataclass(frozen=True, slots=True)
class Stream:
    """Contacts of one kind with a load that changes."""

    name: str
    entry: Entry
    manner: Manner
    rates: tuple[Rate, ...]

    def visits(self, seed: int) -> Iterator[Visit]:
        """In the order of their coming; the same seed gives the same ones, whatever other streams there are."""
        random = Random(f"{seed}/{self.name}")  # noqa: S311  # so that a run can be had again
        number = 0
        for rate in self.rates:
            for at_ms in _moments(rate, random):
                number += 1
                yield self.manner.visit(f"{self.name}.{number}", at_ms, self.entry, random)


def _moments(rate: Rate, random: Random) -> Iterator[int]:
    """Exponential gaps; what hangs over the end is dropped, which a process without memory does not notice."""
    if rate.contacts <= 0:
        return
    per_ms = rate.contacts / (rate.until_ms - rate.from_ms)
    at = rate.from_ms + random.expovariate(per_ms)
    while at < rate.until_ms:
        yield int(at)
        at += random.expovariate(per_ms)
