"""Who may call what: the table of routes and roles, and the gate that every request passes before its body is read.

Deny by default: a route that the table does not name is refused for everybody.
"""

from collections.abc import Callable, Coroutine
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import Depends, Request, Response
from fastapi.routing import APIRoute

from services.agents.errors import Refused, not_allowed, not_logged_in
from services.agents.sessions import Sessions
from services.shared.tokens import Identity, Role, TokenChecker, TokenRefused

ANYONE = frozenset(Role)
AGENTS = frozenset({Role.AGENT})
READERS = frozenset({Role.AGENT, Role.SUPERVISOR})
ADMINS = frozenset({Role.ADMIN})
OVERSEERS = frozenset({Role.SUPERVISOR, Role.ADMIN})
# Without any identity.
PUBLIC: frozenset[Role] = frozenset()

ROLES: dict[str, frozenset[Role]] = {
    "GET /": AGENTS | OVERSEERS,
    "GET /try": PUBLIC,
    "GET /healthz": PUBLIC,
    "GET /readyz": PUBLIC,
    "GET /metrics": PUBLIC,
    "GET /login/{secret}": PUBLIC,
    "POST /login/{secret}": PUBLIC,
    "POST /v1/login": PUBLIC,
    "POST /logout": ANYONE,
    "GET /desk": ANYONE,
    "GET /desk/events": AGENTS,
    "GET /v1/floor/stream": OVERSEERS,
    "GET /v1/floor/words": OVERSEERS,
    "GET /v1/floor/contacts/{contact_id}": OVERSEERS,
    "GET /v1/floor/contacts/{contact_id}/why": OVERSEERS,
    "GET /v1/openapi.json": ANYONE,
    "GET /v1/me": ANYONE,
    "GET /v1/desk": AGENTS,
    "POST /v1/presence": AGENTS,
    "POST /v1/next": AGENTS,
    "GET /v1/work/{contact_id}": READERS,
    "GET /v1/work/{contact_id}/attachments/{blob}": READERS,
    "GET /v1/work/{contact_id}/pages/{blob}": READERS,
    "POST /v1/work/{contact_id}/accept": AGENTS,
    "POST /v1/work/{contact_id}/decline": AGENTS,
    "POST /v1/work/{contact_id}/reply": AGENTS,
    "POST /v1/work/{contact_id}/note": AGENTS,
    "POST /v1/work/{contact_id}/transfer": AGENTS,
    "POST /v1/work/{contact_id}/consult": AGENTS,
    "POST /v1/work/{contact_id}/hand_over": AGENTS,
    "POST /v1/work/{contact_id}/end_consultation": AGENTS,
    "POST /v1/work/{contact_id}/finish": AGENTS,
    "POST /v1/work/{contact_id}/complete": AGENTS,
    "GET /v1/customers/{customer}/contacts": READERS,
    "GET /v1/people": ADMINS,
    "POST /v1/people": ADMINS,
    "PATCH /v1/people/{id}": ADMINS,
    "POST /v1/keys": ADMINS,
    "DELETE /v1/keys/{id}": ADMINS,
    "POST /v1/login-links": ADMINS,
}
# The floor, which everybody may watch in a demonstration.
OPEN_IN_DEMONSTRATIONS = frozenset(
    {"GET /", "GET /v1/floor/stream", "GET /v1/floor/words", "GET /v1/floor/contacts/{contact_id}"}
)
VISITOR = "visitor"
SAFE_METHODS = frozenset({"GET", "HEAD"})
COOKIE = "switchroom"
SECURE_COOKIE = "__Host-switchroom"
# Another site can't set it without asking first, and the answer to that question is no.
DESK_HEADER = "X-Switchroom-Desk"


class Gate:
    """Finds out who asks, by token or by session, and whether they may."""

    def __init__(self, checker: TokenChecker, sessions: Sessions, public_url: str, open_floor_tenant: str = "") -> None:
        self._checker = checker
        self._sessions = sessions
        self._public_host = urlsplit(public_url).netloc
        self._open_floor_tenant = open_floor_tenant
        self.secure = public_url.startswith("https://")
        self.cookie = SECURE_COOKIE if self.secure else COOKIE

    async def admit(self, request: Request, route: str) -> None:
        """Put the identity into the request's state. Raises Refused."""
        allowed = ROLES.get(route)
        if allowed is None:
            raise not_allowed("Nobody may use this route.")
        if allowed is PUBLIC:
            return
        if self._open_floor_tenant and route in OPEN_IN_DEMONSTRATIONS:
            request.state.identity = await self.watcher(request)
            return
        identity = await self.identity(request)
        if identity.role not in allowed:
            raise not_allowed()
        request.state.identity = identity

    async def watcher(self, request: Request) -> Identity:
        """Who watches the floor: an overseer, or in a demonstration whoever comes, to read only. Raises Refused."""
        try:
            identity = await self.identity(request)
        except Refused:
            if not self._open_floor_tenant:
                raise
            return self._visitor()
        if identity.role in OVERSEERS:
            return identity
        if not self._open_floor_tenant:
            raise not_allowed()
        return self._visitor()

    def _visitor(self) -> Identity:
        return Identity(self._open_floor_tenant, (), Role.ANALYST, "", VISITOR, 0)

    async def identity(self, request: Request) -> Identity:
        """Who asks. A token is looked at first: it is never sent by itself. Raises Refused."""
        if header := request.headers.get("authorization"):
            return self._by_token(header)
        identity = await self._sessions.identity(request.cookies.get(self.cookie, ""))
        if identity is None:
            raise not_logged_in()
        if request.method not in SAFE_METHODS and not self._from_our_page(request):
            raise not_allowed("The request does not come from a page of this desk.")
        return identity

    def _by_token(self, header: str) -> Identity:
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer":
            raise not_logged_in()
        try:
            return self._checker.check(token.strip())
        except TokenRefused:
            raise not_logged_in() from None

    def _from_our_page(self, request: Request) -> bool:
        origin = request.headers.get("origin")
        # A page without an origin ("null") has an empty host, and so has a desk without a public address.
        ours = {request.headers.get("host", ""), self._public_host} - {""}
        return DESK_HEADER in request.headers and (origin is None or urlsplit(origin).netloc in ours)


class GatedRoute(APIRoute):
    """A route behind the gate in `app.state.gate`."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def gated(request: Request) -> Response:
            await request.app.state.gate.admit(request, f"{request.method} {self.path}")
            return await handle(request)

        return gated


def _identity(request: Request) -> Identity:
    identity: Identity = request.state.identity
    return identity


Caller = Annotated[Identity, Depends(_identity)]
