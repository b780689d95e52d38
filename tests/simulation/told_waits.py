"""How often a wait was within what the customer was told: twenty simulated days on which the load changes.

The load rises and falls within each day, and days differ; two queues share some agents; agents come and go by shifts;
handling times are lognormal. Nobody gives up, so that every wait is known to its end.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain
from random import Random

from services.cli.simulate.centre import Shift
from services.cli.simulate.journeys import Journey
from services.cli.simulate.scenario import Trial, play
from services.cli.simulate.spans import Fixed, Lognormal
from services.cli.simulate.visits import Entry, Manner, Rate, Stream, Visit
from services.plan.compiled import (
    AgentProfile,
    Channel,
    ChannelRule,
    Company,
    EntryPoint,
    Match,
    Plan,
    Policy,
    Queue,
    Route,
    SkillLevel,
)

DAY_MS, HOUR_MS, HALF_HOUR_MS = 86_400_000, 3_600_000, 1_800_000
OPENS_MS, CLOSES_MS = 8 * HOUR_MS, 18 * HOUR_MS
# Expected contacts in each half hour from eight to six; the floor is short of agents around eleven and at four.
SHAPE = (14, 20, 28, 34, 38, 40, 38, 32, 24, 20, 22, 26, 30, 34, 38, 38, 32, 24, 16, 10)
HANDLING = Lognormal(300_000, 0.9)


@dataclass(frozen=True, slots=True)
class Shares:
    """Of those who were told anything: which share waited no longer than the P50, and than the P90, that was said."""

    contacts: int
    told: int
    within_p50: float
    within_p90: float


@dataclass(frozen=True, slots=True)
class Told:
    """By day, and altogether."""

    days: tuple[Shares, ...]
    all_days: Shares


def twenty_days(seed: int, days: int = 20) -> Told:
    """Simulate them."""
    journeys = play(Trial("days", _plan(), _shifts(days)), _visits(seed, days), 0).contacts.values()
    by_day = [[each for each in journeys if each.queued_at_ms // DAY_MS == day] for day in range(days)]
    return Told(tuple(map(shares, by_day)), shares(journeys))


def shares(journeys: Iterable[Journey]) -> Shares:
    """Of these contacts."""
    contacts = list(journeys)
    told = [each for each in contacts if each.told_p90_ms >= 0]
    within_p50 = sum(1 for each in told if each.wait_ms <= each.told_ms)
    within_p90 = sum(1 for each in told if each.wait_ms <= each.told_p90_ms)
    return Shares(len(contacts), len(told), within_p50 / max(1, len(told)), within_p90 / max(1, len(told)))


def _plan() -> Plan:
    queues = tuple(Queue(each, "acme", each.title(), Policy.LONGEST_IDLE) for each in ("billing", "orders"))
    entries = tuple(
        EntryPoint(each, Match(dialed=(each,)), Route(each, (SkillLevel(each, 1),))) for each in ("billing", "orders")
    )
    rule = ChannelRule(Channel.VOICE, units=10, alone=True, offer_ms=20_000, wrap_up_ms=60_000)
    agents = tuple(AgentProfile(f"agent{number:02}", _skills(number), 10, (), ("acme",)) for number in range(14))
    company = Company("acme", "Acme")
    return Plan("laws", 0, "UTC", (company,), (rule,), (), queues, entries, Route("orders"), agents)


def _skills(number: int) -> tuple[SkillLevel, ...]:
    """Four have billing only, five orders only, five both."""
    mine = ("billing",) if number < 4 else ("orders",) if number < 9 else ("billing", "orders")
    return tuple(SkillLevel(each, 5) for each in mine)


def _shifts(days: int) -> tuple[Shift, ...]:
    """Half of them begin early and half late; each has half an hour's break, not all at once."""
    shifts = []
    for day in range(days):
        for number in range(14):
            begins = day * DAY_MS + OPENS_MS + (number % 2) * HOUR_MS
            pause = begins + 4 * HOUR_MS + (number % 4) * HALF_HOUR_MS
            shifts.append(Shift(begins, pause, f"agent{number:02}"))
            shifts.append(Shift(pause + HALF_HOUR_MS, day * DAY_MS + CLOSES_MS + 2 * HOUR_MS, f"agent{number:02}"))
    return tuple(shifts)


def _visits(seed: int, days: int) -> list[Visit]:
    random = Random(f"{seed}/days")
    of_day = [random.uniform(0.75, 1.2) for _ in range(days)]
    manner = Manner(HANDLING, wrap_up=Fixed(20_000), response=Fixed(3_000))
    streams = [
        Stream(name, Entry("acme", Channel.VOICE, dialed=name), manner, _rates(of_day, share))
        for name, share in (("billing", 0.4), ("orders", 0.6))
    ]
    return sorted(chain.from_iterable(each.visits(seed) for each in streams), key=lambda visit: visit.at_ms)


def _rates(of_day: list[float], share: float) -> tuple[Rate, ...]:
    return tuple(
        Rate(begins, begins + HALF_HOUR_MS, contacts * factor * share * 1.5)
        for day, factor in enumerate(of_day)
        for number, contacts in enumerate(SHAPE)
        for begins in [day * DAY_MS + OPENS_MS + number * HALF_HOUR_MS]
    )
