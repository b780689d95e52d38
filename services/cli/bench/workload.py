"""The workload: who works, what is asked for and what waits, the same for everything that is measured.

Twenty queues, each agent in two of them; agents share capability profiles, contacts share requirement signatures; one
agent takes one call, three chats or five mails. All of it comes from one seed.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

from services.cli.bench.queues import bench_queue
from services.cli.bench.sizes import Size
from services.plan.compiled import (
    AgentProfile,
    Channel,
    ChannelRule,
    Company,
    EntryPoint,
    Match,
    Plan,
    Route,
    SkillLevel,
)

TENANT = "bench"
COMPANY = "acme"
UNITS = 15
RULES = (
    ChannelRule(Channel.VOICE, units=15, alone=True, offer_ms=20_000, wrap_up_ms=0),
    ChannelRule(Channel.WEB_CHAT, units=5, alone=False, offer_ms=20_000, wrap_up_ms=0),
    ChannelRule(Channel.EMAIL, units=3, alone=False, offer_ms=20_000, wrap_up_ms=0),
)
SKILLS = tuple(f"skill-{number}" for number in range(8))
SKILLS_EACH = 5


@dataclass(frozen=True, slots=True)
class Capability:
    """What the agents of one profile serve and can do."""

    queues: tuple[str, ...]
    skills: tuple[SkillLevel, ...]


@dataclass(frozen=True, slots=True)
class Signature:
    """What contacts of one kind need. Somebody on the roster has it."""

    queue: str
    channel: Channel
    skills: tuple[SkillLevel, ...]


@dataclass(slots=True)
class Workload:
    """A contact centre, made from a seed. `arrivals` and `chance` go on from where they were."""

    size: Size
    seed: int = 1
    queues: tuple[str, ...] = ()
    capabilities: tuple[Capability, ...] = ()
    signatures: tuple[Signature, ...] = ()
    agents: tuple[AgentProfile, ...] = ()
    free: tuple[str, ...] = ()
    chance: Random = field(default_factory=Random)

    def __post_init__(self) -> None:
        self.chance = Random(self.seed)  # noqa: S311  # a workload that can be had again, not a secret
        self.queues = tuple(f"queue-{number:02}" for number in range(self.size.queues))
        self.capabilities = tuple(self._capability() for _ in range(self.size.profiles))
        self.signatures = self._signatures()
        self.agents = tuple(self._agent(number) for number in range(self.size.agents))
        ids = [agent.id for agent in self.agents]
        self.free = tuple(sorted(self.chance.sample(ids, len(ids) * self.size.free_percent // 100)))

    def plan(self) -> Plan:
        """The plan that such a centre has: each queue has a dialed number, which is its own id."""
        queues = tuple(
            bench_queue(queue, COMPANY, self.size.policies[place % len(self.size.policies)])
            for place, queue in enumerate(self.queues)
        )
        return Plan(
            tenant=TENANT,
            version=1,
            time_zone="UTC",
            companies=(Company(COMPANY, "Acme"),),
            channels=RULES,
            hours=(),
            queues=queues,
            entry_points=tuple(self._entry_point(queue) for queue in self.queues),
            default_route=Route(self.queues[0]),
            agents=self.agents,
        )

    def arrivals(self) -> Iterator[tuple[str, Signature]]:
        """Contacts without end: an id as long as a real one, and what it needs."""
        while True:
            yield f"{self.chance.getrandbits(128):032x}", self.chance.choice(self.signatures)

    def _capability(self) -> Capability:
        names = sorted(self.chance.sample(SKILLS, SKILLS_EACH))
        skills = tuple(SkillLevel(name, self.chance.randint(1, 10)) for name in names)
        return Capability(tuple(sorted(self.chance.sample(self.queues, 2))), skills)

    def _signatures(self) -> tuple[Signature, ...]:
        """Distinct ones, each asking for no more than some profile has."""
        found: dict[Signature, None] = {}
        while len(found) < self.size.signatures:
            found[self._signature(self.chance.choice(self.capabilities))] = None
        return tuple(found)

    def _signature(self, able: Capability) -> Signature:
        asked = sorted(self.chance.sample(able.skills, self.chance.choice((0, 1, 1, 2))), key=_name)
        skills = tuple(SkillLevel(each.skill, self.chance.randint(1, each.level)) for each in asked)
        return Signature(self.chance.choice(able.queues), self.chance.choice(RULES).channel, skills)

    def _entry_point(self, queue: str) -> EntryPoint:
        """Asks for what the signature of the queue asks for that asks for the least, but for something."""
        asked = [each.skills for each in self.signatures if each.queue == queue and each.skills]
        return EntryPoint(queue, Match(dialed=(queue,)), Route(queue, min(asked, key=_levels, default=())))

    def _agent(self, number: int) -> AgentProfile:
        able = self.capabilities[number % len(self.capabilities)]
        return AgentProfile(f"agent-{number:05}", able.skills, UNITS, able.queues, (COMPANY,))


def _levels(skills: tuple[SkillLevel, ...]) -> int:
    return sum(each.level for each in skills)


def _name(skill: SkillLevel) -> str:
    return skill.skill
