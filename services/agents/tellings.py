"""Tells customers who wrote to us what a route has them told: an automatic reply, by SMS or as a mail in the thread.

It goes by the log: each telling has an id of its own, under which it is appended again after a crash and sent once.
Callers and visitors of a chat are told by ingest, which has them on the line.

What programs write is never answered, nor what could not be read: two programs would answer each other for ever
(RFC 3834). For those that do not say what they are, a customer gets a few automatic replies a day and no more.
"""

import asyncio
from dataclasses import dataclass

import structlog

from services.agents.conversations import Conversations
from services.agents.documents import MESSAGES, TOLD_CUSTOMERS, within
from services.agents.heard import ContactDiverted, CustomerTold, Decided, Message
from services.agents.message_documents import message_document
from services.agents.metrics import TELLINGS
from services.agents.outbox import Outbox, answer_in_thread
from services.agents.plan_words import PlanWords
from services.agents.telling_words import outlook, words_in
from services.plan.compiled import Channel, Diversion
from services.shared.clock import Clock
from services.shared.document_store import Document, DocumentStore
from services.shared.keyed_hash import keyed_hash
from services.shared.logs import about

# No secret: it only keeps these ids apart from all others.
ID_KEY = b"what customers are told"
WRITTEN = (Channel.SMS.value, Channel.EMAIL.value, Channel.WEB_FORM.value)
MINUTE_MS, DAY_MS = 60_000, 24 * 3_600_000
# A place in the queue is not true for long; that nobody answers still is the next day.
TOLD_WITHIN_MS = 10 * MINUTE_MS
DIVERTED_WITHIN_MS = DAY_MS
A_DAY_MAX = 5
# The two topics are filed side by side: who the customer is may be filed a moment after what was decided.
PATIENCE_S = 5.0
LOOK_S = 0.1

log = structlog.get_logger()
Telling = CustomerTold | ContactDiverted


@dataclass(frozen=True, slots=True)
class Customer:
    """Whom to tell: the contact, what the customer wrote last, and by what channel from where to where."""

    contact: Document
    last: Document
    channel: Channel
    to: str
    from_: str


class Teller:
    """Raises StoreUnavailable and LogUnavailable: let it hear the same again."""

    def __init__(self, documents: DocumentStore, outbox: Outbox, plan_words: PlanWords, clock: Clock) -> None:
        self._documents = documents
        self._outbox = outbox
        self._plan_words = plan_words
        self._conversations = Conversations(documents)
        self._clock = clock

    async def hear(self, decided: Decided) -> None:
        """Tell the customer, if it is to be told and they can be told in writing."""
        telling = decided.decision
        if not isinstance(telling, Telling):
            return
        with about(decided.tenant, telling.contact_id):
            outcome = await self._tell(decided, telling)
            if outcome:
                TELLINGS.labels(outcome).inc()
                log.info("customer_told", outcome=outcome)

    async def _tell(self, decided: Decided, telling: Telling) -> str:
        """What became of it; empty where there was nothing to do."""
        contact = await self._conversations.contact(decided.tenant, telling.contact_id)
        if contact is None or contact.get("channel") not in WRITTEN:
            return ""
        told_as = _id(decided.tenant, telling)
        written = await self._documents.get(MESSAGES, told_as)
        if written is not None:
            await self._append_once(written)
            return ""
        age_ms = self._clock.wall_ms() - decided.at_ms
        if age_ms > (TOLD_WITHIN_MS if isinstance(telling, CustomerTold) else DIVERTED_WITHIN_MS):
            return "too_late"
        customer = await self._customer(contact, patient=age_ms < TOLD_WITHIN_MS)
        if isinstance(customer, str):
            return customer
        if not await self._may_tell(customer, told_as, decided.at_ms):
            return "too_often"
        document = await self._document(told_as, customer, telling)
        await self._documents.insert(MESSAGES, document)
        await self._append_once(document)
        return "told"

    async def _append_once(self, document: Document) -> None:
        if document["state"] == "writing":
            await self._outbox.append(document)

    async def _customer(self, contact: Document, *, patient: bool) -> Customer | str:
        """Whom to tell, or why nobody can be."""
        for _ in range(int(PATIENCE_S / LOOK_S) if patient else 1):
            tenant, contact_id = contact["tenant"], contact["contact_id"]
            contact = await self._conversations.contact(tenant, contact_id) or contact
            last = await self._conversations.last_received(tenant, contact_id)
            is_read = contact["channel"] != Channel.EMAIL.value or contact.get("is_read")
            # Of a mail it must be known what it says: only then is it known that it is no program's.
            if contact.get("caller") and is_read:
                return await self._reached(contact, last)
            await asyncio.sleep(LOOK_S if patient else 0)
        return "unknown_customer"

    async def _reached(self, contact: Document, last: Document) -> Customer | str:
        if contact.get("automatic"):
            return "automatic_mail"
        caller = contact["caller"]
        match Channel(contact["channel"]):
            case Channel.SMS as channel:
                return Customer(contact, last, channel, caller, contact.get("dialed", ""))
            case Channel.EMAIL as channel:
                return Customer(contact, last, channel, caller, contact.get("dialed", ""))
            case _:
                mailbox = (await self._plan_words.sender_of(contact["tenant"], contact["company"])).mailbox
                reached = mailbox and "@" in caller
                return Customer(contact, last, Channel.EMAIL, caller, mailbox) if reached else "no_address"

    async def _may_tell(self, customer: Customer, id: str, at_ms: int) -> bool:
        """Note that this is told, unless the customer was told so much already within a day."""
        contact = customer.contact
        known = within(contact["tenant"], contact["company"], customer.channel, contact.get("customer") or customer.to)
        kept = await self._documents.get(TOLD_CUSTOMERS, _hashed(known)) or {}
        told = {each["id"]: each for each in kept.get("told", ()) if each["at_ms"] > at_ms - DAY_MS}
        if id not in told and len(told) >= A_DAY_MAX:
            return False
        told[id] = {"id": id, "at_ms": at_ms}
        await self._documents.put(TOLD_CUSTOMERS, {"id": _hashed(known), "told": list(told.values())})
        return True

    async def _document(self, id: str, customer: Customer, telling: Telling) -> Document:
        contact = customer.contact
        addresses = {"to": customer.to, "from": customer.from_, "channel": customer.channel.value}
        return (
            message_document(
                id=id,
                tenant=contact["tenant"],
                company=contact["company"],
                contact_id=contact["contact_id"],
                direction="out",
                at_ms=self._clock.wall_ms(),
                sender="",
                message=await self._message(customer, telling),
                state="writing",
            )
            | addresses
            | {"automatic": True}
        )

    async def _message(self, customer: Customer, telling: Telling) -> Message:
        contact = customer.contact
        language = (isinstance(telling, ContactDiverted) and telling.language) or _language(contact)
        text = _text(telling, language)
        if customer.channel is Channel.SMS:
            return Message(text=text)
        if contact["channel"] == Channel.EMAIL.value:
            return answer_in_thread(customer.last, text)
        company = (await self._plan_words.sender_of(contact["tenant"], contact["company"])).name
        return Message(subject=words_in(language).subject.format(company=company), text=text)


def _id(tenant: str, telling: Telling) -> str:
    """Of a contact: in writing its place is told once, however often the route says it, and how it ends."""
    kind = "told" if isinstance(telling, CustomerTold) else "diverted"
    return keyed_hash(ID_KEY, tenant, telling.contact_id, kind)


def _language(contact: Document) -> str:
    """Of the mail itself, or else of where it was sent to."""
    return str(contact.get("read_language") or contact.get("language", ""))


def _text(telling: Telling, language: str) -> str:
    words = words_in(language)
    if isinstance(telling, CustomerTold):
        return outlook(words, telling.position, telling.expected_wait_ms)
    match telling.to:
        case Diversion.MESSAGE:
            return telling.address
        case Diversion.THIRD_PARTY:
            return words.elsewhere.format(address=telling.address)
        case Diversion.VOICEMAIL:
            return words.nobody


def _hashed(known: str) -> str:
    return keyed_hash(ID_KEY, known)
