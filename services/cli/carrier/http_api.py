"""The carrier over HTTP: its REST API, the telephones, and their pages."""

from fastapi import APIRouter, FastAPI
from fastapi.staticfiles import StaticFiles
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.shared.bounded_body import BoundedBody
from services.shared.serve import health_routes

BODY_BYTES_MAX = 65_536
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
)


def make_app(routes: list[APIRouter], files: dict[str, StaticFiles], framed_by: tuple[str, ...]) -> FastAPI:
    """The application."""
    app = FastAPI(title="Simulated carrier", docs_url=None, redoc_url=None, openapi_url=None)
    for router in routes:
        app.include_router(router)
    for path, folder in files.items():
        app.mount(path, folder)
    health_routes(app, lambda: None)
    app.add_middleware(BoundedBody, limit_bytes=BODY_BYTES_MAX)
    app.add_middleware(_Headers, framed_by=framed_by)
    return app


class _Headers:
    """What keeps browsers from doing more with the pages than they need; the one frame that may show them is named."""

    def __init__(self, app: ASGIApp, framed_by: tuple[str, ...]) -> None:
        self._app = app
        self._headers = {
            "content-security-policy": " ".join((POLICY, *framed_by)),
            "x-content-type-options": "nosniff",
            "referrer-policy": "same-origin",
            "permissions-policy": "camera=(), microphone=(), geolocation=()",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(self._headers)
            await send(message)

        await self._app(scope, receive, send_with_headers)
