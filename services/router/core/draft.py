"""What is being decided: events, each made true at once so that the next is decided from it, and what they set free."""

from dataclasses import dataclass, field

from services.router.core import limits
from services.router.core.apply import apply
from services.router.core.commands import Outcome, Refusal
from services.router.core.events import (
    AgentAttached,
    AgentDetached,
    ContactQueued,
    DeclineLapsed,
    Event,
    PlanActivated,
    Presence,
    PresenceChanged,
)
from services.router.core.invariants import check_event, check_touched
from services.router.core.state import ON_A_DESK, Contact, ContactStatus, TenantState


class Refused(Exception):
    """The command is not carried out; the outcome says why."""

    def __init__(self, refusal: Refusal, detail: str, what_to_do: str) -> None:
        super().__init__(detail)
        self.outcome = Outcome(refusal, detail, what_to_do)


@dataclass(slots=True)
class Changes:
    """What has to be matched again: dicts for sets that keep their order."""

    contacts: dict[str, None] = field(default_factory=dict)
    agents: dict[str, None] = field(default_factory=dict)
    # Somebody went off duty, so those who passed something on may have to take it after all.
    somebody_left: bool = False
    everything: bool = False


class Draft:
    """The events of one decision so far, applied to the state."""

    def __init__(self, state: TenantState, at_ms: int) -> None:
        self.state = state
        self.at_ms = at_ms
        self.events: list[Event] = []
        self.changes = Changes()
        # Matching stopped at the limit of events.
        self.unfinished = False

    def add(self, event: Event) -> None:
        """Decide the event. Raises Refused when the decision grows too large, InvariantBroken for a bug."""
        if len(self.events) >= limits.EVENTS_MAX:
            raise Refused(
                Refusal.TOO_MANY,
                f"This would take more than {limits.EVENTS_MAX} steps at once.",
                "Wait until fewer contacts are open, or change less at once.",
            )
        contact_id = getattr(event, "contact_id", "")
        before = self.state.contacts.get(contact_id)
        check_event(self.state, event)
        apply(self.state, event, self.at_ms)
        check_touched(self.state, event)
        self.events.append(event)
        self._note(event, before, self.state.contacts.get(contact_id))

    def take_changes(self) -> Changes:
        """What has to be matched since this was last asked."""
        changes, self.changes = self.changes, Changes()
        return changes

    def _note(self, event: Event, before: Contact | None, after: Contact | None) -> None:
        if before and before.status in ON_A_DESK and not (after and after.status in ON_A_DESK):
            self.changes.agents[before.agent] = None
        if after and after.status is ContactStatus.QUEUED and _waits_anew(event, before):
            self.changes.contacts[after.id] = None
        if isinstance(event, AgentAttached):
            self.changes.agents[event.agent] = None
        if isinstance(event, PresenceChanged) and event.presence is Presence.AVAILABLE:
            self.changes.agents[event.agent] = None
        elif isinstance(event, PresenceChanged | AgentDetached):
            self.changes.somebody_left = True
        if isinstance(event, PlanActivated):
            self.changes.everything = True


def _waits_anew(event: Event, before: Contact | None) -> bool:
    is_new = before is None or before.status is not ContactStatus.QUEUED
    return is_new or isinstance(event, ContactQueued | DeclineLapsed)
