"""TwiML performed on a leg: documents are fetched, their verbs done one after the other, until one ends it.

Stricter than the carrier, which only warns of unknown verbs and attributes: here they end the call as an application
error does, so that they are noticed.
"""

from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import structlog

from services.cli.carrier.exchange.call import Status
from services.cli.carrier.exchange.call_fields import call_fields, dial_fields, gather_fields, record_fields
from services.cli.carrier.exchange.dialing import Dialed
from services.cli.carrier.exchange.handset import Connection, Kind
from services.cli.carrier.exchange.leg import Leg
from services.cli.carrier.exchange.markup import BrokenMarkup
from services.cli.carrier.exchange.network import Network
from services.cli.carrier.exchange.prompting import gather, speak
from services.cli.carrier.exchange.recording import Recorded, Recording
from services.cli.carrier.exchange.twiml import (
    Dial,
    Gather,
    Hangup,
    Pause,
    Play,
    Record,
    Redirect,
    Reject,
    Say,
    Verb,
    read_twiml,
)
from services.cli.carrier.exchange.web import NOWHERE, Address, Unreachable

APOLOGY = "We are sorry, an application error has occurred. Goodbye."
MINUTE_MS = 60_000
TWIML_TYPES = ("text/xml", "application/xml", "text/html")
HTTP_FAILURE, NO_CONNECTION, TOO_OFTEN, BAD_TYPE, BAD_CALLER_ID = 11200, 11205, 12400, 12300, 13214

log = structlog.get_logger(__name__)

DialFor = Callable[[Leg, Connection, Dial], Awaitable[Dialed]]


@dataclass(frozen=True, slots=True)
class Source:
    """Where verbs come from: an address with what is told there, or the document itself."""

    where: Address = NOWHERE
    fields: dict[str, str] = field(default_factory=dict)
    document: bytes = b""


class ApplicationError(Exception):
    """The application's answer is no good; `code` is the carrier's number for that."""

    def __init__(self, code: int, words: str) -> None:
        super().__init__(words)
        self.code = code


class _HungUp(Exception):
    """A verb has ended the call."""


class Script:
    """Performs on one leg. `dial` is None where <Dial> may not be used: in what a callee hears before connecting."""

    def __init__(self, network: Network, leg: Leg, fallback: Address, dial: DialFor | None) -> None:
        self._network = network
        self._leg = leg
        self._fallback = fallback
        self._dial = dial
        self._recording: Recording | None = None
        self._asked_ms: deque[int] = deque()

    async def play(self, source: Source) -> bool:
        """From there to the end. True when the verbs ran out, False when one of them, or an error, ended it."""
        following: Source | None = source
        try:
            while following is not None:
                verbs = await self._verbs(following)
                following = await self._perform(verbs)
        except _HungUp:
            return False
        except ApplicationError as error:
            await self._apologise(error)
            return False
        return True

    async def _verbs(self, source: Source) -> tuple[Verb, ...]:
        try:
            return await self._fetch(source)
        except ApplicationError as error:
            if not self._fallback:
                raise
            log.warning("carrier_falls_back", code=error.code, why=str(error))
            fields = {"ErrorCode": str(error.code), "ErrorUrl": source.where.url}
            return await self._fetch(Source(self._fallback, fields))

    async def _fetch(self, source: Source) -> tuple[Verb, ...]:
        document, kind = source.document, "text/xml"
        if not document:
            document, kind = await self._ask(source)
        if kind == "text/plain":
            return (Say(" ".join(document.decode("utf-8", "replace").split()), "en-US"),)
        if kind not in TWIML_TYPES:
            raise ApplicationError(BAD_TYPE, f"the answer is {kind or 'of no type'}: send text/xml")
        try:
            return read_twiml(document, source.where.url)
        except BrokenMarkup as broken:
            raise ApplicationError(broken.code, str(broken)) from None

    async def _ask(self, source: Source) -> tuple[bytes, str]:
        self._not_too_often()
        network = self._network
        fields = call_fields(self._leg.call, network.outbox.account.sid) | source.fields
        try:
            answer = await network.outbox.ask(source.where, fields)
        except Unreachable as unreachable:
            raise ApplicationError(NO_CONNECTION, str(unreachable)) from None
        if not 200 <= answer.status < 300:
            raise ApplicationError(HTTP_FAILURE, f"it answered {answer.status}")
        return answer.body, answer.content_type.partition(";")[0].strip().lower()

    def _not_too_often(self) -> None:
        now_ms = self._network.clock.monotonic_ms()
        while self._asked_ms and self._asked_ms[0] <= now_ms - MINUTE_MS:
            self._asked_ms.popleft()
        if len(self._asked_ms) >= self._network.pace.documents_per_minute:
            raise ApplicationError(TOO_OFTEN, "the call asks on and on without a pause")
        self._asked_ms.append(now_ms)

    async def _perform(self, verbs: tuple[Verb, ...]) -> Source | None:
        for number, verb in enumerate(verbs):
            self._take_up(verb, is_first=number == 0)
            following = await self._do(verb)
            if following is not None:
                return following
        self._leg.answer()
        return None

    def _take_up(self, verb: Verb, *, is_first: bool) -> None:
        """Answer the call, unless this verb is one that keeps it ringing."""
        if isinstance(verb, Reject) and is_first and self._leg.call.answered_ms is None:
            status = Status.BUSY if verb.reason == "busy" else Status.NO_ANSWER
            self._leg.end(status, "the call was rejected")
            raise _HungUp
        keeps_ringing = isinstance(verb, Pause) or (isinstance(verb, Dial) and verb.answers_on_bridge)
        if not keeps_ringing:
            self._leg.answer()

    async def _do(self, verb: Verb) -> Source | None:
        match verb:
            case Say() | Play() | Pause():
                await speak(self._leg, (verb,), self._network.pace)
            case Gather():
                return await self._gather(verb)
            case Redirect():
                return Source(verb.to)
            case Dial():
                return await self._dial_and_tell(verb)
            case Record():
                return await self._record(verb)
            case Hangup() | Reject():
                raise _HungUp
        return None

    async def _gather(self, verb: Gather) -> Source | None:
        gathered = await gather(self._leg, self._connection(), verb, self._network.pace)
        if not gathered.digits and not verb.tells_nothing:
            return None
        return Source(verb.action, gather_fields(gathered.digits, gathered.ended_with))

    async def _record(self, verb: Record) -> Source:
        self._recording = Recording(self._leg, verb)
        recorded = await self._recording.run(self._connection())
        self._recording = None
        return Source(verb.action, self._recorded_fields(recorded))

    def _recorded_fields(self, recorded: Recorded) -> dict[str, str]:
        account = self._network.outbox.account
        return record_fields(account.sid, recorded.sid, recorded.seconds, recorded.ended_with)

    def tell_recording_is_over(self) -> None:
        """The caller has hung up in the middle of a <Record>: its action is told, and the answer ignored."""
        if self._recording is None:
            return
        recording, self._recording = self._recording, None
        self._leg.end_by_answer()
        account = self._network.outbox.account
        fields = call_fields(self._leg.call, account.sid) | self._recorded_fields(recording.ended("hangup"))
        self._network.outbox.tell(f"{self._leg.call.sid} record", recording.verb.action, fields)

    async def _dial_and_tell(self, verb: Dial) -> Source | None:
        if self._dial is None:
            raise ApplicationError(13201, "<Dial> may not be used before the callee is connected")
        self._may_show(verb)
        dialed = await self._dial(self._leg, self._connection(), verb)
        if not verb.action:
            return None
        return Source(verb.action, dial_fields(dialed.status, dialed.leg, bridged=dialed.bridged))

    def _may_show(self, verb: Dial) -> None:
        """The caller ID is one of this call's two numbers or one of the application's; SIP shows anything."""
        call, shown = self._leg.call, verb.caller_id
        own = shown in ("", call.from_, call.to) or self._network.numbers.find(shown) is not None
        if not own and any(not callee.address.startswith("sip") for callee in verb.callees):
            raise ApplicationError(BAD_CALLER_ID, "the callerId is not one of the application's numbers")

    def _connection(self) -> Connection:
        if self._leg.connection is None:
            raise _HungUp
        return self._leg.connection

    async def _apologise(self, error: ApplicationError) -> None:
        log.warning("carrier_application_error", call=self._leg.call.sid, code=error.code, why=str(error))
        if self._leg.call.is_live:
            self._leg.answer()
            self._leg.hear(Kind.SPEECH, APOLOGY, "en-US")
