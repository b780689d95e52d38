"""What is to be sent, in the document store: the claim that sends each mail once, and the memory of its attempts.

A send is open until what came of it is on contacts.inbound. Whoever takes an open send that is due pushes its due time
ahead by a lease, in one conditional write; so of several processes one has it, and what a crash left comes due again.
"""

from base64 import b64decode, b64encode
from dataclasses import dataclass
from typing import Any

from services.ingest.envelopes import Outgoing
from services.ingest.log_codec import decode_outgoing
from services.shared.clock import Clock
from services.shared.document_store import Between, Collection, DocumentStore, Index

SENDS = Collection("mail_sends", (Index(("open", "due_at_ms")),))
# Longer than an attempt can take (SmtpRelay.whole_s).
LEASE_MS = 90_000


@dataclass(frozen=True, slots=True)
class Send:
    """A mail to be sent: `state` is claimed, sent or failed (with `why`)."""

    id: str
    state: str
    why: str
    attempts: int
    due_at_ms: int
    outgoing: Outgoing


@dataclass(frozen=True, slots=True)
class Sends:
    """Its methods raise StoreUnavailable."""

    documents: DocumentStore
    clock: Clock

    async def claim(self, id: str, record: bytes) -> None:
        """Take down what is to be sent, due at once; nothing happens when it was taken down before."""
        fields = {"open": True, "state": "claimed", "why": "", "attempts": 0, "due_at_ms": self.clock.wall_ms()}
        await self.documents.insert(SENDS, {"id": id, "record": b64encode(record).decode()} | fields)

    async def take_due(self, limit: int) -> list[Send]:
        """Sends that are due; for the time of the lease no one else gets them."""
        due = Between(high=self.clock.wall_ms() + 1)
        found = await self.documents.find(SENDS, {"open": True, "due_at_ms": due}, sort=[("due_at_ms", 1)], limit=limit)
        return [_send(document) for document in found if await self._take(document)]

    async def later(self, send: Send, after_ms: int) -> None:
        """It could not be sent: try again after so long."""
        changes = {"attempts": send.attempts + 1, "due_at_ms": self.clock.wall_ms() + after_ms}
        await self.documents.change(SENDS, send.id, changes)

    async def settle(self, send: Send, state: str, why: str) -> None:
        """Note what came of it."""
        await self.documents.change(SENDS, send.id, {"state": state, "why": why})

    async def close(self, send: Send) -> None:
        """What came of it has been told: forget what it said."""
        await self.documents.change(SENDS, send.id, {"open": False, "record": ""})

    async def _take(self, document: dict[str, Any]) -> bool:
        seen = {"open": True, "due_at_ms": document["due_at_ms"]}
        lease = {"due_at_ms": self.clock.wall_ms() + LEASE_MS}
        return await self.documents.change(SENDS, document["id"], lease, when=seen)


def _send(document: dict[str, Any]) -> Send:
    return Send(
        id=document["id"],
        state=document["state"],
        why=document["why"],
        attempts=document["attempts"],
        due_at_ms=document["due_at_ms"],
        outgoing=decode_outgoing(b64decode(document["record"])),
    )
