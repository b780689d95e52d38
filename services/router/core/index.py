"""Who comes first, without looking at all: agents for a contact, and contacts for an agent.

What it holds follows from the tables, and is worked out anew when the plan changes. It makes the same choices as the
plain scan (`scan.py`), which the tests hold it against, in time that grows neither with the contacts that wait nor with
the agents who are free: a decision costs a few heads of lines and pools.

Nothing in here has to be undone: lines and pools may hold more than is so, and what comes up is held against the
tables.
"""

from collections.abc import Collection, Iterable

from services.router.core.choice import Picked
from services.router.core.desk import only_for
from services.router.core.expected_wait import Wait, expected_wait
from services.router.core.line_up import LineUp, Look
from services.router.core.lines import Line, numbered, stands_apart
from services.router.core.records import Agent, Contact
from services.router.core.row import Waiting
from services.router.core.staff import Staff
from services.router.core.tables import Tables
from services.router.core.urgency import bonus_ms

NOBODY: frozenset[str] = frozenset()


class Index:
    """Lines and pools of one tenant."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._line_up = LineUp(tables)
        self._staff = Staff(tables)
        self._has_gains = False
        self._stale = True

    # What changed

    def plan_changed(self) -> None:
        """Everything is to be worked out anew; that happens when somebody asks."""
        self._stale = True

    def note_contact(self, stood: Contact | None, stands: Contact | None) -> None:
        """The contact waits as the one record says, perhaps anew, and waited as the other says, if at all."""
        if not self._stale:
            self._line_up.note(stood, stands)

    def note_agent(self, before: Agent | None, agent: Agent) -> None:
        """The agent is as the record says, and was as the other says."""
        if not self._stale:
            self._stale = not self._staff.note(before, agent)

    def drop_agent(self, agent_id: str) -> None:
        """The agent is no more."""
        if not self._stale:
            self._staff.drop(agent_id)

    def note_all(self, contacts: Collection[str], agents: Iterable[str]) -> None:
        """These may be as they were before."""
        if contacts:
            self._line_up.doubt_all()
        for contact_id in contacts:
            if contact_id in self._tables.waiting:
                self.note_contact(None, self._tables.contacts[contact_id])
        for agent_id in agents:
            agent = self._tables.agents.get(agent_id)
            if agent is None:
                self.drop_agent(agent_id)
            else:
                self.note_agent(None, agent)

    # Who comes first

    def best_agent(self, contact: Contact) -> Picked | None:
        """Whom the queue's policy picks among those who may be offered the waiting contact now; None if nobody may."""
        line = self._line(contact)
        if line.choosers is None:
            return None
        if stands_apart(contact):
            return self._picked_apart(line, contact)
        found = line.choosers.first_two(NOBODY)
        if not found:
            return None
        free = self._staff.rooms.free[line.kind]
        runner_up = found[1] if len(found) > 1 else ""
        return Picked(found[0], runner_up, sum(line.serving(free)), sum(line.able(free)))

    def best_contact(self, agent: Agent) -> Contact | None:
        """Which of the waiting contacts that the agent may be offered now comes first; None if there is none."""
        self._ready()
        room = self._staff.rooms.room.get(agent.id, 0)
        crew = self._staff.crew_of.get(agent.id, 0)
        best: Waiting | None = None
        if not room:
            return None
        for look in self._line_up.looks(crew):
            if not room >> look.kind & 1:
                continue
            first = self._first_by_gains(look) if self._has_gains else self._line_up.first(look)
            if first is not None and (best is None or first < best):
                best = first
        for line in self._line_up.with_apart():
            if line.crews >> crew & 1 and room >> line.kind & 1:
                first = self._first_apart(line, agent)
                best = first if first is not None and (best is None or first < best) else best
        return self._tables.contacts[best[1]] if best else None

    def apart(self) -> list[Contact]:
        """All waiting contacts that somebody is kept from."""
        self._ready()
        lines = self._line_up.with_apart()
        return [self._tables.contacts[waiting[1]] for line in lines for waiting in line.those_apart()]

    def standing(self, contact: Contact) -> int:
        """Where the waiting contact stands now among all that waits in the tenant: the lower comes first."""
        line = self._line(contact)
        return self._line_up.number(line, contact) - (self._gain(contact.queue) if self._has_gains else 0)

    def standing_in_queue(self, contact: Contact) -> int:
        """Where the waiting contact stands in its queue, from 1."""
        line = self._line(contact)
        number = self._line_up.number(line, contact)
        return sum(1 for each in self._line_up.numbers_in(contact.queue) if each <= number)

    # Who there is

    def able_on_duty(self, contact: Contact) -> int:
        """How many on duty are able to take the contact, now or when they have room."""
        return sum(self._line(contact).able(self._staff.rooms.on_duty))

    def is_anybody_free(self, contact: Contact) -> bool:
        """Whether anybody is able to take the contact now."""
        line = self._line(contact)
        return any(line.able(self._staff.rooms.free[line.kind]))

    def is_able(self, agent: Agent, contact: Contact) -> bool:
        """Whether the agent is one for such contacts, whatever they are doing now."""
        line = self._line(contact)  # first: it may bring a new staff
        return self._staff.is_of(line.crews, agent.id)

    def servers(self, contact: Contact) -> int:
        """How many such contacts those on duty who are able to take them can have at once."""
        line = self._line(contact)
        return self._staff.servers(line.crews, line.kind)

    def expected_wait(self, contact: Contact, place: int) -> Wait:
        """What whoever asks for the same can expect at that place of the queue."""
        return expected_wait(self._tables, contact.queue, place, self.servers(contact))

    # How it is worked out

    def _ready(self) -> None:
        if not self._stale:
            return
        self._staff = Staff(self._tables)
        urgency = self._tables.urgency
        self._has_gains = bool(urgency.depth_ms or urgency.expected_wait_permille)
        self._line_up.work_out(self._staff)
        for agent in self._tables.agents.values():
            self._staff.note(None, agent)
        self._stale = False

    def _line(self, contact: Contact) -> Line:
        self._ready()
        return self._line_up.line_of(contact)

    def _first_by_gains(self, look: Look) -> Waiting | None:
        """Who comes first where what waits in a queue gains on others by what the queue is like."""
        firsts = self._line_up.firsts(look)
        return min(((first[0] - self._gain(line.asked.queue), first[1]) for line, first in firsts), default=None)

    def _first_apart(self, line: Line, agent: Agent) -> Waiting | None:
        """The first of those who stand apart whom the agent is not kept from."""
        gain = self._gain(line.asked.queue) if self._has_gains else 0
        for waiting in line.those_apart():
            if not self._is_kept(line, agent.id, self._tables.contacts[waiting[1]]):
                return waiting[0] - gain, waiting[1]
        return None

    def _is_kept(self, line: Line, agent_id: str, contact: Contact) -> bool:
        only = only_for(self._tables, contact)
        return (bool(only) and only != agent_id) or agent_id in self._kept_from(line, contact)

    def _kept_from(self, line: Line, contact: Contact) -> frozenset[str]:
        """Who passed the contact on: not offered it for a while, and then only if nobody else is on duty."""
        if not contact.passed_by:
            return NOBODY
        passed = frozenset(each.agent for each in contact.passed_by)
        on_duty = self._staff.rooms.room
        others = sum(line.able(self._staff.rooms.on_duty))
        others -= sum(1 for agent_id in passed if agent_id in on_duty and self._staff.is_of(line.crews, agent_id))
        if others:
            return passed
        return frozenset(each.agent for each in contact.passed_by if each.until_ms)

    def _picked_apart(self, line: Line, contact: Contact) -> Picked | None:
        """As `best_agent`, of a contact that somebody is kept from."""
        kept = self._kept_from(line, contact)
        only = only_for(self._tables, contact)
        free = self._staff.rooms.free[line.kind]
        if only:
            may = only not in kept and self._staff.has_room(line.crews, line.kind, only)
            return Picked(only, "", sum(line.serving(free)), 1) if may else None
        found = line.choosers.first_two(kept) if line.choosers else []
        if not found:
            return None
        eligible = sum(line.able(free)) - sum(1 for each in kept if self._staff.has_room(line.crews, line.kind, each))
        return Picked(found[0], found[1] if len(found) > 1 else "", sum(line.serving(free)), eligible)

    def _gain(self, queue_id: str) -> int:
        """What all that wait in the queue gain on others now, in numbers."""
        queue = self._tables.queues.get(queue_id)
        serving = self._staff.numbers(self._staff.crews.serving(queue, ())) if queue else ()
        on_duty = sum(self._staff.rooms.on_duty[crew] for crew in serving)
        return numbered(bonus_ms(self._tables, queue_id, on_duty), 0)
