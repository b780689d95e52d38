"""Twilio's REST side on a port of its own, as far as the adapter asks it, with answers that a test can spoil.

What it answers is cut from the published examples of the Message and Call resources; the simulated carrier of the
demonstration is the one that is checked against the whole description.
"""

import asyncio
from base64 import b64encode
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.shared.serve import HttpPart
from tests.fakes.twilio_requests import SID, TOKEN

MADE_AT = "Sun, 22 Nov 2026 10:00:00 +0000"
BASIC = "Basic " + b64encode(f"{SID}:{TOKEN}".encode()).decode()

Spoiled = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    query: dict[str, str]
    form: list[tuple[str, str]]


def message(sid: str, status: str = "queued", **more: Any) -> dict[str, Any]:
    return {
        "account_sid": SID,
        "api_version": "2010-04-01",
        "body": "Hi there",
        "date_created": MADE_AT,
        "date_sent": None,
        "date_updated": MADE_AT,
        "direction": "outbound-api",
        "error_code": None,
        "error_message": None,
        "from": "+15557122661",
        "num_media": "0",
        "num_segments": "1",
        "price": None,
        "price_unit": "USD",
        "messaging_service_sid": None,
        "sid": sid,
        "status": status,
        "subresource_uris": {},
        "to": "+15558675310",
        "uri": f"/2010-04-01/Accounts/{SID}/Messages/{sid}.json",
        **more,
    }


def call(sid: str, status: str = "queued", **more: Any) -> dict[str, Any]:
    return {
        "account_sid": SID,
        "sid": sid,
        "status": status,
        "date_created": MADE_AT,
        "date_updated": MADE_AT,
        "start_time": None,
        "end_time": None,
        "from": "+15557122661",
        "to": "+15558675310",
        "direction": "outbound-api",
        "duration": None,
        "price": None,
        "subresource_uris": {},
        "uri": f"/2010-04-01/Accounts/{SID}/Calls/{sid}.json",
        **more,
    }


def failing(status: int, code: int = 0, message: str = "no") -> Spoiled:
    async def answer(_request: Request) -> Response:
        return JSONResponse({"code": code, "message": message, "more_info": "", "status": status}, status)

    return answer


def saying(content: str | bytes, status: int = 200, media_type: str = "application/json") -> Spoiled:
    async def answer(_request: Request) -> Response:
        return Response(content, status, media_type=media_type)

    return answer


@dataclass
class TwilioApi:
    """`resources` are what is found; `spoiled` answers are given first, in order; what was `asked` is kept."""

    resources: dict[str, dict[str, Any]] = field(default_factory=dict)
    files: dict[str, tuple[bytes, str]] = field(default_factory=dict)
    spoiled: list[Spoiled] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    http: HttpPart | None = None
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        assert self.http is not None
        return f"http://127.0.0.1:{self.http.port}"

    async def start(self) -> None:
        app = Starlette(routes=[Route("/{path:path}", self._answer, methods=["GET", "POST"])])
        self.http = HttpPart(app, "127.0.0.1", 0, next_free=False)
        await self.http.start()

    async def stop(self) -> None:
        self.stopping.set()
        assert self.http is not None
        await self.http.stop()

    def never(self) -> Spoiled:
        """Takes the request and never answers."""

        async def answer(_request: Request) -> Response:
            await self.stopping.wait()
            return Response(status_code=503)

        return answer

    async def _answer(self, request: Request) -> Response:
        form = parse_qsl((await request.body()).decode(), keep_blank_values=True)
        self.asked.append(Asked(request.method, request.url.path, dict(request.query_params), form))
        if self.spoiled:
            return await self.spoiled.pop(0)(request)
        if request.headers.get("authorization") != BASIC:
            return await failing(401, 20003, "Authenticate")(request)
        path = request.url.path.removeprefix(f"/2010-04-01/Accounts/{SID}")
        if path in self.files:
            content, media_type = self.files[path]
            return Response(content, media_type=media_type)
        return self._of_resource(request.method, path, dict(form))

    def _of_resource(self, method: str, path: str, form: dict[str, str]) -> Response:
        kind, _, sid = path.removesuffix(".json").strip("/").partition("/")
        if method == "POST" and not sid:
            made = self._make(kind, form)
            return JSONResponse(made, 201)
        if not sid:
            found = [each for each in self.resources.values() if each["uri"].count(f"/{kind}/")]
            return JSONResponse({kind.lower(): found, "page": 0, "page_size": 20, "next_page_uri": None})
        if sid not in self.resources:
            return JSONResponse({"code": 20404, "message": "was not found", "more_info": "", "status": 404}, 404)
        if form.get("Status"):
            self.resources[sid]["status"] = form["Status"]
        return JSONResponse(self.resources[sid])

    def _make(self, kind: str, form: dict[str, str]) -> dict[str, Any]:
        facts = {"from": form["From"], "to": form["To"]}
        if kind == "Messages":
            sid = f"SM{len(self.resources):032x}"
            self.resources[sid] = message(sid, body=form["Body"], **facts)
        else:
            sid = f"CA{len(self.resources):032x}"
            self.resources[sid] = call(sid, **facts)
        return self.resources[sid]
