"""Takes requests for call-backs: checks the number and the time, counts how often, and makes the contact."""

from dataclasses import dataclass

from services.ingest.addresses import Place
from services.ingest.callback.due import due_ms
from services.ingest.callback.entry import NOT_TAKEN, CallBackEntry
from services.ingest.callback.numbers import Numbers
from services.ingest.callback.offices import Office
from services.ingest.channels.callback import CallBack
from services.ingest.front_door import Unavailable
from services.ingest.visitors import TurnedAway
from services.ingest.what_went_wrong import WhatWentWrong
from services.shared.clock import Clock


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
    """Takes what customers and programs send."""

    channel: CallBack
    numbers: Numbers
    clock: Clock

    def office(self, place: Place) -> Office:
        """What the place offers."""
        return self.numbers.offices.find(place.tenant, place.address)

    async def take(self, place: Place, entry: CallBackEntry) -> Taken:
        """Make a contact of it; it is durable when this returns. Raises WhatWentWrong, TurnedAway, Unavailable."""
        office, now_ms = self.office(place), self.clock.wall_ms()
        number = self.numbers.destination(place, entry.number, office.region)
        from_ms = due_ms(entry.when, office, now_ms)
        self._count(place, number)
        try:
            contact_id = await self.channel.receive(place, entry, number, from_ms)
        except Unavailable:
            self.numbers.give_back(place, number)
            raise
        receipt = self.channel.receipts.receipt(place, contact_id)
        return Taken(contact_id, number, from_ms, from_ms > now_ms, receipt)

    def _count(self, place: Place, number: str) -> None:
        wait_s = self.numbers.limits.take(place, number)
        if wait_s:
            why = "A call to this number was asked for many times of late."
            what_to_do = f"What you asked for before stands. If you need more, ask again in {_minutes(wait_s)}."
            wrong = WhatWentWrong(NOT_TAKEN, why, what_to_do, {"number": f"{why} {what_to_do}"})
            raise TurnedAway(429, wrong, {"retry-after": str(wait_s)})


def _minutes(seconds: int) -> str:
    minutes = -(-seconds // 60)
    return "a minute" if minutes == 1 else f"{minutes} minutes"
