"""What is not as it was in one part of a plan: each key that changed, before and after, in words."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from itertools import zip_longest
from typing import Any

from pydantic import BaseModel

from services.plan.caller_model import CallerPart
from services.plan.route_model import StepPart
from services.plan.step_words import step_words

NOTHING = "nothing"
# Who is on a list, and whom a rule names, stays in the file.
PRIVATE_SECTION, PRIVATE_KEY = "caller_lists", "exact"


@dataclass(frozen=True, slots=True)
class KeyChange:
    """A key of the part, and its value before and after, in words."""

    key: str
    before: str
    after: str


def key_changes(section: str, old: Any, new: Any) -> tuple[KeyChange, ...]:
    """The keys below a part of that section that changed, each by itself."""
    if section == PRIVATE_SECTION:
        return tuple(_private(old, new))
    return tuple(_changes("", old, new))


def _changes(key: str, old: Any, new: Any) -> Iterator[KeyChange]:
    if old == new:
        return
    if key.endswith(PRIVATE_KEY):
        yield KeyChange(key, _count(old), _count(new, old))
    elif isinstance(old, StepPart | tuple) or isinstance(new, StepPart | tuple):
        yield from _entries(key, old, new)
    elif _has_keys(old) and _has_keys(new):
        yield from _of_mappings(key, _mapping(old), _mapping(new))
    else:
        yield KeyChange(key or "value", _words(old), _words(new))


def _of_mappings(key: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[KeyChange]:
    for name in [*old, *(each for each in new if each not in old)]:
        yield from _changes(f"{key}.{name}" if key else str(name), old.get(name), new.get(name))


def _entries(key: str, old: Any, new: Any) -> Iterator[KeyChange]:
    """Lists: of parts each by its place, of other things as a whole."""
    before, after = old or (), new or ()
    if not any(isinstance(each, BaseModel) for each in (*before, *after)):
        yield KeyChange(key, _words(before), _words(after))
        return
    above, _, name = key.rpartition(".")
    singular = f"{above}.{SINGULARS.get(name, name)}".removeprefix(".") or "entry"
    for was_at, now_at in _pairs(before, after):
        was, now = (None if at is None else each[at] for each, at in ((before, was_at), (after, now_at)))
        where = f"{singular} {_number(was_at, now_at)}"
        if was is None or now is None or isinstance(was, StepPart):
            yield KeyChange(where, _words(was), _words(now))
        else:
            yield from _changes(where, was, now)


def _number(was_at: int | None, now_at: int | None) -> int:
    """Counted from 1: where it was, or is if it is new."""
    return (was_at if was_at is not None else now_at or 0) + 1


def _pairs(before: tuple[Any, ...], after: tuple[Any, ...]) -> Iterator[tuple[int | None, int | None]]:
    """The places of what is not in both: what one became, or None where it is new or gone."""
    matcher = SequenceMatcher(None, [repr(each) for each in before], [repr(each) for each in after], autojunk=False)
    for what, from_a, to_a, from_b, to_b in matcher.get_opcodes():
        if what != "equal":
            yield from zip_longest(range(from_a, to_a), range(from_b, to_b))


SINGULARS = {"steps": "step", "addresses": "address", "choices": "choice", "dispositions": "disposition"}


def _has_keys(value: Any) -> bool:
    return isinstance(value, BaseModel | Mapping)


def _mapping(value: Any) -> Mapping[str, Any]:
    if isinstance(value, BaseModel):
        return {name: getattr(value, name) for name in type(value).model_fields}
    return {str(name): each for name, each in value.items()}


def _private(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[KeyChange]:
    for name in [*old, *(each for each in new if each not in old)]:
        if old.get(name) != new.get(name):
            yield KeyChange(name, _count(old.get(name)), _count(new.get(name), old.get(name)))


def _count(callers: Any, before: Any = None) -> str:
    if callers is None:
        return NOTHING
    others = before is not None and len(callers) == len(before)
    return f"{len(callers)} {'other ' if others else ''}caller{'' if len(callers) == 1 else 's'}"


def _words(value: Any) -> str:
    if value is None or value in ((), "", {}):
        return NOTHING
    if isinstance(value, StepPart):
        return step_words(value)
    if isinstance(value, CallerPart):
        return _caller(value)
    if _has_keys(value):
        said = {name: each for name, each in _mapping(value).items() if each not in ((), "", {}, None)}
        return ", ".join(f"{name} {_words(each)}" for name, each in said.items())
    if isinstance(value, tuple | list):
        return ", ".join(map(_words, value))
    return _plain(value)


def _caller(caller: CallerPart) -> str:
    said = {name: each for name, each in _mapping(caller).items() if each}
    return ", ".join(f"{name} {_count(each) if name == PRIVATE_KEY else _words(each)}" for name, each in said.items())


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value.value if isinstance(value, StrEnum) else str(value)
