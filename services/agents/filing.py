"""Filing: what came in on contacts.inbound and what the router decided become documents, idempotently.

Each document is written before the checkpoint, so a record may be filed twice and never not at all. The two topics are
followed independently: whichever speaks of a contact first begins its document.
"""

from collections.abc import Mapping
from typing import Any

import structlog

from services.agents.bells import Bells, contact_topic
from services.agents.call_lines import CALLS, CONNECTED, CONNECTED_LINE, CONNECTING, call_line, line_of
from services.agents.documents import CONTACTS, CUSTOMERS, MESSAGES, within
from services.agents.heard import (
    CallConnected,
    CallUnanswered,
    ContactAccepted,
    ContactArrived,
    ContactChanged,
    ContactDiverted,
    ContactEnded,
    ContactLeft,
    ContactQueued,
    CustomerTold,
    Decided,
    Inbound,
    Message,
    MessageAdded,
    MessageDelivered,
    MessageFailed,
    OfferAccepted,
    PlanActivated,
)
from services.agents.message_documents import content, message_document
from services.agents.plan_words import PlanWords
from services.agents.route_lines import diverted_line, told_line
from services.shared.document_store import Collection, DocumentStore

log = structlog.get_logger()


class Filing:
    """Files one record at a time. All methods raise StoreUnavailable."""

    def __init__(self, documents: DocumentStore, plan_words: PlanWords, bells: Bells) -> None:
        self._documents = documents
        self._plan_words = plan_words
        self._bells = bells

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
                await self._file_call_line(heard, at_ms, line_of(happened))
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
        if contact.get("joined_contact_id"):
            self._bells.ring(contact_topic(heard.tenant, contact["joined_contact_id"]))

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

    async def _file_call_line(self, heard: Inbound, at_ms: int, text: str) -> None:
        """What the carrier told of a call; other channels have their own ways to show who left."""
        contact = await self._documents.get(CONTACTS, within(heard.tenant, heard.contact_id)) or {}
        if text and contact.get("channel") in CALLS:
            line = call_line(heard.event_id, contact, at_ms, text, contact.get("agent", ""))
            await self._documents.insert(MESSAGES, line)

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
            case ContactDiverted() as diverted:
                await self._file_diverted(decided, diverted)
            case OfferAccepted(contact_id=id, agent=agent):
                await self._merge_contact(decided.tenant, id, {"agent": agent, "call": CONNECTING})
                self._bells.ring(contact_topic(decided.tenant, id))
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

    async def _file_diverted(self, decided: Decided, diverted: ContactDiverted) -> None:
        contact = await self._documents.get(CONTACTS, within(decided.tenant, diverted.contact_id)) or {}
        line_id = within(decided.tenant, diverted.contact_id, "diverted")
        if contact:
            line = call_line(line_id, contact, decided.at_ms, diverted_line(diverted), diverted.agent)
            await self._documents.insert(MESSAGES, line)
            self._bells.ring(contact_topic(decided.tenant, diverted.contact_id))

    async def _file_connected(self, decided: Decided, connected: CallConnected) -> None:
        await self._merge_contact(decided.tenant, connected.contact_id, {"call": CONNECTED})
        contact = await self._documents.get(CONTACTS, within(decided.tenant, connected.contact_id)) or {}
        # What is filed again was decided at the same time.
        line_id = within(decided.tenant, connected.contact_id, CONNECTED, str(decided.at_ms))
        await self._documents.insert(
            MESSAGES, call_line(line_id, contact, decided.at_ms, CONNECTED_LINE, connected.agent)
        )
        self._bells.ring(contact_topic(decided.tenant, connected.contact_id))

    async def _file_end(self, decided: Decided, ended: ContactEnded) -> None:
        facts = {
            "ended_at_ms": decided.at_ms,
            "outcome": ended.outcome,
            "disposition": ended.disposition,
            "joined_contact_id": ended.joined_contact_id,
        }
        await self._merge_contact(decided.tenant, ended.contact_id, facts)
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
