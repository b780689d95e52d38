"""Which mail belongs to which contact, and what an answer to a contact answers to: kept in the document store."""

from dataclasses import asdict, dataclass, field

from services.ingest.mail import message_ids
from services.shared.document_store import Collection, DocumentStore
from services.shared.keyed_hash import keyed_hash

MAIL_THREADS = Collection("mail_threads")
ANSWERABLE = Collection("mail_answerable")
REFERENCES_MAX = 20
QUOTE_CHARACTERS_MAX = 32_768


@dataclass(frozen=True, slots=True)
class Answerable:
    """The newest mail of a contact, as far as an answer needs it. Private. `caller`: its envelope sender."""

    message_id: str = ""
    references: tuple[str, ...] = ()
    subject: str = ""
    reply_to: str = ""
    name: str = ""
    text: str = ""
    caller: str = ""
    received_at_ms: int = 0


@dataclass(frozen=True, slots=True)
class Threads:
    """Reads and writes both collections. Its methods raise StoreUnavailable."""

    documents: DocumentStore
    key: bytes = field(repr=False)

    async def remember(self, tenant: str, company: str, contact_id: str, message_id: str) -> None:
        """Note that the mail of this Message-ID is the contact's. The first contact to say so keeps it."""
        if message_id:
            owner = {"contact_id": contact_id, "tenant": tenant, "company": company}
            await self.documents.insert(MAIL_THREADS, {"id": self._thread_id(tenant, company, message_id)} | owner)

    async def continued(self, tenant: str, company: str, references: tuple[str, ...]) -> str:
        """The contact that a mail with these references (oldest first) continues; empty for none of this company."""
        for message_id in reversed(references[-REFERENCES_MAX:]):
            ours = message_ids.contact_of(self.key, tenant, company, message_id)
            if ours:
                return ours
            theirs = await self.documents.get(MAIL_THREADS, self._thread_id(tenant, company, message_id))
            if theirs is not None:
                return str(theirs["contact_id"])
        return ""

    async def answerable(self, tenant: str, contact_id: str) -> Answerable | None:
        """What an answer to this contact answers to."""
        found = await self.documents.get(ANSWERABLE, self._contact_id(tenant, contact_id))
        if found is None:
            return None
        del found["id"]
        return Answerable(**found | {"references": tuple(found["references"])})

    async def may_answer(self, tenant: str, contact_id: str, mail: Answerable) -> None:
        """From now on answers to this contact answer to this mail."""
        await self.documents.put(ANSWERABLE, {"id": self._contact_id(tenant, contact_id)} | asdict(mail))

    def _thread_id(self, tenant: str, company: str, message_id: str) -> str:
        return keyed_hash(self.key, "mail-thread", tenant, company, message_id)

    def _contact_id(self, tenant: str, contact_id: str) -> str:
        return keyed_hash(self.key, "mail-answerable", tenant, contact_id)
