"""Agents' telephones that stand by themselves, in the document store: what a warm transfer of a call needs.

As a rule an agent's telephone is part of the customer's call and needs no document. It gets one when it is taken out of
it, to speak with a colleague; and so does the colleague's telephone, which is called by itself.
"""

from collections import OrderedDict
from dataclasses import dataclass, fields, replace
from typing import Any

from services.shared.clock import Clock
from services.shared.document_store import Between, Collection, Document, DocumentStore, Index, StoreUnavailable

LEGS = Collection("voice_legs", (Index(("contact_id",)), Index(("open", "due_at_ms"))))
OPEN_MAX = 1_000
# A call has two of them at a time; more come of one transfer after the other.
OF_A_CALL_MAX = 100
HERE_MAX = 2_000


@dataclass(frozen=True, slots=True)
class Leg:
    """The telephone of the agent who accepted `offer_id`, for the customer's call `contact_id`.

    `consultation_id`: what was accepted, "" for who had the customer first and whose telephone was in their call.
    `address`: where it is called, "" where it was called already. Private.
    `call_id`: the carrier's, "" until it is known.
    `asked_at_ms`: when the carrier was asked to call it, wall clock; 0 for not yet.
    `place`: the conference that it has come to, "" while it rings, or is not out of the customer's call yet.
    `sent_to`: the one that the carrier was asked to have it moved to since then.
    `due_at_ms`: when it is to be asked after, wall clock.
    """

    contact_id: str
    tenant: str
    company: str
    offer_id: str
    consultation_id: str = ""
    address: str = ""
    call_id: str = ""
    asked_at_ms: int = 0
    place: str = ""
    sent_to: str = ""
    open: bool = True
    noted_at_ms: int = 0
    due_at_ms: int = 0

    @property
    def id(self) -> str:
        """Of its document."""
        return leg_id(self.contact_id, self.offer_id)


def leg_id(contact_id: str, offer_id: str) -> str:
    """Of the document of a leg."""
    return f"{contact_id} {offer_id}"


class Legs:
    """What several of ingest's processes know of them; `unheard_ms` is how long one may be silent."""

    def __init__(self, documents: DocumentStore, clock: Clock, unheard_ms: int) -> None:
        self._documents = documents
        self._clock = clock
        self._unheard_ms = unheard_ms
        # For while the store is away.
        self._here: OrderedDict[str, Leg] = OrderedDict()

    async def note(self, leg: Leg) -> None:
        """Note it, if it was not noted before. Raises StoreUnavailable."""
        leg = self._noted_now(leg)
        if await self._documents.insert(LEGS, _document(leg)):
            self._remember(leg)

    async def renew(self, leg: Leg) -> Leg:
        """Note it in the place of the one that is over. Raises StoreUnavailable."""
        leg = self._noted_now(leg)
        await self._documents.put(LEGS, _document(leg))
        self._remember(leg)
        return leg

    async def get(self, contact_id: str, offer_id: str) -> Leg | None:
        """The leg of that offer, over or not; with the store away, as far as it is known here."""
        key = leg_id(contact_id, offer_id)
        try:
            document = await self._documents.get(LEGS, key)
        except StoreUnavailable:
            return self._here.get(key)
        if document is None:
            self._here.pop(key, None)
            return None
        self._remember(_leg(document))
        return _leg(document)

    async def of(self, contact_id: str) -> list[Leg]:
        """All of a customer's call. Raises StoreUnavailable."""
        found = await self._documents.find(LEGS, {"contact_id": contact_id}, limit=OF_A_CALL_MAX)
        return [_leg(document) for document in found]

    async def change(self, leg: Leg, when: Document | None = None, **changes: Any) -> bool:
        """Change it, where it is as `when` says; False where it is not. Raises StoreUnavailable."""
        if not await self._documents.change(LEGS, leg.id, changes, when=when):
            return False
        if leg.id in self._here:
            self._here[leg.id] = replace(self._here[leg.id], **changes)
        return True

    async def forget(self, leg: Leg) -> None:
        """It is over, and so is the customer's call. Raises StoreUnavailable."""
        self._here.pop(leg.id, None)
        await self._documents.delete(LEGS, leg.id)

    async def due(self, limit: int) -> list[Leg]:
        """Those that are to be asked after; each is given out once in that time. Raises StoreUnavailable."""
        now_ms = self._clock.wall_ms()
        where = {"open": True, "due_at_ms": Between(high=now_ms + 1)}
        found = await self._documents.find(LEGS, where, sort=[("due_at_ms", 1)], limit=limit)
        due = [_leg(document) for document in found]
        later = {"due_at_ms": now_ms + self._unheard_ms}
        return [leg for leg in due if await self.change(leg, when={"due_at_ms": leg.due_at_ms}, **later)]

    async def all_open(self) -> list[Leg]:
        """Those that are on, at most 1000. Raises StoreUnavailable."""
        found = await self._documents.find(LEGS, {"open": True}, sort=[("due_at_ms", 1)], limit=OPEN_MAX)
        return [_leg(document) for document in found]

    def is_old(self, leg: Leg) -> bool:
        """Whether it was noted so long ago that whatever was to come of it would have come."""
        return self._clock.wall_ms() - leg.noted_at_ms >= self._unheard_ms

    def _noted_now(self, leg: Leg) -> Leg:
        now_ms = self._clock.wall_ms()
        return replace(leg, noted_at_ms=now_ms, due_at_ms=now_ms + self._unheard_ms)

    def _remember(self, leg: Leg) -> None:
        self._here[leg.id] = leg
        self._here.move_to_end(leg.id)
        while len(self._here) > HERE_MAX:
            self._here.popitem(last=False)


def _document(leg: Leg) -> Document:
    return {"id": leg.id} | {field.name: getattr(leg, field.name) for field in fields(leg)}


def _leg(document: Document) -> Leg:
    return Leg(**{field.name: document[field.name] for field in fields(Leg) if field.name in document})
