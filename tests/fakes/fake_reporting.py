"""Reporting as far as the agents service asks it: a stream that a test feeds, and timelines."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import FastAPI, Header, HTTPException, Response
from fastapi.responses import StreamingResponse

from services.shared.serve import HttpPart
from services.shared.tokens import Identity, TokenChecker


class FakeReporting:
    """Remembers who asked. `say` goes to all streams; `hang_up` ends them."""

    def __init__(self, checker: TokenChecker) -> None:
        self.asked: list[Identity] = []
        self.timelines: dict[str, str] = {}
        self.refuses = 0
        self._checker = checker
        self._streams: list[asyncio.Queue[bytes | None]] = []
        self._http: HttpPart | None = None
        self.port = 0

    async def start(self) -> None:
        self._http = HttpPart(self._app(), "127.0.0.1", self.port, next_free=False)
        await self._http.start()
        self.port = self._http.port

    async def stop(self) -> None:
        self.hang_up()
        if self._http is not None:
            await self._http.stop()

    @property
    def streams(self) -> int:
        return len(self._streams)

    def say(self, text: bytes) -> None:
        for stream in self._streams:
            stream.put_nowait(text)

    def hang_up(self) -> None:
        for stream in self._streams:
            stream.put_nowait(None)

    def _app(self) -> FastAPI:
        app = FastAPI()

        @app.get("/v1/live/stream")
        async def stream(authorization: Annotated[str, Header()]) -> StreamingResponse:
            self._identify(authorization)
            return StreamingResponse(self._events(), media_type="text/event-stream")

        @app.get("/v1/contacts/{contact_id}/timeline")
        async def timeline(contact_id: str, authorization: Annotated[str, Header()]) -> Response:
            self._identify(authorization)
            if contact_id not in self.timelines:
                raise HTTPException(404)
            return Response(self.timelines[contact_id], media_type="application/json")

        return app

    def _identify(self, authorization: str) -> None:
        if self.refuses:
            raise HTTPException(self.refuses)
        self.asked.append(self._checker.check(authorization.removeprefix("Bearer ")))

    async def _events(self) -> AsyncIterator[bytes]:
        mine: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._streams.append(mine)
        try:
            while (text := await mine.get()) is not None:
                yield text
        finally:
            self._streams.remove(mine)
