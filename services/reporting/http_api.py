"""What people and programs ask reporting over HTTP."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Header, HTTPException, Path, Query, Response
from prometheus_client import CONTENT_TYPE_LATEST

from services.reporting.answers import contact_answer, live_answer, timeline_answer
from services.reporting.metrics import FiguresCollector, metrics_page
from services.reporting.projections.contact_state import ContactState
from services.reporting.projector import NotThere, PartitionFigures, Projector
from services.shared.bounded_body import BoundedBody
from services.shared.clock import Clock
from services.shared.serve import health_routes
from services.shared.tokens import Identity, Role, TokenChecker, TokenRefused

READERS = (Role.SUPERVISOR, Role.ADMIN, Role.ANALYST)
BODY_BYTES_MAX = 1_024
CONTACTS_MAX = 500
NO_SUCH_CONTACT = (
    "there is no such contact, or it is no longer kept here: of each tenant only the newest contacts are; "
    "older ones are in the log"
)

AtLeast = Annotated[
    str, Query(pattern=r"^\d{1,6}:\d{1,15}$", description="partition:offset that the answer must take into account")
]
CompanyId = Annotated[str, Query(max_length=64)]


@dataclass(frozen=True, slots=True)
class Reader:
    """Who asks, with the figures of their tenant."""

    identity: Identity
    partition: PartitionFigures


def make_http_api(projector: Projector, tokens: TokenChecker, clock: Clock) -> FastAPI:
    """The application; the tenant and the companies that are shown come from the token alone."""
    app = FastAPI(title="Switchroom reporting", docs_url="/docs", redoc_url=None)
    app.add_middleware(BoundedBody, limit_bytes=BODY_BYTES_MAX)
    reader = Depends(_reader(projector, tokens))
    _add_metrics(app, projector, clock)
    _add_live(app, reader, clock)
    _add_contacts(app, reader)
    health_routes(app, projector.not_ready_because)
    return app


def _add_metrics(app: FastAPI, projector: Projector, clock: Clock) -> None:
    collector = FiguresCollector(projector, clock)

    @app.get("/metrics", include_in_schema=False)
    async def metrics() -> Response:
        return Response(metrics_page(collector), media_type=CONTENT_TYPE_LATEST)


def _add_live(app: FastAPI, reader: Any, clock: Clock) -> None:
    @app.get("/v1/live")
    async def live(who: Annotated[Reader, reader]) -> dict[str, Any]:
        """How things stand now in the companies that the caller may see."""
        identity = who.identity
        return live_answer(who.partition.figures.live.now(identity.tenant, clock.wall_ms(), identity.may_see))


def _add_contacts(app: FastAPI, reader: Any) -> None:
    @app.get("/v1/contacts")
    async def contacts(
        who: Annotated[Reader, reader],
        since: Annotated[int, Query(ge=0, description="arrived then or later, ms since 1970 UTC")] = 0,
        company: CompanyId = "",
        limit: Annotated[int, Query(ge=1, le=CONTACTS_MAX)] = 50,
    ) -> dict[str, Any]:
        """The newest contacts with what became of them, newest first."""
        _refuse_foreign(who.identity, company)
        wanted = _wanted(who.identity, since, company)
        found = who.partition.figures.timelines.newest(who.identity.tenant, wanted, limit)
        return {"contacts": [contact_answer(state) for state in found]}

    @app.get("/v1/contacts/{contact_id}/timeline")
    async def timeline(
        who: Annotated[Reader, reader], contact_id: Annotated[str, Path(max_length=64)]
    ) -> dict[str, Any]:
        """All that happened to one contact, with the reason for each offer."""
        found = who.partition.figures.timelines.of(who.identity.tenant, contact_id)
        if found is None or not who.identity.may_see(found.state.company):
            raise HTTPException(404, NO_SUCH_CONTACT)
        return timeline_answer(found)


def _reader(projector: Projector, tokens: TokenChecker) -> Callable[..., Any]:
    async def reader(authorization: Annotated[str, Header()] = "", at_least: AtLeast = "") -> Reader:
        identity = _identity(tokens, authorization)
        mine = projector.of(identity.tenant)
        try:
            await mine.reached(_offset(at_least, mine.partition))
        except NotThere as error:
            raise HTTPException(503, str(error), headers={"Retry-After": "1"}) from None
        return Reader(identity, mine)

    return reader


def _identity(tokens: TokenChecker, authorization: str) -> Identity:
    scheme, _, token = authorization.partition(" ")
    try:
        identity = tokens.check(token)
    except TokenRefused as error:
        raise HTTPException(401, str(error), headers={"WWW-Authenticate": "Bearer"}) from None
    if scheme.lower() != "bearer":
        raise HTTPException(401, 'send "Authorization: Bearer <token>"', headers={"WWW-Authenticate": "Bearer"})
    if identity.role not in READERS:
        raise HTTPException(403, "figures are for supervisors, admins and analysts: log in as one of them")
    return identity


def _offset(at_least: str, partition: int) -> int:
    if not at_least:
        return -1
    asked, offset = at_least.split(":")
    if int(asked) != partition:
        raise HTTPException(400, f"at_least names partition {asked}, and this tenant is in partition {partition}")
    return int(offset)


def _refuse_foreign(identity: Identity, company: str) -> None:
    if company and not identity.may_see(company):
        raise HTTPException(404, f"there is no company {company!r}")


def _wanted(identity: Identity, since_ms: int, company: str) -> Callable[[ContactState], bool]:
    def wanted(state: ContactState) -> bool:
        of_company = state.company == company if company else identity.may_see(state.company)
        return of_company and state.arrived_at_ms >= since_ms

    return wanted
