"""What a route did to a contact as it waited, as lines of its conversation."""

from services.agents.heard import ContactDiverted, CustomerTold
from services.plan.compiled import Diversion

MINUTE_MS = 60_000
PLACE_KEPT_LINE = "The customer held the line before, chose to be called back, and keeps the place in the queue."
CALLED_BACK_LINE = "The customer chose to be called back instead of holding the line."
CALLED_BACK = "callback"


def told_line(told: CustomerTold) -> str:
    """What the router had the customer told. Whether their channel could say it is another matter."""
    said = f"To tell the customer: number {told.position} in the queue{_wait(told.expected_wait_ms)}."
    return f"{said} To offer: a call-back." if told.callback_offered else said


def diverted_line(diverted: ContactDiverted) -> str:
    """Where the contact went."""
    match diverted.to:
        case Diversion.VOICEMAIL:
            return "Sent to voicemail."
        case Diversion.THIRD_PARTY:
            return f"Sent to {diverted.address}."
        case Diversion.MESSAGE:
            return f"Ended with a message: {diverted.address}"


def _wait(wait_ms: int) -> str:
    if not wait_ms:
        return ""
    minutes = -(-wait_ms // MINUTE_MS)
    return ", less than a minute" if minutes == 1 else f", about {minutes} minutes"
