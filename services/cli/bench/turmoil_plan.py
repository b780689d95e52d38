"""Random plans and people for a small contact centre: every policy, and whatever else decides who gets whom."""

from dataclasses import replace
from random import Random

from services.cli.bench.queues import bench_queue
from services.plan.compiled import (
    AgentProfile,
    Channel,
    ChannelRule,
    Company,
    Criterion,
    Plan,
    Policy,
    Queue,
    Route,
    SkillLevel,
    Urgency,
    Weight,
)
from services.plan.model import WEIGHT_MAX

TENANT = "turmoil"
COMPANIES = ("acme", "globex")
SITES = ("north", "south")
SKILLS = tuple(f"skill-{number}" for number in range(6))


def random_plan(chance: Random, queues: tuple[str, ...]) -> Plan:
    """A plan with these queues, under policies that are chosen by chance."""
    return Plan(
        tenant=TENANT,
        version=1,
        time_zone="UTC",
        companies=tuple(Company(company, company) for company in COMPANIES),
        channels=_rules(chance),
        hours=(),
        queues=tuple(_queue(chance, queue, COMPANIES[place % 2]) for place, queue in enumerate(queues)),
        entry_points=(),
        default_route=Route(queues[0]),
        agents=(),
        urgency=_urgency(chance),
    )


def random_profile(chance: Random, agent_id: str, queues: tuple[str, ...]) -> AgentProfile:
    """Somebody who serves one of the queues or more."""
    return AgentProfile(
        id=agent_id,
        skills=random_skills(chance, 5, 10),
        units=chance.choice((1, 4, 6, 9)),
        groups=random_groups(chance, queues, 1),
        companies=COMPANIES if chance.random() < 0.7 else (chance.choice(COMPANIES),),
        site=chance.choice(SITES),
        tier=chance.randint(1, 3),
        cost=chance.randint(0, 9),
    )


def random_skills(chance: Random, at_most: int, level: int) -> tuple[SkillLevel, ...]:
    """So many skills at most, sorted by name, of such a level at most."""
    names = sorted(chance.sample(SKILLS, chance.randint(0, at_most)))
    return tuple(SkillLevel(name, chance.randint(1, level)) for name in names)


def random_groups(chance: Random, queues: tuple[str, ...], at_least: int) -> tuple[str, ...]:
    """Groups have the names of the queues that they serve."""
    return tuple(sorted(chance.sample(queues, chance.randint(at_least, len(queues)))))


def _rules(chance: Random) -> tuple[ChannelRule, ...]:
    """Calls stand alone; a mail may give way to them."""
    return (
        ChannelRule(Channel.VOICE, units=4, alone=True, offer_ms=20_000, wrap_up_ms=0),
        ChannelRule(Channel.WEB_CHAT, units=3, alone=False, offer_ms=20_000, wrap_up_ms=0),
        ChannelRule(Channel.EMAIL, 2, alone=False, offer_ms=20_000, wrap_up_ms=0, interruptible=chance.random() < 0.5),
        ChannelRule(Channel.SMS, units=1, alone=False, offer_ms=20_000, wrap_up_ms=0),
    )


def _queue(chance: Random, queue: str, company: str) -> Queue:
    criteria = chance.sample(tuple(Criterion), chance.randint(1, len(Criterion)))
    most = chance.choice((10, WEIGHT_MAX))  # as heavy as a plan file may say: no number may be too small for it
    weights = tuple(Weight(criterion, chance.randint(-most, most)) for criterion in criteria)
    site = chance.choice(SITES) if chance.random() < 0.1 else ""
    policy = chance.choice(tuple(Policy))
    service_level_ms = chance.choice((20_000, 3_600_000))
    return replace(bench_queue(queue, company, policy, weights), site=site, service_level_ms=service_level_ms)


def _urgency(chance: Random) -> Urgency | None:
    """The usual one, or one in which whole queues gain on others."""
    if chance.random() < 0.5:
        return None
    return Urgency(
        priority_ms=chance.choice((0, 1000, 600_000)),
        value_ms=chance.choice((0, 500)),
        by_deadline=chance.random() < 0.5,
        depth_ms=chance.choice((0, 300)),
        expected_wait_permille=chance.choice((0, 0, 1500)),
    )
