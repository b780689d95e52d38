"""When the clock of a contact's wait stops, and how: the definition behind every figure of answering.

docs/metrics.md ("The clock") is the definition in words.
"""

from enum import StrEnum
from typing import Any

from services.plan.compiled import Channel
from services.reporting.facts import (
    CallConnected,
    ContactEnded,
    ContactFact,
    ContactOutcome,
    ContactTransferred,
    CustomerLeft,
    OfferAccepted,
    ReplySettled,
    WrapUpStarted,
)

# The clock runs until customer and agent are connected.
CALLS = (Channel.VOICE, Channel.CALLBACK)
# The customer is there: the clock runs until an agent accepts. All other channels wait for an answer, in open hours.
CONVERSATIONS = (Channel.WEB_CHAT, Channel.SMS)


class WaitEnd(StrEnum):
    """How a wait ended: the customer was answered, gave up, could not be reached; or none of these."""

    ANSWERED = "answered"
    ABANDONED = "abandoned"
    NOT_REACHED = "not_reached"
    UNANSWERED = "unanswered"


def wait_end(channel: Channel, fact: ContactFact) -> WaitEnd | None:
    """How a fact ends the wait of a contact whose clock runs; None if it goes on."""
    match fact:
        case ContactTransferred():
            return WaitEnd.UNANSWERED
        case ContactEnded():
            return _by_end(channel, fact.outcome)
        case _ if channel in CALLS:
            return _of_call(channel, fact)
        case OfferAccepted() if channel in CONVERSATIONS:
            return WaitEnd.ANSWERED
        case ReplySettled(delivered=True) if channel not in CONVERSATIONS:
            return WaitEnd.ANSWERED
        case _:
            return None


def counts_open_hours(channel: Channel) -> bool:
    """Whether the clock of the channel stands still while the queue is closed."""
    return channel not in (*CALLS, *CONVERSATIONS)


def _of_call(channel: Channel, fact: Any) -> WaitEnd | None:
    match fact:
        case CallConnected():
            return WaitEnd.ANSWERED
        case CustomerLeft():
            return WaitEnd.NOT_REACHED if channel is Channel.CALLBACK else WaitEnd.ABANDONED
        case WrapUpStarted():
            return WaitEnd.UNANSWERED
        case _:
            return None


def _by_end(channel: Channel, outcome: ContactOutcome) -> WaitEnd:
    match outcome:
        case ContactOutcome.ABANDONED:
            return WaitEnd.ABANDONED
        case ContactOutcome.COMPLETED if counts_open_hours(channel):
            return WaitEnd.ANSWERED
        case _:
            return WaitEnd.UNANSWERED
