"""One-time login links for people: a secret in a link, used up by the first who opens it."""

import secrets
from dataclasses import dataclass

from services.agents.documents import LOGIN_LINKS
from services.agents.keys import SECRET_BYTES, secret_id
from services.agents.people import Person, person_of
from services.shared.clock import Clock
from services.shared.document_store import Between, DocumentStore

LIFETIME_MS = 10 * 60_000
SWEPT_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """Whose link it was. `on_duty`: they are to be available as soon as their desk is open."""

    person: Person
    on_duty: bool


async def make_login_link(  # noqa: PLR0913  # each is a fact of the link, or where it is kept
    documents: DocumentStore,
    clock: Clock,
    person: Person,
    public_url: str,
    lifetime_ms: int = LIFETIME_MS,
    *,
    on_duty: bool = False,
) -> str:
    """A link that logs this person in once. Raises StoreUnavailable."""
    secret = secrets.token_urlsafe(SECRET_BYTES)
    now_ms = clock.wall_ms()
    await _sweep(documents, person.id, now_ms)
    link = {
        "id": secret_id(secret),
        "person": person.id,
        "on_duty": on_duty,
        "expires_at_ms": now_ms + lifetime_ms,
        "used_at_ms": None,
    }
    await documents.insert(LOGIN_LINKS, link)
    return f"{public_url.rstrip('/')}/login/{secret}"


async def use_login_link(documents: DocumentStore, clock: Clock, secret: str) -> LoggedIn | None:
    """Whose link it is, if nobody used it before; it is used up by this. Raises StoreUnavailable."""
    now_ms = clock.wall_ms()
    link = await documents.get(LOGIN_LINKS, secret_id(secret))
    if link is None or link["expires_at_ms"] <= now_ms:
        return None
    # Of two who open it at the same moment, the store lets one change it.
    if not await documents.change(LOGIN_LINKS, link["id"], {"used_at_ms": now_ms}, when={"used_at_ms": None}):
        return None
    person = await person_of(documents, link["person"])
    return None if person is None else LoggedIn(person, link.get("on_duty", False))


async def _sweep(documents: DocumentStore, person: str, now_ms: int) -> None:
    expired = {"person": person, "expires_at_ms": Between(high=now_ms)}
    for link in await documents.find(LOGIN_LINKS, expired, limit=SWEPT_AT_ONCE):
        await documents.delete(LOGIN_LINKS, link["id"])
