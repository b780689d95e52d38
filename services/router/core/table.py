"""Tables whose changes can be taken back: what lets the router speculate and then return to what is certain.

Nothing may go by the order of a table's rows: taking a change back can put a row in another place.
"""

from collections.abc import ItemsView, Iterator, Mapping, ValuesView
from typing import Any, Generic, TypeAlias, TypeVar

K = TypeVar("K")
V = TypeVar("V")

_MISSING: Any = object()

# A table's rows, a key, and what stood there before.
Undone: TypeAlias = list[tuple[dict[Any, Any], Any, Any]]


class Journal:
    """What tables held before they were changed, since the oldest open savepoint."""

    __slots__ = ("_dropped", "_entries", "_marks", "_next_mark")

    def __init__(self) -> None:
        self._entries: Undone = []
        self._dropped = 0
        self._marks: dict[int, int] = {}
        self._next_mark = 0

    def savepoint(self) -> int:
        """A mark for the present; it stays open until it is rolled back to or forgotten."""
        mark = self._next_mark
        self._next_mark += 1
        self._marks[mark] = self._dropped + len(self._entries)
        return mark

    def rollback(self, mark: int) -> Undone:
        """Undo all since the mark; it and all later ones are closed. Raises KeyError for a mark that is not open.

        Returns what was undone, the newest first.
        """
        start = self._marks[mark] - self._dropped
        undone = self._entries[start:][::-1]
        del self._entries[start:]
        for rows, key, before in undone:
            if before is _MISSING:
                del rows[key]
            else:
                rows[key] = before
        self._marks = {other: place for other, place in self._marks.items() if other < mark}
        return undone

    def forget(self, mark: int) -> None:
        """Close the mark and keep the changes; others stay open. Raises KeyError for a mark that is not open."""
        del self._marks[mark]
        keep_from = min(self._marks.values(), default=self._dropped + len(self._entries))
        del self._entries[: keep_from - self._dropped]
        self._dropped = keep_from

    def note(self, rows: dict[Any, Any], key: Any) -> None:
        if self._marks:
            self._entries.append((rows, key, rows.get(key, _MISSING)))


class Table(Generic[K, V]):
    """Rows by key; every change goes through the journal."""

    __slots__ = ("_journal", "_rows")

    def __init__(self, journal: Journal) -> None:
        self._rows: dict[K, V] = {}
        self._journal = journal

    def __getitem__(self, key: K) -> V:
        return self._rows[key]

    def __setitem__(self, key: K, value: V) -> None:
        self._journal.note(self._rows, key)
        self._rows[key] = value

    def __delitem__(self, key: K) -> None:
        self._journal.note(self._rows, key)
        del self._rows[key]

    def __contains__(self, key: object) -> bool:
        return key in self._rows

    def __iter__(self) -> Iterator[K]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def rows(self) -> Mapping[K, V]:
        """The rows, to be read by whoever reads many."""
        return self._rows

    def get(self, key: K) -> V | None:
        return self._rows.get(key)

    def values(self) -> ValuesView[V]:
        return self._rows.values()

    def items(self) -> ItemsView[K, V]:
        return self._rows.items()

    def keys_among(self, undone: Undone) -> dict[K, None]:
        """The keys of this table among what was undone."""
        return {key: None for rows, key, _ in undone if rows is self._rows}

    def drop(self, key: K) -> None:
        """Remove the row if it is there."""
        if key in self._rows:
            del self[key]

    def replace_all(self, rows: dict[K, V]) -> None:
        """Hold these rows and no others."""
        for key in list(self._rows):
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
        del self.rows[number]
        first = self._first
        while first < self.next_number and first not in self.rows:
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
