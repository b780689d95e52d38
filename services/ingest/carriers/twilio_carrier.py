"""Twilio's REST API behind the port of carriers, by the twilio library.

https://www.twilio.com/docs/voice/api/call-resource, https://www.twilio.com/docs/messaging/api/message-resource
"""

import re
from collections.abc import Awaitable
from datetime import UTC, datetime
from typing import Any, TypeVar

from twilio.base.exceptions import TwilioException
from twilio.rest import Client

from services.ingest.carriers.carrier import (
    Call,
    CallInProgress,
    CallState,
    CarrierError,
    Media,
    Message,
    NewCall,
    NewMessage,
    Refused,
    Unavailable,
    Uncertain,
)
from services.ingest.carriers.twilio_http import WHOLE_S, NotSent, TooLarge, TwilioHttp, Unanswered
from services.ingest.carriers.twilio_words import message_state

T = TypeVar("T")

CALL_EVENTS = ["initiated", "ringing", "answered", "completed"]
LISTED_MAX = 20
# Of calls that are on, by pages of which each stays well below what an answer may weigh.
ON_MAX = 20_000
PAGE = 250
SID = re.compile(r"[A-Z]{2}[0-9a-f]{32}")
# "Call is not in-progress": https://www.twilio.com/docs/api/errors/21220
CALL_IS_OVER = 21_220
# Answers after which nothing was done, and the same may be asked again: a wrong token can be set right, a rush ends.
NOT_NOW = frozenset({401, 429})
# Answers after which it may have been done.
UNDECIDED = frozenset({408, *range(500, 600)})


class TwilioCarrier:
    """A part of the program: `stop` closes its connections."""

    def __init__(self, account_sid: str, auth_token: str, base_url: str, answer_within_s: float = WHOLE_S) -> None:
        self._http = TwilioHttp(base_url, answer_within_s)
        self._auth = (account_sid, auth_token)
        self._client: Any = Client(account_sid, auth_token, http_client=self._http, environment={})

    async def start(self) -> None:
        """Nothing: it connects when it is asked for something."""

    async def stop(self) -> None:
        """Close the connections."""
        await self._http.close()

    async def create_call(self, call: NewCall) -> Call:
        """Call somebody. Raises CarrierError."""
        asking = self._client.calls.create_async(
            to=call.to,
            from_=call.from_,
            url=call.url,
            status_callback=call.status_url,
            status_callback_event=CALL_EVENTS,
            timeout=call.ring_s,
        )
        return await _answered(_read(asking, _call), changes=True)

    async def redirect_call(self, call_id: str, url: str) -> None:
        """Let a call be asked for anew at this URL. Raises Refused, Unavailable."""
        await _answered(_read(self._client.calls(_sid(call_id)).update_async(url=url), _call))

    async def hang_up(self, call_id: str) -> None:
        """End a call. Raises Refused, Unavailable."""
        try:
            await _answered(_read(self._client.calls(_sid(call_id)).update_async(status="completed"), _call))
        except Refused as refused:
            if refused.code != CALL_IS_OVER:
                raise

    async def call(self, call_id: str) -> Call:
        """What is with a call. Raises Refused, Unavailable."""
        return await _answered(_read(self._client.calls(_sid(call_id)).fetch_async(), _call))

    async def calls_to(self, from_: str, to: str, since_ms: int) -> list[Call]:
        """Our calls from one number to another since then. Raises Refused, Unavailable."""
        # Not by the API's own filter of time: that is by the day, and leaves out what has not begun yet.
        found = await _answered(self._client.calls.list_async(from_=from_, to=to, limit=LISTED_MAX))
        return [_call(each) for each in found if _made_at(each) >= _moment(since_ms)]

    async def calls_put_through(self, call_id: str) -> list[Call]:
        """The legs of a call's <Dial> that are on. Raises Refused, Unavailable."""
        asking = self._client.calls.list_async(
            parent_call_sid=_sid(call_id), status=CallState.IN_PROGRESS.value, limit=LISTED_MAX
        )
        return [_call(each) for each in await _answered(asking)]

    async def calls_in_progress(self) -> list[CallInProgress]:
        """All calls that are on. Raises Refused, Unavailable."""
        asking = self._client.calls.list_async(status=CallState.IN_PROGRESS.value, limit=ON_MAX, page_size=PAGE)
        return [CallInProgress(_id(each), each.to or "") for each in await _answered(asking)]

    async def send_message(self, message: NewMessage) -> Message:
        """Send a short message. Raises CarrierError."""
        asking = self._client.messages.create_async(
            to=message.to, from_=message.from_, body=message.text, status_callback=message.status_url
        )
        return await _answered(_read(asking, _message), changes=True)

    async def message(self, message_id: str) -> Message:
        """What is with a short message. Raises Refused, Unavailable."""
        return await _answered(_read(self._client.messages(_sid(message_id)).fetch_async(), _message))

    async def messages_like(self, message: NewMessage, since_ms: int) -> list[Message]:
        """Messages of ours since then with these numbers and this text. Raises Refused, Unavailable."""
        asking = self._client.messages.list_async(from_=message.from_, to=message.to, limit=LISTED_MAX)
        since = _moment(since_ms)
        return [
            _message(each) for each in await _answered(asking) if each.body == message.text and _made_at(each) >= since
        ]

    async def media(self, url: str, bytes_max: int) -> Media:
        """A file that came with a message. Raises Refused, Unavailable."""
        try:
            request = self._http.media_request(url)
        except ValueError as error:
            raise Refused("the file is not at the carrier") from error
        try:
            content, answer = await self._http.answer(request, self._auth, bytes_max, follow=True)
        except TooLarge as error:
            raise Refused(f"the file is larger than {bytes_max} bytes") from error
        except (NotSent, Unanswered) as error:
            raise Unavailable(f"the carrier did not give the file ({error})") from error
        if answer.status_code != 200:
            raise Refused(f"the carrier does not give the file (HTTP {answer.status_code})")
        return Media(answer.headers.get("content-type", "").partition(";")[0].strip().lower(), content)


def _sid(id: str) -> str:
    # It becomes part of a path.
    if SID.fullmatch(id) is None:
        raise Refused("that is no id of the carrier's")
    return id


async def _read(asking: Awaitable[Any], read: Any) -> Any:
    return read(await asking)


async def _answered(asking: Awaitable[T], *, changes: bool = False) -> T:
    """What the library answers. Raises Refused, Unavailable; with `changes` also Uncertain."""
    undecided = Uncertain if changes else Unavailable
    try:
        return await asking
    except NotSent as error:
        raise Unavailable(f"the carrier can't be reached ({error})") from error
    except TwilioException as error:
        raise _of_answer(error, undecided) from error
    except (Unanswered, ValueError, LookupError, TypeError, AttributeError) as error:
        # The library reads answers without looking: one that is none of the API's fails in any of these ways.
        raise undecided(f"the carrier did not answer in a way that can be read ({type(error).__name__})") from error


def _of_answer(error: TwilioException, undecided: type[CarrierError]) -> CarrierError:
    status, code = _number(error, "status"), _number(error, "code")
    if status in NOT_NOW:
        return Unavailable(f"the carrier takes nothing from us for the moment (HTTP {status})")
    if status in UNDECIDED or not status:
        return undecided(f"the carrier failed (HTTP {status})")
    return Refused(f"the carrier refused it (error {code})", code)


def _number(error: TwilioException, name: str) -> int:
    value = getattr(error, name, 0)
    return value if isinstance(value, int) else 0


def _call(found: Any) -> Call:
    return Call(_id(found), CallState(found.status))


def _message(found: Any) -> Message:
    return Message(_id(found), message_state(found.status), found.error_code or 0)


def _id(found: Any) -> str:
    if not isinstance(found.sid, str):
        raise TypeError("the answer has no sid")
    return found.sid


def _made_at(found: Any) -> datetime:
    made: datetime | None = found.date_created
    return made or datetime.max.replace(tzinfo=UTC)


def _moment(at_ms: int) -> datetime:
    # The API's times are whole seconds.
    return datetime.fromtimestamp(at_ms // 1000, UTC)
