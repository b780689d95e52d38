"""Replies and notes: a reply stands in contacts.outbound, under one id, before its client is told so."""

from services.agents.bells import Bells, contact_topic
from services.agents.conversations import Conversations
from services.agents.desk import WorkItem
from services.agents.documents import MESSAGES
from services.agents.errors import invalid, not_now
from services.agents.heard import Message, Outbound
from services.agents.log_codec import encode_outbound
from services.agents.message_documents import message_document
from services.agents.metrics import REPLIES
from services.plan.compiled import Channel
from services.shared.clock import Clock
from services.shared.document_store import Document, DocumentStore
from services.shared.event_log import EventLog
from services.shared.keyed_hash import keyed_hash
from services.shared.partition import partition_of
from services.shared.tokens import Identity

# Channels on which an answer can be sent so far.
ANSWERING = frozenset({Channel.EMAIL, Channel.SMS, Channel.WEB_CHAT})
# What carriers take as one short message, counted as they count: in units of UTF-16.
SMS_UNITS_MAX = 1_600
# No secret: it only keeps these ids apart from all others.
ID_KEY = b"what agents write"
SUBJECT_CHARACTERS_MAX = 300
REFERENCES_MAX = 20


class Outbox:
    """The only writer of contacts.outbound. All methods raise Refused, StoreUnavailable, LogUnavailable."""

    def __init__(
        self, documents: DocumentStore, outbound: EventLog, conversations: Conversations, bells: Bells, clock: Clock
    ) -> None:
        self._documents = documents
        self._outbound = outbound
        self._conversations = conversations
        self._bells = bells
        self._clock = clock

    async def written(self, identity: Identity, contact_id: str, command_id: str, text: str) -> Document | None:
        """What this command wrote before, or None; a command id that wrote something else is refused."""
        document = await self._documents.get(MESSAGES, _message_id(identity, command_id))
        if document is not None and (document.get("item", document["contact_id"]), document["text"]) != (
            contact_id,
            text,
        ):
            raise not_now(
                "The command_id is taken.",
                "It belongs to something else that you wrote.",
                "Make a new id for each message.",
            )
        return document

    async def reply(self, identity: Identity, item: WorkItem, command_id: str, text: str) -> Document:
        """Send an answer on the contact's own channel; when this returns it is durable."""
        if item.about:
            raise not_now(
                "The customer can't be answered from here.",
                f"{item.asked_by} has the contact, and asks you about it.",
                "Write a note, which both of you see, or have the contact handed over.",
            )
        if item.channel not in ANSWERING:
            raise not_now(
                "This contact can't be answered here.",
                f"Its channel ({item.channel.value}) takes no written answers.",
                "Finish it with a disposition, or transfer it.",
            )
        if item.channel is Channel.SMS:
            _must_fit_an_sms(text)
        message = await self._answer(identity, item, text)
        document = self._document(identity, item, command_id, message, direction="out", state="writing")
        document |= {"to": await self._to(identity, item), "from": item.dialed}
        await self._documents.insert(MESSAGES, document)
        return await self.append(document)

    async def append(self, document: Document) -> Document:
        """Append a reply and say so in its document. Doing it again appends it again under the same id."""
        outbound = _outbound(document)
        await self._outbound.append(partition_of(outbound.tenant, self._outbound.partitions), encode_outbound(outbound))
        if not outbound.automatic:
            REPLIES.labels(outbound.channel.value).inc()
        await self._documents.change(MESSAGES, document["id"], {"state": "sending"}, when={"state": "writing"})
        self._bells.ring(contact_topic(outbound.tenant, outbound.contact_id))
        return document | {"state": "sending"}

    async def note(self, identity: Identity, item: WorkItem, command_id: str, text: str) -> Document:
        """Keep a note with the contact, also with the one that a consultation is about; customers never see it."""
        document = self._document(identity, item, command_id, Message(text=text), direction="note", state="kept")
        await self._documents.insert(MESSAGES, document)
        self._bells.ring(contact_topic(identity.tenant, document["contact_id"]))
        return document

    async def _to(self, identity: Identity, item: WorkItem) -> str:
        """The customer's address; a chat needs none, its socket is the contact's own."""
        if item.channel not in (Channel.EMAIL, Channel.SMS):
            return ""
        # An SMS has no address to answer to but the one that it came from.
        last = await self._conversations.last_received(identity.tenant, item.contact_id)
        contact = await self._conversations.contact(identity.tenant, item.contact_id) or {}
        if to := last.get("reply_to") or contact.get("caller"):
            return str(to)
        raise not_now(
            "The address to answer to is not known yet.",
            "What the customer wrote has not been filed, or has no sender.",
            "Try again in a moment; if it stays so, answer in another way.",
        )

    async def _answer(self, identity: Identity, item: WorkItem, text: str) -> Message:
        if item.channel is not Channel.EMAIL:
            return Message(text=text)
        return answer_in_thread(await self._conversations.last_received(identity.tenant, item.contact_id), text)

    def _document(  # noqa: PLR0913  # each is a fact of the message
        self, identity: Identity, item: WorkItem, command_id: str, message: Message, *, direction: str, state: str
    ) -> Document:
        return message_document(
            id=_message_id(identity, command_id),
            tenant=identity.tenant,
            company=item.company,
            contact_id=item.about or item.contact_id,
            direction=direction,
            at_ms=self._clock.wall_ms(),
            sender=identity.agent,
            message=message,
            state=state,
        ) | {"channel": item.channel.value, "item": item.contact_id}


def _message_id(identity: Identity, command_id: str) -> str:
    return keyed_hash(ID_KEY, identity.tenant, identity.agent, command_id)


def _must_fit_an_sms(text: str) -> None:
    units = len(text.encode("utf-16-le")) // 2
    if units > SMS_UNITS_MAX:
        raise invalid(
            "The message is too long for an SMS.",
            f"It has {units} characters; an SMS may have {SMS_UNITS_MAX}.",
            "Shorten it, or write it in parts.",
        )


def answer_in_thread(last: Document, text: str) -> Message:
    """An answer to the mail that the customer wrote last."""
    references = [*last.get("mail_references", ()), last.get("mail_message_id", "")]
    return Message(
        subject=_answering(last.get("subject", "")),
        text=text,
        mail_references=tuple(reference for reference in references if reference)[-REFERENCES_MAX:],
    )


def _answering(subject: str) -> str:
    line = " ".join(subject.split())[:SUBJECT_CHARACTERS_MAX]
    return line if line.lower().startswith("re:") else f"Re: {line}".strip()


def _outbound(document: Document) -> Outbound:
    return Outbound(
        event_id=document["id"],
        tenant=document["tenant"],
        company=document["company"],
        contact_id=document["contact_id"],
        channel=Channel(document["channel"]),
        agent=document["sender"],
        to=document["to"],
        from_=document["from"],
        message=Message(
            subject=document["subject"], text=document["text"], mail_references=tuple(document["mail_references"])
        ),
        written_at_ms=document["at_ms"],
        automatic=document.get("automatic", False),
    )
