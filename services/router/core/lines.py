"""Contacts that wait, in lines: those of one line ask for the same, so whoever may take one of them may take each.

Except for the few that somebody is kept from (they declined it, it is held for another): these stand apart in each
line. A line may hold more than waits, never less; who has left is dropped when they come up.

A contact's number in line is made of its place and of how many were accepted before it: no two are the same. The
numbers at the front of each line are in one list, `fronts`, so that the lowest of many is found by `min`.
"""

from bisect import insort
from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

from services.plan.compiled import Channel, SkillLevel
from services.router.core.pools import NEVER, Choosers, looking_at
from services.router.core.records import Contact, Errand
from services.router.core.row import Row, Waiting

SWEEP_AT = 64
# Above the number of contacts that are ever accepted.
PLACE_SHIFT = 40


class Asked(NamedTuple):
    """What the contacts of a line ask for."""

    queue: str
    company: str
    channel: Channel
    skills: tuple[SkillLevel, ...]
    groups: tuple[str, ...]


def asked_by(errand: Errand) -> Asked:
    return Asked(errand.queue, errand.company, errand.channel, errand.skills, errand.groups)


def stands_apart(contact: Contact) -> bool:
    """Whether some who are able to take it may not."""
    course = contact.course
    return bool(course.passed_by or course.held_until_ms or course.preferred_until_ms)


def numbered(place_ms: int, order: int) -> int:
    """A contact's number in line."""
    return (place_ms << PLACE_SHIFT) + order


# Of a line, who stands at a place in it, together or apart; None where it is not the place of who waits any more.
WhoStands = Callable[["Line", Waiting, bool], Contact | None]


class Line:
    """One line. `number(line, contact)`: the contact's number in it. `who_stands` holds it against the tables."""

    __slots__ = (
        "_fronts",
        "_sweep_at",
        "_who_stands",
        "able",
        "apart",
        "asked",
        "choosers",
        "crews",
        "free",
        "front",
        "kind",
        "later_ms",
        "number",
        "serving",
        "together",
    )

    def __init__(
        self, fronts: list[int], asked: Asked, number: Callable[["Line", Contact], int], who_stands: WhoStands
    ) -> None:
        self.number = len(fronts)
        fronts.append(NEVER)
        self.asked = asked
        self.together = Row(partial(number, self))
        self.apart: list[Waiting] = []
        self.kind = 0
        self.close()
        self._fronts = fronts
        self._who_stands = who_stands
        self._sweep_at = SWEEP_AT
        # Who stands at the front of those together, if that was found to be right and nothing was heard of them since.
        self.front: Contact | None = None

    def close(self) -> None:
        """Nobody may take what waits in it, as long as nothing else is said."""
        # As of the plan in force: the crews who may take what waits, as a mask; how many of each crew have room for it;
        # what looks at the numbers of these crews, and of all that serve its queue; what its places are later than
        # arrivals; where it finds agents.
        self.crews = 0
        self.free: list[int] = []
        self.able = self.serving = looking_at(())
        self.later_ms = 0
        self.choosers: Choosers | None = None

    def add(self, number: int, contact: Contact, *, apart: bool) -> None:
        """Somebody waits, perhaps anew."""
        self.doubt(contact.id)
        if apart:
            waiting = (number, contact.id)
            if waiting not in self.apart:
                insort(self.apart, waiting)
            return
        self.together.add(number, contact)
        if number < self._fronts[self.number]:
            self._fronts[self.number] = number
            self.front = None
        if len(self.together) >= self._sweep_at:
            self._sweep()

    def leave(self, contact_id: str) -> None:
        """The contact does not wait any more. Only the front has to be put right."""
        front = self.together.front
        if front is not None and front[1] == contact_id:
            self.together.take_front()
            self.front = None
            self.first()

    def doubt(self, contact_id: str) -> None:
        """The contact is not as it was."""
        if self.front is not None and self.front.id == contact_id:
            self.front = None

    def first(self) -> Contact | None:
        """Who comes first of those who stand together.

        Of a hundred thousand who wait few are in the processor's cache, so none of them is looked at twice.
        """
        if self.front is not None:
            return self.front
        while (first := self.together.front) is not None:
            self.front = self._who_stands(self, first, False)
            if self.front is not None:
                self._fronts[self.number] = first[0]
                return self.front
            self.together.take_front()
        self._fronts[self.number] = NEVER
        return None

    def those_apart(self) -> Iterator[Waiting]:
        """Those who stand apart, in order."""
        for waiting in tuple(self.apart):
            if self._who_stands(self, waiting, True):
                yield waiting
            else:
                self.apart.remove(waiting)

    def ids(self) -> list[str]:
        """The ids of all who wait in it, and perhaps of others, in no order; an id may be there twice."""
        return [*self.together.ids(), *[contact_id for _, contact_id in self.apart]]

    def clear(self) -> None:
        """Nobody waits."""
        self.together.clear()
        self.apart, self.front = [], None
        self._fronts[self.number] = NEVER

    def _sweep(self) -> None:
        """Drop who has left and was never looked at, each time that the line has doubled."""
        self.together.keep(self._is_so_together)
        front = self.together.front
        self._fronts[self.number] = front[0] if front is not None else NEVER
        self._sweep_at = max(SWEEP_AT, 2 * len(self.together))

    def _is_so_together(self, waiting: Waiting) -> bool:
        return self._who_stands(self, waiting, False) is not None
