"""The desk in the browser: its page, and the stream of what changes on it."""

import json
from collections.abc import AsyncIterator
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse
from fastapi.sse import format_sse_event
from starlette.types import Receive, Scope, Send

from services.agents.access import Caller, GatedRoute
from services.agents.bells import Listener, contact_topic, desk_topic
from services.agents.desk_link import DeskLink, Seat
from services.agents.desk_view import OPENED, desk_view, visible_items
from services.agents.errors import Refused, too_many
from services.agents.metrics import DESKS_OPEN
from services.agents.office import Office
from services.agents.pages import page
from services.agents.people import person_of
from services.shared.tokens import Identity, Role

DESKS_PER_AGENT_MAX = 12
# How many beats pass between two looks at whether the session still is one.
CHECKED_EVERY_BEATS = 4


class DeskPages:
    """What a person at a browser opens."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def router(self) -> APIRouter:
        """The routes."""
        router = APIRouter(route_class=GatedRoute)
        router.add_api_route("/desk", self.desk, methods=["GET"], include_in_schema=False)
        router.add_api_route("/desk/events", self.events, methods=["GET"], include_in_schema=False)
        return router

    async def desk(self, caller: Caller) -> Response:
        """The page; what is on the desk comes by `events`."""
        person = await person_of(self._office.documents, caller.subject)
        name = person.name if person else caller.agent
        if caller.role is Role.AGENT:
            return page("desk.html", name=name)
        return page(
            "message.html",
            title=f"Welcome, {name}.",
            text=f"People of your role ({caller.role.value}) have no desk.",
            what_to_do="What you can do is offered over HTTP under /v1. Supervisors and admins watch the floor: /.",
        )

    async def events(self, request: Request, caller: Caller) -> Response:
        """The desk whenever it changed, which conversations changed, and a beat in between."""
        link = self._office.links.of(caller.tenant)
        seat = link.seat(caller)
        if seat.holds >= DESKS_PER_AGENT_MAX:
            raise too_many("Too many desks are open.", "Close some of your browser's tabs.")
        return OpenDesk(self._office, request, caller, link, seat)


class OpenDesk(StreamingResponse):
    """A stream of events that keeps the agent attached as long as somebody reads it."""

    def __init__(self, office: Office, request: Request, identity: Identity, link: DeskLink, seat: Seat) -> None:
        super().__init__(self._events(), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})
        self._office = office
        self._request = request
        self._identity = identity
        self._link = link
        self._seat = seat
        self._listener: Listener = office.bells.listener()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve until the reader goes or the service stops."""
        self._link.hold(self._seat)
        DESKS_OPEN.inc()
        try:
            await super().__call__(scope, receive, send)
        finally:
            DESKS_OPEN.dec()
            self._listener.close()
            self._link.release(self._seat)

    async def _events(self) -> AsyncIterator[bytes]:
        beats = 0
        self._listen()
        yield self._desk_event()
        while not self._office.bells.stopped:
            rung = await self._listener.wait(self._office.beat_s)
            if rung:
                self._listen()
                for event in self._what_changed(rung):
                    yield event
                continue
            beats += 1
            if beats % CHECKED_EVERY_BEATS == 0 and not await self._still_logged_in():
                yield _event("ended", {})
                return
            yield _event("beat", {"now_ms": self._office.clock.wall_ms()})

    def _listen(self) -> None:
        tenant = self._identity.tenant
        own = desk_topic(tenant, self._identity.agent)
        self._listener.listen_to(frozenset({own, *(contact_topic(tenant, read) for read in self._opened().values())}))

    def _opened(self) -> dict[str, str]:
        """The contacts that are open on the desk, and whose conversation each shows."""
        items = visible_items(self._identity, self._seat)
        return {item.contact_id: item.about or item.contact_id for item in items if item.state in OPENED}

    def _what_changed(self, rung: frozenset[str]) -> list[bytes]:
        tenant = self._identity.tenant
        own = desk_topic(tenant, self._identity.agent)
        changed = sorted(
            contact_id for contact_id, read in self._opened().items() if contact_topic(tenant, read) in rung
        )
        events = [_event("conversation", {"contact_id": contact_id}) for contact_id in changed]
        return [self._desk_event(), *events] if own in rung else events

    def _desk_event(self) -> bytes:
        now_ms = self._office.clock.wall_ms()
        return _event("desk", desk_view(self._identity, self._link, self._seat, now_ms))

    async def _still_logged_in(self) -> bool:
        try:
            identity = await self._office.gate.identity(self._request)
        except Refused:
            return False
        return (identity.role, identity.agent) == (Role.AGENT, self._identity.agent)


def _event(name: str, data: dict[str, Any]) -> bytes:
    return format_sse_event(event=name, data_str=json.dumps(data, separators=(",", ":")))
