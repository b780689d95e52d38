"""The transcript of a chat: numbered lines of both sides in the document store, so that a page can come back to it."""

from dataclasses import dataclass

from services.shared.document_store import Between, Collection, Document, DocumentStore, Index, StoreUnavailable

CHATS = Collection("chats")
CHAT_CONTACTS = Collection("chat_contacts")
CHAT_MESSAGES = Collection(
    "chat_messages", (Index(("chat", "number"), unique=True), Index(("chat", "author", "delivered")))
)
CUSTOMER = "customer"
AGENT = "agent"
LINES_MAX = 1_000
NUMBERING_TRIES = 20


@dataclass(frozen=True, slots=True)
class Line:
    """One message. `message_id`: the page's own id, or the event id of the agent's envelope. Private."""

    message_id: str
    author: str
    text: str
    at_ms: int
    contact_id: str
    agent: str = ""
    number: int = 0
    delivered: bool = False


@dataclass(frozen=True, slots=True)
class Chat:
    """A chat: one visitor's token on one page. `contact_id`: its newest contact, "" before the first message.

    `attached_until_ms`: a socket is (or was) there until then, wall clock. `last_at_ms`: when the visitor last wrote.
    """

    id: str
    tenant: str
    company: str
    page: str
    contact_id: str = ""
    last_message_id: str = ""
    last_at_ms: int = 0
    attached_until_ms: int = 0
    left: bool = False


class Transcripts:
    """Every method raises StoreUnavailable. Repeating a call changes nothing."""

    def __init__(self, documents: DocumentStore) -> None:
        self._documents = documents

    async def load(self, chat_id: str) -> Chat | None:
        document = await self._documents.get(CHATS, chat_id)
        return Chat(**document) if document else None

    async def save(self, chat: Chat) -> None:
        """Keep the chat, and whose chat its contact is."""
        await self._documents.put(CHATS, {name: getattr(chat, name) for name in Chat.__slots__})
        if chat.contact_id:
            await self.name_contact(chat.contact_id, chat.id)

    async def name_contact(self, contact_id: str, chat_id: str) -> None:
        """Keep whose chat a contact is, also one that is still to come."""
        await self._documents.insert(CHAT_CONTACTS, {"id": contact_id, "chat": chat_id})

    async def chat_of(self, contact_id: str) -> Chat | None:
        """The chat that a contact is (or may become) part of."""
        found = await self._documents.get(CHAT_CONTACTS, contact_id)
        return await self.load(found["chat"]) if found else None

    async def add(self, chat_id: str, line: Line) -> Line:
        """Give the line the next number and keep it; the line as it was kept when it is there already."""
        for _ in range(NUMBERING_TRIES):
            number = await self.last_number(chat_id) + 1
            document = _document(chat_id, line, number)
            if await self._documents.insert(CHAT_MESSAGES, document):
                return _line(document)
            kept = await self._documents.get(CHAT_MESSAGES, str(document["id"]))
            if kept is not None:
                return _line(kept)
        raise StoreUnavailable("the transcript is written from too many places at once: try again")

    async def last_number(self, chat_id: str) -> int:
        found = await self._documents.find(CHAT_MESSAGES, {"chat": chat_id}, sort=[("number", -1)], limit=1)
        return int(found[0]["number"]) if found else 0

    async def lines(self, chat_id: str, after: int) -> list[Line]:
        """The lines behind a number, in order."""
        where = {"chat": chat_id, "number": Between(low=after + 1)}
        found = await self._documents.find(CHAT_MESSAGES, where, sort=[("number", 1)], limit=LINES_MAX)
        return [_line(document) for document in found]

    async def undelivered(self, chat_id: str) -> list[Line]:
        """Agents' messages that no page has acknowledged, in order."""
        where = {"chat": chat_id, "author": AGENT, "delivered": False}
        found = await self._documents.find(CHAT_MESSAGES, where, limit=LINES_MAX)
        return sorted((_line(document) for document in found), key=lambda line: line.number)

    async def mark_delivered(self, chat_id: str, message_id: str) -> None:
        """A page has shown an agent's message."""
        await self._documents.change(CHAT_MESSAGES, _line_id(chat_id, AGENT, message_id), {"delivered": True})


def _line_id(chat_id: str, author: str, message_id: str) -> str:
    # Pages choose their own message ids; the author keeps those apart from the agents'.
    return f"{chat_id}.{author}.{message_id}"


def _document(chat_id: str, line: Line, number: int) -> Document:
    fields = {name: getattr(line, name) for name in Line.__slots__}
    return {**fields, "id": _line_id(chat_id, line.author, line.message_id), "chat": chat_id, "number": number}


def _line(document: Document) -> Line:
    return Line(**{name: document[name] for name in Line.__slots__})
