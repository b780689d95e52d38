"""All lines of a tenant: who waits in which, and who comes first of those whom a crew serves."""

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from services.router.core.crews import bits
from services.router.core.lines import Asked, Line, asked_by, numbered, stands_apart
from services.router.core.pools import NEVER, Glance, looking_at
from services.router.core.record_of_parts import SHARED_MAX
from services.router.core.records import QUEUED, Contact, Errand
from services.router.core.row import Waiting
from services.router.core.staff import Staff
from services.router.core.tables import Tables


class Look(NamedTuple):
    """The lines that a crew serves with some room, and what looks at the fronts of all of them at once."""

    lines: list[Line]
    numbers: Glance


class FrontsWrong(Exception):
    """A line tells another front than it has: a bug, by which a router would stand still."""


class LineUp:
    """Lines are there for ever, and keep their numbers; who may take what waits in them changes with the plan."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self.lines: list[Line] = []
        self._line_of: dict[Asked, Line] = {}
        self._lines_in: defaultdict[str, list[Line]] = defaultdict(list)
        self._fronts: list[int] = []
        self._with_apart: dict[int, None] = {}
        # By where an errand is in memory: quicker than by what it asks for. The errand is kept, so that it stays there.
        self._line_known: dict[int, tuple[Errand, Line]] = {}
        self._begin_anew(None)

    def line_of(self, contact: Contact) -> Line:
        """The line that such a contact waits in; a new one is linked if there is a staff."""
        try:
            return self._line_known[id(contact.errand)][1]
        except KeyError:
            return self._line_found(contact.errand)

    def _line_found(self, errand: Errand) -> Line:
        if len(self._line_known) >= SHARED_MAX:
            self._line_known.clear()
        line = self._line_asked(errand)
        self._line_known[id(errand)] = errand, line
        return line

    def _line_asked(self, errand: Errand) -> Line:
        asked = asked_by(errand)
        line = self._line_of.get(asked)
        if line is None:
            line = Line(self._fronts, asked, self.number, self._who_stands)
            self._line_of[asked] = line
            self.lines.append(line)
            self._lines_in[asked.queue].append(line)
            if self._staff is not None:
                self._link(line, self._staff)
        return line

    def work_out(self, staff: Staff) -> None:
        """Link all lines with the staff of a new plan, and let all wait anew who wait."""
        self._begin_anew(staff)
        for line in self.lines:
            line.clear()
            self._link(line, staff)
        for contact in self._tables.contacts.values():
            if contact.status is QUEUED:
                self.note(None, contact)

    def note(self, stood: Contact | None, stands: Contact | None) -> None:
        """The contact waits as the one record says, perhaps anew, and waited as the other says, if at all."""
        line = self.line_of(stands) if stands is not None else None
        if stood is not None and (left := self.line_of(stood)) is not line:
            left.leave(stood.id)
        if stands is None or line is None:
            return
        line.add(self.number(line, stands), stands, apart=stands_apart(stands))
        if line.apart:
            self._with_apart[line.number] = None

    def standing_in_queue(self, asking: Contact) -> int:
        """Where the waiting contact stands among all who wait in its queue, from 1.

        Asked whenever somebody is told their place, so as few as can be are the steps for each who waits there. What a
        queue's places are later than arrivals is the same for all of them.
        """
        line_of_it, queue, contacts = self.line_of(asking), asking.errand.queue, self._tables.contacts
        mine, later_ms, (priority_ms, value_ms) = self.number(line_of_it, asking), line_of_it.later_ms, self._points
        lines = [line for line in self._lines_in[queue] if line.apart or len(line.together)]
        ids = dict.fromkeys([contact_id for line in lines for contact_id in line.ids()])
        standing = 0
        for contact in [contacts.get(contact_id) for contact_id in ids]:
            if contact is not None and contact.status is QUEUED and (errand := contact.errand).queue == queue:
                place_ms = contact.arrived_at_ms + later_ms - errand.priority * priority_ms - errand.value * value_ms
                standing += numbered(place_ms, contact.order) <= mine
        return standing

    def doubt_all(self) -> None:
        """Any contact may be as it was before."""
        for line in self.lines:
            line.front = None

    def number(self, line: Line, contact: Contact) -> int:
        """The contact's number in the line: the lower comes first."""
        priority_ms, value_ms = self._points
        errand = contact.errand
        place_ms = contact.arrived_at_ms + line.later_ms - errand.priority * priority_ms - errand.value * value_ms
        return numbered(place_ms, contact.order)

    def look(self, crew: int, room: int) -> Look:
        """Where work is found for who is of the crew and has that room."""
        look = self._looks[crew].get(room)
        if look is None:
            numbers = [number for kind in bits(room) for number in self._lines_of[kind][crew]]
            look = Look([self.lines[number] for number in numbers], looking_at(numbers))
            self._looks[crew][room] = look
        return look

    def first(self, look: Look) -> Line | None:
        """In which of these lines the one is at the front who comes first, of those who stand together.

        Raises FrontsWrong rather than look for ever.
        """
        # Each line that is asked tells its front right, so none is asked in vain twice.
        for _ in range(len(look.lines) + 1):
            numbers = look.numbers(self._fronts)
            least = min(numbers, default=NEVER)
            if least == NEVER:
                return None
            line = look.lines[numbers.index(least)]
            if line.front is not None or (line.first() is not None and self._fronts[line.number] == least):
                return line
        raise FrontsWrong(
            f"of the lines {[line.number for line in look.lines]} one tells a front that it does not have"
        )

    def firsts(self, look: Look) -> Iterator[tuple[Line, Waiting]]:
        """Who comes first in each of these lines, of those who stand together."""
        for line in look.lines:
            if line.first() is not None and line.together.front is not None:
                yield line, line.together.front

    def with_apart(self) -> list[Line]:
        """The lines in which somebody may stand apart."""
        if not self._with_apart:
            return []
        found = {number: self.lines[number] for number in self._with_apart if self.lines[number].apart}
        self._with_apart = dict.fromkeys(found)
        return list(found.values())

    def _begin_anew(self, staff: Staff | None) -> None:
        self._staff = staff
        crews, kinds = (len(staff.crews), len(staff.rooms.kinds)) if staff else (0, 0)
        # By kind of room and crew: lines that it serves. By crew and room: where work is found, made when asked for.
        self._lines_of: list[list[list[int]]] = [[[] for _ in range(crews)] for _ in range(kinds)]
        self._looks: list[dict[int, Look]] = [{} for _ in range(crews)]
        self._with_apart = {}
        urgency = self._tables.urgency
        self._points = (urgency.priority_ms, urgency.value_ms)

    def _link(self, line: Line, staff: Staff) -> None:
        """Find who may take what waits in the line."""
        asked = line.asked
        line.kind = staff.rooms.kind_of[asked.channel]
        queue = self._tables.queues.get(asked.queue)
        line.close()
        if queue is None:
            return
        line.later_ms = queue.service_level_ms if self._tables.urgency.by_deadline else 0
        line.free = staff.rooms.free[line.kind]
        line.serving = staff.looking_at(staff.crews.serving(queue, asked.groups))
        units, _ = staff.rooms.kinds[line.kind]
        line.crews = staff.crews.able(queue, asked.groups, asked.company, asked.skills, units)
        line.able = staff.looking_at(line.crews)
        for crew in staff.numbers(line.crews):
            self._lines_of[line.kind][crew].append(line.number)
            self._looks[crew].clear()
        line.choosers = staff.choosers(line.crews, line.kind, asked, queue) if line.crews else None

    def _who_stands(self, line: Line, waiting: Waiting, apart: bool) -> Contact | None:
        contact = self._tables.contacts.get(waiting[1])
        if contact is None or contact.status is not QUEUED:
            return None
        if contact is line.together.record and waiting is line.together.front:
            return None if apart else contact  # it is as it was when it came, and so is all that follows from it
        is_there = self.line_of(contact) is line and stands_apart(contact) is apart
        return contact if is_there and self.number(line, contact) == waiting[0] else None
