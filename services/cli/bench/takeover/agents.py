"""The load's agents: they take what they are offered, work a moment, wrap up a moment, and complete it."""

import asyncio
import random
import secrets
from collections.abc import Sequence

from services.agents.bells import Bells, desk_topic
from services.agents.desk import Accept, Act, Complete, Finish, Presence, SetPresence, WorkItem, WorkState
from services.agents.desk_link import DeskLink, OutcomeUnknown, Seat
from services.cli.bench.takeover.committed import ContactKey
from services.cli.bench.takeover.plan_file import DISPOSITION
from services.cli.bench.takeover.seen import Seen
from services.shared.tokens import Identity, Role

# How long it takes an agent to look at an offer, to work, and to wrap up, at most.
MOMENT_S = 0.4
LOOKS_AGAIN_S = 2.0


class Agent:
    """One agent at a desk of the tenant's link."""

    def __init__(self, link: DeskLink, bells: Bells, identity: Identity, seen: Seen, seed: int) -> None:
        self._link = link
        self._bells = bells
        self._identity = identity
        self._seen = seen
        self._at_work: set[str] = set()
        self._chance = random.Random(seed)  # noqa: S311  # from a seed, so that a run can be had again
        self._says_presence = False

    async def run(self) -> None:
        """Work until cancelled."""
        seat = self._link.seat(self._identity)
        self._link.hold(seat)
        bell = self._bells.listener(desk_topic(self._identity.tenant, self._identity.agent))
        async with asyncio.TaskGroup() as tasks:
            while True:
                self._look(seat, tasks)
                await bell.wait(LOOKS_AGAIN_S)

    def _look(self, seat: Seat, tasks: asyncio.TaskGroup) -> None:
        if seat.desk is None:
            return
        if seat.desk.presence is not Presence.AVAILABLE and not self._says_presence:
            tasks.create_task(self._come_on_duty())
        for item in seat.desk.items:
            if item.contact_id not in self._at_work:
                self._at_work.add(item.contact_id)
                tasks.create_task(self._work(item))

    async def _come_on_duty(self) -> None:
        self._says_presence = True
        await self._done(SetPresence(Presence.AVAILABLE))
        self._says_presence = False

    async def _work(self, item: WorkItem) -> None:
        """From where it stands to its end; what is refused is looked at anew when the desk shows it again."""
        try:
            for act in _acts(item):
                await asyncio.sleep(self._chance.uniform(0, MOMENT_S))
                if not await self._done(act):
                    return
                self._note(act)
        finally:
            self._at_work.discard(item.contact_id)

    async def _done(self, act: Act) -> bool:
        """Whether the router did it. Where that is not known it is asked again under the same id."""
        command_id = secrets.token_hex(12)
        while True:
            try:
                answered = await self._link.command(self._identity, command_id, act)
            except OutcomeUnknown:
                continue
            return answered.outcome.refusal is None

    def _note(self, act: Act) -> None:
        tenant, agent = self._identity.tenant, self._identity.agent
        match act:
            case Accept():
                self._seen.accepted.add((ContactKey(tenant, act.contact_id), agent))
            case Complete():
                self._seen.completed[ContactKey(tenant, act.contact_id)] = agent
            case _:
                pass


def identity_of(tenant: str, agent: str) -> Identity:
    """An agent of all companies."""
    return Identity(tenant, (), Role.AGENT, agent, agent, 0)


def _acts(item: WorkItem) -> Sequence[Act]:
    acts: tuple[Act, ...] = (
        Accept(item.contact_id, item.offer_id),
        Finish(item.contact_id),
        Complete(item.contact_id, DISPOSITION),
    )
    return acts[(WorkState.OFFERED, WorkState.ACTIVE, WorkState.WRAP_UP).index(item.state) :]
