"""Answers of many rows, streamed: never more than a piece of one in memory, and only so many at a time."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator

import structlog
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from services.reporting.log_codec import UnreadableDecision
from services.shared.document_store import StoreUnavailable
from services.shared.event_log import LogUnavailable, RecordsGone
from services.shared.fence import FenceStopped

AT_ONCE_MAX = 8
SECONDS_MAX = 600.0
# Why rows can end early.
BROKEN_OFF = (LogUnavailable, RecordsGone, StoreUnavailable, FenceStopped, UnreadableDecision)

log = structlog.get_logger(__name__)


class TooManyAtOnce(Exception):
    """As many answers as may be are being written."""


class Slots:
    """How many answers are being written."""

    def __init__(self, at_once_max: int = AT_ONCE_MAX) -> None:
        self._free = at_once_max

    def take(self) -> None:
        """One more. Raises TooManyAtOnce."""
        if not self._free:
            raise TooManyAtOnce
        self._free -= 1

    def give_back(self) -> None:
        """One less."""
        self._free += 1


class RowsResponse(StreamingResponse):
    """Rows as they come. One that can't be finished has no proper end, so that nobody takes it for the whole.

    `first` is the beginning of the answer, `rest` what follows; it gives its slot back.
    """

    def __init__(
        self, first: bytes, rest: AsyncGenerator[bytes, None], media_type: str, slots: Slots, seconds_max: float
    ) -> None:
        headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
        super().__init__(_joined(first, rest), media_type=media_type, headers=headers)
        self._rest = rest
        self._slots = slots
        self._seconds_max = seconds_max

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve."""
        try:
            async with asyncio.timeout(self._seconds_max):
                await super().__call__(scope, receive, send)
        except (TimeoutError, *BROKEN_OFF) as error:
            log.warning("an answer was broken off: whoever asked goes on from its last row", because=str(error))
        finally:
            self._slots.give_back()
            await self._rest.aclose()


async def begun(
    rows: AsyncGenerator[bytes, None], media_type: str, slots: Slots, seconds_max: float = SECONDS_MAX
) -> RowsResponse:
    """An answer whose beginning is there already. Raises TooManyAtOnce, and what the rows raise before they begin."""
    slots.take()
    try:
        async with asyncio.timeout(seconds_max):
            first = await anext(rows, b"")
    except BaseException:
        slots.give_back()
        await rows.aclose()
        raise
    return RowsResponse(first, rows, media_type, slots, seconds_max)


async def _joined(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for each in rest:
        yield each
