"""Filing: what came in on contacts.inbound and what the router decided become documents, idempotently.

Each document is written before the checkpoint, so a record may be filed twice and never not at all. The two topics are
followed independently: whichever speaks of a contact first begins its document.
"""

from collections.abc import Mapping
from typing import Any

import structlog

from services.agents.bells import Bells, contact_topic
from services.agents.call_lines import (
    ASKED_CONNECTED_LINE,
    CALLS,
    CONNECTED,
    CONNECTED_LINE,
    CONNECTING,
    call_line,
    line_of,
)
from services.agents.documents import CONTACTS, CUSTOMERS, MESSAGES, within
from services.agents.heard import (
    CallConnected,
    CallUnanswered,
    ConsultationOpened,
    ContactAccepted,
    ContactArrived,
    ContactChanged,
    ContactDiverted,
    ContactEnded,
    ContactHandedOver,
    ContactLeft,
    ContactQueued,
    ContactReturned,
    ContactTransferred,
    CustomerTold,
    Decided,
    Inbound,
    Message,
    MessageAdded,
    MessageDelivered,
    MessageFailed,
    OfferAccepted,
    PlaceKept,
    PlanActivated,
    StepTaken,
)
from services.agents.message_documents import content, message_document
from services.agents.plan_words import PlanWords
from services.agents.route_lines import CALLED_BACK, CALLED_BACK_LINE, PLACE_KEPT_LINE, diverted_line, told_line
from services.agents.way_lines import TAKEN_BACK_LINE, asked_line, handed_over_line, step_line, transferred_line
from services.shared.document_store import Collection, Document, DocumentStore

# What ingest calls a mail that a program wrote.
AUTOMATIC = "automatic"

log = structlog.get_logger()


Onward = ContactDiverted | PlaceKept | StepTaken | ContactTransferred | ContactReturned


class Filing:
    """Files one record at a time. All methods raise StoreUnavailable."""

    def __init__(self, documents: DocumentStore, plan_words: PlanWords, bells: Bells) -> None:
        self._documents = documents
        self._plan_words = plan_words
        self._plan_words = plan_words
        self._bells = bells

    @property
    def plan_words(self) -> PlanWords:
        """What it files plans into."""
        return self._plan_words

    @property
    def bells(self) -> Bells:
        """What it rings."""
        return self._bells

    # ------------------------------------------------------------------ contacts.inbound

    async def file_inbound(self, heard: Inbound, at_ms: int) -> None:
        """File one thing that happened outside; `at_ms` is when it was appended."""
        match heard.said:
            case ContactArrived() as arrived:
                await self._file_arrival(heard, arrived, at_ms)
            case ContactChanged() as changed:
                await self._file_change(heard, changed, at_ms)
            case MessageAdded(message=message, successor_contact_id=successor):
                if message is not None:
                    await self._file_message(heard, heard.event_id, message, at_ms, successor)
            case MessageDelivered(outbound_id=id):
                await self._settle(heard, id, {"state": "delivered", "why": ""})
            case MessageFailed(outbound_id=id, why=why):
                await self._settle(heard, id, {"state": "failed", "why": why})
            case ContactLeft() | CallUnanswered() as happened:
                await self._file_call_line(heard, at_ms, happened)
            case None:
                return
        self._bells.ring(contact_topic(heard.tenant, heard.contact_id))

    async def _file_arrival(self, heard: Inbound, arrived: ContactArrived, at_ms: int) -> None:
        facts = {
            "company": heard.company,
            "channel": arrived.channel.value,
            "dialed": arrived.dialed,
            "caller": arrived.caller,
            "caller_name": arrived.caller_name,
            "first_message": heard.event_id,
        }
        if arrived.previous_contact_id:
            facts["previous_contact_id"] = arrived.previous_contact_id
        await self._merge_contact(heard.tenant, heard.contact_id, facts)
        if arrived.message is not None:
            await self._file_message(heard, heard.event_id, arrived.message, at_ms)
        await self._file_customer(heard.tenant, heard.contact_id)

    async def _file_change(self, heard: Inbound, changed: ContactChanged, at_ms: int) -> None:
        contact = await self._documents.get(CONTACTS, within(heard.tenant, heard.contact_id)) or {}
        message_id = contact.get("first_message", heard.event_id)
        if changed.message is not None:
            await self._file_message(heard, message_id, changed.message, at_ms)
            # The arrival brought it raw; this is the same message made readable.
            await self._settle(heard, message_id, _made_readable(changed.message))
        if changed.unreadable_because:
            await self._settle(heard, message_id, {"unreadable_because": changed.unreadable_because})
        elif changed.message is not None:
            await self._file_as_read(heard, changed)
        if contact.get("joined_contact_id"):
            self._bells.ring(contact_topic(heard.tenant, contact["joined_contact_id"]))

    async def _file_as_read(self, heard: Inbound, changed: ContactChanged) -> None:
        """What can only be said once it was read: whether a program wrote it, and in which language it says it is."""
        automatic = any(each.name == AUTOMATIC for each in changed.attributes)
        facts = {"is_read": True, "automatic": automatic, "read_language": changed.language}
        await self._merge_contact(heard.tenant, heard.contact_id, facts)

    async def _file_message(
        self, heard: Inbound, id: str, message: Message, at_ms: int, successor_contact_id: str = ""
    ) -> None:
        contact = await self._documents.get(CONTACTS, within(heard.tenant, heard.contact_id)) or {}
        sender = contact.get("caller_name") or contact.get("caller", "")
        document = message_document(
            id=id,
            tenant=heard.tenant,
            company=heard.company,
            contact_id=heard.contact_id,
            direction="in",
            at_ms=at_ms,
            sender=sender,
            message=message,
            state="received",
        )
        await self._documents.insert(MESSAGES, document | {"successor_contact_id": successor_contact_id})
        if successor_contact_id:
            self._bells.ring(contact_topic(heard.tenant, successor_contact_id))

    async def _file_call_line(self, heard: Inbound, at_ms: int, happened: ContactLeft | CallUnanswered) -> None:
        """What the carrier told of a call; other channels have their own ways to show who left.

        What it told of a consultation stands where all is said of it: with the call that it is about.
        """
        contact = await self._documents.get(CONTACTS, within(heard.tenant, heard.contact_id)) or {}
        about = contact.get("about", "")
        text = line_of(happened, is_asked=bool(about))
        if not text or contact.get("channel") not in CALLS:
            return
        # Which of the two hung up is not told.
        agent = "" if about and isinstance(happened, ContactLeft) else contact.get("agent", "")
        line = call_line(heard.event_id, await self._read_with(contact), at_ms, text, agent)
        await self._documents.insert(MESSAGES, line)
        if about:
            self._bells.ring(contact_topic(heard.tenant, about))

    async def _read_with(self, contact: Document) -> Document:
        """The contact in whose conversation stands what is said of this one: of a consultation, what it is about."""
        if not contact.get("about"):
            return contact
        about = await self._documents.get(CONTACTS, within(contact["tenant"], contact["about"]))
        return about or {**contact, "contact_id": contact["about"]}

    async def _settle(self, heard: Inbound, id: str, changes: Mapping[str, Any]) -> None:
        await self._documents.change(MESSAGES, id, changes, when={"tenant": heard.tenant})

    # ------------------------------------------------------------------ router.log

    async def file_decided(self, decided: Decided) -> None:
        """File one decision of the router."""
        match decided.decision:
            case PlanActivated(plan=plan):
                await self._plan_words.learn(decided.tenant, plan)
            case ContactAccepted() as accepted:
                await self._file_accepted(decided.tenant, accepted)
            case ContactQueued(contact_id=id, queue=queue):
                await self._merge_contact(decided.tenant, id, {"queue": queue})
            case CustomerTold() as told:
                await self._file_told(decided, told)
            case OfferAccepted(contact_id=id, agent=agent):
                await self._merge_contact(decided.tenant, id, {"agent": agent, "call": CONNECTING})
                self._bells.ring(contact_topic(decided.tenant, id))
            case (ContactDiverted() | PlaceKept() | StepTaken() | ContactTransferred() | ContactReturned()) as onward:
                await self._file_onward(decided, onward)
            case (ConsultationOpened() | ContactHandedOver()) as consulted:
                await self._file_consulted(decided, consulted)
            case CallConnected() as connected:
                await self._file_connected(decided, connected)
            case ContactEnded() as ended:
                await self._file_end(decided, ended)

    async def _file_accepted(self, tenant: str, accepted: ContactAccepted) -> None:
        facts = {
            "company": accepted.company,
            "channel": accepted.channel.value,
            "dialed": accepted.dialed,
            "customer": accepted.customer,
            "language": accepted.language,
            "arrived_at_ms": accepted.arrived_at_ms,
        }
        if accepted.previous_contact_id:
            facts["previous_contact_id"] = accepted.previous_contact_id
        await self._merge_contact(tenant, accepted.contact_id, facts)
        await self._file_customer(tenant, accepted.contact_id)

    async def _file_told(self, decided: Decided, told: CustomerTold) -> None:
        """The newest alone: a step may tell again and again."""
        contact = await self._documents.get(CONTACTS, within(decided.tenant, told.contact_id)) or {}
        line_id = within(decided.tenant, told.contact_id, "told")
        if contact:
            await self._documents.put(MESSAGES, call_line(line_id, contact, decided.at_ms, told_line(told)))
            self._bells.ring(contact_topic(decided.tenant, told.contact_id))

    async def _file_route_line(self, decided: Decided, contact_id: str, what: str, text: str, agent: str = "") -> None:
        """What happens to a contact once."""
        contact = await self._documents.get(CONTACTS, within(decided.tenant, contact_id)) or {}
        line_id = within(decided.tenant, contact_id, what)
        if contact:
            await self._documents.insert(MESSAGES, call_line(line_id, contact, decided.at_ms, text, agent))
            self._bells.ring(contact_topic(decided.tenant, contact_id))

    async def _file_onward(self, decided: Decided, onward: Onward) -> None:
        """What whoever has it next is to know."""
        line = self._line_of(onward, decided.at_ms)
        if isinstance(onward, ContactTransferred):
            queue = await self._plan_words.queue_name(decided.tenant, onward.queue)
            line = (line[0], transferred_line(onward, queue))
        await self._file_route_line(decided, onward.contact_id, *line, getattr(onward, "agent", ""))

    @staticmethod
    def _line_of(onward: Onward, at_ms: int) -> tuple[str, str]:
        """What makes it another than the contact's others, and its words. What is filed again has the same time."""
        match onward:
            case ContactDiverted():
                return "diverted", diverted_line(onward)
            case PlaceKept():
                return "place kept", PLACE_KEPT_LINE
            case StepTaken():
                return f"step {onward.step} {at_ms}", step_line(onward)
            case ContactTransferred():
                return f"transferred {at_ms}", transferred_line(onward, onward.queue)
            case ContactReturned():
                return f"taken back {at_ms}", TAKEN_BACK_LINE

    async def _file_consulted(self, decided: Decided, consulted: ConsultationOpened | ContactHandedOver) -> None:
        match consulted:
            case ConsultationOpened():
                await self._file_consultation(decided, consulted)
            case ContactHandedOver():
                await self._file_handed_over(decided, consulted)

    async def _file_consultation(self, decided: Decided, opened: ConsultationOpened) -> None:
        """A consultation has no conversation of its own: what is said of it is said of its contact."""
        facts = {"company": opened.company, "channel": opened.channel.value, "about": opened.about}
        await self._merge_contact(decided.tenant, opened.contact_id, facts)
        await self._file_route_line(decided, opened.about, opened.contact_id, asked_line(opened), opened.agent)

    async def _file_handed_over(self, decided: Decided, handed_over: ContactHandedOver) -> None:
        facts = {"agent": handed_over.to_agent, "queue": handed_over.queue}
        asked = await self._documents.get(CONTACTS, within(decided.tenant, handed_over.consultation)) or {}
        if asked.get("call"):
            # The colleague's telephone may still ring.
            facts["call"] = asked["call"]
        await self._merge_contact(decided.tenant, handed_over.contact_id, facts)
        what, text = f"handed over {decided.at_ms}", handed_over_line(handed_over)
        await self._file_route_line(decided, handed_over.contact_id, what, text, handed_over.agent)

    async def _file_connected(self, decided: Decided, connected: CallConnected) -> None:
        await self._merge_contact(decided.tenant, connected.contact_id, {"call": CONNECTED})
        contact = await self._documents.get(CONTACTS, within(decided.tenant, connected.contact_id)) or {}
        read_with = await self._read_with(contact)
        text = ASKED_CONNECTED_LINE if contact.get("about") else CONNECTED_LINE
        # What is filed again was decided at the same time.
        line_id = within(decided.tenant, connected.contact_id, CONNECTED, str(decided.at_ms))
        await self._documents.insert(MESSAGES, call_line(line_id, read_with, decided.at_ms, text, connected.agent))
        self._bells.ring(contact_topic(decided.tenant, read_with["contact_id"]))

    async def _file_end(self, decided: Decided, ended: ContactEnded) -> None:
        facts = {
            "ended_at_ms": decided.at_ms,
            "outcome": ended.outcome,
            "disposition": ended.disposition,
            "joined_contact_id": ended.joined_contact_id,
        }
        await self._merge_contact(decided.tenant, ended.contact_id, facts)
        if ended.outcome == CALLED_BACK:
            await self._file_route_line(decided, ended.contact_id, "called back", CALLED_BACK_LINE)
        if ended.joined_contact_id:
            self._bells.ring(contact_topic(decided.tenant, ended.joined_contact_id))

    # ------------------------------------------------------------------ documents

    async def _merge_contact(self, tenant: str, contact_id: str, facts: Mapping[str, Any]) -> None:
        facts = {"tenant": tenant, "contact_id": contact_id, **facts}
        await self._merge(CONTACTS, within(tenant, contact_id), facts)

    async def _file_customer(self, tenant: str, contact_id: str) -> None:
        """The router knows the customer's hash and the edge their address: once both were heard they are filed."""
        contact = await self._documents.get(CONTACTS, within(tenant, contact_id)) or {}
        if not contact.get("customer") or not contact.get("caller"):
            return
        facts = {
            "tenant": tenant,
            "company": contact["company"],
            "customer": contact["customer"],
            "caller": contact["caller"],
            "name": contact.get("caller_name", ""),
        }
        await self._merge(CUSTOMERS, within(tenant, contact["company"], contact["customer"]), facts)

    async def _merge(self, collection: Collection, id: str, facts: Mapping[str, Any]) -> None:
        """Set these fields, in a new document if there is none; of two who begin it, one finds it there."""
        if await self._documents.change(collection, id, facts):
            return
        if not await self._documents.insert(collection, {"id": id, **facts}):
            await self._documents.change(collection, id, facts)


def _made_readable(message: Message) -> dict[str, Any]:
    """What replaces the raw message; where the raw thing is stays known."""
    return {name: value for name, value in content(message).items() if value or name != "raw_blob"}
