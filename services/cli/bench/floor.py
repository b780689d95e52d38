"""The floor of a contact centre: changes a tenant's state as events would, by putting records, without deciding."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from services.cli.bench.workload import COMPANY, TENANT, Signature, Workload
from services.plan.compiled import Channel, Direction
from services.router.core.events import ContactOutcome, Presence
from services.router.core.keep import drop_contact, put_agent, put_contact
from services.router.core.record import changed
from services.router.core.records import Agent, Contact, ContactStatus
from services.router.core.state import TenantState

STARTS_AT_MS = 1_790_000_000_000


@dataclass(frozen=True, slots=True)
class Assignment:
    """The records that an offer makes."""

    contact: Contact
    agent: Agent


class Floor:
    """Agents at work, or free, and contacts that wait. Whoever is busy has one call, which takes all there is of them.

    `free` and `busy` say who is; `queue` holds who waits, the next to be decided first.
    """

    def __init__(self, workload: Workload) -> None:
        self.workload = workload
        self.state = TenantState(TENANT)
        self.at_ms = STARTS_AT_MS
        self.queue: deque[str] = deque()
        self.free = list(workload.free)
        self.busy: list[str] = []
        self._arrivals = workload.arrivals()
        self._accepted = 0
        self._calls = 0
        self.state.put_plan(workload.plan())
        self._staff()
        for _ in range(workload.size.waiting):
            self.arrive()

    def arrive(self) -> Contact:
        """One more contact waits."""
        contact_id, signature = next(self._arrivals)
        contact = self.contact(contact_id, signature)
        put_contact(self.state, contact)
        self.queue.append(contact_id)
        return contact

    def next_waiting(self) -> Contact:
        """Who is to be decided next, taken out of the bench's own queue."""
        return self.state.contacts[self.queue.popleft()]

    def contact(self, contact_id: str, signature: Signature) -> Contact:
        """A contact that waits since now, not yet put into the state."""
        self.at_ms += 1
        self._accepted += 1
        return Contact(
            id=contact_id,
            company=COMPANY,
            channel=signature.channel,
            direction=Direction.INBOUND,
            dialed="",
            caller_classes=(),
            customer="",
            ivr_path=(),
            language="",
            attributes=(),
            arrived_at_ms=self.at_ms,
            previous_contact_id="",
            order=self._accepted,
            status=ContactStatus.QUEUED,
            queue=signature.queue,
            skills=signature.skills,
            plan_version=1,
            queued_at_ms=self.at_ms,
        )

    def assignment(self, contact: Contact, agent: Agent) -> Assignment:
        """The contact and the agent as they are when it is offered to them."""
        self.at_ms += 1
        offered = changed(
            contact,
            status=ContactStatus.OFFERED,
            agent=agent.id,
            offers=contact.offers + 1,
            offer_id=contact.id,
            offered_at_ms=self.at_ms,
            deadline_ms=self.at_ms + 20_000,
        )
        last_offer = self.state.count("offers") + 1
        return Assignment(offered, changed(agent, items=(*agent.items, contact.id), last_offer=last_offer))

    def put(self, assignment: Assignment) -> None:
        put_contact(self.state, assignment.contact)
        put_agent(self.state, assignment.agent)

    def forget(self, contact_id: str) -> None:
        """The contact is over and forgotten."""
        contact = self.state.contacts[contact_id]
        ended = changed(
            contact,
            status=ContactStatus.ENDED,
            agent="",
            offer_id="",
            deadline_ms=0,
            why=None,
            outcome=ContactOutcome.COMPLETED,
        )
        put_contact(self.state, ended)
        agent = self.state.agents.get(contact.agent)
        if agent is not None:
            items = tuple(item for item in agent.items if item != contact_id)
            put_agent(self.state, changed(agent, items=items, idle_since_ms=self.at_ms))
        drop_contact(self.state, contact_id)

    def occupy(self, agent_id: str) -> str:
        """Let the agent be busy with one call and nothing else; the call's id."""
        for item in self.state.agents[agent_id].items:
            self.forget(item)
        call = self._call(agent_id)
        put_contact(self.state, call)
        agent = self.state.agents[agent_id]
        put_agent(self.state, changed(agent, items=(call.id,), idle_since_ms=self.at_ms))
        return call.id

    def release(self, agent_id: str) -> None:
        """Let the agent have nothing to do from now on."""
        self.at_ms += 1
        for item in self.state.agents[agent_id].items:
            self.forget(item)
        put_agent(self.state, changed(self.state.agents[agent_id], idle_since_ms=self.at_ms))

    def swap(self, taken: str) -> None:
        """The agent who was taken is busy now, and another, by chance, is free: as many are free as before."""
        self.occupy(taken)
        place = self.workload.chance.randrange(len(self.busy))
        self.busy[place], freed = taken, self.busy[place]
        self.release(freed)
        self.free[self.free.index(taken)] = freed

    def swap_any(self) -> None:
        """Somebody free becomes busy, and another free: or nothing would ever change where nobody suits."""
        self.swap(self.workload.chance.choice(self.free))

    def _staff(self) -> None:
        self.state.counts["offers"] = len(self.workload.agents)
        free = dict.fromkeys(self.free)
        for agent in self._agents():
            put_agent(self.state, agent)
            if agent.id not in free:
                self.busy.append(agent.id)
                self.occupy(agent.id)

    def _agents(self) -> Iterator[Agent]:
        for number, profile in enumerate(self.workload.agents):
            self.at_ms += 1
            idle_since_ms = STARTS_AT_MS - self.workload.chance.randrange(3_600_000)
            yield Agent(
                profile.id,
                profile,
                presence=Presence.AVAILABLE,
                attached=True,
                idle_since_ms=idle_since_ms,
                last_offer=number + 1,
            )

    def _call(self, agent_id: str) -> Contact:
        """A call that the agent has. Each is a new one."""
        self._calls += 1
        agent = self.state.agents[agent_id]
        signature = Signature(agent.profile.groups[0], Channel.VOICE, ())
        call = self.contact(f"call-{self._calls}", signature)
        return changed(call, status=ContactStatus.ACTIVE, agent=agent_id)
