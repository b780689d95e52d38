"""Goes back in router.log to the moment that an explanation is asked for, and has the plain scan explain it there.

The log is read twice from its start: first to find the contact's moments, where only what names the contact is
decoded; then to fold the tenant's state up to the chosen one. Both are done in a thread, some records at a time, and
for one asker after the other, so that whoever routes meanwhile goes on.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, field
from enum import StrEnum

from services.plan.reason import reason
from services.router.core.apply import apply
from services.router.core.events import (
    ContactAccepted,
    ContactEnded,
    ContactOffered,
    ContactOutcome,
    ContactQueued,
    ContactReturned,
    ContactTransferred,
    Event,
    OfferReturned,
)
from services.router.core.explain import Explanation, explained
from services.router.core.state import TenantState
from services.router.log_codec import decode_decided
from services.router.onward import Onward, OnwardTrail
from services.shared.event_log import EventLog, LogRecord
from services.shared.fence import Batch, Fence, Verdict
from services.shared.log_codec import judge_record

RECORDS_AT_ONCE = 128
# How many may wait for their turn; more are refused.
ASKERS_MAX = 4
_WAITS = (ContactAccepted, ContactQueued, OfferReturned, ContactReturned, ContactTransferred)


class Moment(StrEnum):
    """What an explanation is of: the contact as it waits now, just before an offer, or just before it ended."""

    NOW = "now"
    OFFER = "offer"
    END = "end"


@dataclass(frozen=True, slots=True)
class Retraced:
    """An explanation of a moment. Of an offer: its number from 1 among `offers`, its agent, and the recorded reason.

    `call_back`: the call-back that its customer chose instead, which keeps its place; "" for none. `onward`: how its
    agents handed it on, up to the log's end.
    """

    moment: Moment
    offers: int
    offer: int
    agent: str
    reason: str
    explanation: Explanation
    call_back: str = ""
    onward: tuple[Onward, ...] = ()


class NothingToExplain(Exception):
    """The log has no such contact, or no such offer of it; says which."""


class TooManyAskers(Exception):
    """So many explanations are being worked out that this one would have to wait for long."""


@dataclass(frozen=True, slots=True, order=True)
class _Spot:
    """Where an event stands in the partition: record, command in it, event of that."""

    offset: int
    command: int
    event: int


@dataclass(slots=True)
class _Trail:
    """The moments of one contact, of any tenant if none is named."""

    contact_id: str
    tenant: str
    tenants: dict[str, None] = field(default_factory=dict)
    offers: list[tuple[_Spot, ContactOffered]] = field(default_factory=list)
    ended: _Spot | None = None
    call_back: str = ""
    waits: bool = False
    onward: OnwardTrail = field(init=False)

    def __post_init__(self) -> None:
        self.onward = OnwardTrail(self.contact_id)

    def note(self, tenant: str, event: Event, spot: _Spot, at_ms: int) -> None:
        if self.tenant not in {"", tenant}:
            return
        self.onward.note(event, at_ms)
        if getattr(event, "contact_id", "") != self.contact_id:
            return
        self.tenants[tenant] = None
        self.waits = isinstance(event, _WAITS) or (self.waits and not isinstance(event, ContactOffered | ContactEnded))
        if isinstance(event, ContactOffered):
            self.offers.append((spot, event))
        if isinstance(event, ContactEnded):
            self.ended = spot
            self.call_back = event.joined_contact_id if event.outcome is ContactOutcome.CALLBACK else ""


class Retracing:
    """Explanations out of one log."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._turn = asyncio.Lock()
        self._askers = 0

    async def explain(self, partition: int, tenant: str, contact_id: str, offer: int = 0) -> Retraced:
        """The contact as it waits now, or just before an offer: the n-th, or the newest if it does not wait.

        An empty tenant stands for the only one that has such a contact. Takes as long as reading the log twice.
        Raises NothingToExplain, TooManyAskers, FenceStopped, Unreadable, LogUnavailable, RecordsGone.
        """
        if self._askers >= ASKERS_MAX:
            raise TooManyAskers(f"{ASKERS_MAX} explanations are being worked out; try again in a moment")
        self._askers += 1
        try:
            async with self._turn:
                return await self._explain(partition, _Trail(contact_id, tenant), offer)
        finally:
            self._askers -= 1

    async def _explain(self, partition: int, trail: _Trail, offer: int) -> Retraced:
        end = await self._log.end(partition)
        fence = Fence()
        async for records in _read(self._log, partition, end):
            await asyncio.to_thread(_look, fence, records, trail)
        moment, spot, number = _chosen(trail, offer)
        folding = _Folding(next(iter(trail.tenants)), spot)
        async for records in _read(self._log, partition, end if spot is None else spot.offset + 1):
            await asyncio.to_thread(folding.fold, records)
        explanation = await asyncio.to_thread(folding.explained, trail.contact_id)
        offered = trail.offers[number - 1][1] if number else None
        return Retraced(
            moment,
            len(trail.offers),
            number,
            offered.agent if offered else "",
            reason(offered.agent, offered.why) if offered else "",
            explanation,
            trail.call_back,
            tuple(trail.onward.found),
        )


class _Folding:
    """One tenant's state, folded up to a spot and not beyond; to the end where there is none."""

    def __init__(self, tenant: str, spot: _Spot | None) -> None:
        self._fence = Fence()
        self._state = TenantState(tenant)
        self._spot = spot
        self._at_ms = 0

    def fold(self, records: list[LogRecord]) -> None:
        for record in records:
            verdict, envelope = judge_record(self._fence, record)
            if verdict is Verdict.ACCEPTED and isinstance(envelope, Batch):
                self._fold(envelope.decided, record.offset)

    def explained(self, contact_id: str) -> Explanation:
        contact = self._state.contacts.get(contact_id)
        if contact is None:
            raise NothingToExplain(f"{contact_id} ended so long ago that it is forgotten: name one of its offers")
        return explained(self._state, contact, self._at_ms)

    def _fold(self, content: bytes, offset: int) -> None:
        decided = decode_decided(content)
        for number, command in enumerate(decided.commands):
            if self._spot is None or _Spot(offset, number, 0) <= self._spot:
                self._at_ms = max(self._at_ms, command.at_ms)
            if command.tenant != self._state.tenant:
                continue
            for place, event in enumerate(command.events):
                if self._spot is not None and _Spot(offset, number, place) >= self._spot:
                    return
                apply(self._state, event, command.at_ms)
        self._at_ms = max(self._at_ms, decided.at_ms)


def _look(fence: Fence, records: list[LogRecord], trail: _Trail) -> None:
    """Take note of what happens to the contact. Records that do not have its id in them are not decoded."""
    name = trail.contact_id.encode()
    for record in records:
        verdict, envelope = judge_record(fence, record)
        if verdict is not Verdict.ACCEPTED or not isinstance(envelope, Batch) or name not in envelope.decided:
            continue
        for number, command in enumerate(decode_decided(envelope.decided).commands):
            for place, event in enumerate(command.events):
                trail.note(command.tenant, event, _Spot(record.offset, number, place), command.at_ms)


def _chosen(trail: _Trail, offer: int) -> tuple[Moment, _Spot | None, int]:
    """The moment that is asked for: what it is, where it stands, and the offer's number."""
    if not trail.tenants:
        raise NothingToExplain(f"the log has no contact {trail.contact_id}")
    if len(trail.tenants) > 1:
        raise NothingToExplain(f"{', '.join(sorted(trail.tenants))} have a contact {trail.contact_id} each: name one")
    if offer > len(trail.offers):
        raise NothingToExplain(f"{trail.contact_id} was offered {len(trail.offers)} times, not {offer}")
    if offer or (trail.offers and not trail.waits):
        number = offer or len(trail.offers)
        return Moment.OFFER, trail.offers[number - 1][0], number
    return (Moment.END, trail.ended, 0) if trail.ended is not None and not trail.waits else (Moment.NOW, None, 0)


async def _read(log: EventLog, partition: int, end: int) -> AsyncIterator[list[LogRecord]]:
    """The records before that offset, some at a time."""
    if not end:
        return
    some: list[LogRecord] = []
    async with aclosing(log.read(partition, 0)) as records:  # type: ignore[type-var]
        async for record in records:
            some.append(record)
            if len(some) == RECORDS_AT_ONCE or record.offset >= end - 1:
                yield some
                some = []
            if record.offset >= end - 1:
                return
