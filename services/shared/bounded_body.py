"""ASGI middleware that refuses request bodies above a limit before anything reads them.

A client that is still sending when the connection is closed sees a reset, and not the answer. So the answer goes out
whole, then what the client still sends is thrown away for a while, and only then the connection is closed.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# How much is thrown away of a body that was refused, in limits; for how long; and for how long nothing may come.
DRAINED_LIMITS_MAX = 10
DRAIN_S = 5.0
QUIET_S = 1.0

Refusal = Callable[[Scope, int], Response]


class BodyTooLarge(Exception):
    """Raised into the application that reads a body on and on; the client gets 413 whatever becomes of it."""


def plain_refusal(_scope: Scope, limit_bytes: int) -> Response:
    """The answer where a service has no form of its own."""
    return JSONResponse({"detail": f"the body is larger than {limit_bytes} bytes: send less"}, 413)


class BoundedBody:
    """413 for a body above `limit_bytes`: at once by its Content-Length, else when the limit is passed.

    `refusal` makes the answer, in the service's own form: a Response with a body, no stream.
    """

    def __init__(self, app: ASGIApp, limit_bytes: int, refusal: Refusal = plain_refusal) -> None:
        self._app = app
        self._limit_bytes = limit_bytes
        self._refusal = refusal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif _declared_bytes(scope) > self._limit_bytes:
            await self._refuse(scope, receive, send)
        else:
            await self._count(scope, receive, send)

    async def _count(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange = _Exchange(receive, send, self._limit_bytes)
        try:
            await self._app(scope, exchange.receive, exchange.send)
        except BodyTooLarge:
            if exchange.answered:
                raise
        if exchange.too_large and not exchange.answered:
            await self._refuse(scope, receive, send, ended=exchange.ended)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send, *, ended: bool = False) -> None:
        answer = self._refusal(scope, self._limit_bytes)
        answer.headers["connection"] = "close"
        await send({"type": "http.response.start", "status": answer.status_code, "headers": answer.raw_headers})
        # The answer has its length: the client has all of it now, and need not wait for what follows.
        await send({"type": "http.response.body", "body": answer.body, "more_body": True})
        if not ended:
            await _drain(receive, DRAINED_LIMITS_MAX * self._limit_bytes)
        await send({"type": "http.response.body", "body": b"", "more_body": False})


class _Exchange:
    """Counts what comes in; once it is too much, an answer of the application's own no longer goes out."""

    def __init__(self, receive: Receive, send: Send, limit_bytes: int) -> None:
        self._receive = receive
        self._send = send
        self._left_bytes = limit_bytes
        self.too_large = False
        self.ended = False
        self.answered = False

    async def receive(self) -> Message:
        message = await self._receive()
        self._left_bytes -= len(message.get("body", b""))
        if self._left_bytes < 0:
            self.too_large = True
            self.ended = not message.get("more_body", False)
            raise BodyTooLarge
        return message

    async def send(self, message: Message) -> None:
        if self.too_large and not self.answered:
            return
        self.answered = True
        await self._send(message)


async def _drain(receive: Receive, bytes_max: int) -> None:
    """Throw away what still comes: to the body's end, until nothing comes any more, or until it is enough."""
    try:
        async with asyncio.timeout(DRAIN_S):
            while bytes_max > 0:
                message = await asyncio.wait_for(receive(), QUIET_S)
                bytes_max -= len(message.get("body", b""))
                if not message.get("more_body", False):
                    return
    except TimeoutError:
        return


def _declared_bytes(scope: Any) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value[:20])
    return 0
