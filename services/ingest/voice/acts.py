"""What the log means for calls: put through, out again when transferred, sent on when diverted, hung up when ended.

What it means for agents' telephones that stand by themselves, in a warm transfer, is in colleagues.py.

Nothing is kept of which events were acted on. What a call should be doing follows from the log, what it is doing from
its document; where the two differ something is done, which may be done twice. So each change in the log looks at its
call, a start looks at all that are on, and a sweep looks at those that were silent and asks the carrier after them.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

import structlog

from services.ingest.carriers.carrier import CallState, CarrierError, Refused
from services.ingest.front_door import Unavailable
from services.ingest.voice.calls import Call
from services.ingest.voice.colleagues import Colleagues, LegControl
from services.ingest.voice.endings import Endings
from services.ingest.voice.line import Line
from services.ingest.voice.lost_calls import CallList, LostCalls
from services.ingest.voice.metrics import ACTS, ASKED_AFTER
from services.ingest.voice.room import Stage, Standing
from services.ingest.voice.surroundings import WAIT, Surroundings
from services.shared.document_store import StoreUnavailable

AT_ONCE = 8
AGAIN_S = 1.0
SWEEP_S = 5.0
SWEPT_MAX = 50
# "The requested resource was not found": https://www.twilio.com/docs/api/errors/20404
NO_SUCH_CALL = 20_404
WAITING = (Stage.WAITING, Stage.OFFERED)

log = structlog.get_logger(__name__)


class CallControl(CallList, LegControl, Protocol):
    """The part of a carrier that is needed for calls that are on. Its methods raise Refused and Unavailable."""


@dataclass(slots=True)
class Acts:
    """Two tasks: `settle_changed` acts on what the log brings, `sweep_all` looks after silent calls."""

    around: Surroundings
    carrier: CallControl
    endings: Endings
    lost: LostCalls
    colleagues: Colleagues
    _changed: dict[str, None] = field(default_factory=dict)
    _come: asyncio.Event = field(default_factory=asyncio.Event)
    # By contact: the accepted offer.
    _to_fetch: dict[str, str] = field(default_factory=dict)

    def changed(self, _tenant: str, contact_id: str) -> None:
        """The log has spoken of a call. What it said before it was read to its end is looked at as a whole."""
        if self.around.not_ready_because() is None:
            self.look_at(contact_id)

    def look_at(self, contact_id: str) -> None:
        """Something is new about a call: have it be as the log says."""
        self._changed[contact_id] = None
        self._come.set()

    def fetch(self, contact_id: str, offer_id: str) -> None:
        """The agent's telephone is known who accepted: a caller who waits is put through now, not when next asked for.

        Only when it becomes known: what a process noted before it was killed may be less than what it had done.
        """
        self._to_fetch[contact_id] = offer_id
        self.look_at(contact_id)

    async def settle_changed(self) -> None:
        """Do what is to be done until cancelled. Raises StoreUnavailable: call it again."""
        while self.around.not_ready_because() is not None:  # noqa: ASYNC110  # following tells nobody
            await asyncio.sleep(AGAIN_S)
        self._changed.update(dict.fromkeys(call.contact_id for call in await self.around.calls.all_open()))
        self._changed.update(dict.fromkeys(leg.contact_id for leg in await self.around.legs.all_open()))
        while True:
            self._come.clear()
            undone = await self._settle_all(self._taken())
            self._changed.update(undone)
            if undone:
                await asyncio.sleep(AGAIN_S)
            elif not self._changed:
                await self._come.wait()

    async def sweep_all(self) -> None:
        """Look after silent calls until cancelled. Raises StoreUnavailable: call it again."""
        while True:
            await asyncio.sleep(SWEEP_S)
            if self.around.not_ready_because() is None:
                await self.sweep()

    async def sweep(self) -> None:
        """Once. Raises StoreUnavailable."""
        for contact_id in await self.lost.find():
            self.look_at(contact_id)
        for leg in await self.around.legs.due(SWEPT_MAX):
            self.look_at(leg.contact_id)
        due = await self.around.calls.due(SWEPT_MAX)
        for start in range(0, len(due), AT_ONCE):
            await asyncio.gather(*(self._look_after(call) for call in due[start : start + AT_ONCE]))

    def _taken(self) -> list[str]:
        taken = list(self._changed)[:AT_ONCE]
        for contact_id in taken:
            del self._changed[contact_id]
        return taken

    async def _settle_all(self, contact_ids: Iterable[str]) -> dict[str, None]:
        """Those that could not be settled yet."""
        contact_ids = tuple(contact_ids)
        done = await asyncio.gather(*(self._settled(contact_id) for contact_id in contact_ids))
        return dict.fromkeys(contact_id for contact_id, is_done in zip(contact_ids, done, strict=True) if not is_done)

    async def _settled(self, contact_id: str) -> bool:
        try:
            call = await self.around.calls.get(contact_id)
            if call is None or not call.open:
                self._to_fetch.pop(contact_id, None)
            elif call.call_id:
                await self._settle(call)
            await self.colleagues.look_after(contact_id)
        except Refused as error:
            # The sweep asks what is with it.
            log.warning("the carrier refuses to act on a call", contact_id=contact_id, because=str(error))
        except (CarrierError, StoreUnavailable, Unavailable) as error:
            log.warning("a call could not be acted on yet", contact_id=contact_id, because=str(error))
            return False
        return True

    async def _settle(self, call: Call) -> None:
        standing = self.around.room.standing(call.tenant, call.contact_id)
        if standing is None:
            return
        if standing.diverted is not None or standing.called_back:
            # It ends by itself: the caller leaves a message, speaks with somebody who is none of ours, hears goodbye.
            if not call.diverted:
                await self._ask_for(call, "divert")
                await self.around.calls.diverting(call.contact_id)
        elif standing.stage is Stage.OVER:
            self._to_fetch.pop(call.contact_id, None)
            await self.carrier.hang_up(call.call_id)
            ACTS.labels("hang_up").inc()
            await self.endings.forget(call.contact_id)
        elif _is_with_the_wrong_agent(call, standing):
            await self._ask_for(call, "redirect")
            await self.around.calls.dialing(call.contact_id, "", instead_of=call.dialed_offer)
        elif call.held:
            await self.colleagues.end_hold(call, standing)
        elif standing.asked is not None and call.dialed_offer:
            await self.colleagues.part(call, standing)
        elif standing.stage is Stage.ACCEPTED and self._to_fetch.get(call.contact_id) == standing.offer_id:
            await self._fetch(call, standing.offer_id)
            del self._to_fetch[call.contact_id]

    async def _fetch(self, call: Call, offer_id: str) -> None:
        if offer_id in (call.tried_offer, call.fetched_offer):
            return
        # Several processes hear of the same telephone: fetched twice, the caller would be torn from the agent.
        if await self.around.calls.may_fetch(call, offer_id):
            await self._ask_for(call, "fetch")

    async def _ask_for(self, call: Call, act: str) -> None:
        """Have the carrier ask in the waiting room what to do with the call, out of whatever it is in."""
        await self.carrier.redirect_call(call.call_id, _line(call).url(self.around.urls, WAIT))
        ACTS.labels(act).inc()

    async def _look_after(self, call: Call) -> None:
        """A call that was silent: perhaps it is over, and nobody has told us."""
        if not call.call_id:
            return
        try:
            await self._settled(call.contact_id)
            ASKED_AFTER.inc()
            found = await self.carrier.call(call.call_id)
            if found.state.is_over:
                await self.endings.tell(_line(call), call.channel, found.state)
        except Refused as error:
            await self._tell_if_unknown(call, error)
        except (CarrierError, Unavailable) as error:
            log.warning(
                "a silent call could not be asked after yet",
                tenant=call.tenant,
                contact_id=call.contact_id,
                because=str(error),
            )

    async def _tell_if_unknown(self, call: Call, error: Refused) -> None:
        """Of a call that the carrier does not know any more nobody is on the line."""
        if error.code != NO_SUCH_CALL:
            log.warning(
                "the carrier says nothing of a silent call",
                tenant=call.tenant,
                contact_id=call.contact_id,
                because=str(error),
            )
            return
        try:
            await self.endings.tell(_line(call), call.channel, CallState.COMPLETED)
        except Unavailable as unavailable:
            log.warning(
                "the end of a call could not be told",
                tenant=call.tenant,
                contact_id=call.contact_id,
                because=str(unavailable),
            )


def _is_with_the_wrong_agent(call: Call, standing: Standing) -> bool:
    """Put through to the agent of an offer that is not, or no more, the accepted one."""
    if not call.dialed_offer or call.dialed_offer == standing.offer_id:
        return False
    return standing.stage in WAITING or standing.stage is Stage.ACCEPTED


def _line(call: Call) -> Line:
    return Line(call.tenant, call.company, call.contact_id, call.language)
