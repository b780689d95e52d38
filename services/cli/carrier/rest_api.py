"""The carrier's REST API, for the resources that Switchroom uses: calls and messages."""

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from services.cli.carrier.exchange.call_fields import API_VERSION
from services.cli.carrier.exchange.exchange import Exchange
from services.cli.carrier.exchange.network import NetworkFull
from services.cli.carrier.exchange.refusals import UNAUTHORIZED, Refused
from services.cli.carrier.rest_forms import Form, read_form, update_of_call, wanted_call, wanted_message
from services.cli.carrier.rest_json import call_json, message_json, page_json, refusal_json
from services.cli.carrier.rest_lists import CALLS, MESSAGES, Listing, page_of

FORM = "application/x-www-form-urlencoded"


def rest_routes(exchange: Exchange) -> APIRouter:
    """Everything under /2010-04-01/Accounts/{sid}."""
    routes = APIRouter(prefix=f"/{API_VERSION}/Accounts/{{account}}", include_in_schema=False)
    _add_calls(routes, exchange)
    _add_messages(routes, exchange)
    return routes


def _add_calls(routes: APIRouter, exchange: Exchange) -> None:
    own = exchange.account.sid

    @routes.post("/Calls.json")
    async def create(account: str, request: Request) -> JSONResponse:
        async def answer() -> JSONResponse:
            return JSONResponse(call_json(exchange.create_call(wanted_call(await _form(request))), own), 201)

        return await _answered(exchange, account, request, answer)

    @routes.get("/Calls.json")
    async def list_calls(account: str, request: Request) -> JSONResponse:
        async def answer() -> JSONResponse:
            rows = [call_json(call, own) for call in reversed(exchange.network.calls.values())]
            return _page(CALLS, rows, own, request)

        return await _answered(exchange, account, request, answer)

    @routes.get("/Calls/{sid}.json")
    async def fetch(account: str, sid: str, request: Request) -> JSONResponse:
        async def answer() -> JSONResponse:
            call = exchange.network.calls.get(sid)
            if call is None:
                raise Refused(20404, request.url.path)
            return JSONResponse(call_json(call, own))

        return await _answered(exchange, account, request, answer)

    @routes.post("/Calls/{sid}.json")
    async def update(account: str, sid: str, request: Request) -> JSONResponse:
        async def answer() -> JSONResponse:
            change = update_of_call(await _form(request))
            call = exchange.update_call(sid, change.order, only_unanswered=change.only_unanswered)
            return JSONResponse(call_json(call, own))

        return await _answered(exchange, account, request, answer)


def _add_messages(routes: APIRouter, exchange: Exchange) -> None:
    own = exchange.account.sid

    @routes.post("/Messages.json")
    async def create(account: str, request: Request) -> JSONResponse:
        async def answer() -> JSONResponse:
            wanted = wanted_message(await _form(request))
            message = exchange.create_message(wanted.from_, wanted.to, wanted.body, wanted.told)
            return JSONResponse(message_json(message, own), 201)

        return await _answered(exchange, account, request, answer)

    @routes.get("/Messages.json")
    async def list_messages(account: str, request: Request) -> JSONResponse:
        async def answer() -> JSONResponse:
            rows = [message_json(message, own) for message in reversed(exchange.texting.messages.values())]
            return _page(MESSAGES, rows, own, request)

        return await _answered(exchange, account, request, answer)

    @routes.get("/Messages/{sid}.json")
    async def fetch(account: str, sid: str, request: Request) -> JSONResponse:
        async def answer() -> JSONResponse:
            message = exchange.texting.messages.get(sid)
            if message is None:
                raise Refused(20404, request.url.path)
            return JSONResponse(message_json(message, own))

        return await _answered(exchange, account, request, answer)


async def _answered(
    exchange: Exchange, account: str, request: Request, answer: Callable[[], Awaitable[JSONResponse]]
) -> JSONResponse:
    """The answer, or why not: who asks must know sid and token, and may ask for this account only."""
    try:
        _admit(exchange, account, request)
        return await answer()
    except NetworkFull:
        return _refusal(Refused(20429))
    except Refused as refused:
        return _refusal(refused)


def _admit(exchange: Exchange, account: str, request: Request) -> None:
    if not exchange.account.knows(request.headers.get("authorization", "")):
        raise Refused(20003)
    if account != exchange.account.sid:
        raise Refused(20404, request.url.path)


def _refusal(refused: Refused) -> JSONResponse:
    headers = {"www-authenticate": 'Basic realm="Twilio API"'} if refused.status == UNAUTHORIZED else {}
    return JSONResponse(refusal_json(refused), refused.status, headers)


async def _form(request: Request) -> Form:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        raise Refused(20001, f"send the fields as {FORM}")
    return read_form(await request.body())


def _page(listing: Listing, rows: list[dict[str, Any]], account_sid: str, request: Request) -> JSONResponse:
    return JSONResponse(page_json(*page_of(listing, rows, request.query_params, account_sid)))
