"""How agents handed a contact on, in plain words: whom they named, who else was asked, and what came of it."""

from datetime import UTC, datetime

from services.router.core.limits import NAMED_AGENT_PATIENCE_MS
from services.router.onward import Onward


def onward_words(onward: Onward) -> str:
    """One line. Times in UTC."""
    if not onward.consultation_id:
        return f"At {time_words(onward.at_ms)} {onward.agent} transferred it to {_transfer(onward)}."
    return f"At {time_words(onward.at_ms)} {onward.agent} asked {_asked(onward)}; {_outcome(onward)}."


def _transfer(onward: Onward) -> str:
    if not onward.to_agent:
        return f"the queue {onward.queue}"
    return (
        f"{onward.to_agent} by name, in {onward.queue}: for {NAMED_AGENT_PATIENCE_MS // 1000} s, "
        "while they were on duty, nobody else could have it"
    )


def _asked(onward: Onward) -> str:
    if onward.to_agent:
        return f"{onward.to_agent} about it by name, so nobody else was asked ({onward.consultation_id})"
    return f"about it in {onward.queue} ({onward.consultation_id})"


def _outcome(onward: Onward) -> str:
    """Who was asked last, or took it, and how it ended."""
    if onward.handed_over_at_ms:
        return (
            f"{onward.accepted_by} accepted, and it was handed over to them at {time_words(onward.handed_over_at_ms)}, "
            "without an offer"
        )
    ended = f"it ended at {time_words(onward.ended_at_ms)} without a hand-over" if onward.ended_at_ms else ""
    if onward.accepted_by:
        return f"{onward.accepted_by} accepted, and {ended or f'{onward.agent} still has the contact'}"
    offered = (
        f"it was offered to {', then to '.join(onward.offered_to)}" if onward.offered_to else "nobody was offered it"
    )
    return f"{offered}, and {ended or 'it has not been accepted yet'}"


def time_words(at_ms: int) -> str:
    """To the second, UTC."""
    return f"{datetime.fromtimestamp(at_ms // 1000, UTC):%Y-%m-%d %H:%M:%S} UTC"
