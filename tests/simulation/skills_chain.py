"""How many skills agents need: floors on which each agent has one, two, or more of six, with the same load.

The experiment of Wallace and Whitt (2005), "A Staffing Algorithm for Call Centers with Skill-Based Routing", section 3,
on the principle of Jordan and Graves (1995), "Principles on the Benefits of Manufacturing Process Flexibility": skills
that form a closed chain (agent i has skills i and i + 1) bring almost all that having every skill would.
"""

from dataclasses import dataclass
from itertools import chain
from statistics import fmean

from services.cli.simulate.centre import Centre, Shift
from services.cli.simulate.spans import NEVER_MS, Exponential
from services.cli.simulate.student import mean_and_half_width
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
from tests.simulation.batch_means import Estimate
from tests.simulation.law_floor import HANDLING_MS, Waits

SKILLS = ("billing", "french", "german", "orders", "repairs", "travel")
AGENTS = 30
BATCHES = 20


@dataclass(frozen=True, slots=True)
class Crew:
    """Thirty agents, five to each first skill; each has so many skills, the next ones round the circle."""

    skills: int
    load: float

    def plan(self) -> Plan:
        queues = tuple(Queue(each, "acme", each.title(), Policy.MOST_PROFICIENT) for each in SKILLS)
        entries = tuple(EntryPoint(each, Match(dialed=(each,)), Route(each, (SkillLevel(each, 1),))) for each in SKILLS)
        rule = ChannelRule(Channel.VOICE, units=10, alone=True, offer_ms=20_000, wrap_up_ms=0)
        agents = tuple(AgentProfile(f"agent{n:02}", self._skills(n), 10, (), ("acme",)) for n in range(AGENTS))
        company = Company("acme", "Acme")
        return Plan("laws", 0, "UTC", (company,), (rule,), (), queues, entries, Route(SKILLS[0]), agents)

    def _skills(self, number: int) -> tuple[SkillLevel, ...]:
        """The first is the best one, so that calls go to others only when they must."""
        mine = {SKILLS[(number + step) % len(SKILLS)]: 1 if step else 10 for step in range(self.skills)}
        return tuple(SkillLevel(skill, mine[skill]) for skill in sorted(mine))

    def visits(self, seed: int, count: int) -> list[Visit]:
        until_ms = round(count * HANDLING_MS / (AGENTS * self.load))
        manner, each = Manner(Exponential(HANDLING_MS)), count / len(SKILLS)
        streams = (
            Stream(skill, Entry("acme", Channel.VOICE, dialed=skill), manner, (Rate(0, until_ms, each),))
            for skill in SKILLS
        )
        return sorted(chain.from_iterable(stream.visits(seed) for stream in streams), key=lambda visit: visit.at_ms)


def mean_wait(crew: Crew, seed: int, count: int) -> Estimate:
    """The mean wait as a part of the mean handling time, by batch means; the first batch is left out."""
    visits, waits = crew.visits(seed, count), Waits()
    shifts = [Shift(0, NEVER_MS, agent.id) for agent in crew.plan().agents]
    Centre(crew.plan(), shifts, waits.note).run(visits, 0)
    size = len(visits) // (BATCHES + 1)
    batches = [visits[number * size : (number + 1) * size] for number in range(1, BATCHES + 1)]
    means = [fmean(waits.wait_ms[visit.id] for visit in batch) / HANDLING_MS for batch in batches]
    mean, half_width = mean_and_half_width(means)
    return Estimate(mean, half_width or 0.0)
