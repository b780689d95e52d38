"""A contact centre as queueing theory draws it, on the real core: one queue, equal agents, exponential times."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from services.cli.simulate.centre import Centre, Shift
from services.cli.simulate.spans import NEVER, NEVER_MS, Exponential
from services.cli.simulate.visits import Entry, Manner, Rate, Stream, Visit
from services.plan.compiled import AgentProfile, Channel, ChannelRule, Company, Plan, Policy, Queue, Route
from services.router.core.events import ContactEnded, ContactOutcome, ContactQueued, Event, OfferAccepted

HANDLING_MS = 600_000


@dataclass(frozen=True, slots=True)
class Floor:
    """So many agents at this load (arrivals by handling by agents). Patience as a multiple of handling; 0: endless."""

    agents: int
    load: float
    patience: float = 0.0

    @property
    def arrivals_per_ms(self) -> float:
        return self.agents * self.load / HANDLING_MS

    def plan(self) -> Plan:
        agents = tuple(AgentProfile(each, (), 10, (), ("acme",)) for each in self.names())
        queue = Queue("calls", "acme", "Calls", Policy.LONGEST_IDLE)
        rule = ChannelRule(Channel.VOICE, units=10, alone=True, offer_ms=20_000, wrap_up_ms=0)
        return Plan("laws", 0, "UTC", (Company("acme", "Acme"),), (rule,), (), (queue,), (), Route("calls"), agents)

    def names(self) -> list[str]:
        return [f"agent{number:03}" for number in range(self.agents)]

    def visits(self, seed: int, count: int) -> Iterator[Visit]:
        """The first so many."""
        expected = 2 * count + 1000
        until_ms = round(expected / self.arrivals_per_ms)
        patience = Exponential(HANDLING_MS * self.patience) if self.patience else NEVER
        manner = Manner(Exponential(HANDLING_MS), patience)
        stream = Stream("c", Entry("acme", Channel.VOICE), manner, (Rate(0, until_ms, expected),))
        return islice(stream.visits(seed), count)


@dataclass(frozen=True, slots=True)
class Wait:
    """How long a contact waited, and whether it gave up then."""

    ms: int
    gave_up: bool


@dataclass(slots=True)
class Waits:
    """The wait of each contact and whether it gave up, in the order of their coming, in ms."""

    wait_ms: dict[str, int] = field(default_factory=dict)
    gave_up: set[str] = field(default_factory=set)
    _since_ms: dict[str, int] = field(default_factory=dict)

    def note(self, event: Event, at_ms: int) -> None:
        match event:
            case ContactQueued():
                self._since_ms[event.contact_id] = at_ms
                self.wait_ms[event.contact_id] = 0
            case OfferAccepted():
                self.wait_ms[event.contact_id] = at_ms - self._since_ms.pop(event.contact_id)
            case ContactEnded(outcome=ContactOutcome.ABANDONED):
                self.wait_ms[event.contact_id] = at_ms - self._since_ms.pop(event.contact_id)
                self.gave_up.add(event.contact_id)


def waits_on_the_core(floor: Floor, visits: list[Visit]) -> list[Wait]:
    """Let them come and go until all are gone."""
    waits = Waits()
    shifts = [Shift(0, NEVER_MS, agent) for agent in floor.names()]
    Centre(floor.plan(), shifts, waits.note).run(visits, 0)
    return [Wait(waits.wait_ms[visit.id], visit.id in waits.gave_up) for visit in visits]
