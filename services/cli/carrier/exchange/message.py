"""Short messages as the carrier's books have them, how they count, and what is told of them."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from services.cli.carrier.exchange.call_fields import API_VERSION, places
from services.cli.carrier.exchange.web import NOWHERE, Address

# GSM 03.38: the characters that take one place of 160 (twilio.com/docs/glossary/what-is-gsm-7-character-encoding).
GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_EXTENDED = frozenset("^{}\\[~]|€\f")


class TextStatus(StrEnum):
    """What has become of a message."""

    QUEUED = "queued"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"
    RECEIVED = "received"


class TextDirection(StrEnum):
    """Who sent it: somebody outside, a REST request, or TwiML in answer to a message."""

    INBOUND = "inbound"
    OUTBOUND_API = "outbound-api"
    OUTBOUND_REPLY = "outbound-reply"


@dataclass(slots=True)
class Message:
    """Times are ms since 1970; None: not yet, or never."""

    sid: str
    from_: str
    to: str
    body: str
    direction: TextDirection
    status: TextStatus
    created_ms: int
    updated_ms: int
    told: Address = NOWHERE
    sent_ms: int | None = None
    error_code: int = 0

    @property
    def segments(self) -> int:
        """How many short messages it takes."""
        return segments_of(self.body)


def segments_of(body: str) -> int:
    """160 characters fit one, 153 each of several; 70 and 67 when one of them is not in the GSM alphabet."""
    if all(character in GSM or character in GSM_EXTENDED for character in body):
        size, one, each = sum(1 + (character in GSM_EXTENDED) for character in body), 160, 153
    else:
        size, one, each = len(body.encode("utf-16-be")) // 2, 70, 67
    return 1 if size <= one else -(-size // each)


def arrival_fields(message: Message, account_sid: str) -> dict[str, str]:
    """Of the webhook of a message that came (twilio.com/docs/messaging/guides/webhook-request)."""
    return {
        "MessageSid": message.sid,
        "SmsSid": message.sid,
        "SmsMessageSid": message.sid,
        "AccountSid": account_sid,
        "From": message.from_,
        "To": message.to,
        "Body": message.body,
        "NumMedia": "0",
        "NumSegments": str(message.segments),
        "SmsStatus": message.status.value,
        "ApiVersion": API_VERSION,
        **places("From", message.from_),
        **places("To", message.to),
    }


def status_fields(message: Message, account_sid: str) -> dict[str, str]:
    """Of a status callback (twilio.com/docs/messaging/guides/outbound-message-status-in-status-callbacks)."""
    fields = {
        "MessageSid": message.sid,
        "SmsSid": message.sid,
        "AccountSid": account_sid,
        "From": message.from_,
        "To": message.to,
        "MessageStatus": message.status.value,
        "SmsStatus": message.status.value,
        "ApiVersion": API_VERSION,
    }
    if message.status in (TextStatus.DELIVERED, TextStatus.UNDELIVERED):
        fields["RawDlrDoneDate"] = datetime.fromtimestamp(message.updated_ms / 1000, UTC).strftime("%y%m%d%H%M")
    if message.error_code:
        fields["ErrorCode"] = str(message.error_code)
    return fields
