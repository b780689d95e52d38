"""Sessions of people at a browser: a signed cookie names one, the store says whose it is and ends it."""

import hmac
import secrets
from hashlib import sha256

from services.agents.documents import SESSIONS
from services.agents.keys import SECRET_BYTES, secret_id
from services.agents.people import Person, person_of
from services.shared.clock import Clock
from services.shared.document_store import Between, DocumentStore
from services.shared.tokens import Identity

COOKIE_CHARACTERS_MAX = 256
SWEPT_AT_ONCE = 20


class Sessions:
    """A forged cookie is refused by its signature, without asking the store."""

    def __init__(self, documents: DocumentStore, clock: Clock, secret: bytes, lifetime_ms: int) -> None:
        self._documents = documents
        self._clock = clock
        self._secret = secret
        self._lifetime_ms = lifetime_ms

    async def begin(self, person: Person) -> str:
        """A new session; returns the cookie's value. Raises StoreUnavailable."""
        now_ms = self._clock.wall_ms()
        await self._sweep(person.id, now_ms)
        token = secrets.token_urlsafe(SECRET_BYTES)
        session = {"id": secret_id(token), "person": person.id, "expires_at_ms": now_ms + self._lifetime_ms}
        await self._documents.insert(SESSIONS, session)
        return f"{token}.{self._signature(token)}"

    async def identity(self, cookie: str) -> Identity | None:
        """Whose session it is, with their role and companies of now. Raises StoreUnavailable."""
        token = self._token(cookie)
        session = await self._documents.get(SESSIONS, secret_id(token)) if token else None
        if session is None or session["expires_at_ms"] <= self._clock.wall_ms():
            return None
        person = await person_of(self._documents, session["person"])
        return None if person is None else person.identity(session["expires_at_ms"] // 1000)

    async def end(self, cookie: str) -> None:
        """End a session, if it is one. Raises StoreUnavailable."""
        if token := self._token(cookie):
            await self._documents.delete(SESSIONS, secret_id(token))

    def _token(self, cookie: str) -> str:
        token, _, signature = cookie[:COOKIE_CHARACTERS_MAX].partition(".")
        genuine = hmac.compare_digest(signature.encode(), self._signature(token).encode())
        return token if genuine else ""

    def _signature(self, token: str) -> str:
        return hmac.new(self._secret, token.encode(), sha256).hexdigest()

    async def _sweep(self, person: str, now_ms: int) -> None:
        expired = {"person": person, "expires_at_ms": Between(high=now_ms)}
        for session in await self._documents.find(SESSIONS, expired, limit=SWEPT_AT_ONCE):
            await self._documents.delete(SESSIONS, session["id"])
