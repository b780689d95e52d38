"""Who is to be called for which accepted offer: what the agents service said on contacts.outbound, kept."""

from collections import OrderedDict

from services.ingest.envelopes import Connect
from services.shared.document_store import Collection, DocumentStore

CONNECTS = Collection("voice_connects")
REMEMBERED_MAX = 10_000


class Connects:
    """The newest connect of each contact, in the document store and, of the newest ones, in memory."""

    def __init__(self, documents: DocumentStore) -> None:
        self._documents = documents
        self._newest: OrderedDict[str, Connect] = OrderedDict()

    async def put(self, contact_id: str, connect: Connect) -> None:
        """Keep it. Raises StoreUnavailable; it is in memory then all the same."""
        self._remember(contact_id, connect)
        document = {"id": contact_id, "offer_id": connect.offer_id, "agent_address": connect.agent_address}
        await self._documents.put(CONNECTS, document)

    async def agent_address(self, contact_id: str, offer_id: str) -> str:
        """Where the agent's telephone is; "" while nobody has said so. Raises StoreUnavailable."""
        known = self._newest.get(contact_id)
        if known is None or known.offer_id != offer_id:
            document = await self._documents.get(CONNECTS, contact_id)
            if document is None or document["offer_id"] != offer_id:
                return ""
            known = Connect(offer_id, document["agent_address"])
            self._remember(contact_id, known)
        return known.agent_address

    async def forget(self, contact_id: str) -> None:
        """The call is over: agents' numbers are kept no longer than they are needed. Raises StoreUnavailable."""
        self._newest.pop(contact_id, None)
        await self._documents.delete(CONNECTS, contact_id)

    def _remember(self, contact_id: str, connect: Connect) -> None:
        self._newest[contact_id] = connect
        self._newest.move_to_end(contact_id)
        while len(self._newest) > REMEMBERED_MAX:
            self._newest.popitem(last=False)
