"""A scripted application behind real HTTP, which checks every request with the carrier's own validator."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from twilio.request_validator import RequestValidator

from services.cli.carrier.exchange.web import WebRequest
from services.shared.serve import HttpPart
from tests.fakes.scripted_application import ScriptedApplication


class ServedApplication:
    """`forged`: the URLs of requests whose signature was not the account's."""

    def __init__(self, auth_token: str) -> None:
        self.scripted = ScriptedApplication()
        self.forged: list[str] = []
        self._validator = RequestValidator(auth_token)
        routes = [Route("/{path:path}", self._serve, methods=["GET", "POST"])]
        self._part = HttpPart(Starlette(routes=routes), "127.0.0.1", 0, next_free=False)

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self._part.port}{path}"

    @asynccontextmanager
    async def running(self) -> AsyncIterator["ServedApplication"]:
        await self._part.start()
        try:
            yield self
        finally:
            await self._part.stop()

    async def _serve(self, request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))
        url = self.url(request.url.path + (f"?{request.url.query}" if request.url.query else ""))
        if not self._validator.validate(url, form, request.headers.get("x-twilio-signature", "")):
            self.forged.append(url)
        answer = await self.scripted.ask(WebRequest(request.method, url, form, dict(request.headers)))
        return Response(answer.body, answer.status, media_type=answer.content_type)
