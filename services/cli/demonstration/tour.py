"""The visitors of the seat that is left free: one chat at a time, whenever whoever sits there has nothing to do."""

import asyncio
import contextlib
import itertools
from dataclasses import dataclass

import httpx2
import structlog
from websockets.exceptions import WebSocketException

from services.cli.demonstration.chat_visitor import ChatVisitor, chatting
from services.cli.demonstration.floor import Floor
from services.cli.demonstration.people import GUEST
from services.cli.demonstration.show import Show
from services.cli.demonstration.story import THANKS, TOURS, Visit
from services.cli.demonstration.system import System
from services.cli.demonstration.told import Served

POLL_S = 0.5
NEXT_S = 2.0
AGAIN_S = 5.0
MISFORTUNES = (OSError, WebSocketException, httpx2.HTTPError)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a visitor waits for an agent, and then for what the agent writes or does."""

    to_be_joined_s: float = 60.0
    to_be_answered_s: float = 600.0


PATIENT = Patience()


class Tour:
    """Never more than one visitor: the next comes when the one before has gone and their contact has ended."""

    def __init__(self, system: System, floor: Floor, show: Show, patience: Patience = PATIENT) -> None:
        self._system = system
        self._floor = floor
        self._show = show
        self._patience = patience

    async def run(self) -> None:
        """Until cancelled. What goes wrong is logged; another visitor tries again. Raises httpx2.ConnectError."""
        for visit in itertools.cycle(TOURS):
            try:
                await self._one(visit)
                await asyncio.sleep(NEXT_S)
            except httpx2.ConnectError:
                raise
            except MISFORTUNES as error:
                log.warning("a_visitor_was_lost", why=type(error).__name__)
                await asyncio.sleep(AGAIN_S)

    async def _one(self, visit: Visit) -> None:
        await self._floor.until_free(GUEST, POLL_S)
        served = await self._chat(visit)
        if served.contact_id:
            self._show.told(await self._floor.told(visit, served), visit.message)

    async def _chat(self, visit: Visit) -> Served:
        async with chatting(self._system.where.ingest, visit, self._system.persistence) as visitor:
            answer = await self._answer(visitor)
            await (visitor.end() if answer is None else visitor.say(THANKS))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._patience.to_be_answered_s):
                    await visitor.ended()
            return Served(visitor.contact_id, answer)

    async def _answer(self, visitor: ChatVisitor) -> str | None:
        try:
            async with asyncio.timeout(self._patience.to_be_joined_s):
                await visitor.joined()
            async with asyncio.timeout(self._patience.to_be_answered_s):
                return await visitor.answer()
        except TimeoutError:
            return None
