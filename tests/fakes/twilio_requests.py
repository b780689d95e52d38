"""Requests as Twilio sends them: a form, signed over the URL that Twilio was given.

The signature is worked out here from its published description, not by the library that checks it.
"""

import hmac
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha1
from typing import Self
from urllib.parse import urlencode

import httpx2

SID = "AC" + "5a" * 16
TOKEN = "0f" * 16
FORM = "application/x-www-form-urlencoded; charset=UTF-8"

Pairs = Sequence[tuple[str, str]]


def signature(url: str, pairs: Pairs, token: str = TOKEN) -> str:
    """As https://www.twilio.com/docs/usage/security#validating-requests says."""
    signed = url + "".join(name + value for name, value in sorted(set(pairs)))
    return b64encode(hmac.new(token.encode(), signed.encode(), sha1).digest()).decode()


@dataclass(frozen=True)
class TwilioRequest:
    """`url` is the public one that Twilio was given; `sent_to` may be another, where a proxy or a forger sends it."""

    url: str
    pairs: Pairs
    token: str = TOKEN
    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    signature: str | None = None
    second_signature: str | None = None

    def altered(self, **changes: str | None) -> Self:
        """Fields changed, added, or (None) taken out after it was signed."""
        kept = [(name, changes.get(name, value)) for name, value in self.pairs]
        added = [(name, value) for name, value in changes.items() if name not in dict(self.pairs)]
        pairs = [(name, value) for name, value in [*kept, *added] if value is not None]
        return replace(self, pairs=pairs, signature=self.signed())

    def signed(self) -> str:
        """The signature that goes with it."""
        return signature(self.url, self.pairs, self.token) if self.signature is None else self.signature

    async def send(self, client: httpx2.AsyncClient, to: str | None = None) -> httpx2.Response:
        """Send it to its URL, or to another."""
        content = urlencode(self.pairs).encode() if self.body is None else self.body
        headers = {"content-type": FORM, "x-twilio-signature": self.signed(), **self.headers}
        seen = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
        if self.second_signature is not None:
            seen.append((b"x-twilio-signature", self.second_signature.encode()))
        return await client.request(self.method, to or self.url, content=content, headers=seen)


def sms(url: str, **fields: str) -> TwilioRequest:
    """A short message from a customer, as https://www.twilio.com/docs/messaging/guides/webhook-request has it."""
    message_id = "SM" + "00" * 16
    usual = {
        "ToCountry": "US",
        "ToState": "",
        "SmsMessageSid": message_id,
        "NumMedia": "0",
        "ToCity": "",
        "FromZip": "94103",
        "SmsSid": message_id,
        "FromState": "CA",
        "SmsStatus": "received",
        "FromCity": "SAN FRANCISCO",
        "Body": "Where is my parcel?",
        "FromCountry": "US",
        "To": "+15005550006",
        "ToZip": "",
        "NumSegments": "1",
        "MessageSid": message_id,
        "AccountSid": SID,
        "From": "+14155552671",
        "ApiVersion": "2010-04-01",
    }
    return TwilioRequest(url, list({**usual, **fields}.items()))


def sms_status(url: str, message_id: str, status: str, error_code: str = "") -> TwilioRequest:
    """What became of a message.

    https://www.twilio.com/docs/messaging/guides/track-outbound-message-status has the fields.
    """
    fields = {
        "SmsSid": message_id,
        "SmsStatus": status,
        "MessageStatus": status,
        "To": "+14155552671",
        "MessageSid": message_id,
        "AccountSid": SID,
        "From": "+15005550006",
        "ApiVersion": "2010-04-01",
    }
    return TwilioRequest(url, list({**fields, **({"ErrorCode": error_code} if error_code else {})}.items()))
