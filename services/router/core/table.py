"""Tables whose changes can be taken back: what lets the router speculate and then return to what is certain.

Nothing may go by the order of a table's rows: taking a change back can put a row in another place.
"""

from typing import Any, Generic, TypeAlias, TypeVar

K = TypeVar("K")
V = TypeVar("V")

_MISSING: Any = object()
# What changes a table without its journal.
_put, _remove = dict.__setitem__, dict.__delitem__

# A table's rows, a key, and what stood there before.
Undone: TypeAlias = list[tuple[dict[Any, Any], Any, Any]]


class Journal:
    """What tables held before they were changed, since the oldest open savepoint."""

    __slots__ = ("_dropped", "_next_mark", "entries", "marks")

    def __init__(self) -> None:
        # Read by the tables themselves at each change: they are these two for ever.
        self.entries: Undone = []
        self.marks: dict[int, int] = {}
        self._dropped = 0
        self._next_mark = 0

    def savepoint(self) -> int:
        """A mark for the present; it stays open until it is rolled back to or forgotten."""
        mark = self._next_mark
        self._next_mark += 1
        self.marks[mark] = self._dropped + len(self.entries)
        return mark

    def rollback(self, mark: int) -> Undone:
        """Undo all since the mark; it and all later ones are closed. Raises KeyError for a mark that is not open.

        Returns what was undone, the newest first.
        """
        start = self.marks[mark] - self._dropped
        undone = self.entries[start:][::-1]
        del self.entries[start:]
        for rows, key, before in undone:
            if before is _MISSING:
                _remove(rows, key)
            else:
                _put(rows, key, before)
        for later in [other for other in self.marks if other >= mark]:
            del self.marks[later]
        return undone

    def forget(self, mark: int) -> None:
        """Close the mark and keep the changes; others stay open. Raises KeyError for a mark that is not open."""
        del self.marks[mark]
        gone = min(self.marks.values()) - self._dropped if self.marks else len(self.entries)
        del self.entries[:gone]
        self._dropped += gone


class Table(dict[K, V]):
    """Rows by key, read as from any dict; every change goes through the journal, and only by what stands here."""

    __slots__ = ("_entries", "_marks")

    def __init__(self, journal: Journal) -> None:
        super().__init__()
        self._entries, self._marks = journal.entries, journal.marks

    def __setitem__(self, key: K, value: V) -> None:
        if self._marks:
            self._entries.append((self, key, self.get(key, _MISSING)))
        _put(self, key, value)

    def __delitem__(self, key: K) -> None:
        before = self[key]
        if self._marks:
            self._entries.append((self, key, before))
        _remove(self, key)

    def keys_among(self, undone: Undone) -> dict[K, None]:
        """The keys of this table among what was undone."""
        return {key: None for table, key, _ in undone if table is self}

    def drop(self, key: K) -> None:
        """Remove the row if it is there."""
        if key in self:
            del self[key]

    def replace_all(self, rows: dict[K, V]) -> None:
        """Hold these rows and no others."""
        for key in list(self):
            if key not in rows:
                del self[key]
        for key, value in rows.items():
            self[key] = value


class Line(Generic[V]):
    """Rows in the order they came, the oldest first; one in the middle can be taken out by its number."""

    __slots__ = ("_ends", "rows")

    def __init__(self, journal: Journal) -> None:
        self.rows: Table[int, V] = Table(journal)
        self._ends: Table[str, int] = Table(journal)

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def next_number(self) -> int:
        return self._ends.get("next") or 0

    def add(self, value: V) -> int:
        """Put it at the end; its number."""
        number = self.next_number
        self.rows[number] = value
        self._ends["next"] = number + 1
        return number

    def oldest(self) -> V | None:
        return self.rows.get(self._first)

    def remove_oldest(self) -> None:
        self.remove(self._first)

    def remove(self, number: int) -> None:
        rows, first, end = self.rows, self._first, self.next_number
        del rows[number]
        if number != first:
            return
        while first < end and first not in rows:
            first += 1
        self._ends["first"] = first

    def restore(self, rows: dict[int, V], next_number: int) -> None:
        """Be as a snapshot says."""
        self.rows.replace_all(rows)
        self._ends["next"] = next_number
        self._ends["first"] = min(rows, default=next_number)

    @property
    def _first(self) -> int:
        return self._ends.get("first") or 0
