"""The ids of a chat, all worked out from the visitor's token, so that ingest need not remember any."""

from dataclasses import dataclass

from services.shared.keyed_hash import keyed_hash


@dataclass(frozen=True, slots=True)
class ChatIds:
    """Keyed hashes: who knows a contact's id can work out neither the token nor another contact's id."""

    key: bytes

    def chat(self, tenant: str, page: str, token: str) -> str:
        """The chat of a visitor's token on a page."""
        return keyed_hash(self.key, tenant, "web_chat", page, token)

    def first_contact(self, chat_id: str) -> str:
        """The contact that the chat's first message makes."""
        return keyed_hash(self.key, "first contact", chat_id)

    def contact_after(self, contact_id: str) -> str:
        """The contact that a message makes which comes after the end of this one.

        One for all such messages, so that two on the way at the same time don't make two contacts.
        """
        return keyed_hash(self.key, "contact after", contact_id)

    def message(self, chat_id: str, message_id: str) -> str:
        """The event that a message of the page is, whether it begins a contact or adds to one."""
        return keyed_hash(self.key, "message", chat_id, message_id)

    def left(self, contact_id: str, last_message_id: str) -> str:
        """The event that the visitor is gone, having last written that message."""
        return keyed_hash(self.key, "left", contact_id, last_message_id)
