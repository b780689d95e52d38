"""What a customer holds of their request: its ids, and the proof by which it can be cancelled."""

import hmac
from dataclasses import dataclass

from services.ingest.addresses import Place
from services.shared.keyed_hash import keyed_hash

RECEIPT_CHARACTERS = 65


@dataclass(frozen=True, slots=True)
class Receipts:
    """A receipt is the contact's id and a keyed hash of it: who knows a contact's id alone can cancel nothing."""

    key: bytes

    def contact(self, place: Place, token: str) -> str:
        """The contact that a request with this token is."""
        return keyed_hash(self.key, place.tenant, "callback", place.address, token)

    def arrived(self, contact_id: str) -> str:
        """The event id of the request."""
        return keyed_hash(self.key, "arrived", contact_id)

    def cancelled(self, contact_id: str) -> str:
        """The event id of the customer's cancelling it."""
        return keyed_hash(self.key, "callback cancelled", contact_id)

    def receipt(self, place: Place, contact_id: str) -> str:
        """What the customer gets."""
        return f"{contact_id}-{self._proof(place, contact_id)}"

    def contact_of(self, place: Place, receipt: str) -> str | None:
        """The contact that a receipt is for; None for one that was not made here for this number."""
        if len(receipt) != RECEIPT_CHARACTERS or not receipt.isascii():
            return None
        contact_id, _, proof = receipt.partition("-")
        return contact_id if hmac.compare_digest(proof, self._proof(place, contact_id)) else None

    def _proof(self, place: Place, contact_id: str) -> str:
        return keyed_hash(self.key, "callback receipt", place.tenant, place.address, contact_id)
