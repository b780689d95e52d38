"""What is being decided: events, each made true at once so that the next is decided from it, and what they set free."""

from dataclasses import dataclass, field

from services.router.core import limits
from services.router.core.apply import APPLY
from services.router.core.commands import Outcome, Refusal
from services.router.core.desk import is_interruptible
from services.router.core.events import (
    AgentAttached,
    AgentDetached,
    ContactQueued,
    DeclineLapsed,
    Event,
    OfferAccepted,
    OwnerChanged,
    PlanActivated,
    Presence,
    PresenceChanged,
    StepOpened,
    StepTaken,
)
from services.router.core.invariants import check_event, check_touched
from services.router.core.named import NAMED_BY
from services.router.core.records import NOTHING_HAPPENED, ON_A_DESK, QUEUED, Contact
from services.router.core.state import TenantState

# Events that concern every agent, and those by which agents come to be free, or to be missed.
_OF_ALL = frozenset((PlanActivated, OwnerChanged))
_OF_AGENTS = frozenset(
    (PlanActivated, OwnerChanged, OfferAccepted, AgentAttached, AgentDetached, PresenceChanged, StepOpened)
)
# The kinds by which a contact that waits begins to wait anew.
_ANEW = frozenset((ContactQueued, DeclineLapsed, StepTaken))


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

    @property
    def is_any(self) -> bool:
        return bool(self.contacts or self.agents or self.somebody_left or self.everything)

    @property
    def is_one(self) -> bool:
        """The usual change: one contact waits and nobody has come to be free, or one agent is free and that is all."""
        return len(self.contacts) + len(self.agents) == 1 and not (self.somebody_left or self.everything)


class Draft:
    """The events of one decision so far, applied to the state."""

    def __init__(self, state: TenantState, at_ms: int) -> None:
        self.state = state
        self.at_ms = at_ms
        self.events: list[Event] = []
        # Agents whom an event named, or who had or have its contact.
        self.touched: dict[str, None] = {}
        self.changes = Changes()
        # Matching stopped at the limit of events.
        self.unfinished = False
        # In this decision somebody went off duty, a plan came, or somebody began to wait whose step stands open.
        self.anybody_left = False

    def add(self, event: Event) -> None:
        """Decide the event. Raises Refused when the decision grows too large, InvariantBroken for a bug."""
        if len(self.events) >= limits.EVENTS_MAX:
            raise _too_many()
        state, kind = self.state, type(event)
        contact_id, agent_id, other_id = NAMED_BY[kind](event)
        before = state.contacts.get(contact_id)
        check_event(state, event, before)
        if kind in _OF_ALL:
            self._touch_all()
        APPLY[kind](state, event, self.at_ms)
        after = state.contacts.get(contact_id)
        check_touched(state, event, after, agent_id, other_id)
        self.events.append(event)
        if agent_id:
            self.touched[agent_id] = None
        if before is not None and before.course is not NOTHING_HAPPENED:
            self._note_left(before, after)
        if after is not None:
            self._note_stands(event, before, after)
        if kind in _OF_AGENTS:
            self._note_agent(event, after)

    def take_changes(self) -> Changes:
        """What has to be matched since this was last asked."""
        changes, self.changes = self.changes, Changes()
        return changes

    def _touch_all(self) -> None:
        self.touched |= dict.fromkeys(sorted(self.state.agents))

    def _note_left(self, before: Contact, after: Contact | None) -> None:
        """Whoever had the contact may see something else, and have more room."""
        agent_id = before.course.agent
        if not agent_id:
            return
        self.touched[agent_id] = None
        if before.status in ON_A_DESK and not (after and _is_on_desk_of(agent_id, after)):
            self.changes.agents[agent_id] = None

    def _note_stands(self, event: Event, before: Contact | None, after: Contact) -> None:
        """Whoever has the contact may see something else, and so may who asks about it; and it may wait."""
        course = after.course
        if course.agent:
            self.touched[course.agent] = None
        if course.about and (asks := self.state.contacts.get(course.about)) is not None and asks.agent:
            self.touched[asks.agent] = None
        if after.status is QUEUED and _waits_anew(event, before):
            self.changes.contacts[after.id] = None
            self.anybody_left = self.anybody_left or bool(after.errand.steps_open)

    def _note_agent(self, event: Event, after: Contact | None) -> None:
        if type(event) in _OF_ALL:
            self._touch_all()
        if isinstance(event, OfferAccepted) and after and is_interruptible(self.state, after):
            self.changes.agents[event.agent] = None  # now a call may interrupt it
        if isinstance(event, AgentAttached):
            self.changes.agents[event.agent] = None
        if isinstance(event, PresenceChanged) and event.presence is Presence.AVAILABLE:
            self.changes.agents[event.agent] = None
        elif isinstance(event, PresenceChanged | AgentDetached):
            self.changes.somebody_left = self.anybody_left = True
        if isinstance(event, StepOpened):
            self.anybody_left = True
        if isinstance(event, PlanActivated):
            self.changes.everything = self.anybody_left = True


def _is_on_desk_of(agent: str, contact: Contact) -> bool:
    return contact.status in ON_A_DESK and contact.course.agent == agent


def _waits_anew(event: Event, before: Contact | None) -> bool:
    return before is None or before.status is not QUEUED or type(event) in _ANEW


def _too_many() -> Refused:
    return Refused(
        Refusal.TOO_MANY,
        f"This would take more than {limits.EVENTS_MAX} steps at once.",
        "Wait until fewer contacts are open, or change less at once.",
    )
