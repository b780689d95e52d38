"""The calls that are on, in the document store: what hanging up, transferring and asking after them needs.

The store is on no caller's way: while it is away, what is known here goes on in memory and is written later.
"""

from dataclasses import dataclass, fields, replace
from typing import Any

from services.plan.compiled import Channel
from services.shared.clock import Clock
from services.shared.document_store import Between, Collection, Document, DocumentStore, Index, StoreUnavailable

CALLS = Collection("voice_calls", (Index(("open", "due_at_ms")), Index(("call_id",))))
OPEN_MAX = 1_000
# Calls that this process takes for being on. Of one that it forgets the carrier is asked once more than it need be.
HERE_MAX = 20_000


@dataclass(frozen=True, slots=True)
class Call:
    """A customer's call. `call_id` is the carrier's, "" while a call-back is being made.

    `dialed_offer`: the accepted offer whose agent the call was put through to, "" while it is in the menu or waits;
    `tried_offer`: the last one of which that was tried, answered or not.
    `fetched_offer`: the last one for which it was taken out of the waiting room, tried or not.
    `due_at_ms`: when it is to be asked after, wall clock.
    `diverted`: the caller has been sent where no agent of ours takes them.
    `held`: the customer is on hold while agents speak with one another.
    `rung_out_ms`: what was rung until then is over (wall clock of its beginning), and the call has gone on since.
    """

    contact_id: str
    tenant: str
    company: str
    channel: Channel
    call_id: str
    dialed: str
    language: str = ""
    open: bool = True
    dialed_offer: str = ""
    tried_offer: str = ""
    fetched_offer: str = ""
    due_at_ms: int = 0
    diverted: bool = False
    held: bool = False
    rung_out_ms: int = 0


class Calls:
    """What several of ingest's processes know of calls; `unheard_ms` is how long one may be silent."""

    def __init__(self, documents: DocumentStore, clock: Clock, unheard_ms: int) -> None:
        self._documents = documents
        self._clock = clock
        self._unheard_ms = unheard_ms
        self._here: dict[str, Call] = {}
        self._heard_at_ms: dict[str, int] = {}
        self._unsaved: set[str] = set()

    async def open(self, call: Call) -> bool:
        """Note a call that begins; False when it was noted before. Raises StoreUnavailable."""
        call = replace(call, due_at_ms=self._clock.wall_ms() + self._unheard_ms)
        is_new = await self._documents.insert(CALLS, _document(call))
        if is_new:
            self._remember(call)
        return is_new

    async def keep(self, call: Call) -> None:
        """Note a call that is on, if it is not known here, and its language; with the store away that is done later."""
        known = self._here.get(call.contact_id)
        if known is None:
            await self._learn(call)
        elif known.language != call.language:
            await self._change(call.contact_id, language=call.language)
        if call.contact_id in self._here:
            self._heard_at_ms[call.contact_id] = self._clock.monotonic_ms()

    async def get(self, contact_id: str) -> Call | None:
        """The call of a contact, over or not. Raises StoreUnavailable where only the store would know."""
        if contact_id in self._unsaved:
            return self._here[contact_id]
        try:
            document = await self._documents.get(CALLS, contact_id)
        except StoreUnavailable:
            if contact_id in self._here:
                return self._here[contact_id]
            raise
        return _call(document) if document else None

    async def is_on(self, contact_id: str) -> bool:
        """Whether the contact has a call that is on, as far as anybody noted. Raises StoreUnavailable."""
        if contact_id not in self._here:
            call = await self.get(contact_id)
            if call is None or not call.open:
                return False
            self._remember(call)
        return True

    async def find(self, call_id: str) -> Call | None:
        """The call that the carrier calls so. Raises StoreUnavailable."""
        found = await self._documents.find(CALLS, {"call_id": call_id}, limit=1)
        return _call(found[0]) if found else None

    async def named(self, contact_id: str, call_id: str) -> None:
        """A call-back is being made, under this id of the carrier. Raises StoreUnavailable."""
        if contact_id in self._here:
            self._here[contact_id] = replace(self._here[contact_id], call_id=call_id)
        await self._documents.change(CALLS, contact_id, {"call_id": call_id})

    async def dialing(self, contact_id: str, offer_id: str, *, instead_of: str | None = None) -> None:
        """Note to which accepted offer's agent the call is put through, "" for none; only where `instead_of` stood."""
        when = None if instead_of is None else {"dialed_offer": instead_of}
        tried = {"tried_offer": offer_id, "held": False} if offer_id else {}
        await self._change(contact_id, when, dialed_offer=offer_id, **tried)

    async def rung_out(self, contact_id: str, rung_ms: int) -> None:
        """Note that what began to ring then is over, while the call goes on; of which it may be told again."""
        await self._change(contact_id, rung_out_ms=rung_ms)

    async def holding(self, contact_id: str) -> None:
        """Note that the customer is on hold, and with no agent."""
        await self._change(contact_id, held=True, dialed_offer="")

    async def may_end_hold(self, call: Call) -> bool:
        """Whether this process is the one to take the customer off hold: one is, once. Raises StoreUnavailable."""
        if call.contact_id in self._here:
            self._here[call.contact_id] = replace(self._here[call.contact_id], held=False)
        return await self._documents.change(CALLS, call.contact_id, {"held": False}, when={"held": True})

    async def may_fetch(self, call: Call, offer_id: str) -> bool:
        """Whether this process is the one to take the call out of the waiting room for that offer: one is, once.

        With the store away every one is: a caller who is put through twice is better than one who is not.
        """
        if call.contact_id in self._unsaved:
            return True
        try:
            return await self._documents.change(
                CALLS, call.contact_id, {"fetched_offer": offer_id}, when={"fetched_offer": call.fetched_offer}
            )
        except StoreUnavailable:
            return True

    async def diverting(self, contact_id: str) -> None:
        """Note that the caller is being sent to voicemail, to a third party, or away with a message."""
        await self._change(contact_id, diverted=True)

    async def over(self, contact_id: str) -> None:
        """The call is over, and so it is told. With the store away it is found out again later."""
        self._here.pop(contact_id, None)
        self._heard_at_ms.pop(contact_id, None)
        self._unsaved.discard(contact_id)
        try:
            await self._documents.change(CALLS, contact_id, {"open": False})
        except StoreUnavailable:
            return

    async def due(self, limit: int) -> list[Call]:
        """Calls that were not heard of for too long; each is given out once in that time. Raises StoreUnavailable."""
        await self._save()
        where = {"open": True, "due_at_ms": Between(high=self._clock.wall_ms() + 1)}
        found = await self._documents.find(CALLS, where, sort=[("due_at_ms", 1)], limit=limit)
        taken = [_call(document) for document in found if await self._postpone(document)]
        return [call for call in taken if self._is_silent(call.contact_id)]

    async def all_open(self) -> list[Call]:
        """The calls that are on, at most 1000. Raises StoreUnavailable."""
        found = await self._documents.find(CALLS, {"open": True}, sort=[("due_at_ms", 1)], limit=OPEN_MAX)
        return [_call(document) for document in found]

    def _is_silent(self, contact_id: str) -> bool:
        heard_at_ms = self._heard_at_ms.get(contact_id)
        return heard_at_ms is None or self._clock.monotonic_ms() - heard_at_ms >= self._unheard_ms

    async def _change(self, contact_id: str, when: Document | None = None, **changes: Any) -> None:
        """Where it is as `when` says; with the store away it is written later."""
        call = self._here.get(contact_id)
        if call is not None and all(getattr(call, name) == value for name, value in (when or {}).items()):
            self._here[contact_id] = replace(call, **changes)
        try:
            await self._documents.change(CALLS, contact_id, changes, when=when)
        except StoreUnavailable:
            if contact_id in self._here:
                self._unsaved.add(contact_id)

    async def _learn(self, call: Call) -> None:
        """Note it, or take it over as another process, or this one before it was restarted, noted it."""
        try:
            if await self.open(call):
                return
            document = await self._documents.get(CALLS, call.contact_id)
        except StoreUnavailable:
            self._remember(call)
            self._unsaved.add(call.contact_id)
            return
        if document and document["open"]:
            self._remember(_call(document))

    def _remember(self, call: Call) -> None:
        self._here[call.contact_id] = call
        if len(self._here) > HERE_MAX:
            oldest = next(iter(self._here))
            del self._here[oldest]
            self._heard_at_ms.pop(oldest, None)
            self._unsaved.discard(oldest)

    async def _postpone(self, document: Document) -> bool:
        seen = {"open": True, "due_at_ms": document["due_at_ms"]}
        changes = {"due_at_ms": self._clock.wall_ms() + self._unheard_ms}
        return await self._documents.change(CALLS, document["id"], changes, when=seen)

    async def _save(self) -> None:
        for contact_id in tuple(self._unsaved):
            # It may have ended while another one was written.
            if (call := self._here.get(contact_id)) is not None:
                if not await self._documents.insert(CALLS, _document(call)):
                    kept = ("dialed_offer", "tried_offer", "language", "diverted", "held", "rung_out_ms")
                    changes = {name: getattr(call, name) for name in kept}
                    await self._documents.change(CALLS, contact_id, changes)
                self._unsaved.discard(contact_id)


def _document(call: Call) -> Document:
    document = {field.name: getattr(call, field.name) for field in fields(call)}
    return {**document, "id": call.contact_id, "channel": call.channel.value}


def _call(document: Document) -> Call:
    known = {field.name: document[field.name] for field in fields(Call) if field.name in document}
    return Call(**{**known, "channel": Channel(document["channel"])})
