"""The port to a carrier of calls and short messages: what ingest asks of it. What it asks of us comes by webhooks.

Numbers are E.164, or SIP addresses where a call goes to one. Texts and numbers are private: none is in an error.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class CallState(StrEnum):
    """Where a call (one leg) is."""

    QUEUED = "queued"
    INITIATED = "initiated"
    RINGING = "ringing"
    IN_PROGRESS = "in-progress"
    COMPLETED = "completed"
    BUSY = "busy"
    NO_ANSWER = "no-answer"
    CANCELED = "canceled"
    FAILED = "failed"

    @property
    def is_over(self) -> bool:
        """Nothing more will become of it."""
        return self not in (CallState.QUEUED, CallState.INITIATED, CallState.RINGING, CallState.IN_PROGRESS)


class MessageState(StrEnum):
    """Where a short message is; UNDERWAY until the carrier knows what became of it."""

    UNDERWAY = "underway"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class NewCall:
    """A call to be made. `url` is asked what to do once it is answered, `status_url` is told each step."""

    from_: str
    to: str
    url: str
    status_url: str
    ring_s: int = 30


@dataclass(frozen=True, slots=True)
class Call:
    """A call as the carrier knows it; `id` is the carrier's."""

    id: str
    state: CallState


@dataclass(frozen=True, slots=True)
class CallInProgress:
    """A call that is on; `id` is the carrier's, `dialed` the number that was called."""

    id: str
    dialed: str


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A short message to be sent. `status_url` is told what becomes of it."""

    from_: str
    to: str
    text: str
    status_url: str


@dataclass(frozen=True, slots=True)
class Message:
    """A short message as the carrier knows it; `error_code` is the carrier's, 0 for none."""

    id: str
    state: MessageState
    error_code: int = 0


@dataclass(frozen=True, slots=True)
class Media:
    """A file that came with a message: what the carrier calls it, and its content."""

    media_type: str
    content: bytes


class CarrierError(Exception):
    """The carrier did not do as it was asked. The words hold nothing private."""


class Refused(CarrierError):
    """It will not do it, now or later; nothing was done. `code` is the carrier's, 0 when it gave none."""

    def __init__(self, why: str, code: int = 0) -> None:
        super().__init__(why)
        self.code = code


class Unavailable(CarrierError):
    """It could not be asked; nothing was done. Try again later."""


class Uncertain(CarrierError):
    """It was asked and no answer came: it may have been done. Never repeat it; ask what became of it."""


class Carrier(Protocol):
    """Each method raises Refused and Unavailable; those that do something raise Uncertain too."""

    async def create_call(self, call: NewCall) -> Call:
        """Call somebody."""
        ...

    async def redirect_call(self, call_id: str, url: str) -> None:
        """Take a call out of whatever it is in: the carrier asks `url` at once what to do with it. May be repeated."""
        ...

    async def hang_up(self, call_id: str) -> None:
        """End a call; one that is over already is left alone. May be repeated."""
        ...

    async def call(self, call_id: str) -> Call:
        """What is with a call."""
        ...

    async def calls_to(self, from_: str, to: str, since_ms: int) -> list[Call]:
        """Calls that we made from one number to another since then (wall clock), newest first; at most 20."""
        ...

    async def calls_put_through(self, call_id: str) -> list[Call]:
        """The calls to others that were made for a call, to put it through, and that are on; at most 20."""
        ...

    async def calls_in_progress(self) -> list[CallInProgress]:
        """All calls that are on, whoever made them; both legs where one was put through."""
        ...

    async def send_message(self, message: NewMessage) -> Message:
        """Send a short message."""
        ...

    async def message(self, message_id: str) -> Message:
        """What is with a short message."""
        ...

    async def messages_like(self, message: NewMessage, since_ms: int) -> list[Message]:
        """Messages sent since then (wall clock) with these numbers and this text, newest first; at most 20."""
        ...

    async def media(self, url: str, bytes_max: int) -> Media:
        """A file that came with a message. Refused when it is larger, or its URL is not the carrier's."""
        ...
