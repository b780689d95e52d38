"""Which customers have an SMS conversation that goes on: what they write in it begins no contact, and no quota asks.

The router alone decides what joins what. Here it is noted which contact a customer's message became, and the log says
whether that is open. Where it is not known, a message is let in rather than refused.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from services.ingest.addresses import Place
from services.shared.clock import Clock
from services.shared.document_store import Collection, DocumentStore, StoreUnavailable
from services.shared.keyed_hash import keyed_hash

SMS_CONVERSATIONS = Collection("sms_conversations")
# Of a message that came a moment ago the log may not have spoken yet.
FRESH_MS = 900_000
# The newest contacts of one customer: all but one of them have joined another, as a rule.
CONTACTS_MAX = 8
HERE_MAX = 20_000


@dataclass(slots=True)
class Conversations:
    """`is_open`: whether a tenant's contact is open, as the log says."""

    documents: DocumentStore
    is_open: Callable[[str, str], bool]
    clock: Clock
    key: bytes = field(repr=False)
    here_max: int = HERE_MAX
    # The contact that this process noted last, by customer; the oldest are forgotten first.
    _here: OrderedDict[str, str] = field(default_factory=OrderedDict)

    def is_known(self, place: Place, caller: str) -> bool:
        """Whether the customer has a conversation that this process knows of."""
        contact_id = self._here.get(self._id(place, caller), "")
        return bool(contact_id) and self.is_open(place.tenant, contact_id)

    async def goes_on(self, place: Place, caller: str) -> bool:
        """Whether the customer may have a conversation that goes on; while the store is away, everybody may."""
        try:
            known = await self.documents.get(SMS_CONVERSATIONS, self._id(place, caller))
        except StoreUnavailable:
            return True
        if known is None:
            return False
        is_fresh = self.clock.wall_ms() - known["at_ms"] < FRESH_MS
        return is_fresh or any(self.is_open(place.tenant, each) for each in known["contact_ids"])

    async def note(self, place: Place, caller: str, contact_id: str) -> None:
        """A message of the customer became this contact, unless it joined another. Away, the store learns nothing."""
        if self.is_known(place, caller):
            return
        note_id = self._id(place, caller)
        self._here[note_id] = contact_id
        self._here.move_to_end(note_id)
        while len(self._here) > self.here_max:
            self._here.popitem(last=False)
        try:
            await self._write(place, note_id, contact_id)
        except StoreUnavailable:
            return

    async def _write(self, place: Place, note_id: str, contact_id: str) -> None:
        known = await self.documents.get(SMS_CONVERSATIONS, note_id)
        before = known["contact_ids"] if known else []
        for each in before:
            if self.is_open(place.tenant, each):
                self._here[note_id] = each
                return
        contact_ids = [*(each for each in before if each != contact_id), contact_id][-CONTACTS_MAX:]
        note = {"id": note_id, "contact_ids": contact_ids, "at_ms": self.clock.wall_ms()}
        await self.documents.put(SMS_CONVERSATIONS, note)

    def _id(self, place: Place, caller: str) -> str:
        return keyed_hash(self.key, "sms-conversation", place.tenant, place.address, caller)
