"""What became of a contact in a routing test, held against what was expected of it."""

from collections.abc import Iterator
from dataclasses import dataclass

from services.cli.plan.cases_model import ExpectedPart
from services.cli.plan.onward_acts import called, colleagues_asked
from services.cli.plan.scene import Scene
from services.plan.compiled import Diversion
from services.plan.reason import reason
from services.router.core.events import ContactDiverted, CustomerTold, Event, PlaceKept, StepTaken

# Of these a part is expected.
IN_PART = ("why", "said")


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as expected: the key of the file, and both in words."""

    key: str
    expected: str
    found: str


def differences(scene: Scene, contact_id: str, expected: ExpectedPart) -> Iterator[Difference]:
    """All that is not as expected of the contact."""
    found = _found(scene, contact_id)
    for key in (name for name in ExpectedPart.model_fields if name in expected.model_fields_set):
        wanted, is_so = _words(getattr(expected, key)), found.get(key, "")
        if wanted.casefold() not in is_so.casefold() if key in IN_PART else wanted != is_so:
            yield Difference(key, wanted, is_so or found["state"])


def _found(scene: Scene, name: str) -> dict[str, str]:
    contact = scene.state.contacts.get(called(scene, name))
    if contact is None:
        return {"state": "there was no such contact", "why": ""}
    status, ours = str(contact.status), [each.event for each in scene.happened if _is_of(each.event, contact.id)]
    has_agent = status in {"offered", "active", "wrap_up"}
    found = {
        "agent": contact.agent if has_agent else "",
        "waits_in": contact.queue if status == "queued" else "",
        "ended": str(contact.outcome) if contact.outcome else "",
        "queue": contact.queue,
        "entry_point": contact.entry_point,
        "priority": str(contact.priority),
        "skills": _words({each.skill: each.level for each in contact.skills}),
        "asked": _words(colleagues_asked(scene, contact.id)),
        "why": reason(contact.agent, contact.why) if contact.why and has_agent else "",
    }
    return {**found, **_lived_through(ours), "state": _state(found, name)}


def _lived_through(events: list[Event]) -> dict[str, str]:
    before = [step for each in events if isinstance(each, PlaceKept) for step in each.steps_taken]
    taken = [each.step for each in events if isinstance(each, StepTaken)]
    diverted = [each for each in events if isinstance(each, ContactDiverted)]
    return {
        "steps": _words([each + 1 for each in (*before, *taken)]),
        "told": str(sum(isinstance(each, CustomerTold) for each in events)),
        "diverted": str(diverted[-1].to) if diverted else "",
        "said": diverted[-1].address if diverted and diverted[-1].to is Diversion.MESSAGE else "",
    }


def _is_of(event: Event, contact_id: str) -> bool:
    return getattr(event, "contact_id", "") == contact_id


def _state(found: dict[str, str], contact_id: str) -> str:
    if found["agent"]:
        return f"{contact_id} is with {found['agent']} ({found['why']})"
    if found["waits_in"]:
        return f"{contact_id} waits in {found['waits_in']}"
    return f"{contact_id} has ended: {found['ended']}" if found["ended"] else f"{contact_id} has not been queued"


def _words(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {level}" for name, level in sorted(value.items())) or "none"
    if isinstance(value, tuple | list):
        return ", ".join(map(str, value)) or "none"
    return str(value)
