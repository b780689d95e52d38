"""ASGI middleware: the headers that keep a browser from doing more with our pages than they need."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
)


class SecurityHeaders:
    """Adds them to every answer; `embedding` are the origins of web sites that may show our pages in theirs."""

    def __init__(self, app: ASGIApp, embedding: tuple[str, ...]) -> None:
        self._app = app
        self._headers = {
            "content-security-policy": " ".join((POLICY, *embedding)),
            "x-content-type-options": "nosniff",
            # Not "no-referrer": browsers would then send our own forms with the origin "null".
            "referrer-policy": "same-origin",
            "permissions-policy": "camera=(), microphone=(), geolocation=()",
            "cross-origin-resource-policy": "same-origin",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] in ("http.response.start", "websocket.http.response.start"):
                MutableHeaders(scope=message).update(self._headers)
            await send(message)

        await self._app(scope, receive, send_with_headers)
