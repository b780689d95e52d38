"""A small contact centre in which anything may happen next: what engine and scan are compared on.

Records are put as events would put them, without deciding, so that a hundred thousand decisions take no hours.
"""

from collections.abc import Callable
from random import Random
from typing import Any, TypeVar

from services.cli.bench.turmoil_plan import TENANT, random_groups, random_plan, random_profile, random_skills
from services.plan.compiled import Channel, Direction
from services.router.core.events import ContactOutcome, Presence
from services.router.core.keep import drop_contact, put_agent, put_contact
from services.router.core.record import changed
from services.router.core.records import ON_A_DESK, Agent, Contact, ContactStatus, Pass, QueueFigures
from services.router.core.state import TenantState

T = TypeVar("T")

CHANNELS: tuple[Channel, ...] = (Channel.VOICE, Channel.WEB_CHAT, Channel.EMAIL, Channel.SMS)


class Turmoil:
    """A contact centre that `stir` changes at random, all of it from one seed."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)  # noqa: S311  # a run that can be had again, not a secret
        self.state = TenantState(TENANT)
        self.at_ms = 1_790_000_000_000
        self._contacts = 0
        self._queues = tuple(f"queue-{number}" for number in range(self.chance.randint(2, 8)))
        # What contacts come for: the fewer there are, the more wait for the same.
        self._busy_queues, self._channels = self._queues, CHANNELS
        self._skills_asked: tuple[int, ...] = (0, 1, 2)
        self._agents = tuple(f"agent-{number:02}" for number in range(self.chance.randint(3, 40)))
        self.new_plan()
        for agent_id in self._agents:
            self._return_to_roster(agent_id)
        self._weights: dict[Callable[[], None], int] = {
            self.arrive: 10,
            self.leave: 3,
            self.change_presence: 3,
            self.accept: 4,
            # The fewer are finished, the fuller are the desks.
            self.finish: self.chance.choice((1, 2, 4)),
            self.give_back: 3,
            self.keep_for_one: 1,
            self.lapse: 1,
            self.change_needs: 2,
            self.change_figures: 2,
            self.retrain: 1,
            self.change_roster: 1,
        }

    def stir(self) -> None:
        """Let one thing happen; now and then a new plan."""
        self.at_ms += self.chance.choice((0, 1, 500))  # equal times, so that ties are broken by ids
        if self.chance.random() < 0.002:
            self.new_plan()
        else:
            self.chance.choices(list(self._weights), list(self._weights.values()))[0]()

    def waiting(self) -> list[Contact]:
        return self._contacts_that_are(ContactStatus.QUEUED)

    def agents(self) -> list[Agent]:
        return [self.state.agents[agent_id] for agent_id in sorted(self.state.agents)]

    def assign(self, contact: Contact, agent: Agent) -> None:
        """Offer the contact to the agent."""
        offered = changed(
            contact,
            status=ContactStatus.OFFERED,
            agent=agent.id,
            offers=contact.offers + 1,
            offer_id=f"{contact.id}.{contact.offers + 1}",
            offered_at_ms=self.at_ms,
            deadline_ms=self.at_ms + 20_000,
        )
        put_contact(self.state, offered)
        last_offer = self.state.count("offers") + 1
        put_agent(self.state, changed(agent, items=(*agent.items, contact.id), last_offer=last_offer))

    def arrive(self) -> None:
        self._contacts += 1
        queue = self._queue()
        contact = Contact(
            id=f"c{self.chance.randrange(10**6):06}-{self._contacts}",
            company=self.state.queues[queue].company,
            channel=self.chance.choice(self._channels),
            direction=Direction.INBOUND,
            dialed="",
            caller_classes=(),
            customer="",
            ivr_path=(),
            language="",
            attributes=(),
            # Some come late: what was taken by another way, or waited for its mail to be read.
            arrived_at_ms=self.at_ms - self.chance.choice((0, 0, 1, 60_000)),
            previous_contact_id="",
            order=self._contacts,
            status=ContactStatus.QUEUED,
            queue=queue,
            skills=random_skills(self.chance, self.chance.choice(self._skills_asked), 5),
            priority=self.chance.choice((0, 0, 0, 1, 5)),
            value=self.chance.choice((0, 0, 1, 100)),
            plan_version=1,
            queued_at_ms=self.at_ms,
        )
        put_contact(self.state, contact)

    def leave(self) -> None:
        """Somebody who waits goes away."""
        if contact := self._one_of(self.waiting()):
            self._end(contact)

    def accept(self) -> None:
        if contact := self._one_of(self._contacts_that_are(ContactStatus.OFFERED)):
            put_contact(self.state, _free_for_all(changed(contact, status=ContactStatus.ACTIVE, deadline_ms=0)))
            agent = self.state.agents[contact.agent]
            answered, response_ms = agent.answered + 1, self.at_ms - contact.offered_at_ms
            taken = changed(agent, idle_since_ms=self.at_ms, answered=answered, response_ms=response_ms)
            put_agent(self.state, taken)

    def finish(self) -> None:
        """An agent is done with something."""
        if contact := self._one_of(self._contacts_that_are(*ON_A_DESK)):
            self._end(contact)

    def give_back(self) -> None:
        """An offer is passed up, or ends without anybody's fault."""
        if contact := self._one_of(self._contacts_that_are(ContactStatus.OFFERED)):
            passes = (Pass(contact.agent, self.at_ms + 30_000),) if self.chance.random() < 0.7 else ()
            others = tuple(passed for passed in contact.passed_by if passed.agent != contact.agent)
            put_contact(self.state, changed(waiting_again(contact), passed_by=(*others, *passes)))
            self._take_off_desk(contact)

    def keep_for_one(self) -> None:
        """A contact is for one agent alone for a while: after a takeover, or whom the customer knows."""
        if contact := self._one_of(self.waiting()):
            self._keep(contact)

    def _keep(self, contact: Contact) -> None:
        if agent := self._one_of(self.agents()):
            until_ms = self.at_ms + 10_000
            held = {"held_for": agent.id, "held_until_ms": until_ms}
            preferred = {"preferred": agent.id, "preferred_until_ms": until_ms}
            put_contact(self.state, changed(contact, **self.chance.choice((held, preferred))))

    def lapse(self) -> None:
        """What kept agents from contacts is over, for some."""
        for contact in self.waiting():
            if self.chance.random() < 0.3:
                # Who asks about it is kept from a consultation for ever.
                kept = contact.passed_by[:1] if contact.about else ()
                passed_by = (*kept, *(changed(passed, until_ms=0) for passed in contact.passed_by[len(kept) :]))
                put_contact(self.state, changed(_free_for_all(contact), passed_by=passed_by))

    def change_needs(self) -> None:
        """A contact that waits becomes more urgent, needs less, may go to more, or waits elsewhere: a step."""
        if contact := self._one_of(self.waiting()):
            queue = self._queue()
            changes: tuple[dict[str, Any], ...] = (
                {"priority": contact.priority + 1},
                {"skills": random_skills(self.chance, 1, 3)},
                {"groups": random_groups(self.chance, self._queues, 0)[:2]},
                {"queue": queue, "company": self.state.queues[queue].company},
            )
            put_contact(self.state, changed(contact, **self.chance.choice(changes)))

    def change_presence(self) -> None:
        """An agent comes, goes, or loses the program; coming on duty starts their idle time anew."""
        if agent := self._one_of(self.agents()):
            attached = self.chance.random() < 0.9
            presence = Presence.AVAILABLE if self.chance.random() < 0.8 else self.chance.choice(tuple(Presence))
            idle_since_ms = self.at_ms if presence is Presence.AVAILABLE else agent.idle_since_ms
            put_agent(self.state, changed(agent, attached=attached, presence=presence, idle_since_ms=idle_since_ms))

    def change_figures(self) -> None:
        """What is counted of an agent or a queue is another, lower too: a day has begun."""
        queue = self._queue()
        self.state.figures[queue] = QueueFigures(handling_ms=self.chance.choice((0, 60_000, 300_000)))
        if agent := self._one_of(self.agents()):
            duty_ms = self.chance.randrange(1, 1000)
            busy_ms, answered = self.chance.randrange(duty_ms), self.chance.randrange(3)
            put_agent(self.state, changed(agent, answered=answered, duty_ms=duty_ms, busy_ms=busy_ms))

    def retrain(self) -> None:
        """An agent has other skills, groups or units from now on."""
        if agent := self._one_of(self.agents()):
            put_agent(self.state, changed(agent, profile=random_profile(self.chance, agent.id, self._queues)))

    def change_roster(self) -> None:
        """An agent leaves the roster, or one who had left comes back."""
        agent_id = self.chance.choice(self._agents)
        agent = self.state.agents.get(agent_id)
        if agent is None or agent.retired:
            self._return_to_roster(agent_id)
        elif self.chance.random() < 0.3:
            put_agent(self.state, changed(agent, retired=True))

    def new_plan(self) -> None:
        """Queues are under other policies from now on. Every policy is met, as there are many plans."""
        self.state.put_plan(random_plan(self.chance, self._queues))

    def _return_to_roster(self, agent_id: str) -> None:
        agent = self.state.agents.get(agent_id)
        if agent is None:
            profile = random_profile(self.chance, agent_id, self._queues)
            agent = Agent(agent_id, profile, Presence.AVAILABLE, attached=True)
        put_agent(self.state, changed(agent, retired=False, idle_since_ms=self.at_ms))

    def _queue(self) -> str:
        return self.chance.choice(self._busy_queues)

    def _contacts_that_are(self, *statuses: ContactStatus) -> list[Contact]:
        return sorted((each for each in self.state.contacts.values() if each.status in statuses), key=_by_order)

    def _one_of(self, things: list[T]) -> T | None:
        return self.chance.choice(things) if things else None

    def _end(self, contact: Contact) -> None:
        ended = changed(_free_for_all(waiting_again(contact)), status=ContactStatus.ENDED)
        put_contact(self.state, changed(ended, outcome=ContactOutcome.COMPLETED))
        if contact.agent:
            self._take_off_desk(contact)
        drop_contact(self.state, contact.id)

    def _take_off_desk(self, contact: Contact) -> None:
        agent = self.state.agents[contact.agent]
        items = tuple(item for item in agent.items if item != contact.id)
        if contact.status is not ContactStatus.OFFERED and not items:
            agent = changed(agent, idle_since_ms=self.at_ms)
        put_agent(self.state, changed(agent, items=items))


def waiting_again(contact: Contact) -> Contact:
    """As it would be in its queue, with nobody's offer."""
    return changed(
        contact, status=ContactStatus.QUEUED, agent="", offer_id="", offered_at_ms=0, deadline_ms=0, why=None
    )


def _free_for_all(contact: Contact) -> Contact:
    """Nobody is kept from the contact."""
    return changed(contact, passed_by=(), held_for="", held_until_ms=0, preferred="", preferred_until_ms=0)


def _by_order(contact: Contact) -> int:
    return contact.order
