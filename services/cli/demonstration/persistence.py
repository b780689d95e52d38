"""How long the demonstration tries again what failed because a part of the system was away."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

import aiosmtplib
import httpx2
from websockets.exceptions import WebSocketException

from services.agents.people import PersonRefused
from services.cli.demonstration.seats import LoginFailed
from services.cli.demonstration.telephone import TelephoneFailed
from services.cli.grpc_client import CallFailed
from services.shared.document_store import StoreUnavailable

MISFORTUNES = (
    OSError,
    httpx2.HTTPError,
    WebSocketException,
    aiosmtplib.SMTPException,
    CallFailed,
    LoginFailed,
    PersonRefused,
    StoreUnavailable,
    TelephoneFailed,
)
AGAIN_S = 0.5

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Persistence:
    """`outage_s`: how long a part may be away, in seconds. 0: the first failure counts, as where all is one process.

    Only what can be done twice without being done double is tried again: each caller sees to that.
    """

    outage_s: float = 0.0

    @property
    def persists(self) -> bool:
        """Whether anything is tried again."""
        return self.outage_s > 0

    async def keep_trying(self, act: Callable[[], Awaitable[T]]) -> T:
        """What `act` returns in the end. Raises what it raised last, when that was no outage or the outage lasts."""
        loop = asyncio.get_running_loop()
        until_s = loop.time() + self.outage_s
        while True:
            try:
                return await act()
            except MISFORTUNES as error:
                if loop.time() >= until_s or not _may_pass(error):
                    raise
            await asyncio.sleep(AGAIN_S)


AT_ONCE = Persistence()


def _may_pass(error: BaseException) -> bool:
    """Whether it may be otherwise in a moment. What was refused for what it says is refused the next time too."""
    match error:
        case httpx2.HTTPStatusError():
            return error.response.status_code == 429 or error.response.status_code >= 500
        case aiosmtplib.SMTPRecipientsRefused():
            return all(400 <= each.code < 500 for each in error.recipients)
        case aiosmtplib.SMTPResponseException():
            return 400 <= error.code < 500
        case PersonRefused():
            return False
        case _:
            return True
