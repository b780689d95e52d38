"""Takes documents from the watched folder: each is safe in blob store and log before it is put away."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Protocol

import structlog

from services.ingest.admission import Admission
from services.ingest.documents.arrival import Document, Whose, arrival
from services.ingest.documents.folder import DocumentFolder, Entry, Place, StillChanging
from services.ingest.documents.names import document_of, is_document, slip_of
from services.ingest.documents.refusals import Lying, Pace, refusal
from services.ingest.documents.slip import NO_SLIP, SLIP_BYTES_MAX, BadSlip, Slip, read_slip
from services.ingest.documents.waiting import Waiting
from services.ingest.front_door import FrontDoor, Unavailable
from services.ingest.metrics import REFUSED
from services.plan.caller import normalise_caller
from services.plan.compiled import Channel
from services.shared.blob_store import BlobUnavailable
from services.shared.clock import Clock

TIDY_EVERY_MS = 3_600_000
DEALT_WITH_PER_SWEEP = 50

log = structlog.get_logger(__name__)


class Address(Protocol):
    """Whose address it is; `address` as the plan spells it."""

    @property
    def tenant(self) -> str: ...

    @property
    def company(self) -> str: ...

    @property
    def language(self) -> str: ...

    @property
    def address(self) -> str: ...


class Addresses(Protocol):
    """Who answers where."""

    def find(self, channel: Channel, address: str) -> Address | None:
        """Whose address it is, or None."""
        ...


@dataclass(slots=True)
class DocumentIntake:
    """`not_ready_because`: why addresses may still be unknown. `admission`: whether a tenant may begin new contacts."""

    folder: DocumentFolder
    door: FrontDoor
    addresses: Addresses
    clock: Clock
    key: bytes = field(repr=False)
    pace: Pace = field(default_factory=Pace)
    not_ready_because: Callable[[], str | None] = lambda: None
    admission: Admission = field(default_factory=Admission)
    _waiting: Waiting = field(default_factory=Waiting)
    # Safe already, but not put away so far, with their contacts: of these only that is tried again.
    _taken: dict[Entry, str] = field(default_factory=dict)
    _complained_of: set[Entry] = field(default_factory=set)
    _tidied_at_ms: int | None = None

    async def watch(self) -> None:
        """Sweep until cancelled. Raises OSError where the folder cannot be used: call it again."""
        await asyncio.to_thread(self.folder.prepare)
        while True:
            if not await self.sweep():
                await asyncio.sleep(self.pace.sweep_ms / 1000)

    async def sweep(self) -> bool:
        """Look through the folder once. True where more is there to be taken at once. Raises OSError."""
        if self.not_ready_because() is not None:
            return False
        now_ms = self.clock.monotonic_ms()
        await self._tidy(now_ms)
        entries = await asyncio.to_thread(self.folder.entries)
        self._waiting.look(entries, now_ms)
        there = {entry.place: entry for entry in entries}
        self._taken = {entry: contact for entry, contact in self._taken.items() if there.get(entry.place) == entry}
        self._complained_of.intersection_update(entries)
        try:
            return await self._deal_with_all(entries, there)
        except (Unavailable, BlobUnavailable) as error:
            log.warning("documents stay in the folder for now", because=str(error))
            return False

    async def _deal_with_all(self, entries: list[Entry], there: dict[Place, Entry]) -> bool:
        dealt_with = 0
        for entry in entries:
            if dealt_with == DEALT_WITH_PER_SWEEP:
                return True
            await asyncio.sleep(0)  # a heap of files must not hold up chats and mails
            try:
                dealt_with += await self._deal_with(entry, there)
            except (StillChanging, FileNotFoundError):
                continue
            except OSError as error:
                self._complain(entry, error)
        return False

    async def _deal_with(self, entry: Entry, there: dict[Place, Entry]) -> bool:
        """Whether it was taken or refused. Raises StillChanging, OSError, Unavailable, BlobUnavailable."""
        whose, slip_entry = self._whose(entry.place), there.get(_place_of_slip(entry.place))
        if why := refusal(self._lying(entry, there, is_known_address=whose is not None), self.pace):
            await self._refuse(entry, why)
            return True
        if whose is None or not is_document(entry.place.name) or not self._may_begin(entry, whose):
            return False
        slip, bad_slip = await self._slip(slip_entry)
        if not slip.complete and not self._settled(entry, slip_entry):
            return False
        contact = await self._take(entry, whose, slip)
        # The slip goes last: without it the document would be another one if it were taken again.
        await self._put_away(entry, contact)
        if slip_entry is not None:
            await (self._refuse(slip_entry, bad_slip) if bad_slip else self._put_away(slip_entry, contact))
        return True

    def _lying(self, entry: Entry, there: dict[Place, Entry], *, is_known_address: bool) -> Lying:
        place = entry.place
        document = Place(place.channel, place.address, document_of(place.name))
        still_ms = self._waiting.stood_still_ms(entry, self.clock.monotonic_ms())
        return Lying(entry, still_ms, document in there, is_known_address)

    def _settled(self, *entries: Entry | None) -> bool:
        now_ms = self.clock.monotonic_ms()
        still = (self._waiting.stood_still_ms(entry, now_ms) for entry in entries if entry is not None)
        return all(still_ms >= self.pace.settle_ms for still_ms in still)

    def _may_begin(self, entry: Entry, whose: Whose) -> bool:
        """Whether it can be taken now: a document that can't lies where it is."""
        return entry in self._taken or self.admission.refusal(whose.tenant) is None

    def _whose(self, place: Place) -> Whose | None:
        found = self.addresses.find(place.channel, normalise_caller(place.address))
        return Whose(found.tenant, found.company, found.address, found.language) if found else None

    async def _slip(self, entry: Entry | None) -> tuple[Slip, str]:
        """What the slip says, and why it cannot be used. Raises StillChanging."""
        if entry is None:
            return NO_SLIP, ""
        try:
            return read_slip(await asyncio.to_thread(self.folder.read, entry, SLIP_BYTES_MAX)), ""
        except (BadSlip, OSError) as error:
            why = str(error) if isinstance(error, BadSlip) else "it cannot be opened"
            return NO_SLIP, f"The document was taken without this slip: {why}."

    async def _take(self, entry: Entry, whose: Whose, slip: Slip) -> str:
        """Make the document a contact; its id."""
        if entry in self._taken:
            return self._taken[entry]
        raw = await asyncio.to_thread(self.folder.read, entry, self.pace.file_bytes_max)
        if len(raw) > self.pace.file_bytes_max:
            raise StillChanging  # too large: it is refused once it has settled
        document = Document(entry.place, raw, await self.door.blobs.put(raw), slip)
        envelope = arrival(self.key, whose, document, self.clock.wall_ms())
        await self.door.put(envelope)
        self.admission.begin(whose.tenant)
        self._taken[entry] = envelope.contact_id
        return envelope.contact_id

    async def _put_away(self, entry: Entry, contact: str) -> None:
        await asyncio.to_thread(self.folder.put_away, entry, self._today().isoformat(), contact)

    async def _refuse(self, entry: Entry, why: str) -> None:
        await asyncio.to_thread(self.folder.refuse, entry, why)
        REFUSED.labels(entry.place.channel.value).inc()
        log.warning("something in the folder of documents was refused", channel=entry.place.channel.value, because=why)

    def _complain(self, entry: Entry, error: OSError) -> None:
        """Once, and without its name: that may tell who sent it."""
        if entry not in self._complained_of:
            self._complained_of.add(entry)
            log.error("a document can't be read or moved", channel=entry.place.channel.value, why=error.strerror)

    async def _tidy(self, now_ms: int) -> None:
        """Once an hour, delete what was put away long ago. Raises OSError."""
        if self._tidied_at_ms is not None and now_ms - self._tidied_at_ms < TIDY_EVERY_MS:
            return
        self._tidied_at_ms = now_ms
        if self.pace.keep_days:
            first_kept = self._today() - timedelta(days=self.pace.keep_days)
            await asyncio.to_thread(self.folder.forget_before, first_kept)

    def _today(self) -> date:
        return datetime.fromtimestamp(self.clock.wall_ms() / 1000, UTC).date()


def _place_of_slip(place: Place) -> Place:
    return Place(place.channel, place.address, slip_of(place.name))
