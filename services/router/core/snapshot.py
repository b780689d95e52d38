"""A tenant's state as bytes and back: canonical, so that equal states have equal bytes and one hash.

What is derived is not in it but worked out again.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from enum import StrEnum
from functools import cache
from hashlib import sha256
from types import UnionType
from typing import Any, get_args, get_origin

from services.plan.compiled import Plan
from services.router.core.commands import Outcome
from services.router.core.keep import put_agent, put_contact
from services.router.core.record import written
from services.router.core.records import Agent, Contact, QueueFigures, Remembered
from services.router.core.state import TenantState
from services.router.core.table import Line, Table

FORMAT = 3


class UnreadableSnapshot(Exception):
    """The bytes are no snapshot, or one of a version that this one cannot read."""


@dataclass(frozen=True, slots=True)
class LineImage:
    """The rows of a line by their numbers, and the number of the next one."""

    rows: tuple[tuple[int, Remembered], ...]
    next_number: int


@dataclass(frozen=True, slots=True)
class Image:
    """What a snapshot is made of, field by field."""

    format: int
    tenant: str
    plan: Plan | None
    contacts: tuple[Contact, ...]
    agents: tuple[Agent, ...]
    tombstones: tuple[tuple[str, int], ...]
    ended: LineImage
    answers: tuple[tuple[str, Outcome], ...]
    answered: LineImage
    seen: tuple[tuple[str, str], ...]
    seen_of: tuple[tuple[str, tuple[str, ...]], ...]
    strays: LineImage
    counts: tuple[tuple[str, int], ...]
    figures: tuple[tuple[str, QueueFigures], ...]


def snapshot(state: TenantState) -> bytes:
    """Canonical JSON of all that the state holds."""
    image = Image(
        format=FORMAT,
        tenant=state.tenant,
        plan=state.plan,
        contacts=_values(state.contacts),
        agents=_values(state.agents),
        tombstones=_rows(state.tombstones),
        ended=_line(state.ended),
        answers=_rows(state.answers),
        answered=_line(state.answered),
        seen=_rows(state.seen),
        seen_of=_rows(state.seen_of),
        strays=_line(state.strays),
        counts=_rows(state.counts),
        figures=_rows(state.figures),
    )
    return json.dumps(image, default=as_fields, sort_keys=True, separators=(",", ":")).encode()


def state_hash(state: TenantState) -> str:
    """SHA-256 of the snapshot, in hex."""
    return sha256(snapshot(state)).hexdigest()


def restore(content: bytes) -> TenantState:
    """The state that a snapshot was made of. Raises UnreadableSnapshot."""
    image = _read_image(content)
    state = TenantState(image.tenant)
    if image.plan is not None:
        state.put_plan(image.plan)
    for contact in image.contacts:
        put_contact(state, contact)
    for agent in image.agents:
        put_agent(state, agent)
    for line, kept in (
        (state.ended, image.ended),
        (state.answered, image.answered),
        (state.strays, image.strays),
    ):
        line.restore(dict(kept.rows), kept.next_number)
    state.tombstones.replace_all(dict(image.tombstones))
    state.answers.replace_all(dict(image.answers))
    state.seen.replace_all(dict(image.seen))
    state.seen_of.replace_all(dict(image.seen_of))
    state.counts.replace_all(dict(image.counts))
    state.figures.replace_all(dict(image.figures))
    return state


def _read_image(content: bytes) -> Image:
    try:
        plain = json.loads(content)
        if plain["format"] != FORMAT:
            raise UnreadableSnapshot(f"Its format is {plain['format']}; this version reads {FORMAT}.")
        image: Image = reader(Image)(plain)
    except (KeyError, TypeError, ValueError) as defect:
        raise UnreadableSnapshot(f"The bytes are no snapshot ({defect!r}); take an older one.") from defect
    return image


def _values(table: Table[str, Any]) -> tuple[Any, ...]:
    return tuple(table[key] for key in sorted(table))


def _rows(table: Table[Any, Any]) -> tuple[tuple[Any, Any], ...]:
    return tuple((key, table[key]) for key in sorted(table))


def _line(line: Line[Remembered]) -> LineImage:
    return LineImage(_rows(line.rows), line.next_number)


def as_fields(record: Any) -> dict[str, Any]:
    """What JSON has no form of its own for: a record, as its fields by name. Raises TypeError for anything else."""
    kind: Any = type(record)  # mypy does not take a type for hashable
    plain: dict[str, Any] = _writer(kind)(record)
    return plain


@cache
def _writer(kind: Any) -> Callable[[Any], dict[str, Any]]:
    values = ", ".join(f"{field.name!r}: record.{field.name}" for field in fields(kind))
    write_record: Callable[[Any], dict[str, Any]] = written("write_record", "record", [f"return {{{values}}}"], {})
    return write_record


@cache
def reader(hint: Any) -> Callable[[Any], Any]:
    """What makes a value of that type from plain JSON."""
    if is_dataclass(hint):
        return _record_reader(hint)
    if get_origin(hint) is tuple:
        return _tuple_reader(get_args(hint))
    if get_origin(hint) is UnionType:
        read = reader(get_args(hint)[0])
        return lambda plain: None if plain is None else read(plain)
    return hint if issubclass(hint, StrEnum) else _as_it_is


def _record_reader(kind: Any) -> Callable[[Any], Any]:
    """Written out for its fields: most are what JSON has made of them, and the others are read."""
    hints: dict[str, Any] = {field.name: field.type for field in fields(kind)}
    readers = {name: reader(hint) for name, hint in hints.items()}
    names: dict[str, Any] = {"kind": kind} | {f"read_{name}": read for name, read in readers.items()}
    plain = {name: f"plain[{name!r}]" for name in readers}
    values = (
        f"{name}={plain[name] if read is _as_it_is else f'read_{name}({plain[name]})'}"
        for name, read in readers.items()
    )
    read_record: Callable[[Any], Any] = written("read_record", "plain", [f"return kind({', '.join(values)})"], names)
    return read_record


def _tuple_reader(hints: tuple[Any, ...]) -> Callable[[Any], Any]:
    if hints[-1] is Ellipsis:
        read_each = reader(hints[0])
        return tuple if read_each is _as_it_is else lambda plain: tuple(map(read_each, plain))
    readers = tuple(reader(hint) for hint in hints)
    return lambda plain: tuple(read(each) for read, each in zip(readers, plain, strict=True))


def _as_it_is(plain: Any) -> Any:
    return plain
