"""What is to be sent, in the document store: the claim that sends each message once, and the memory of its attempts.

A send is open until what came of it is on contacts.inbound. Whoever takes an open send that is due pushes its due time
ahead by a lease, in one conditional write; so of several processes one has it, and what a crash left comes due again.
"""

from base64 import b64decode, b64encode
from dataclasses import dataclass, replace
from typing import Any

from services.ingest.envelopes import Outgoing
from services.ingest.log_codec import decode_outgoing
from services.shared.clock import Clock
from services.shared.document_store import Between, Collection, DocumentStore, Index

# Longer than an attempt of any channel can take (SmtpRelay.whole_s, twilio_http.WHOLE_S).
LEASE_MS = 90_000
CLAIMED = "claimed"


def sends_of(channel: str) -> Collection:
    """The collection of a channel's sends."""
    return Collection(f"{channel}_sends", (Index(("open", "due_at_ms")), Index(("reference",))))


@dataclass(frozen=True, slots=True)
class Send:
    """A message to be sent. `state` is claimed, then whatever the channel makes of it; `why` goes with a failure.

    `reference` is what those who took the message call it; `changed_at_ms` is when the state became what it is.
    """

    id: str
    state: str
    why: str
    attempts: int
    due_at_ms: int
    outgoing: Outgoing
    reference: str = ""
    changed_at_ms: int = 0


@dataclass(frozen=True, slots=True)
class Sends:
    """Its methods raise StoreUnavailable."""

    documents: DocumentStore
    clock: Clock
    collection: Collection

    async def claim(self, id: str, record: bytes) -> None:
        """Take down what is to be sent, due at once; nothing happens when it was taken down before."""
        now_ms = self.clock.wall_ms()
        fields = {"open": True, "state": CLAIMED, "why": "", "attempts": 0, "due_at_ms": now_ms}
        fields |= {"reference": "", "changed_at_ms": now_ms, "record": b64encode(record).decode()}
        await self.documents.insert(self.collection, {"id": id} | fields)

    async def take_due(self, limit: int) -> list[Send]:
        """Sends that are due; for the time of the lease no one else gets them."""
        due = {"open": True, "due_at_ms": Between(high=self.clock.wall_ms() + 1)}
        found = await self.documents.find(self.collection, due, sort=[("due_at_ms", 1)], limit=limit)
        return [_send(document) for document in found if await self._take(document)]

    async def get(self, id: str) -> Send | None:
        """A send that is open."""
        found = await self.documents.get(self.collection, id)
        return _send(found) if found is not None and found["open"] else None

    async def is_known(self, reference: str) -> bool:
        """Whether some send is called so by those who took it."""
        return bool(await self.documents.find(self.collection, {"reference": reference}, limit=1))

    async def later(self, send: Send, after_ms: int) -> None:
        """Nothing came of it yet: look at it again after so long."""
        changes = {"attempts": send.attempts + 1, "due_at_ms": self.clock.wall_ms() + after_ms}
        await self.documents.change(self.collection, send.id, changes)

    async def move(self, send: Send, state: str, *, why: str = "", reference: str = "") -> Send | None:
        """Note that it is now in this state, with no attempt made in it; None when it was moved by somebody else."""
        now: dict[str, Any] = {"state": state, "why": why, "reference": reference or send.reference}
        now |= {"attempts": 0, "changed_at_ms": self.clock.wall_ms()}
        seen = {"open": True, "state": send.state}
        moved = await self.documents.change(self.collection, send.id, now, when=seen)
        return replace(send, **now) if moved else None

    async def close(self, send: Send) -> None:
        """What came of it has been told: forget what it said."""
        await self.documents.change(self.collection, send.id, {"open": False, "record": ""})

    async def _take(self, document: dict[str, Any]) -> bool:
        seen = {"open": True, "due_at_ms": document["due_at_ms"]}
        lease = {"due_at_ms": self.clock.wall_ms() + LEASE_MS}
        return await self.documents.change(self.collection, document["id"], lease, when=seen)


def _send(document: dict[str, Any]) -> Send:
    return Send(
        id=document["id"],
        state=document["state"],
        why=document["why"],
        attempts=document["attempts"],
        due_at_ms=document["due_at_ms"],
        outgoing=decode_outgoing(b64decode(document["record"])),
        # Sends that an earlier version took down have neither.
        reference=document.get("reference", ""),
        changed_at_ms=document.get("changed_at_ms", 0),
    )
