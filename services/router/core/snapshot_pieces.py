"""A snapshot in pieces: taken, hashed and restored a few rows at a time, so that whoever decides goes on meanwhile.

The pieces of a tenant, in order, are the canonical snapshot of `snapshot.py` cut between rows: joined they have its
hash. Generators here yield after each little piece of work; what they are given must not change until they are done,
which a copy of the tables sees to: records are never changed.
"""

import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, fields
from hashlib import sha256
from heapq import merge
from itertools import islice
from typing import Any, TypeVar

from services.router.core.keep import put_agent, put_contact
from services.router.core.snapshot import FORMAT, Image, LineImage, UnreadableSnapshot, as_fields, reader
from services.router.core.state import TenantState

T = TypeVar("T")

# Rows that are worked on between two pauses: some milliseconds at most.
ROWS_AT_ONCE = 16
# Keys that are sorted between two pauses.
KEYS_AT_ONCE = 4096
VALUES = ("agents", "contacts")
SCALARS = ("format", "plan", "tenant")
LINES = ("answered", "ended", "strays")
_HINTS: dict[str, Any] = {field.name: field.type for field in fields(Image)}
# In the order of canonical JSON.
NAMES = tuple(sorted(_HINTS))
_ROWS_OF_LINE: Any = next(field.type for field in fields(LineImage) if field.name == "rows")
_encoder = json.JSONEncoder(default=as_fields, sort_keys=True, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Piece:
    """Some rows of one field as JSON with commas between them; `next_number` is a line's."""

    tenant: str
    field: str
    rows: str
    next_number: int | None = None


@dataclass(frozen=True, slots=True)
class Copied:
    """A tenant's tables as they were at one moment."""

    tenant: str
    tables: dict[str, Any]
    next_numbers: dict[str, int]


def copied(state: TenantState) -> Copied:
    """Copy the tables, and not what stands in them: a few milliseconds for each hundred thousand rows."""
    scalars = {"format": FORMAT, "plan": state.plan, "tenant": state.tenant}
    lines = {name: getattr(state, name) for name in LINES}
    tables: dict[str, Any] = {name: dict(getattr(state, name)) for name in NAMES if name not in (*SCALARS, *LINES)}
    tables |= scalars | {name: dict(line.rows) for name, line in lines.items()}
    return Copied(state.tenant, tables, {name: line.next_number for name, line in lines.items()})


def pieces(tenant: Copied) -> Iterator[Piece | None]:
    """The tenant's pieces in order; None stands for a pause without one."""
    for name in NAMES:
        table = tenant.tables[name]
        if name in SCALARS:
            yield Piece(tenant.tenant, name, _encoder.encode(table))
            continue
        rows: list[Any] = []
        number = tenant.next_numbers.get(name)
        # The last piece of a field may be empty, and so says that the field is there.
        for key in _in_order(table):
            if key is None or len(rows) == ROWS_AT_ONCE:
                yield _piece(tenant.tenant, name, rows, number) if rows else None
                rows = []
            if key is not None:
                rows.append(table[key] if name in VALUES else (key, table[key]))
        yield _piece(tenant.tenant, name, rows, number)


class PiecesHash:
    """The hash of a tenant's state from its pieces: that of `state_hash`."""

    def __init__(self) -> None:
        self._hash = sha256()
        self._field = ""
        self._has_rows = False

    def add(self, piece: Piece) -> None:
        """Take in the next piece."""
        if piece.field != self._field:
            self._hash.update(f"{self._closing() or '{'}{_opening(piece)}".encode())
            self._field, self._has_rows = piece.field, False
        if piece.rows:
            self._hash.update(f"{',' if self._has_rows else ''}{piece.rows}".encode())
            self._has_rows = True

    def hexdigest(self) -> str:
        """Of all pieces up to now, which are all."""
        whole = self._hash.copy()
        whole.update(f"{self._closing().removesuffix(',')}}}".encode())
        return whole.hexdigest()

    def _closing(self) -> str:
        if self._field in LINES:
            return "]},"
        return "," if self._field in SCALARS else "]," if self._field else ""


class Restoring:
    """A tenant's state from its pieces: take them in, then go through `steps`."""

    def __init__(self, tenant: str) -> None:
        self.state = TenantState(tenant)
        self._rows: dict[str, list[Any]] = {name: [] for name in NAMES}
        self._next_numbers: dict[str, int] = {}

    def add(self, piece: Piece) -> None:
        """Read the rows of a piece. Raises UnreadableSnapshot."""
        try:
            plain = json.loads(f"[{piece.rows}]")
            self._rows[piece.field] += [*_read(piece.field, plain)]
            if piece.field in LINES:
                self._next_numbers[piece.field] = int(piece.next_number or 0)
        except (KeyError, TypeError, ValueError) as defect:
            raise UnreadableSnapshot(f"A piece of {piece.field} can't be read ({defect!r}).") from defect

    def steps(self) -> Iterator[None]:
        """Put everything in its place, some rows at a time. Raises UnreadableSnapshot."""
        self._check()
        if (plan := self._rows["plan"][0]) is not None:
            self.state.put_plan(plan)
        for some in _some(self._rows["contacts"]):
            for contact in some:
                put_contact(self.state, contact)
            yield
        for some in _some(self._rows["agents"]):
            for agent in some:
                put_agent(self.state, agent)
            yield
        for name in NAMES:
            if name not in (*SCALARS, *VALUES):
                yield from self._put_rows(name)

    def _check(self) -> None:
        if self._rows["format"] != [FORMAT] or self._rows["tenant"] != [self.state.tenant]:
            raise UnreadableSnapshot(f"Its format is {self._rows['format']}; this version reads {FORMAT}.")
        if len(self._rows["plan"]) != 1 or set(self._next_numbers) != set(LINES):
            raise UnreadableSnapshot("Pieces are missing.")

    def _put_rows(self, name: str) -> Iterator[None]:
        if name in LINES:
            getattr(self.state, name).restore(dict(self._rows[name]), self._next_numbers[name])
            yield
            return
        table = getattr(self.state, name)
        for some in _some(self._rows[name]):
            for key, value in some:
                table[key] = value
            yield


def comes_back(piece: Piece) -> bool:
    """Whether its rows, read and written again, are what they were. Raises UnreadableSnapshot."""
    try:
        rows = _read(piece.field, json.loads(f"[{piece.rows}]"))
    except (KeyError, TypeError, ValueError) as defect:
        raise UnreadableSnapshot(f"A piece of {piece.field} can't be read ({defect!r}).") from defect
    return _encoder.encode([*rows])[1:-1] == piece.rows


def _piece(tenant: str, name: str, rows: list[Any], next_number: int | None) -> Piece:
    return Piece(tenant, name, _encoder.encode(rows)[1:-1], next_number)


def _in_order(keys: Collection[Any]) -> Iterator[Any]:
    """The keys in order; None after each piece of sorting."""
    if len(keys) <= KEYS_AT_ONCE:
        yield from sorted(keys)
        return
    runs = []
    for some in _some(keys, KEYS_AT_ONCE):
        runs.append(sorted(some))
        yield None
    yield from merge(*runs)


def _some(rows: Iterable[T], at_once: int = ROWS_AT_ONCE) -> Iterator[list[T]]:
    going_on = iter(rows)
    while some := list(islice(going_on, at_once)):
        yield some


def _opening(piece: Piece) -> str:
    opening = "" if piece.field in SCALARS else "["
    if piece.field in LINES:
        opening = f'{{"next_number":{piece.next_number},"rows":['
    return f'"{piece.field}":{opening}'


def _read(name: str, plain: list[Any]) -> Iterable[Any]:
    if name in SCALARS:
        read = reader(_HINTS[name])
        return [read(each) for each in plain]
    rows: Iterable[Any] = reader(_ROWS_OF_LINE if name in LINES else _HINTS[name])(plain)
    return rows
