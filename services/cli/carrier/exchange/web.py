"""The application that a carrier asks what to do: requests as they leave, answers, and the port between."""

import base64
import hmac
import uuid
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urlencode, urlsplit, urlunsplit

from twilio.request_validator import RequestValidator

SIGNATURE_HEADER = "X-Twilio-Signature"
# Names one request; a repeated one has it again.
TOKEN_HEADER = "I-Twilio-Idempotency-Token"  # noqa: S105  # a header's name


@dataclass(frozen=True, slots=True)
class Address:
    """Where something is asked or told, and how; no URL: nowhere."""

    url: str = ""
    method: str = "POST"

    def __bool__(self) -> bool:
        return bool(self.url)


NOWHERE = Address()


@dataclass(frozen=True, slots=True)
class WebRequest:
    """A request to the application; `form` is its body, empty for GET."""

    method: str
    url: str
    form: dict[str, str]
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class WebAnswer:
    """What the application said."""

    status: int
    body: bytes
    content_type: str = "text/xml"


class Unreachable(Exception):
    """No answer came; the words are for the carrier's own log."""


class Application(Protocol):
    """Takes requests."""

    async def ask(self, request: WebRequest) -> WebAnswer:
        """Raises Unreachable."""
        ...


@dataclass(frozen=True, slots=True)
class Account:
    """Who the application is to the carrier; the token signs requests."""

    sid: str
    token: str = field(repr=False)

    def signed(self, to: Address, params: dict[str, str]) -> WebRequest:
        """The request, signed over its URL and its form (twilio.com/docs/usage/security)."""
        url, form = (with_query(to.url, params), {}) if to.method == "GET" else (to.url, params)
        signature = RequestValidator(self.token).compute_signature(url, form)
        return WebRequest(to.method, url, form, {SIGNATURE_HEADER: signature, TOKEN_HEADER: str(uuid.uuid4())})

    def knows(self, authorization: str) -> bool:
        """Whether this is the header of Basic auth with sid and token."""
        expected = base64.b64encode(f"{self.sid}:{self.token}".encode()).decode()
        return authorization.partition(" ")[0].lower() == "basic" and same(authorization.partition(" ")[2], expected)


def same(given: str, expected: str) -> bool:
    """Compared in a time that tells nothing of where they differ."""
    return hmac.compare_digest(given.strip().encode(), expected.encode())


def with_query(url: str, params: dict[str, str]) -> str:
    """The URL with parameters behind those that it has."""
    parts = urlsplit(url)
    query = "&".join(part for part in (parts.query, urlencode(params)) if part)
    return urlunsplit(parts._replace(query=query))
