"""Applies what agents ask of one another: a consultation about a contact, and that the contact is handed over."""

from typing import assert_never

from services.router.core import limits
from services.router.core.apply_work import take_off_desk
from services.router.core.events import ConsultationOpened, ContactHandedOver
from services.router.core.figures import up_to
from services.router.core.keep import put_agent, put_contact
from services.router.core.record import changed
from services.router.core.records import Contact, Pass
from services.router.core.route import by_transfer
from services.router.core.state import TenantState
from services.router.core.tables import ACCEPTED

ConsultationEvent = ConsultationOpened | ContactHandedOver


def apply_consultation(state: TenantState, event: ConsultationEvent, at_ms: int) -> None:
    match event:
        case ConsultationOpened():
            _opened(state, event, at_ms)
        case ContactHandedOver():
            _handed_over(state, event, at_ms)
        case _:
            assert_never(event)


def _opened(state: TenantState, event: ConsultationOpened, at_ms: int) -> None:
    """It is known by the facts of its contact, but for the customer: theirs is the contact alone."""
    about = state.contacts[event.about]
    consultation = Contact(
        id=event.contact_id,
        company=event.company,
        channel=event.channel,
        direction=about.direction,
        dialed=about.dialed,
        caller_classes=about.caller_classes,
        customer="",
        ivr_path=about.ivr_path,
        language=about.language,
        attributes=about.attributes,
        arrived_at_ms=about.arrived_at_ms,
        previous_contact_id="",
        order=state.count(ACCEPTED),
        priority=about.priority,
        value=about.value,
        # Longer than any consultation waits: whoever asks is never the one who is asked.
        passed_by=(Pass(event.agent, at_ms + limits.ENDED_KEPT_MS),),
        about=about.id,
    )
    put_contact(state, consultation)
    put_contact(state, changed(about, consultation=consultation.id))


def _handed_over(state: TenantState, event: ContactHandedOver, at_ms: int) -> None:
    """It goes from desk to desk, and waits for nobody."""
    before = state.contacts[event.contact_id]
    after = changed(
        before,
        agent=event.to_agent,
        queue=event.queue,
        skills=event.skills,
        groups=(),
        entry_point=by_transfer(event.queue),
        steps_taken=(),
        steps_open=(),
        routed_at_ms=at_ms,
        accepted_at_ms=at_ms,
        offered_at_ms=at_ms,
        # Records of before have none.
        offer_id=event.offer_id or before.offer_id,
        why=None,
    )
    put_contact(state, after)
    take_off_desk(state, before, at_ms)
    agent = up_to(state, state.agents[event.to_agent], at_ms)
    put_agent(state, changed(agent, idle_since_ms=at_ms, items=(*agent.items, after.id)))
