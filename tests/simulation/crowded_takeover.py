"""A contact centre with hundreds of offers live at the moment in which its router changes hands, again and again."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from random import Random

from services.router.core.commands import (
    AcceptOffer,
    ActivatePlan,
    AttachAgent,
    Command,
    DeclineOffer,
    SetPresence,
    TimePassed,
)
from services.router.core.events import Presence
from services.router.core.records import Contact, ContactStatus
from tests.simulation.core_books import must
from tests.simulation.core_drain import drain
from tests.simulation.core_world import World

TAKEOVERS = 3
# How long after it something happens: in the grace, at its end, after it.
PAUSES_MS = (0, 40, 2_000, 9_999, 10_000, 12_000, 31_000)
ASKED_AT_ONCE = 40


class CrowdedTakeover:
    """`live` says how many offers there were at each takeover."""

    def __init__(self, seed: int, agents: int) -> None:
        self._random = Random(seed)
        self._agents = agents
        self.world = World(seed, agents)
        self.live: list[int] = []

    def run(self) -> None:
        """Raises Complaint, InvariantBroken."""
        activate = next(self.world.workload.commands(self.world.state, 0))
        must(isinstance(activate, ActivatePlan), "the first command is no plan")
        self.world.ask(activate)
        for _ in range(TAKEOVERS):
            self._ask(self._everybody_comes())
            self._ask(self._as_many_contacts_as_agents())
            self.live.append(len(self._offered()))
            self._trouble()
            self.world.take_over()
            self._some_come_back()
        drain(self.world)

    def _ask(self, commands: Iterator[Command], *, calm: bool = True) -> None:
        while some := list(islice(commands, ASKED_AT_ONCE)):
            self.world.ask(*some, calm=calm)

    def _everybody_comes(self) -> Iterator[Command]:
        for name in sorted(self.world.state.agents):
            yield AttachAgent(name)
            yield SetPresence(name, Presence.AVAILABLE)

    def _as_many_contacts_as_agents(self) -> Iterator[Command]:
        for _ in range(self._agents):
            yield replace(self.world.workload._arrive(self.world.state), ready=True, customer="")

    def _trouble(self) -> None:
        """Time goes by with nobody there, or an owner comes and is gone at once."""
        self.world.workload.at_ms += self._random.choice((0, 0, 1_500, 15_000, 70_000))
        if self._random.random() < 0.3:
            self.world.take_over()

    def _some_come_back(self) -> None:
        """Some of the agents, some of whom take or leave what is still on offer; then whatever time brings."""
        for _ in range(3):
            self.world.workload.at_ms += self._random.choice(PAUSES_MS)
            names = sorted(self.world.state.agents)
            self._ask((AttachAgent(name) for name in names if self._random.random() < 0.3), calm=False)
            self._ask((self._answer(each) for each in self._offered() if self._random.random() < 0.3), calm=False)
            self.world.ask(TimePassed())

    def _answer(self, offer: Contact) -> Command:
        kind = AcceptOffer if self._random.random() < 0.8 else DeclineOffer
        return kind(offer.agent, offer.id, offer.offer_id)

    def _offered(self) -> list[Contact]:
        state = self.world.state
        desks = [state.contacts[item] for name in sorted(state.agents) for item in state.agents[name].items]
        return [each for each in desks if each.status is ContactStatus.OFFERED]
