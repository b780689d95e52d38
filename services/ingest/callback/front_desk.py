"""Takes requests for call-backs: checks the number and the time, counts how often, and makes the contact."""

from dataclasses import dataclass

from services.ingest.addresses import Addresses, Place
from services.ingest.callback.destination import destination
from services.ingest.callback.due import due_ms
from services.ingest.callback.entry import NOT_TAKEN, CallBackEntry
from services.ingest.callback.number_limits import NumberLimits
from services.ingest.callback.offices import Office, Offices
from services.ingest.channels.callback import CallBack
from services.ingest.front_door import Unavailable
from services.ingest.visitors import TurnedAway
from services.ingest.what_went_wrong import WhatWentWrong
from services.plan.compiled import Channel
from services.shared.clock import Clock

OUR_NUMBERS = (Channel.VOICE, Channel.CALLBACK, Channel.SMS, Channel.FAX)


@dataclass(frozen=True, slots=True)
class Taken:
    """A request that was taken: the number to be called, from when (wall clock), and what the customer holds of it."""

    contact_id: str
    number: str
    due_ms: int
    is_later: bool
    receipt: str


@dataclass(frozen=True, slots=True)
class FrontDesk:
    """`countries`: where customers may be called (ISO 3166-1); none: in those of the company's own numbers."""

    channel: CallBack
    addresses: Addresses
    offices: Offices
    limits: NumberLimits
    clock: Clock
    countries: frozenset[str] = frozenset()

    def office(self, place: Place) -> Office:
        """What the place offers."""
        return self.offices.find(place.tenant, place.address)

    async def take(self, place: Place, entry: CallBackEntry) -> Taken:
        """Make a contact of it; it is durable when this returns. Raises WhatWentWrong, TurnedAway, Unavailable."""
        office, now_ms = self.office(place), self.clock.wall_ms()
        number = destination(entry.number, office.region, self.countries or office.countries, self._is_ours)
        from_ms = due_ms(entry.when, office, now_ms)
        self._count(place, number)
        try:
            contact_id = await self.channel.receive(place, entry, number, from_ms)
        except Unavailable:
            self.limits.give_back(place, number)
            raise
        receipt = self.channel.receipts.receipt(place, contact_id)
        return Taken(contact_id, number, from_ms, from_ms > now_ms, receipt)

    def _is_ours(self, number: str) -> bool:
        return any(self.addresses.find(channel, number) is not None for channel in OUR_NUMBERS)

    def _count(self, place: Place, number: str) -> None:
        wait_s = self.limits.take(place, number)
        if wait_s:
            why = "A call to this number was asked for many times of late."
            what_to_do = f"What you asked for before stands. If you need more, ask again in {_minutes(wait_s)}."
            wrong = WhatWentWrong(NOT_TAKEN, why, what_to_do, {"number": f"{why} {what_to_do}"})
            raise TurnedAway(429, wrong, {"retry-after": str(wait_s)})


def _minutes(seconds: int) -> str:
    minutes = -(-seconds // 60)
    return "a minute" if minutes == 1 else f"{minutes} minutes"
