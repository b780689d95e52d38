"""What the carrier sends to the application: questions that wait for an answer, and callbacks that don't."""

import asyncio
from collections.abc import Coroutine
from typing import Any
from urllib.parse import urlsplit

import structlog

from services.cli.carrier.exchange.misbehaviour import Chance, Misbehaviour
from services.cli.carrier.exchange.web import Account, Address, Application, Unreachable, WebAnswer, WebRequest

log = structlog.get_logger(__name__)


class Outbox:
    """Callbacks of one call or message arrive in their order, unless misbehaviour has it otherwise.

    None is sent again when it fails: twilio.com/docs/usage/webhooks says that status callbacks are not retried.
    """

    def __init__(self, account: Account, application: Application, misbehaviour: Misbehaviour) -> None:
        self.account = account
        self.chance = Chance(misbehaviour)
        self._application = application
        self._sending: set[asyncio.Task[None]] = set()
        self._last: dict[str, asyncio.Task[None]] = {}

    async def ask(self, where: Address, params: dict[str, str]) -> WebAnswer:
        """Raises Unreachable."""
        request = self.account.signed(where, params)
        times = self.chance.asks()
        if not times:
            raise Unreachable("the request was lost on its way")
        for _ in range(times - 1):
            self._start(self._deliver(request, self.chance.latency_ms()))
        await asyncio.sleep(self.chance.latency_ms() / 1000)
        return await self._application.ask(request)

    def tell(self, about: str, where: Address, params: dict[str, str]) -> None:
        """Send a callback about a call or a message; returns at once."""
        request = self.account.signed(where, params)
        for delivery in self.chance.deliveries():
            if delivery.in_line:
                self._last[about] = self._start(self._after(self._last.get(about), request, delivery.after_ms, about))
            else:
                self._start(self._deliver(request, delivery.after_ms))

    async def quiet(self) -> None:
        """Wait until everything has been delivered."""
        while self._sending:
            await asyncio.wait(set(self._sending))

    async def stop(self) -> None:
        """Drop what has not been delivered."""
        for task in self._sending:
            task.cancel()
        await asyncio.gather(*self._sending, return_exceptions=True)

    def _start(self, delivering: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(delivering)
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)
        return task

    async def _after(self, before: asyncio.Task[None] | None, request: WebRequest, after_ms: int, about: str) -> None:
        if before is not None:
            await asyncio.wait([before])
        await self._deliver(request, after_ms)
        if self._last.get(about) is asyncio.current_task():
            del self._last[about]

    async def _deliver(self, request: WebRequest, after_ms: int) -> None:
        await asyncio.sleep(after_ms / 1000)
        try:
            answer = await self._application.ask(request)
        except Unreachable as error:
            log.warning("carrier_callback_undelivered", why=str(error))
        else:
            if answer.status >= 400:
                log.warning("carrier_callback_refused", status=answer.status, path=urlsplit(request.url).path)
