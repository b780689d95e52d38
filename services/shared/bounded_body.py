"""ASGI middleware that refuses request bodies above a limit before anything reads them."""

from typing import Any

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class BodyTooLarge(Exception):
    """Raised into the application that reads a body on and on; the client gets 413 whatever becomes of it."""


class BoundedBody:
    """413 for a body above `limit_bytes`: at once by its Content-Length, else when the limit is passed."""

    def __init__(self, app: ASGIApp, limit_bytes: int) -> None:
        self._app = app
        self._limit_bytes = limit_bytes

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
            await self._refuse(scope, receive, send)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        detail = f"the body is larger than {self._limit_bytes} bytes: send less"
        # Closing spares reading the rest.
        answer = JSONResponse({"detail": detail}, status_code=413, headers={"connection": "close"})
        await answer(scope, receive, send)


class _Exchange:
    """Counts what comes in; once it is too much, an answer of the application's own no longer goes out."""

    def __init__(self, receive: Receive, send: Send, limit_bytes: int) -> None:
        self._receive = receive
        self._send = send
        self._left_bytes = limit_bytes
        self.too_large = False
        self.answered = False

    async def receive(self) -> Message:
        message = await self._receive()
        self._left_bytes -= len(message.get("body", b""))
        if self._left_bytes < 0:
            self.too_large = True
            raise BodyTooLarge
        return message

    async def send(self, message: Message) -> None:
        if self.too_large and not self.answered:
            return
        self.answered = True
        await self._send(message)


def _declared_bytes(scope: Any) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value[:20])
    return 0
