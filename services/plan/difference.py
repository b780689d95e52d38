"""What another plan changes: for contacts, for agents, and for the contacts in flight when it is put in force."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from services.plan.in_flight import touched
from services.plan.model import PlanModel
from services.plan.part_differences import KeyChange, key_changes


class Change(StrEnum):
    """What happened to a part of the plan."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    MOVED = "moved"


@dataclass(frozen=True, slots=True)
class PartChange:
    """One part that is not as it was. Section and id are the file's ("" of a part that there is one of)."""

    section: str
    id: str
    change: Change
    keys: tuple[KeyChange, ...] = ()
    words: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """All that is not as it was, and what it means for the contacts in flight, in words."""

    changes: tuple[PartChange, ...]
    in_flight: tuple[str, ...]


LISTED = ("companies", "hours", "sites", "menus", "queues", "entry_points", "agents")
NAMED = ("skills", "groups", "away_reasons")
SINGLE = ("tenant", "time_zone", "channels", "caller_lists", "customer_values", "urgency", "default")


def compare(old: PlanModel, new: PlanModel) -> Difference:
    """What the new plan changes; two plans without defects. Never says who is on a list."""
    changes = [*_single(old, new), *_names(old, new)]
    for section in LISTED:
        changes += _listed(section, old, new)
    return Difference((*changes, *_moved(old, new)), tuple(touched(old, new)))


def _single(old: PlanModel, new: PlanModel) -> Iterator[PartChange]:
    for section in SINGLE:
        keys = key_changes(section, getattr(old, section), getattr(new, section))
        if keys:
            yield PartChange(section, "", Change.CHANGED, keys)


def _names(old: PlanModel, new: PlanModel) -> Iterator[PartChange]:
    for section in NAMED:
        before, after = getattr(old, section), getattr(new, section)
        yield from (PartChange(section, name, Change.REMOVED) for name in before if name not in after)
        yield from (PartChange(section, name, Change.ADDED) for name in after if name not in before)


def _listed(section: str, old: PlanModel, new: PlanModel) -> Iterator[PartChange]:
    before = {part.id: part for part in getattr(old, section)}
    after = {part.id: part for part in getattr(new, section)}
    yield from (PartChange(section, name, Change.REMOVED) for name in before if name not in after)
    yield from (PartChange(section, name, Change.ADDED) for name in after if name not in before)
    for name, part in after.items():
        keys = key_changes(section, before[name], part) if name in before else ()
        if keys:
            yield PartChange(section, name, Change.CHANGED, keys)


def _moved(old: PlanModel, new: PlanModel) -> Iterator[PartChange]:
    """Entry points that have another place among the others: as few as tell the new order."""
    before, after = _common(old, new), _common(new, old)
    blocks = SequenceMatcher(None, before, after, autojunk=False).get_matching_blocks()
    stayed = {name for block in blocks for name in after[block.b : block.b + block.size]}
    for place, name in enumerate(after):
        if name not in stayed:
            follows = f"after {after[place - 1]}" if place else "the first of all"
            yield PartChange("entry_points", name, Change.MOVED, words=f"now {follows}")


def _common(plan: PlanModel, other: PlanModel) -> list[str]:
    others = {entry.id for entry in other.entry_points}
    return [entry.id for entry in plan.entry_points if entry.id in others]
