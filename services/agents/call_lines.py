"""What happened to a call, as lines of its conversation: nothing that anybody said, but what the desk tells of it."""

from services.agents.heard import CallUnanswered, ContactLeft, LeftReason, Message
from services.agents.message_documents import message_document
from services.plan.compiled import Channel
from services.shared.document_store import Document

# Channels on which customer and agent speak to each other.
CALLS = frozenset({Channel.VOICE.value, Channel.CALLBACK.value})
CONNECTING = "connecting"
CONNECTED = "connected"
CONNECTED_LINE = "Connected."
LEFT = {
    LeftReason.CUSTOMER: "The customer hung up.",
    LeftReason.CONNECTION_LOST: "The connection to the customer was lost.",
    LeftReason.EXPIRED: "The call was ended.",
    LeftReason.NOT_REACHED: "The customer was not reached.",
    LeftReason.AGENT: "The agent's telephone hung up.",
}
ASKED_CONNECTED_LINE = "Connected with the colleague who asks. The customer is on hold."
ASKED_LEFT_LINE = "One of the two telephones hung up: nobody is asked any more."


def line_of(happened: ContactLeft | CallUnanswered, *, is_asked: bool = False) -> str:
    """What the desk says of it; "" where there is nothing to say. `is_asked`: it is of a consultation."""
    if isinstance(happened, CallUnanswered):
        return happened.why
    if is_asked:
        return ASKED_LEFT_LINE
    return LEFT[happened.reason] if happened.reason else ""


def call_line(id: str, contact: Document, at_ms: int, text: str, agent: str = "") -> Document:
    """A line; `agent` is whom it concerns, if it concerns one."""
    return message_document(
        id=id,
        tenant=contact["tenant"],
        company=contact.get("company", ""),
        contact_id=contact["contact_id"],
        direction="event",
        at_ms=at_ms,
        sender=agent,
        message=Message(text=text),
        state="noted",
    )
