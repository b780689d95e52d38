"""Calls that are on, and that nobody noted: the process that took them was killed while the document store was away.

The carrier is asked which calls are on. Whose contact the log knows is noted anew, so that it is hung up and looked
after as any other; and a call of the log that is neither noted nor on is over.
"""

from dataclasses import dataclass
from typing import Protocol

import structlog

from services.ingest.carriers.carrier import CallInProgress, CarrierError
from services.ingest.voice.calls import Call
from services.ingest.voice.endings import Endings
from services.ingest.voice.line import Line
from services.ingest.voice.metrics import FOUND_AGAIN
from services.ingest.voice.room import Stage, Standing
from services.ingest.voice.surroundings import Surroundings
from services.plan.compiled import Channel

LOOK_EVERY_MS = 60_000
# Much longer than a caller may be silent in a menu or in the waiting room.
LOST_AFTER_MS = 180_000
# Of nobody's offer: whoever still is with the agent from before a transfer is taken out of that conversation.
SOMEBODY = "somebody"

log = structlog.get_logger(__name__)


class CallList(Protocol):
    """The part of a carrier that is needed to find calls again. Raises Refused and Unavailable."""

    async def calls_in_progress(self) -> list[CallInProgress]: ...


@dataclass(slots=True)
class LostCalls:
    """Looks once a minute; the first time at once, for a process that was killed before this one."""

    around: Surroundings
    carrier: CallList
    endings: Endings
    _looked_at_ms: int | None = None
    _listens_since_ms: int | None = None

    async def find(self) -> list[str]:
        """The contacts of the calls that were noted anew. Raises StoreUnavailable."""
        if not self._is_due():
            return []
        try:
            on = await self.carrier.calls_in_progress()
        except CarrierError as error:
            log.warning("the carrier can't be asked which calls are on", because=str(error))
            return []
        found = [call for each in on if (call := await self._unnoted(each)) is not None]
        for call in found:
            log.warning("a call was lost track of: it is noted again", tenant=call.tenant, contact_id=call.contact_id)
            FOUND_AGAIN.inc()
            await self.around.calls.keep(call)
        await self._give_up_the_rest()
        return [call.contact_id for call in found]

    def _is_due(self) -> bool:
        now_ms = self.around.clock.monotonic_ms()
        if self._listens_since_ms is None:
            self._listens_since_ms = now_ms
        if self._looked_at_ms is not None and now_ms - self._looked_at_ms < LOOK_EVERY_MS:
            return False
        self._looked_at_ms = now_ms
        return True

    async def _unnoted(self, on: CallInProgress) -> Call | None:
        """The call, if it is one of ours that nobody noted, on or over. Others may use the account too."""
        place = self.around.addresses.find(Channel.VOICE, on.dialed)
        if place is None:
            return None
        contact_id = self.around.reports.ids.contact(place.tenant, on.id)
        standing = self.around.room.standing(place.tenant, contact_id)
        if standing is None or await self.around.calls.is_on(contact_id):
            return None
        if await self.around.calls.get(contact_id) is not None:
            return None
        line = Line(place.tenant, place.company, contact_id, place.language)
        return _call(line, on, standing)

    async def _give_up_the_rest(self) -> None:
        """Calls in the log that nobody noted, that are not on, and that the log has not spoken of for long."""
        if self.around.clock.monotonic_ms() - (self._listens_since_ms or 0) < LOST_AFTER_MS:
            return
        before_ms = self.around.clock.wall_ms() - LOST_AFTER_MS
        for call in self.around.room.open_calls():
            if call.since_ms < before_ms and not await self.around.calls.is_on(call.contact_id):
                log.warning(
                    "a call was lost track of: it is taken for over", tenant=call.tenant, contact_id=call.contact_id
                )
                await self.endings.give_up(Line(call.tenant, call.company, call.contact_id, ""))


def _call(line: Line, on: CallInProgress, standing: Standing) -> Call:
    """As it would have been noted: with the agent who accepted, if anybody did."""
    dialed_offer = standing.offer_id
    if standing.stage in (Stage.WAITING, Stage.OFFERED):
        dialed_offer = SOMEBODY
    return Call(
        line.contact_id,
        line.tenant,
        line.company,
        Channel.VOICE,
        on.id,
        on.dialed,
        line.language,
        dialed_offer=dialed_offer,
        tried_offer=standing.offer_id,
    )
