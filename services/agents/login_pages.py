"""Logging in and out at a browser: what a one-time link shows and does."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from services.agents.access import OVERSEERS, Caller, GatedRoute
from services.agents.errors import too_many
from services.agents.failed_logins import FailedLogins
from services.agents.login_links import LoggedIn, use_login_link
from services.agents.metrics import LOGINS
from services.agents.office import Office
from services.agents.pages import page

DESK = "/desk"
FLOOR = "/"
# The desk's page sets its agent available once, when it opens under this address.
DESK_ON_DUTY = "/desk#on-duty"


class LoginPages:
    """A link logs in when somebody opens it; a program that only looks at it gets a page with a button."""

    def __init__(self, office: Office, failed_logins: FailedLogins) -> None:
        self._office = office
        self._failed = failed_logins

    def router(self) -> APIRouter:
        """The routes."""
        router = APIRouter(route_class=GatedRoute)
        router.add_api_route("/login/{secret}", self.open, methods=["GET"], include_in_schema=False)
        router.add_api_route("/login/{secret}", self.press, methods=["POST"], include_in_schema=False)
        router.add_api_route("/logout", self.logout, methods=["POST"], include_in_schema=False)
        return router

    async def open(self, request: Request, secret: str) -> Response:
        """Log in at once if a person opened the link, else ask for a press on a button."""
        return await self._log_in(request, secret) if _opened_by_a_person(request) else page("login.html")

    async def press(self, request: Request, secret: str) -> Response:
        """Log in."""
        return await self._log_in(request, secret)

    async def logout(self, request: Request, _caller: Caller) -> Response:
        """End this session."""
        gate = self._office.gate
        await self._office.sessions.end(request.cookies.get(gate.cookie, ""))
        response = Response(status_code=204)
        response.delete_cookie(gate.cookie, path="/", secure=gate.secure, httponly=True, samesite="strict")
        return response

    async def _log_in(self, request: Request, secret: str) -> Response:
        address = request.client.host if request.client else ""
        if wait_ms := self._failed.must_wait_ms(address):
            raise too_many("Too many failed logins.", "They came from your address.", wait_ms // 1000 + 1)
        logged_in = await use_login_link(self._office.documents, self._office.clock, secret)
        LOGINS.labels("link", "failed" if logged_in is None else "done").inc()
        if logged_in is None:
            self._failed.failed(address)
            return page(
                "message.html",
                410,
                title="This link does not log in any more.",
                text="Each link works once, and for ten minutes.",
                what_to_do="Ask for a new one.",
            )
        return await self._begin(request, logged_in)

    async def _begin(self, request: Request, logged_in: LoggedIn) -> Response:
        gate = self._office.gate
        desk = _place_of(logged_in)
        # A browser that came from another site does not send a strict cookie along a redirect: such a visitor goes on
        # from a page of ours.
        from_elsewhere = request.headers.get("sec-fetch-site") in {"cross-site", "same-site"}
        response = page("logged_in.html", desk=desk) if from_elsewhere else RedirectResponse(desk, 303)
        response.set_cookie(
            gate.cookie,
            await self._office.sessions.begin(logged_in.person),
            path="/",
            secure=gate.secure,
            httponly=True,
            samesite="strict",
        )
        return response


def _place_of(logged_in: LoggedIn) -> str:
    if logged_in.person.role in OVERSEERS:
        return FLOOR
    return DESK_ON_DUTY if logged_in.on_duty else DESK


def _opened_by_a_person(request: Request) -> bool:
    purpose = request.headers.get("sec-purpose", "") + request.headers.get("purpose", "")
    return request.headers.get("sec-fetch-mode") == "navigate" and "prefetch" not in purpose
