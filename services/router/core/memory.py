"""What the router remembers so that a repeat does nothing twice: answers to commands, and inbound events seen.

Ids are pruned when others are added, oldest first, so that every reader of the log holds the same ones.
"""

from services.router.core import limits
from services.router.core.commands import Outcome
from services.router.core.records import Remembered
from services.router.core.state import TenantState


def recall_answer(state: TenantState, command_id: str) -> Outcome | None:
    """The answer that was given to the command, or None when it is not known (any more)."""
    return state.answers.get(command_id)


def remember_answer(state: TenantState, command_id: str, outcome: Outcome, at_ms: int) -> None:
    """Keep the answer for 15 minutes. The first answer stays."""
    _drop_old_answers(state, at_ms)
    if command_id in state.answers:
        return
    state.answers[command_id] = outcome
    state.answered.add(Remembered(command_id, at_ms + limits.ANSWER_KEPT_MS))


def was_seen(state: TenantState, event_id: str) -> bool:
    """Whether the inbound event was taken account of before."""
    return event_id in state.seen


def remember_seen(state: TenantState, event_id: str, contact_id: str, at_ms: int) -> None:
    """Keep the inbound event's id until 48 hours after its contact's end, or from now where the contact is unknown."""
    _settle_old_strays(state, at_ms)
    if event_id in state.seen:
        return
    state.seen[event_id] = contact_id
    if _is_known(state, contact_id):
        _keep_with_contact(state, event_id, contact_id)
    else:
        state.strays.add(Remembered(event_id, at_ms + limits.ENDED_KEPT_MS))


def drop_seen(state: TenantState, contact_id: str) -> None:
    """Drop the ids that were kept with the contact."""
    for event_id in state.seen_of.get(contact_id) or ():
        del state.seen[event_id]
    state.seen_of.drop(contact_id)


def _is_known(state: TenantState, contact_id: str) -> bool:
    return contact_id in state.contacts or contact_id in state.tombstones


def _keep_with_contact(state: TenantState, event_id: str, contact_id: str) -> None:
    ids = (*(state.seen_of.get(contact_id) or ()), event_id)
    if len(ids) > limits.SEEN_PER_CONTACT_MAX:
        del state.seen[ids[0]]
        ids = ids[1:]
    state.seen_of[contact_id] = ids


def _drop_old_answers(state: TenantState, at_ms: int) -> None:
    while (oldest := state.answered.oldest()) is not None:
        if oldest.at_ms > at_ms and len(state.answered) < limits.ANSWERS_MAX:
            return
        del state.answers[oldest.id]
        state.answered.remove_oldest()


def _settle_old_strays(state: TenantState, at_ms: int) -> None:
    while (oldest := state.strays.oldest()) is not None:
        if oldest.at_ms > at_ms and len(state.strays) < limits.STRAYS_MAX:
            return
        contact_id = state.seen[oldest.id]
        if _is_known(state, contact_id):
            _keep_with_contact(state, oldest.id, contact_id)
        else:
            del state.seen[oldest.id]
        state.strays.remove_oldest()
