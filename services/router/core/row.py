"""Who stands in a line together, in the order of their numbers, in as little room as it takes.

Nearly all come in the order of their numbers. Of these only the record is kept, which is in the tables anyway: a number
follows from the record, and is worked out when it comes to the front. Only who comes with a lower number than somebody
before them is kept with it.
"""

from collections import deque
from collections.abc import Callable
from heapq import heapify, heappop, heappush

from services.router.core.records import Contact

# A contact's number and its id.
Waiting = tuple[int, str]


class Row:
    """May hold more than stands there, and records that are not as they were put in: whoever asks holds it against
    the tables. `number` is what a contact's record stands for in this line.
    """

    __slots__ = ("_between", "_in_turn", "_last", "_number", "front", "record")

    def __init__(self, number: Callable[[Contact], int]) -> None:
        self._number = number
        self._in_turn: deque[Contact] = deque()
        self._between: list[Waiting] = []
        self._last = 0
        # Who has the lowest number; the record that they came in turn with, if they did.
        self.front: Waiting | None = None
        self.record: Contact | None = None

    def __len__(self) -> int:
        return len(self._in_turn) + len(self._between)

    def add(self, number: int, contact: Contact) -> None:
        """The contact stands there too."""
        if self._in_turn and number <= self._last:
            heappush(self._between, (number, contact.id))
        else:
            self._in_turn.append(contact)
            self._last = number
        if self.front is None or number < self.front[0]:
            self._find_front()

    def take_front(self) -> None:
        """Whoever is at the front stands there no more."""
        if self._between and self._between[0] == self.front:
            heappop(self._between)
        else:
            self._in_turn.popleft()
        self._find_front()

    def keep(self, is_so: Callable[[Waiting], bool]) -> None:
        """Keep those of whom it is so, each once."""
        in_turn = [contact for contact in self._in_turn if is_so((self._number(contact), contact.id))]
        once = {contact.id: None for contact in in_turn}
        self._between = [each for each in dict.fromkeys(self._between) if each[1] not in once and is_so(each)]
        heapify(self._between)
        self._in_turn = deque(in_turn)
        self._find_front()

    def ids(self) -> list[str]:
        """The ids of all whom it holds, in no order; an id may be there twice."""
        return [*[contact.id for contact in self._in_turn], *[contact_id for _, contact_id in self._between]]

    def clear(self) -> None:
        """Nobody stands there."""
        self._in_turn, self._between = deque(), []
        self._find_front()

    def _find_front(self) -> None:
        self.front = self.record = None
        if self._in_turn:
            self.record = self._in_turn[0]
            self.front = self._number(self.record), self.record.id
        if self._between and (self.front is None or self._between[0] < self.front):
            self.front, self.record = self._between[0], None
