"""Applies the steps of a route: what a waiting contact asks for from then on, and what its customer was told."""

from typing import assert_never

from services.router.core.events import ContactDiverted, CustomerTold, StepOpened, StepTaken
from services.router.core.keep import put_contact
from services.router.core.record import changed
from services.router.core.state import TenantState

StepEvent = StepTaken | StepOpened | CustomerTold | ContactDiverted


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
            put_contact(state, changed(contact, told_at_ms=at_ms))
        case ContactDiverted():
            pass  # its end follows
        case _:
            assert_never(event)
