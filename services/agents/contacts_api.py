"""Reading contacts over HTTP: the conversation, its attachments, a customer's history."""

import re
from typing import Annotated, Any

from fastapi import APIRouter, Path, Response

from services.agents import models
from services.agents.access import Caller, GatedRoute
from services.agents.desk import WorkItem
from services.agents.desk_view import OPENED, item_of, visible_items
from services.agents.errors import not_found, not_now, unavailable
from services.agents.office import Office
from services.plan.compiled import Channel
from services.shared.blob_store import BlobUnavailable
from services.shared.tokens import Identity, Role

ContactId = Annotated[str, Path(pattern=models.ID_PATTERN)]
BlobName = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]
DOCUMENTS = (Channel.FAX.value, Channel.LETTER.value)
PICTURE, PNG = "image/png", b"\x89PNG\r\n\x1a\n"
UNSAFE_IN_NAMES = re.compile(r"[^A-Za-z0-9._-]+")


class ContactsApi:
    """An agent reads what they have accepted and still have; a supervisor what belongs to their companies."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def router(self) -> APIRouter:
        """The routes."""
        router = APIRouter(route_class=GatedRoute)
        router.add_api_route("/v1/work/{contact_id}", self.work, methods=["GET"])
        router.add_api_route("/v1/work/{contact_id}/attachments/{blob}", self.attachment, methods=["GET"])
        router.add_api_route("/v1/work/{contact_id}/pages/{blob}", self.page, methods=["GET"])
        router.add_api_route("/v1/customers/{customer}/contacts", self.history, methods=["GET"])
        return router

    async def work(self, caller: Caller, contact_id: ContactId) -> dict[str, Any]:
        """The conversation, oldest first; of a consultation, that of the contact that it is about."""
        read = await self._read_as(caller, contact_id)
        consultation_id = contact_id if read != contact_id else ""
        return await self._office.conversations.shown(caller.tenant, read, consultation_id)

    async def attachment(self, caller: Caller, contact_id: ContactId, blob: BlobName) -> Response:
        """A file that came with a message of this contact, to be saved and never shown by the browser."""
        contact_id = await self._read_as(caller, contact_id)
        names = await self._attached(caller.tenant, contact_id)
        if blob not in names:
            raise not_found("attachment of this contact")
        content = await self._content(blob)
        name = UNSAFE_IN_NAMES.sub("_", names[blob])[:100] or "attachment"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(content, media_type="application/octet-stream", headers=headers)

    async def page(self, caller: Caller, contact_id: ContactId, blob: BlobName) -> Response:
        """A page of a fax or a letter, to be shown: a picture that our own worker made. Nothing else is ever shown."""
        contact_id = await self._read_as(caller, contact_id)
        contact = await self._office.conversations.contact(caller.tenant, contact_id) or {}
        if contact.get("channel") not in DOCUMENTS or blob not in await self._pages(caller.tenant, contact_id):
            raise not_found("page of this contact")
        content = await self._content(blob)
        if not content.startswith(PNG):
            raise not_found("page of this contact")
        return Response(content, media_type=PICTURE, headers={"Content-Disposition": 'inline; filename="page.png"'})

    async def history(self, caller: Caller, customer: ContactId) -> dict[str, Any]:
        """A customer's contacts with the companies you may see: when, on which channel, what became of them."""
        if caller.role is Role.AGENT and not self._has_customer(caller, customer):
            raise not_found("customer on your desk")
        contacts = await self._office.conversations.history(caller, customer)
        if not contacts:
            raise not_found("customer")
        return {"customer": customer, "contacts": contacts}

    async def _read_as(self, caller: Identity, contact_id: str) -> str:
        """The contact whose conversation they may read under that id. Raises Refused."""
        if caller.role is Role.AGENT:
            return self._on_desk(caller, contact_id).about or contact_id
        contact = await self._office.conversations.contact(caller.tenant, contact_id)
        if contact is None or not caller.may_see(contact.get("company", "")):
            raise not_found("contact")
        return contact.get("about") or contact_id

    def _on_desk(self, caller: Identity, contact_id: str) -> WorkItem:
        item = item_of(caller, self._office.links.of(caller.tenant).seat(caller), contact_id)
        if item is None:
            raise not_found("contact on your desk")
        if item.state not in OPENED:
            raise not_now(
                "The conversation is not open yet.", "It was offered to you and not accepted.", "Accept it first."
            )
        return item

    def _has_customer(self, caller: Identity, customer: str) -> bool:
        seat = self._office.links.of(caller.tenant).seat(caller)
        return any(item.customer == customer and item.state in OPENED for item in visible_items(caller, seat))

    async def _content(self, blob: str) -> bytes:
        """Raises Refused."""
        try:
            content = await self._office.blobs.get(blob)
        except BlobUnavailable:
            raise unavailable("The attachment can't be read now.", "The store of attachments is away.") from None
        if content is None:
            raise not_found("attachment in the store")
        return content

    async def _pages(self, tenant: str, contact_id: str) -> set[str]:
        messages = await self._office.conversations.messages(tenant, contact_id)
        received = (message for message in messages if message["direction"] == "in")
        attached = (one for message in received for one in message["attachments"])
        return {one["blob"] for one in attached if one["media_type"] == PICTURE}

    async def _attached(self, tenant: str, contact_id: str) -> dict[str, str]:
        messages = await self._office.conversations.messages(tenant, contact_id)
        names = {attached["blob"]: attached["name"] for message in messages for attached in message["attachments"]}
        raw = {message["raw_blob"]: "original" for message in messages if message["raw_blob"]}
        return raw | names
