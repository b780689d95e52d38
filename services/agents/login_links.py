"""One-time login links for people: a secret in a link, used up by the first who opens it."""

import secrets

from services.agents.documents import LOGIN_LINKS
from services.agents.keys import SECRET_BYTES, secret_id
from services.agents.people import Person, person_of
from services.shared.clock import Clock
from services.shared.document_store import Between, DocumentStore

LIFETIME_MS = 10 * 60_000
SWEPT_AT_ONCE = 20


async def make_login_link(
    documents: DocumentStore, clock: Clock, person: Person, public_url: str, lifetime_ms: int = LIFETIME_MS
) -> str:
    """A link that logs this person in once. Raises StoreUnavailable."""
    secret = secrets.token_urlsafe(SECRET_BYTES)
    now_ms = clock.wall_ms()
    await _sweep(documents, person.id, now_ms)
    await documents.insert(
        LOGIN_LINKS,
        {"id": secret_id(secret), "person": person.id, "expires_at_ms": now_ms + lifetime_ms, "used_at_ms": None},
    )
    return f"{public_url.rstrip('/')}/login/{secret}"


async def use_login_link(documents: DocumentStore, clock: Clock, secret: str) -> Person | None:
    """Whose link it is, if nobody used it before; it is used up by this. Raises StoreUnavailable."""
    now_ms = clock.wall_ms()
    link = await documents.get(LOGIN_LINKS, secret_id(secret))
    if link is None or link["expires_at_ms"] <= now_ms:
        return None
    # Of two who open it at the same moment, the store lets one change it.
    if not await documents.change(LOGIN_LINKS, link["id"], {"used_at_ms": now_ms}, when={"used_at_ms": None}):
        return None
    return await person_of(documents, link["person"])


async def _sweep(documents: DocumentStore, person: str, now_ms: int) -> None:
    expired = {"person": person, "expires_at_ms": Between(high=now_ms)}
    for link in await documents.find(LOGIN_LINKS, expired, limit=SWEPT_AT_ONCE):
        await documents.delete(LOGIN_LINKS, link["id"])
