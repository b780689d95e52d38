"""The live floor for browsers: reporting's stream and timelines, passed on from one origin."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Annotated, Any

import structlog
from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import StreamingResponse
from fastapi.sse import format_sse_event
from starlette.types import Receive, Scope, Send

from services.agents import models
from services.agents.access import Caller, GatedRoute
from services.agents.documents import PEOPLE
from services.agents.errors import Refused, not_found, too_many, unavailable
from services.agents.metrics import FLOORS_OPEN
from services.agents.office import Office
from services.agents.reporting_client import ReportingAway
from services.shared.tokens import Identity

ContactId = Annotated[str, Path(pattern=models.ID_PATTERN)]
FLOORS_MAX = 100
AGENTS_MAX = 1000
# Reporting is asked again after so long, and a browser that takes nothing for so long is left alone.
AGAIN_S = 2.0
STUCK_S = 30.0
BUFFERED_MAX = 256
# How many beats pass between two looks at whether they still may watch.
CHECKED_EVERY_BEATS = 4
FLOOR_TOPIC = "floor"

log = structlog.get_logger(__name__)


class FloorApi:
    """Reads on behalf of who watches, and of nobody else: each request to reporting carries their own token."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._open: set[OpenFloor] = set()

    def router(self) -> APIRouter:
        """The routes."""
        router = APIRouter(route_class=GatedRoute)
        router.add_api_route("/v1/floor/stream", self.stream, methods=["GET"])
        router.add_api_route("/v1/floor/words", self.words, methods=["GET"])
        router.add_api_route("/v1/floor/contacts/{contact_id}", self.contact, methods=["GET"])
        return router

    async def stream(self, request: Request, caller: Caller) -> Response:
        """Server-sent events: a snapshot, then one for each fact; `away` while reporting can't be reached."""
        if len(self._open) >= FLOORS_MAX:
            raise too_many("Too many floors are open.", "There is room for so many at a time.", 5)
        return OpenFloor(self._office, request, caller, self._open)

    async def words(self, caller: Caller) -> dict[str, Any]:
        """What companies, queues and agents are called, as far as you may see them."""
        people = await self._office.documents.find(PEOPLE, {"tenant": caller.tenant}, limit=AGENTS_MAX)
        agents = [one for one in people if one["agent"] and _serves_any(caller, one["companies"])]
        return {
            "plan": await self._office.plan_words.words(caller),
            "agents": {one["agent"]: one["name"] for one in agents},
        }

    async def contact(self, caller: Caller, contact_id: ContactId) -> Response:
        """All that happened to one contact, with the reason for each offer."""
        try:
            timeline = await self._office.reporting.timeline(caller, contact_id)
        except ReportingAway:
            raise unavailable("The timeline can't be read now.", "Reporting can't be reached.") from None
        if timeline is None:
            raise not_found("contact")
        return Response(timeline, media_type="application/json")


class OpenFloor(StreamingResponse):
    """A stream that goes on while reporting comes and goes, until its reader goes or may not watch any more."""

    def __init__(self, office: Office, request: Request, identity: Identity, open_floors: set["OpenFloor"]) -> None:
        super().__init__(self._events(), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})
        self._office = office
        self._request = request
        self._identity = identity
        self._open_floors = open_floors
        self._listener = office.bells.listener(FLOOR_TOPIC)
        self._buffer: asyncio.Queue[bytes] = asyncio.Queue(BUFFERED_MAX)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve until the reader goes, is stuck, or the service stops."""
        serving = asyncio.create_task(super().__call__(scope, receive, send))
        reading = asyncio.create_task(self._read())
        self._open_floors.add(self)
        FLOORS_OPEN.set(len(self._open_floors))
        try:
            await asyncio.wait((serving, reading), return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._open_floors.discard(self)
            FLOORS_OPEN.set(len(self._open_floors))
            self._listener.close()
            for task in (serving, reading):
                task.cancel()
            await asyncio.gather(serving, reading, return_exceptions=True)

    async def _read(self) -> None:
        """From reporting into the buffer; returns when nobody takes anything out of that."""
        try:
            while True:
                try:
                    async for event in self._office.reporting.floor(self._identity):
                        await self._keep(event)
                except ReportingAway as away:
                    log.info("the floor has no figures", because=str(away))
                    await self._keep(_event("away", {}))
                await asyncio.sleep(AGAIN_S)
        except TimeoutError:
            log.info("a floor does not read: it is left")

    async def _keep(self, event: bytes) -> None:
        async with asyncio.timeout(STUCK_S):
            await self._buffer.put(event)
        self._listener.wake(FLOOR_TOPIC)

    async def _events(self) -> AsyncIterator[bytes]:
        clock = self._office.clock
        checked_ms = clock.monotonic_ms()
        while not self._office.bells.stopped:
            if not await self._listener.wait(self._office.beat_s):
                yield _event("beat", {"now_ms": clock.wall_ms()})
            while not self._buffer.empty():
                yield self._buffer.get_nowait()
            if clock.monotonic_ms() - checked_ms >= CHECKED_EVERY_BEATS * self._office.beat_s * 1_000:
                checked_ms = clock.monotonic_ms()
                if not await self._may_still_watch():
                    yield _event("ended", {})
                    return

    async def _may_still_watch(self) -> bool:
        try:
            now = await self._office.gate.watcher(self._request)
        except Refused:
            return False
        mine = self._identity
        return (now.tenant, now.companies, now.role) == (mine.tenant, mine.companies, mine.role)


def _serves_any(caller: Identity, companies: list[str]) -> bool:
    return not companies or any(map(caller.may_see, companies))


def _event(name: str, data: dict[str, Any]) -> bytes:
    return format_sse_event(event=name, data_str=json.dumps(data, separators=(",", ":")))
