"""Keys for programs: 256 random bits that are shown once; what is kept is their SHA-256."""

import secrets
from dataclasses import dataclass
from hashlib import sha256

from services.agents.documents import KEYS
from services.agents.people import Person, person_of
from services.shared.document_store import DocumentStore

PREFIX = "swr_"
SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class MadeKey:
    """`key` is the secret itself and is nowhere else."""

    id: str
    key: str
    person: str
    label: str


def secret_id(secret: str) -> str:
    """What a secret is found by: its SHA-256, hex. The secrets here are random, so a slow hash would add nothing."""
    return sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


async def make_key(documents: DocumentStore, person: Person, label: str) -> MadeKey:
    """Make a key that logs in as this person. Raises StoreUnavailable."""
    key = PREFIX + secrets.token_urlsafe(SECRET_BYTES)
    made = MadeKey(secret_id(key), key, person.id, label)
    await documents.insert(KEYS, {"id": made.id, "tenant": person.tenant, "person": person.id, "label": label})
    return made


async def person_of_key(documents: DocumentStore, key: str) -> Person | None:
    """Whose key it is. Takes the same steps for a key that nobody has. Raises StoreUnavailable."""
    document = await documents.get(KEYS, secret_id(key))
    person = await person_of(documents, document["person"] if document else "nobody")
    return person if document is not None and person is not None and person.tenant == document["tenant"] else None
