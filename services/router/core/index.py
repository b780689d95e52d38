"""Who comes first, without looking at all: agents for a contact, and contacts for an agent.

What it holds follows from the tables, and is worked out anew when the plan changes. It makes the same choices as the
plain scan (`scan.py`), which the tests hold it against, in time that grows neither with the contacts that wait nor with
the agents who are free: a decision costs a few heads of lines and pools.

Nothing in here has to be undone. Lines may hold more than is so: what comes up is held against the tables. Where each
agent stands in the pools is put right whenever the agent is noted, after changes that were undone as after others.
"""

from collections.abc import Collection, Iterable

from services.router.core.choice import Picked
from services.router.core.desk import only_for
from services.router.core.expected_wait import Wait, expected_wait
from services.router.core.line_up import LineUp, Look
from services.router.core.lines import Line, numbered, stands_apart
from services.router.core.pools import Choosers
from services.router.core.records import Agent, Contact
from services.router.core.rooms import ON_DUTY
from services.router.core.row import Waiting
from services.router.core.seats import Seat
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

    def note_record(self, contact: Contact) -> None:
        """The contact waits where it did, and its record is another."""
        if not self._stale:
            self._line_up.line_of(contact).doubt(contact.id)

    def note_agent(self, agent: Agent) -> None:
        """The agent, or what is on the agent's desk, is as the records say."""
        if not self._stale:
            self._stale = not self._staff.note(agent)

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
                self.note_agent(agent)

    # Who comes first

    def best_agent(self, contact: Contact) -> Picked | None:
        """Whom the queue's policy picks among those who may be offered the waiting contact now; None if nobody may."""
        line = self._line(contact)
        if line.choosers is None:
            return None
        if stands_apart(contact):
            return self._picked_apart(line, line.choosers, contact)
        first, runner_up = line.choosers.first_two()
        if not first:
            return None
        return Picked(first, runner_up, sum(line.serving(line.free)), sum(line.able(line.free)))

    def best_contact(self, agent: Agent) -> Contact | None:
        """Which of the waiting contacts that the agent may be offered now comes first; None if there is none."""
        if self._stale:
            self._work_out()
        seat = self._staff.seats.get(agent.id)
        if seat is None or seat.room <= ON_DUTY:
            return None
        look = self._line_up.look(seat.row.crew, seat.room)
        first = self._line_up.first(look)
        apart = self._line_up.with_apart()
        if not apart and not self._has_gains:
            return first.front if first is not None else None
        return self._best_of_all(look, first, apart, agent, seat)

    def apart(self) -> list[Contact]:
        """All waiting contacts that somebody is kept from."""
        if self._stale:
            self._work_out()
        lines = self._line_up.with_apart()
        return [self._tables.contacts[waiting[1]] for line in lines for waiting in line.those_apart()]

    def standing(self, contact: Contact) -> int:
        """Where the waiting contact stands now among all that waits in the tenant: the lower comes first."""
        line = self._line(contact)
        return self._line_up.number(line, contact) - (self._gain(contact.queue) if self._has_gains else 0)

    def standing_in_queue(self, contact: Contact) -> int:
        """Where the waiting contact stands in its queue, from 1."""
        if self._stale:
            self._work_out()
        return self._line_up.standing_in_queue(contact)

    # Who there is

    def able_on_duty(self, contact: Contact) -> int:
        """How many on duty are able to take the contact, now or when they have room."""
        return sum(self._line(contact).able(self._staff.rooms.on_duty))

    def is_anybody_free(self, contact: Contact) -> bool:
        """Whether anybody is able to take the contact now."""
        line = self._line(contact)
        return any(line.able(line.free))

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

    def _work_out(self) -> None:
        """Anew, as of the plan in force."""
        self._staff = Staff(self._tables)
        urgency = self._tables.urgency
        self._has_gains = bool(urgency.depth_ms or urgency.expected_wait_permille)
        self._line_up.work_out(self._staff)
        for agent in self._tables.agents.values():
            self._staff.note(agent)
        self._stale = False

    def _line(self, contact: Contact) -> Line:
        if self._stale:
            self._work_out()
        return self._line_up.line_of(contact)

    def _best_of_all(
        self, look: Look, first: Line | None, apart: list[Line], agent: Agent, seat: Seat
    ) -> Contact | None:
        """Who comes first in these lines and of those who stand apart in others."""
        best: Waiting | None = first.together.front if first is not None else None
        if self._has_gains:
            best = self._first_by_gains(look)
        for line in apart:
            if line.crews >> seat.row.crew & 1 and seat.room >> line.kind & 1:
                first_apart = self._first_apart(line, agent)
                best = first_apart if first_apart is not None and (best is None or first_apart < best) else best
        return self._tables.contacts[best[1]] if best else None

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
        others = sum(line.able(self._staff.rooms.on_duty))
        others -= sum(1 for agent_id in passed if self._staff.has_room(line.crews, 0, agent_id))
        if others:
            return passed
        return frozenset(each.agent for each in contact.passed_by if each.until_ms)

    def _picked_apart(self, line: Line, choosers: Choosers, contact: Contact) -> Picked | None:
        """As `best_agent`, of a contact that somebody is kept from."""
        kept = self._kept_from(line, contact)
        only = only_for(self._tables, contact)
        if only:
            may = only not in kept and self._staff.has_room(line.crews, line.kind, only)
            return Picked(only, "", sum(line.serving(line.free)), 1) if may else None
        first, runner_up = choosers.first_two_but(kept)
        if not first:
            return None
        eligible = sum(line.able(line.free)) - sum(
            1 for each in kept if self._staff.has_room(line.crews, line.kind, each)
        )
        return Picked(first, runner_up, sum(line.serving(line.free)), eligible)

    def _gain(self, queue_id: str) -> int:
        """What all that wait in the queue gain on others now, in numbers."""
        queue = self._tables.queues.get(queue_id)
        serving = self._staff.numbers(self._staff.crews.serving(queue, ())) if queue else ()
        on_duty = sum(self._staff.rooms.on_duty[crew] for crew in serving)
        return numbered(bonus_ms(self._tables, queue_id, on_duty), 0)
