"""What `switchroom plan diff` says of two plans."""

import json
from collections.abc import Iterator
from dataclasses import asdict

from services.plan.difference import Change, Difference, PartChange

ONE_OF = {
    "companies": "company",
    "sites": "site",
    "menus": "menu",
    "queues": "queue",
    "entry_points": "entry point",
    "agents": "agent",
    "skills": "skill",
    "groups": "group",
    "away_reasons": "away reason",
}


def as_text(difference: Difference) -> str:
    """A line for each part, and for each of its keys; then what it means for contacts in flight."""
    if not difference.changes:
        return "no difference"
    told = [line for change in difference.changes for line in _lines(change)]
    flight = [f"in flight: {sentence}" for sentence in difference.in_flight]
    return "\n".join([*told, *flight])


def as_json(difference: Difference) -> str:
    """One object: changes, in_flight."""
    return json.dumps(asdict(difference), ensure_ascii=False)


def _lines(change: PartChange) -> Iterator[str]:
    name = " ".join(filter(None, (ONE_OF.get(change.section, change.section.replace("_", " ")), change.id)))
    match change.change:
        case Change.CHANGED:
            yield f"{name} changed"
            yield from (f"  {each.key}: {each.before} → {each.after}" for each in change.keys)
        case Change.MOVED:
            yield f"{name} moved: {change.words}"
        case _:
            yield f"{name} {change.change}"
