"""The web application: all routes behind the gate, their errors in one form, safe headers on every answer."""

from collections.abc import Callable, Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.agents.access import Caller, GatedRoute
from services.agents.contacts_api import ContactsApi
from services.agents.desk_pages import DeskPages
from services.agents.errors import answer_errors, body_too_large
from services.agents.explain_api import ExplainApi
from services.agents.failed_logins import FailedLogins
from services.agents.floor_api import FloorApi
from services.agents.floor_pages import TRY, FloorPages
from services.agents.login_pages import LoginPages
from services.agents.office import Office
from services.agents.pages import HERE
from services.agents.people_api import PeopleApi
from services.agents.work_api import WorkApi
from services.shared.bounded_body import BoundedBody
from services.shared.serve import health_routes

# A reply of 256 KiB may be written with escapes that make it longer.
BODY_BYTES_MAX = 1024 * 1024
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}


class SafeHeaders:
    """ASGI middleware; nothing but the static files may be kept by a browser. `framed`: what a path may frame."""

    def __init__(self, app: ASGIApp, framed: Mapping[str, tuple[str, ...]]) -> None:
        self._app = app
        self._policies = {path: _framing(origins) for path, origins in framed.items()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(HEADERS)
                headers["Content-Security-Policy"] = self._policies.get(scope["path"], POLICY)
                static = scope["path"].startswith("/static/")
                headers["Cache-Control"] = "no-cache" if static else "no-store"
                # A mail's frame has no origin, and takes its style sheet from there.
                headers["Cross-Origin-Resource-Policy"] = "cross-origin" if static else "same-origin"
            await send(message)

        await self._app(scope, receive, send_safely if scope["type"] == "http" else send)


def make_app(office: Office, ready: Callable[[], str | None]) -> FastAPI:
    """The application. `ready` says why it is not ready yet, or None."""
    app = FastAPI(title="Switchroom agents", version="1", openapi_url=None, docs_url=None, redoc_url=None)
    app.state.gate = office.gate
    app.router.route_class = GatedRoute
    failed_logins = FailedLogins(office.clock)
    for routes in (
        WorkApi(office),
        ContactsApi(office),
        PeopleApi(office, failed_logins),
        LoginPages(office, failed_logins),
        DeskPages(office),
        FloorPages(office),
        FloorApi(office),
        ExplainApi(office),
    ):
        app.include_router(routes.router())
    health_routes(app, ready)
    _describe(app)
    app.mount("/static", StaticFiles(directory=HERE / "static"), name="static")
    answer_errors(app)
    app.add_middleware(BoundedBody, limit_bytes=BODY_BYTES_MAX, refusal=body_too_large)
    app.add_middleware(SafeHeaders, framed={TRY: tuple(frame.origin for frame in office.try_frames)})
    return app


def _framing(origins: tuple[str, ...]) -> str:
    return POLICY.replace("frame-src 'self'", " ".join(("frame-src 'self'", *sorted(set(origins)))))


def _describe(app: FastAPI) -> None:
    @app.get("/v1/openapi.json", include_in_schema=False)
    async def openapi(_caller: Caller) -> dict[str, Any]:
        return app.openapi()
