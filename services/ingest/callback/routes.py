"""Call-backs over HTTP: the page on which customers ask for one, the API for programs, and how to cancel."""

from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from services.ingest.addresses import Place
from services.ingest.callback.due import in_iso
from services.ingest.callback.entry import CallBackEntry, read_fields, read_json
from services.ingest.callback.front_desk import FrontDesk, Taken
from services.ingest.form_bodies import expect, fields_of, language_of
from services.ingest.front_door import Unavailable
from services.ingest.metrics import REFUSED
from services.ingest.pages import callback_pages
from services.ingest.visitors import TurnedAway, Visitors
from services.ingest.voice.room import Stage
from services.ingest.what_went_wrong import WhatWentWrong
from services.plan.compiled import Channel

RETRY_AFTER_S = 5
LOG_AWAY = WhatWentWrong(
    "Your request could not be taken.", "The contact centre's log is away for the moment.", "Send it again in a minute."
)
NO_RECEIPT = WhatWentWrong(
    "There is no such request here.",
    "The link is not complete, or is not one of ours.",
    "Open the link as you got it when you asked for the call.",
)
BEING_CALLED = WhatWentWrong(
    "It is too late to cancel.",
    "One of us is calling you right now.",
    "Take the call, or let it ring.",
)
OVER = WhatWentWrong(
    "There is nothing to cancel any more.",
    "You were called, it was cancelled, or you had asked before and your first request stands.",
    "To cancel your first request, use the link that you got then.",
)


@dataclass(frozen=True, slots=True)
class CallBackDesk:
    """What the routes work with."""

    front_desk: FrontDesk

    def receipt(self, place: Place, receipt: str) -> str:
        """The contact that the receipt is for. Raises TurnedAway."""
        contact_id = self.front_desk.channel.receipts.contact_of(place, receipt)
        if contact_id is None:
            raise TurnedAway(404, NO_RECEIPT)
        return contact_id

    def must_wait(self, place: Place, contact_id: str) -> None:
        """Raises TurnedAway for a request that can't be cancelled."""
        stage = self.front_desk.channel.stage(place, contact_id)
        if stage is Stage.ACCEPTED:
            raise TurnedAway(409, BEING_CALLED)
        if stage is Stage.OVER:
            raise TurnedAway(409, OVER)

    async def cancel(self, place: Place, contact_id: str) -> None:
        """The customer cancels. Raises TurnedAway."""
        try:
            await self.front_desk.channel.cancel(place, contact_id)
        except Unavailable:
            raise TurnedAway(503, LOG_AWAY, {"retry-after": str(RETRY_AFTER_S)}) from None


def callback_routes(desk: CallBackDesk, visitors: Visitors) -> APIRouter:
    """The routes."""
    routes = APIRouter()
    _page_routes(routes, desk, visitors)
    _cancel_routes(routes, desk, visitors)
    _program_routes(routes, desk, visitors)
    return routes


def _page_routes(routes: APIRouter, desk: CallBackDesk, visitors: Visitors) -> None:
    front_desk = desk.front_desk

    @routes.get("/b/{page}", include_in_schema=False)
    async def show(page: str, request: Request) -> Response:
        place = _place(visitors, page)
        filled = callback_pages.empty(language_of(request) or place.language.lower())
        return callback_pages.ask(place, front_desk.office(place), filled, front_desk.clock.wall_ms())

    @routes.post("/b/{page}", include_in_schema=False)
    async def take(page: str, request: Request) -> Response:
        client = visitors.admit(request)
        place = _place(visitors, page)
        office, now_ms = front_desk.office(place), front_desk.clock.wall_ms()
        values: dict[str, str] = {}
        try:
            values = await fields_of(request)
            entry = read_fields(dict(values), place.topics)
            taken = await _take(desk, visitors, client, place, entry)
            return callback_pages.taken(place, office, taken)
        except WhatWentWrong as wrong:
            REFUSED.labels(Channel.CALLBACK.value).inc()
            return callback_pages.ask(place, office, callback_pages.again(values, wrong), now_ms, 400)
        except Unavailable:
            away = TurnedAway(503, LOG_AWAY, {"retry-after": str(RETRY_AFTER_S)})
        except TurnedAway as turned_away:
            REFUSED.labels(Channel.CALLBACK.value).inc()
            away = turned_away
        filled = callback_pages.again(values, away.wrong)
        return callback_pages.ask(place, office, filled, now_ms, away.status, away.headers)


def _cancel_routes(routes: APIRouter, desk: CallBackDesk, visitors: Visitors) -> None:
    @routes.get("/b/{page}/cancel/{receipt}", include_in_schema=False)
    async def ask_whether(page: str, receipt: str) -> Response:
        # Only asks: links are opened by programs too that look for harm in them.
        place = _place(visitors, page)
        desk.must_wait(place, desk.receipt(place, receipt))
        return callback_pages.cancel(place, receipt)

    @routes.post("/b/{page}/cancel/{receipt}", include_in_schema=False)
    async def cancel(page: str, receipt: str, request: Request) -> Response:
        visitors.admit(request)
        place = _place(visitors, page)
        contact_id = desk.receipt(place, receipt)
        desk.must_wait(place, contact_id)
        await desk.cancel(place, contact_id)
        return callback_pages.cancelled(place)


def _program_routes(routes: APIRouter, desk: CallBackDesk, visitors: Visitors) -> None:
    @routes.post("/v1/callbacks/{page}", status_code=202, openapi_extra=_schema())
    async def take_from_program(page: str, request: Request) -> JSONResponse:
        """Ask for a call. The same token again is the same request. 202 with its receipt once it is durable."""
        client = visitors.admit(request)
        place = _place(visitors, page)
        visitors.must_be_open(place, Channel.CALLBACK)
        expect(request, "application/json")
        content = await request.body()
        try:
            entry = read_json(content, place.topics)
            return _answer(desk, place, await _take(desk, visitors, client, place, entry))
        except WhatWentWrong as wrong:
            raise TurnedAway(400, wrong) from None
        except Unavailable:
            raise TurnedAway(503, LOG_AWAY, {"retry-after": str(RETRY_AFTER_S)}) from None

    @routes.delete("/v1/callbacks/{page}/{receipt}", status_code=202)
    async def cancel_by_program(page: str, receipt: str, request: Request) -> JSONResponse:
        """Cancel a request that no agent has accepted yet; 409 where it is too late."""
        visitors.admit(request)
        place = _place(visitors, page)
        contact_id = desk.receipt(place, receipt)
        desk.must_wait(place, contact_id)
        await desk.cancel(place, contact_id)
        return JSONResponse({"contact_id": contact_id}, 202)


async def _take(desk: CallBackDesk, visitors: Visitors, client: str, place: Place, entry: CallBackEntry) -> Taken:
    """Make a contact of it. Raises WhatWentWrong, TurnedAway, Unavailable: then it does not count as one."""
    visitors.may_begin_contact(client, place, Channel.CALLBACK)
    try:
        return await desk.front_desk.take(place, entry)
    except (WhatWentWrong, TurnedAway, Unavailable):
        visitors.came_to_nothing(place)
        raise


def _place(visitors: Visitors, page: str) -> Place:
    """Of a number, with its "+" or, as it looks better in a web address, without."""
    return visitors.place(Channel.CALLBACK, f"+{page.removeprefix('+')}")


def _answer(desk: CallBackDesk, place: Place, taken: Taken) -> JSONResponse:
    zone = desk.front_desk.office(place).zone
    answer = {
        "contact_id": taken.contact_id,
        "receipt": taken.receipt,
        "number": taken.number,
        "from": in_iso(taken.due_ms, zone) if taken.is_later else None,
    }
    return JSONResponse(answer, 202)


def _schema() -> dict[str, Any]:
    body = {"required": True, "content": {"application/json": {"schema": CallBackEntry.model_json_schema()}}}
    return {"requestBody": body}
