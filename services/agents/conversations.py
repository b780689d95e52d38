"""Reading what was filed: a contact's conversation and a customer's history, for who may see them."""

from typing import Any

from services.agents.call_lines import CALLS
from services.agents.documents import CONTACTS, CUSTOMERS, MESSAGES, within
from services.agents.message_documents import shown
from services.shared.document_store import Document, DocumentStore, OneOf
from services.shared.tokens import Identity

MESSAGES_MAX = 500
# By SMS each message of the customer joins the conversation as a contact.
JOINED_MAX = MESSAGES_MAX
HISTORY_MAX = 100
PREVIOUS_MAX = 5


class Conversations:
    """All methods raise StoreUnavailable, and return nothing that belongs to another tenant."""

    def __init__(self, documents: DocumentStore) -> None:
        self._documents = documents

    async def contact(self, tenant: str, contact_id: str) -> Document | None:
        """What is known of a contact; its caller may be known from the contact that it continues."""
        contact = await self._documents.get(CONTACTS, within(tenant, contact_id))
        if contact is None or "company" not in contact or contact.get("caller"):
            return contact
        return contact | await self._caller_of_previous(tenant, contact)

    async def _caller_of_previous(self, tenant: str, contact: Document) -> dict[str, str]:
        """A later message of an ended conversation becomes a contact without an arrival of its own."""
        for _ in range(PREVIOUS_MAX):
            previous = await self._documents.get(CONTACTS, within(tenant, contact.get("previous_contact_id", "")))
            if previous is None or previous.get("company") != contact["company"]:
                break
            if previous.get("caller"):
                return {"caller": previous["caller"], "caller_name": previous.get("caller_name", "")}
            contact = previous
        return {}

    async def messages(self, tenant: str, contact_id: str) -> list[Document]:
        """The conversation, oldest first: the contact's own messages and those of contacts that joined it."""
        joined = await self._documents.find(
            CONTACTS,
            {"tenant": tenant, "joined_contact_id": contact_id},
            sort=[("arrived_at_ms", -1)],
            limit=JOINED_MAX,
        )
        ids = OneOf((contact_id, *(contact["contact_id"] for contact in joined)))
        own = await self._find(tenant, "contact_id", ids)
        # Messages that came when the conversation before had ended, and so began this one.
        began = await self._find(tenant, "successor_contact_id", OneOf((contact_id,)))
        by_id = {message["id"]: message for message in (*own, *began)}
        return sorted(by_id.values(), key=lambda message: (message["at_ms"], message["id"]))

    async def last_received(self, tenant: str, contact_id: str) -> Document:
        """What the customer wrote last; empty where nothing is filed."""
        messages = await self.messages(tenant, contact_id)
        return next((message for message in reversed(messages) if message["direction"] == "in"), {})

    async def _find(self, tenant: str, field: str, ids: OneOf) -> list[Document]:
        return await self._documents.find(
            MESSAGES, {"tenant": tenant, field: ids}, sort=[("at_ms", -1)], limit=MESSAGES_MAX
        )

    async def shown(self, tenant: str, contact_id: str, consultation_id: str = "") -> dict[str, Any]:
        """A contact with its conversation, as clients see it; where it is read as a consultation, how far that came."""
        contact = await self.contact(tenant, contact_id) or {}
        if consultation_id:
            asked = await self.contact(tenant, consultation_id) or {}
            contact = {**contact, "call": asked.get("call", "")}
        names = ("company", "channel", "dialed", "caller", "caller_name", "language", "queue", "previous_contact_id")
        # How far a call was put through; what was accepted on other channels is no call.
        call = contact.get("call", "") if contact.get("channel") in CALLS else ""
        return {
            "contact": {"contact_id": contact_id, **{name: contact.get(name, "") for name in names}, "call": call},
            "messages": [shown(message) for message in await self.messages(tenant, contact_id)],
        }

    async def history(self, identity: Identity, customer: str) -> list[dict[str, Any]]:
        """A customer's contacts with the companies that this person may see, newest first; nothing that was said."""
        where: dict[str, Any] = {"tenant": identity.tenant, "customer": customer}
        found = await self._documents.find(CONTACTS, where, sort=[("arrived_at_ms", -1)], limit=HISTORY_MAX)
        names = ("channel", "company", "queue", "agent", "outcome", "disposition")
        times = ("arrived_at_ms", "ended_at_ms")
        return [
            {"contact_id": contact["contact_id"]}
            | {name: contact.get(name, "") for name in names}
            | {name: contact.get(name, 0) for name in times}
            for contact in found
            if identity.may_see(contact["company"])
        ]

    async def customer_name(self, tenant: str, company: str, customer: str) -> str:
        """What a company's customer is called, or empty."""
        found = await self._documents.get(CUSTOMERS, within(tenant, company, customer))
        return str(found["name"]) if found else ""
