"""Ingest over HTTP: the pages that customers see, the forms they send, and the sockets of their chats."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response, WebSocket
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles
from starlette.types import Scope

from services.ingest.callback.routes import CallBackDesk, callback_routes
from services.ingest.channels.web_chat import WebChat
from services.ingest.channels.web_form import FormEntry, WebForm, read_fields, read_json
from services.ingest.chat.visitor_socket import Limits, VisitorSocket
from services.ingest.form_bodies import expect, fields_of, language_of
from services.ingest.front_door import Unavailable
from services.ingest.metrics import REFUSED, SOCKETS
from services.ingest.pages import pages
from services.ingest.security_headers import SecurityHeaders
from services.ingest.visitors import TurnedAway, Visitors
from services.ingest.what_went_wrong import WhatWentWrong
from services.plan.compiled import Channel
from services.shared.bounded_body import BoundedBody
from services.shared.serve import health_routes

STATIC = Path(__file__).parent / "static"
RETRY_AFTER_S = 5
LOG_AWAY = WhatWentWrong(
    "Your message could not be taken.", "The contact centre's log is away for the moment.", "Send it again in a minute."
)


@dataclass(frozen=True, slots=True)
class Desks:
    """What the routes work with."""

    visitors: Visitors
    form: WebForm
    chat: WebChat
    limits: Limits
    sockets_max: int
    # Where a carrier can call customers back.
    callback: CallBackDesk | None = None


def make_app(
    desks: Desks,
    *,
    body_bytes_max: int,
    embedding: tuple[str, ...],
    ready: Callable[[], str | None],
    webhooks: APIRouter | None = None,
) -> FastAPI:
    """The application; `webhooks` are the carrier's, where there is one."""
    app = FastAPI(title="Switchroom ingest", docs_url=None, redoc_url=None)
    app.include_router(_form_routes(desks))
    app.include_router(_chat_routes(desks))
    if desks.callback is not None:
        app.include_router(callback_routes(desks.callback, desks.visitors))
    if webhooks is not None:
        app.include_router(webhooks)
    app.mount("/static", StaticFiles(directory=STATIC))
    health_routes(app, ready)
    app.add_exception_handler(TurnedAway, _turn_away)
    app.add_middleware(BoundedBody, limit_bytes=body_bytes_max, refusal=_too_large)
    app.add_middleware(SecurityHeaders, embedding=embedding)
    return app


def _form_routes(desks: Desks) -> APIRouter:
    routes = APIRouter()
    visitors = desks.visitors

    @routes.get("/f/{page}", include_in_schema=False)
    async def show_form(page: str, request: Request) -> Response:
        place = visitors.place(Channel.WEB_FORM, page)
        return pages.form(place, pages.empty_form(language_of(request)))

    @routes.post("/f/{page}", include_in_schema=False)
    async def send_form(page: str, request: Request) -> Response:
        client = visitors.admit(request)
        place = visitors.place(Channel.WEB_FORM, page)
        values: dict[str, str] = {}
        try:
            values = await fields_of(request)
            entry = read_fields(dict(values), place.topics)
        except WhatWentWrong as wrong:
            REFUSED.labels(Channel.WEB_FORM.value).inc()
            return pages.form(place, pages.again(values, wrong), 400)
        try:
            visitors.may_begin_contact(client, place, Channel.WEB_FORM)
            return pages.thanks(place, await desks.form.receive(place, entry))
        except Unavailable:
            visitors.came_to_nothing(place)
            return pages.form(place, pages.again(values, LOG_AWAY), 503, {"retry-after": str(RETRY_AFTER_S)})
        except TurnedAway as away:
            REFUSED.labels(Channel.WEB_FORM.value).inc()
            return pages.form(place, pages.again(values, away.wrong), away.status, away.headers)

    @routes.post("/v1/forms/{page}", status_code=202, openapi_extra=_form_schema())
    async def send_form_by_program(page: str, request: Request) -> JSONResponse:
        """Make a contact. The same token again is the same contact. 202 with its id once it is durable."""
        client = visitors.admit(request)
        place = visitors.place(Channel.WEB_FORM, page)
        visitors.must_be_open(place, Channel.WEB_FORM)
        expect(request, "application/json")
        entry = await _or_400(request, partial(read_json, topics=place.topics))
        visitors.may_begin_contact(client, place, Channel.WEB_FORM)
        try:
            return JSONResponse({"contact_id": await desks.form.receive(place, entry)}, 202)
        except Unavailable:
            visitors.came_to_nothing(place)
            raise TurnedAway(503, LOG_AWAY, {"retry-after": str(RETRY_AFTER_S)}) from None

    return routes


def _chat_routes(desks: Desks) -> APIRouter:
    routes = APIRouter()
    visitors = desks.visitors
    sockets: set[WebSocket] = set()

    @routes.get("/c/{page}", include_in_schema=False)
    async def show_chat(page: str, request: Request) -> Response:
        place = visitors.place(Channel.WEB_CHAT, page)
        return pages.chat(place, language_of(request) or place.language.lower())

    @routes.websocket("/c/{page}/socket")
    async def serve_socket(page: str, websocket: WebSocket) -> None:
        try:
            client = visitors.admit(websocket)
            place = visitors.place(Channel.WEB_CHAT, page)
            visitors.must_keep_up(place, Channel.WEB_CHAT)
            if len(sockets) >= desks.sockets_max:
                raise _full()
        except TurnedAway as away:
            await websocket.send_denial_response(_as_json(away))
            return
        sockets.add(websocket)
        try:
            with SOCKETS.track_inprogress():
                await websocket.accept()
                await VisitorSocket(websocket, place, client, desks.chat, desks.limits).serve()
        finally:
            sockets.discard(websocket)

    return routes


def _too_large(scope: Scope, limit_bytes: int) -> Response:
    why = f"It is larger than {limit_bytes} bytes."
    wrong = WhatWentWrong("Your message was not taken.", why, "Shorten it and send it again.")
    REFUSED.labels(_channel_of(scope["path"]).value).inc()
    return _refusal(scope["path"], TurnedAway(413, wrong))


async def _turn_away(request: Request, away: Exception) -> Response:
    if not isinstance(away, TurnedAway):
        raise away
    REFUSED.labels(_channel_of(request.url.path).value).inc()
    return _refusal(request.url.path, away)


def _channel_of(path: str) -> Channel:
    return Channel.CALLBACK if path.startswith(("/b/", "/v1/callbacks/")) else Channel.WEB_FORM


def _refusal(path: str, away: TurnedAway) -> Response:
    """For a program or for a person."""
    if path.startswith("/v1/"):
        return _as_json(away)
    return pages.problem(away.wrong, away.status, away.headers)


def _as_json(away: TurnedAway) -> JSONResponse:
    return JSONResponse(away.wrong.as_json(), away.status, away.headers)


def _full() -> TurnedAway:
    wrong = WhatWentWrong("The chat is full.", "There are more visitors than there is room for.", "Try again soon.")
    return TurnedAway(503, wrong, {"retry-after": str(RETRY_AFTER_S)})


async def _or_400(request: Request, read: Callable[[bytes], FormEntry]) -> FormEntry:
    content = await request.body()
    try:
        return read(content)
    except WhatWentWrong as wrong:
        raise TurnedAway(400, wrong) from None


def _form_schema() -> dict[str, Any]:
    return {
        "requestBody": {"required": True, "content": {"application/json": {"schema": FormEntry.model_json_schema()}}}
    }
