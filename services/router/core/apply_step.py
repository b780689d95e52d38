"""Applies the steps of a route: what a waiting contact asks for from then on, what its customer was told, its place."""

from typing import assert_never

from services.router.core.events import ContactDiverted, CustomerTold, PlaceKept, StepOpened, StepTaken
from services.router.core.keep import put_contact, put_told
from services.router.core.record import changed
from services.router.core.records import Contact
from services.router.core.state import TenantState

StepEvent = StepTaken | StepOpened | CustomerTold | ContactDiverted | PlaceKept


def apply_step(state: TenantState, event: StepEvent, at_ms: int) -> None:
    contact = state.contacts[event.contact_id]
    match event:
        case StepTaken():
            taken = changed(
                contact,
                skills=event.skills,
                groups=event.groups,
                priority=event.priority,
                steps_taken=(*contact.steps_taken, event.step),
                steps_open=tuple(step for step in contact.steps_open if step != event.step),
            )
            put_contact(state, taken)
        case StepOpened():
            put_contact(state, changed(contact, steps_open=(*contact.steps_open, event.step)))
        case CustomerTold():
            put_told(state, changed(contact, told_at_ms=at_ms))
        case ContactDiverted():
            pass  # its end follows
        case PlaceKept():
            put_contact(state, _in_place(contact, event))
        case _:
            assert_never(event)


def _in_place(contact: Contact, event: PlaceKept) -> Contact:
    """It is queued next, by the same entry point, and so goes on where the other one was."""
    return changed(
        contact,
        keeps_place_of=event.place_of,
        arrived_at_ms=event.arrived_at_ms,
        entry_point=event.entry_point,
        routed_at_ms=event.routed_at_ms,
        groups=event.groups,
        steps_taken=event.steps_taken,
        steps_open=event.steps_open,
        told_at_ms=event.told_at_ms,
    )
