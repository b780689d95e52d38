"""What people and programs ask reporting over HTTP."""

from functools import partial
from typing import Annotated, Any

from fastapi import Depends, FastAPI, HTTPException, Path, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST

from services.reporting.answers import live_answer, timeline_answer
from services.reporting.floor_stream import FloorStream
from services.reporting.floor_watchers import TooManyWatch
from services.reporting.http_lists import add_lists
from services.reporting.http_reader import Reader, reader_of
from services.reporting.list_rows import visible
from services.reporting.metrics import FiguresCollector, metrics_page
from services.reporting.projector import Projector
from services.reporting.service_levels import service_levels
from services.shared.bounded_body import BoundedBody
from services.shared.clock import Clock
from services.shared.document_store import StoreUnavailable
from services.shared.serve import health_routes
from services.shared.tokens import TokenChecker

BODY_BYTES_MAX = 1_024
CONTACT_ID_MAX = 256
NO_SUCH_CONTACT = (
    "there is no such contact, or its timeline is no longer kept here: of each tenant only the newest contacts' are; "
    "what happened to older ones is in /v1/events?contact="
)


def make_http_api(projector: Projector, tokens: TokenChecker, clock: Clock) -> FastAPI:
    """The application; the tenant and the companies that are shown come from the token alone."""
    app = FastAPI(title="Switchroom reporting", docs_url="/docs", redoc_url=None)
    app.add_middleware(BoundedBody, limit_bytes=BODY_BYTES_MAX)
    reader = Depends(reader_of(projector, tokens))
    _add_metrics(app, projector, clock)
    _add_live(app, reader, clock)
    add_lists(app, reader, projector)
    _add_timeline(app, reader)
    app.exception_handler(RequestValidationError)(_wrong_words)
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

    @app.get("/v1/live/stream", response_class=FloorStream)
    async def stream(who: Annotated[Reader, reader]) -> FloorStream:
        """The live floor as server-sent events: a snapshot, then one event for each fact, and a beat in between."""
        floor, identity = who.partition.floor, who.identity
        levels = partial(service_levels, who.partition.figures.intervals, identity.tenant, identity.may_see)
        try:
            return FloorStream(floor, floor.watch(identity), clock, levels)
        except TooManyWatch:
            raise HTTPException(429, "too many watch already: try again", headers={"Retry-After": "5"}) from None


def _add_timeline(app: FastAPI, reader: Any) -> None:
    @app.get("/v1/contacts/{contact_id}/timeline")
    async def timeline(
        who: Annotated[Reader, reader], contact_id: Annotated[str, Path(max_length=CONTACT_ID_MAX)]
    ) -> dict[str, Any]:
        """All that happened to one contact, with the reason for each offer."""
        found = who.partition.figures.timelines.of(who.identity.tenant, contact_id)
        try:
            row = await who.partition.tables.contact(who.identity.tenant, contact_id) if found else None
        except StoreUnavailable as error:
            raise HTTPException(503, f"{error}: try again", headers={"Retry-After": "5"}) from None
        seen = visible(row, who.identity.may_see)
        if found is None or seen is None:
            raise HTTPException(404, NO_SUCH_CONTACT)
        return timeline_answer(seen, found)


async def _wrong_words(_request: Request, error: Exception) -> JSONResponse:
    """What is wrong with each word, and not the word itself, which may be long."""
    found = error.errors() if isinstance(error, RequestValidationError) else ()
    said = "; ".join(f"{each['loc'][-1]}: {each['msg']}" for each in found)
    return JSONResponse({"detail": f"{said}. Correct it and ask again"}, 422)
