"""Short messages: from telephones to the application and back, and what the carrier itself does about STOP."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from urllib.parse import urljoin

import structlog

from services.cli.carrier.exchange.addresses import NotAnAddress, read_address
from services.cli.carrier.exchange.manner import Habit
from services.cli.carrier.exchange.markup import BrokenMarkup, Element
from services.cli.carrier.exchange.message import Message, TextDirection, TextStatus, arrival_fields, status_fields
from services.cli.carrier.exchange.network import Network
from services.cli.carrier.exchange.refusals import Refused
from services.cli.carrier.exchange.sids import MESSAGE
from services.cli.carrier.exchange.twiml import NOT_TWIML, response_of
from services.cli.carrier.exchange.web import NOWHERE, Address, Unreachable

MESSAGES_KEPT = 20_000
OPTED_OUT_MAX = 20_000
BODY_CHARACTERS_MAX = 1_600
REDIRECTS_MAX = 10
NO_SUCH_HANDSET, NOT_REACHABLE = 30005, 30003
# help.twilio.com, "Twilio support for opt-out keywords".
STOPS = frozenset(("stop", "stopall", "unsubscribe", "cancel", "end", "quit", "optout", "revoke"))
STARTS = frozenset(("start", "yes", "unstop"))
HELPS = frozenset(("help", "info"))
STOPPED = "You have successfully been unsubscribed. You will not receive any more messages from this number."
STARTED = "You have successfully been re-subscribed to messages from this number."
HELP = "Reply STOP to unsubscribe. Msg&Data Rates May Apply."

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Reply:
    """A <Message> of the application's answer."""

    from_: str
    to: str
    body: str
    told: Address


class Texting:
    """`handles_stop`: the carrier answers STOP, START and HELP itself and blocks who has opted out, as by default.

    The application is told of these messages all the same.
    """

    def __init__(self, network: Network, transit_ms: int, *, handles_stop: bool) -> None:
        self.messages: OrderedDict[str, Message] = OrderedDict()
        self._network = network
        self._transit_ms = transit_ms
        self._handles_stop = handles_stop
        # Of whom the application's number may not write to: number and recipient.
        self._opted_out: OrderedDict[tuple[str, str], None] = OrderedDict()

    def may_send(self, from_: str, to: str) -> None:
        """Raises Refused when the recipient has opted out."""
        if (from_, to) in self._opted_out:
            raise Refused(21610)

    def open(self, from_: str, to: str, body: str, direction: TextDirection, told: Address) -> Message:
        """A new message in the books."""
        while len(self.messages) >= MESSAGES_KEPT:
            self.messages.popitem(last=False)
        now_ms = self._network.clock.wall_ms()
        inbound = direction is TextDirection.INBOUND
        status = TextStatus.RECEIVED if inbound else TextStatus.QUEUED
        sid = self._network.new_sid(MESSAGE)
        message = Message(sid, from_, to, body, direction, status, now_ms, now_ms, told, now_ms if inbound else None)
        self.messages[sid] = message
        return message

    async def send(self, message: Message) -> None:
        """Out to the telephone; each step is told."""
        await self._pass()
        self._become(message, TextStatus.SENT)
        await self._pass()
        manner = self._network.handset(message.to).manner
        if manner.habit is Habit.UNKNOWN or not manner.takes_texts:
            message.error_code = NO_SUCH_HANDSET if manner.habit is Habit.UNKNOWN else NOT_REACHABLE
            self._become(message, TextStatus.UNDELIVERED)
            return
        self._network.handset(message.to).show_text(message.sid, message.from_, message.body, mine=False)
        self._become(message, TextStatus.DELIVERED)

    async def arrive(self, message: Message) -> None:
        """From a telephone: to the application that has the number, or to the other telephone."""
        await self._pass()
        number = self._network.numbers.find(message.to)
        if number is None:
            self._network.handset(message.to).show_text(message.sid, message.from_, message.body, mine=False)
            return
        if self._handles_stop:
            await self._keyword(message)
        if number.sms:
            await self._tell_application(message, number.sms, number.sms_fallback)

    async def _keyword(self, message: Message) -> None:
        word, pair = message.body.strip().casefold(), (message.to, message.from_)
        words = ""
        if word in STOPS:
            self._opt_out(pair)
            words = STOPPED
        elif word in STARTS and pair in self._opted_out:
            del self._opted_out[pair]
            words = STARTED
        elif word in HELPS:
            words = HELP
        if words:
            reply = self.open(message.to, message.from_, words, TextDirection.OUTBOUND_REPLY, NOWHERE)
            await self.send(reply)

    def _opt_out(self, pair: tuple[str, str]) -> None:
        self._opted_out[pair] = None
        if len(self._opted_out) > OPTED_OUT_MAX:
            self._opted_out.popitem(last=False)

    async def _tell_application(self, message: Message, where: Address, fallback: Address) -> None:
        try:
            replies = await self._replies(message, where, {})
        except (BrokenMarkup, Unreachable) as error:
            log.warning("carrier_sms_application_error", message=message.sid, why=str(error))
            if not fallback:
                return
            replies = await self._replies_of_fallback(message, fallback, where)
        for reply in replies:
            await self._reply(reply)

    async def _replies_of_fallback(self, message: Message, fallback: Address, failed: Address) -> list[Reply]:
        try:
            return await self._replies(message, fallback, {"ErrorCode": "11200", "ErrorUrl": failed.url})
        except (BrokenMarkup, Unreachable) as error:
            log.warning("carrier_sms_fallback_error", message=message.sid, why=str(error))
            return []

    async def _replies(self, message: Message, where: Address, more: dict[str, str]) -> list[Reply]:
        outbox = self._network.outbox
        for _ in range(REDIRECTS_MAX):
            answer = await outbox.ask(where, arrival_fields(message, outbox.account.sid) | more)
            if not 200 <= answer.status < 300:
                raise Unreachable(f"it answered {answer.status}")
            if not answer.body.strip():
                return []
            if answer.content_type.startswith("text/plain"):
                return [Reply(message.to, message.from_, answer.body.decode("utf-8", "replace").strip(), NOWHERE)]
            replies, following = read_replies(answer.body, message, where.url)
            if following is None:
                return replies
            where = following
        raise Unreachable("it redirects on and on")

    async def _reply(self, reply: Reply) -> None:
        try:
            self.may_send(reply.from_, reply.to)
            to = read_address(reply.to)
        except (Refused, NotAnAddress) as error:
            log.warning("carrier_sms_reply_dropped", why=str(error))
            return
        await self.send(self.open(reply.from_, to, reply.body, TextDirection.OUTBOUND_REPLY, reply.told))

    def _become(self, message: Message, status: TextStatus) -> None:
        message.status, message.updated_ms = status, self._network.clock.wall_ms()
        if status is TextStatus.SENT:
            message.sent_ms = message.updated_ms
        if message.told:
            fields = status_fields(message, self._network.outbox.account.sid)
            self._network.outbox.tell(message.sid, message.told, fields)

    async def _pass(self) -> None:
        await asyncio.sleep(self._transit_ms / 1000)


def read_replies(document: bytes, message: Message, base: str) -> tuple[list[Reply], Address | None]:
    """What the application sends back, or where it asks to go on. Raises BrokenMarkup."""
    replies: list[Reply] = []
    for element in response_of(document).children:
        if element.name == "Message":
            replies.append(_reply(element, message, base))
        elif element.name == "Redirect":
            return replies, Address(urljoin(base, element.text), element.attributes.get("method", "POST").upper())
        else:
            raise BrokenMarkup(NOT_TWIML, f"line {element.at}: <{element.name}> does not answer a message")
    return replies, None


def _reply(element: Element, message: Message, base: str) -> Reply:
    bodies = [child.text for child in element.children if child.name == "Body"]
    attributes = element.attributes
    told = attributes.get("statusCallback") or attributes.get("action") or ""
    return Reply(
        attributes.get("from", message.to),
        attributes.get("to", message.from_),
        " ".join([element.text, *bodies]).strip()[:BODY_CHARACTERS_MAX],
        Address(urljoin(base, told), attributes.get("method", "POST").upper()) if told else NOWHERE,
    )
