"""What Twilio's words for states mean, in its answers and in its webhooks alike.

https://www.twilio.com/docs/messaging/api/message-resource#message-status-values
"""

from services.ingest.carriers.carrier import MessageState

_DELIVERED = ("delivered", "read")
_FAILED = ("undelivered", "failed", "canceled")


def message_state(status: str) -> MessageState:
    """The state that a status of a message means; one that is not known leaves it underway."""
    if status in _DELIVERED:
        return MessageState.DELIVERED
    return MessageState.FAILED if status in _FAILED else MessageState.UNDERWAY
