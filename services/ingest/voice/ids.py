"""The ids of a call's events, all worked out from the carrier's id of the call: a redelivery gets the same ones."""

from dataclasses import dataclass

from services.shared.keyed_hash import keyed_hash

CARRIER = "twilio"


@dataclass(frozen=True, slots=True)
class CallIds:
    """Keyed hashes: who knows a contact's id can't work out the carrier's id of the call, nor the reverse."""

    key: bytes

    def contact(self, tenant: str, call_id: str) -> str:
        """The contact that an incoming call is."""
        return keyed_hash(self.key, tenant, "voice", CARRIER, call_id)

    def arrived(self, contact_id: str) -> str:
        """It rang."""
        return keyed_hash(self.key, "call arrived", contact_id)

    def step(self, contact_id: str, number: int) -> str:
        """A key was pressed that stands for something, the first being number 0."""
        return keyed_hash(self.key, "call menu step", contact_id, str(number))

    def queued(self, contact_id: str) -> str:
        """The menu is over without a last choice."""
        return keyed_hash(self.key, "call queued", contact_id)

    def answered(self, contact_id: str, offer_id: str) -> str:
        """The agent who accepted that offer picked up."""
        return keyed_hash(self.key, "call answered", contact_id, offer_id)

    def unanswered(self, contact_id: str, offer_id: str) -> str:
        """The agent who accepted that offer did not pick up."""
        return keyed_hash(self.key, "call unanswered", contact_id, offer_id)

    def recorded(self, contact_id: str, recording_id: str) -> str:
        """The caller left a message."""
        return keyed_hash(self.key, "call recorded", contact_id, recording_id)

    def voicemail(self, contact_id: str, recording_id: str) -> str:
        """The contact that a message is which the caller left."""
        return keyed_hash(self.key, "voicemail", contact_id, recording_id)

    def call_back(self, contact_id: str) -> str:
        """The contact that the call-back is which the caller chose."""
        return keyed_hash(self.key, "call-back instead of", contact_id)

    def call_back_chosen(self, contact_id: str) -> str:
        """The caller chose to be called back."""
        return keyed_hash(self.key, "call-back chosen", contact_id)

    def left(self, contact_id: str) -> str:
        """The call is over, however that was heard of."""
        return keyed_hash(self.key, "call left", contact_id)
