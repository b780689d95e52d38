"""All lines of a tenant: who waits in which, and who comes first of those whom a crew serves."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from services.router.core.lines import Asked, Line, Waiting, asked_by, numbered, stands_apart
from services.router.core.pools import NEVER, looking_at
from services.router.core.records import Contact
from services.router.core.staff import Staff
from services.router.core.tables import Tables


class Look(NamedTuple):
    """The lines of one kind of room that a crew serves, and what looks at the fronts of all of them at once."""

    kind: int
    lines: list[int]
    numbers: Callable[[Sequence[int]], tuple[int, ...]]


class FrontsWrong(Exception):
    """A line tells another front than it has: a bug, by which a router would stand still."""


class LineUp:
    """Lines are there for ever, and keep their numbers; who may take what waits in them changes with the plan."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self.lines: list[Line] = []
        self._line_of: dict[Asked, Line] = {}
        self._fronts: list[int] = []
        self._begin_anew(None)

    def line_of(self, contact: Contact) -> Line:
        """The line that such a contact waits in; a new one is linked if there is a staff."""
        asked = asked_by(contact)
        line = self._line_of.get(asked)
        if line is None:
            line = Line(self._fronts, asked, self._is_so)
            self._line_of[asked] = line
            self.lines.append(line)
            if self._staff is not None:
                self._link(line, self._staff)
        return line

    def work_out(self, staff: Staff) -> None:
        """Link all lines with the staff of a new plan, and let all wait anew who wait."""
        self._begin_anew(staff)
        for line in self.lines:
            line.clear()
            self._link(line, staff)
        for contact_id, number in self._tables.waiting.items():
            self.note(self._tables.contacts[contact_id], number)

    def note(self, contact: Contact, number: int) -> None:
        """The contact waits in the line of that number, perhaps anew."""
        line = self.lines[number]
        line.add((self.number(line, contact), contact.id), apart=stands_apart(contact))
        if line.apart:
            self._with_apart[number] = None

    def doubt_all(self) -> None:
        """Any contact may be as it was before."""
        for line in self.lines:
            line.doubt_all()

    def number(self, line: Line, contact: Contact) -> int:
        """The contact's number in the line: the lower comes first."""
        priority_ms, value_ms = self._points
        place_ms = contact.arrived_at_ms + line.later_ms - contact.priority * priority_ms - contact.value * value_ms
        return numbered(place_ms, contact.order)

    def looks(self, crew: int) -> list[Look]:
        """Where the crew's work is found."""
        looks = self._looks[crew]
        if looks is None:
            served = enumerate(by_crew[crew] for by_crew in self._lines_of)
            looks = self._looks[crew] = [Look(kind, lines, looking_at(lines)) for kind, lines in served if lines]
        return looks

    def first(self, look: Look) -> Waiting | None:
        """Who comes first in these lines, of those who stand together. Raises FrontsWrong rather than look for ever."""
        # Each line that is asked tells its front right, so none is asked in vain twice.
        for _ in range(len(look.lines) + 1):
            numbers = look.numbers(self._fronts)
            least = min(numbers)
            if least == NEVER:
                return None
            first = self.lines[look.lines[numbers.index(least)]].first()
            if first is not None and first[0] == least:
                return first
        raise FrontsWrong(f"of the lines {look.lines} one gives out somebody else than it tells")

    def firsts(self, look: Look) -> Iterator[tuple[Line, Waiting]]:
        """Who comes first in each of these lines, of those who stand together."""
        for number in look.lines:
            first = self.lines[number].first()
            if first is not None:
                yield self.lines[number], first

    def with_apart(self) -> Iterator[Line]:
        """The lines in which somebody may stand apart."""
        for number in tuple(self._with_apart):
            if self.lines[number].apart:
                yield self.lines[number]
            else:
                del self._with_apart[number]

    def _begin_anew(self, staff: Staff | None) -> None:
        self._staff = staff
        crews, kinds = (len(staff.crews), len(staff.rooms.kinds)) if staff else (0, 0)
        # By kind of room and crew: lines that it serves. By crew: what looks at their fronts, made when asked for.
        self._lines_of: list[list[list[int]]] = [[[] for _ in range(crews)] for _ in range(kinds)]
        self._looks: list[list[Look] | None] = [None] * crews
        self._with_apart: dict[int, None] = {}
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
        line.serving = looking_at(staff.numbers(staff.crews.serving(queue, asked.groups)))
        units, _ = staff.rooms.kinds[line.kind]
        line.crews = staff.crews.able(queue, asked.groups, asked.company, asked.skills, units)
        line.able = looking_at(staff.numbers(line.crews))
        for crew in staff.numbers(line.crews):
            self._lines_of[line.kind][crew].append(line.number)
            self._looks[crew] = None
        line.choosers = staff.choosers(line.crews, line.kind, asked, queue)

    def _is_so(self, line: Line, waiting: Waiting, apart: bool) -> bool:
        if self._tables.waiting.get(waiting[1]) != line.number:
            return False
        contact = self._tables.contacts[waiting[1]]
        return stands_apart(contact) is apart and self.number(line, contact) == waiting[0]
