"""A router with Work.Desk and explanations alone: a scripted desk for each agent, over real gRPC."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import grpc
import grpc.aio

from services.shared.tokens import Identity, TokenChecker, TokenRefused
from switchroom.v1 import events_pb2, routing_pb2, routing_pb2_grpc, work_pb2, work_pb2_grpc
from switchroom.v1.contact_pb2 import CHANNEL_EMAIL, DIRECTION_INBOUND

BEAT_S = 0.1
NOT_FOUND = events_pb2.Outcome(
    refusal=events_pb2.REFUSAL_NOT_FOUND, detail="no such contact on your desk", what_to_do="look at your desk"
)
NOT_NOW = events_pb2.Outcome(
    refusal=events_pb2.REFUSAL_NOT_NOW, detail="the contact is in another state", what_to_do="look at your desk"
)
DONE = events_pb2.Outcome()


class FakeRouting(routing_pb2_grpc.RoutingServicer):
    """A router with Routing.ExplainContact alone: its answers by tenant, contact and offer, or one refusal for all."""

    def __init__(self, checker: TokenChecker) -> None:
        self._checker = checker
        self.explanations: dict[tuple[str, str, int], routing_pb2.ExplainContactResponse] = {}
        self.refusal: grpc.StatusCode | None = None
        self.callers: list[Identity] = []

    async def ExplainContact(  # noqa: N802  # gRPC's name
        self, asked: routing_pb2.ExplainContactRequest, context: Any
    ) -> routing_pb2.ExplainContactResponse:
        (bearer,) = (value for key, value in context.invocation_metadata() if key == "authorization")
        self.callers.append(self._checker.check(bearer.removeprefix("Bearer ")))
        if self.refusal is not None:
            await context.abort(self.refusal, "as the test says")
        answer = self.explanations.get((self.callers[-1].tenant, asked.contact_id, asked.offer))
        if answer is None:
            await context.abort(grpc.StatusCode.NOT_FOUND, "the log has no such contact")
        return answer or routing_pb2.ExplainContactResponse()


class FakeRouter(work_pb2_grpc.WorkServicer):
    """Say what happens with `offer` and the attributes; see what was asked in `commands`."""

    def __init__(self, checker: TokenChecker) -> None:
        self._checker = checker
        self._streams: set[_Stream] = set()
        self.desks: dict[tuple[str, str], work_pb2.AgentDesk] = {}
        self.commands: list[work_pb2.DeskRequest] = []
        self.attaches: list[tuple[str, str]] = []
        self.outcomes: dict[tuple[str, str], events_pb2.Outcome] = {}
        self.epoch = 1
        self.seq = 0
        self.silent = False
        self.loses_answers = False
        self.refuses_attach = False
        self.routing = FakeRouting(checker)  # type: ignore[abstract]  # nothing else is asked of it

    async def start(self, port: int = 0) -> int:
        self._server = grpc.aio.server()
        work_pb2_grpc.add_WorkServicer_to_server(self, self._server)
        routing_pb2_grpc.add_RoutingServicer_to_server(self.routing, self._server)
        self.port = self._server.add_insecure_port(f"127.0.0.1:{port}")
        await self._server.start()
        return self.port

    async def stop(self) -> None:
        await self._server.stop(None)

    @property
    def streams(self) -> int:
        return len(self._streams)

    def drop(self) -> None:
        for stream in self._streams:
            stream.outgoing.put_nowait(None)

    # ------------------------------------------------------------------ what happens

    def desk(self, agent: str, tenant: str = "acme") -> work_pb2.AgentDesk:
        fresh = work_pb2.AgentDesk(
            agent=agent, tenant=tenant, presence=events_pb2.PRESENCE_OFFLINE, attached=True, units=100
        )
        return self.desks.setdefault((tenant, agent), fresh)

    def offer(self, agent: str, contact_id: str, tenant: str = "acme", **fields: Any) -> None:
        facts: dict[str, Any] = {
            "contact_id": contact_id,
            "state": work_pb2.WORK_STATE_OFFERED,
            "channel": CHANNEL_EMAIL,
            "direction": DIRECTION_INBOUND,
            "company": "north",
            "queue": "support",
            "dialed": "help@north.example",
            "offer_id": f"offer-{contact_id}",
            "reason": "longest idle of 2",
            "customer": f"customer-of-{contact_id}",
        }
        self.desk(agent, tenant).items.append(work_pb2.WorkItem(**(facts | fields)))
        self._tell(tenant, agent)

    def set_state(self, agent: str, contact_id: str, state: int, tenant: str = "acme") -> None:
        self._item(self.desk(agent, tenant), contact_id).state = state
        self._tell(tenant, agent)

    def withdraw(self, agent: str, contact_id: str, tenant: str = "acme") -> None:
        desk = self.desk(agent, tenant)
        desk.items.remove(self._item(desk, contact_id))
        self._tell(tenant, agent)

    def asked(self, kind: str) -> list[work_pb2.DeskRequest]:
        return [command for command in self.commands if command.WhichOneof("command") == kind]

    # ------------------------------------------------------------------ the service

    async def Desk(  # noqa: N802  # gRPC's name
        self, requests: AsyncIterator[work_pb2.DeskRequest], context: Any
    ) -> AsyncIterator[work_pb2.DeskResponse]:
        stream = _Stream()
        self._streams.add(stream)
        reading = asyncio.create_task(self._read(requests, stream))
        try:
            while True:
                message = await stream.next()
                if message is None:
                    await context.abort(grpc.StatusCode.UNAVAILABLE, "dropped")
                elif not self.silent:
                    self._stamp(message)
                    yield message
        finally:
            self._streams.discard(stream)
            reading.cancel()

    async def _read(self, requests: AsyncIterator[work_pb2.DeskRequest], stream: "_Stream") -> None:
        async for request in requests:
            self.commands.append(request)
            kind = request.WhichOneof("command")
            if kind == "attach":
                self._attach(request, stream)
            elif kind == "detach":
                stream.agents.discard((stream.tenant, request.agent))
            else:
                self._act(request, kind or "", stream)

    def _attach(self, request: work_pb2.DeskRequest, stream: "_Stream") -> None:
        try:
            identity = self._checker.check(request.attach.token)
        except TokenRefused:
            self._answer(stream, request, NOT_FOUND)
            return
        if self.refuses_attach:
            self._answer(stream, request, NOT_FOUND)
            return
        stream.tenant = identity.tenant
        stream.agents.add((identity.tenant, identity.agent))
        self.attaches.append((identity.tenant, identity.agent))
        self._answer(stream, request, DONE, self.desk(identity.agent, identity.tenant))

    def _act(self, request: work_pb2.DeskRequest, kind: str, stream: "_Stream") -> None:
        key = (stream.tenant, request.command_id)
        desk = self.desk(request.agent, stream.tenant)
        if key not in self.outcomes:
            self.outcomes[key] = self._decide(desk, kind, getattr(request, kind))
        if not self.loses_answers:
            self._answer(stream, request, self.outcomes[key], desk)

    def _decide(self, desk: work_pb2.AgentDesk, kind: str, command: Any) -> events_pb2.Outcome:
        if kind == "set_presence":
            desk.presence, desk.presence_reason = command.presence, command.reason
            return DONE
        item = self._item(desk, command.contact_id)
        if item is None:
            return NOT_FOUND
        return self._decide_on(desk, item, kind, command)

    def _decide_on(
        self, desk: work_pb2.AgentDesk, item: work_pb2.WorkItem, kind: str, command: Any
    ) -> events_pb2.Outcome:
        offered = item.state == work_pb2.WORK_STATE_OFFERED
        active = item.state == work_pb2.WORK_STATE_ACTIVE
        if kind in ("accept", "decline") and not (offered and command.offer_id == item.offer_id):
            return NOT_NOW
        if kind in ("finish", "transfer", "consult", "hand_over", "end_consultation") and not active:
            return NOT_NOW
        if kind == "complete" and offered:
            return NOT_NOW
        if kind == "accept":
            item.state = work_pb2.WORK_STATE_ACTIVE
        elif kind in ("finish", "transfer"):
            item.state = work_pb2.WORK_STATE_WRAP_UP
        elif kind == "consult":
            item.consultation.CopyFrom(
                work_pb2.Consultation(
                    contact_id=f"{item.contact_id}.c1", queue=command.queue, to_agent=command.to_agent
                )
            )
        elif kind == "end_consultation":
            item.ClearField("consultation")
        else:
            desk.items.remove(item)
        return DONE

    def _item(self, desk: work_pb2.AgentDesk, contact_id: str) -> Any:
        return next((item for item in desk.items if item.contact_id == contact_id), None)

    # ------------------------------------------------------------------ what it says

    def _answer(
        self,
        stream: "_Stream",
        request: work_pb2.DeskRequest,
        outcome: events_pb2.Outcome,
        desk: work_pb2.AgentDesk | None = None,
    ) -> None:
        answer = work_pb2.Answer(
            command_id=request.command_id, outcome=outcome, tenant=stream.tenant, agent=request.agent
        )
        stream.outgoing.put_nowait(work_pb2.DeskResponse(answers=[answer], desks=[desk] if desk else []))

    def _tell(self, tenant: str, agent: str) -> None:
        for stream in self._streams:
            if (tenant, agent) in stream.agents:
                stream.outgoing.put_nowait(work_pb2.DeskResponse(desks=[self.desk(agent, tenant)]))

    def _stamp(self, message: work_pb2.DeskResponse) -> None:
        self.seq += 1
        message.epoch, message.seq, message.offset, message.at_ms = self.epoch, self.seq, self.seq, 1_790_000_000_000

    # ------------------------------------------------------------------ what the agents service never calls

    def SetPresence(self, request: Any, context: Any) -> Any:  # noqa: N802
        raise NotImplementedError

    def Accept(self, request: Any, context: Any) -> Any:  # noqa: N802
        raise NotImplementedError

    def Complete(self, request: Any, context: Any) -> Any:  # noqa: N802
        raise NotImplementedError

    def Decline(self, request: Any, context: Any) -> Any:  # noqa: N802
        raise NotImplementedError

    def Finish(self, request: Any, context: Any) -> Any:  # noqa: N802
        raise NotImplementedError

    def Next(self, request: Any, context: Any) -> Any:  # noqa: N802
        raise NotImplementedError

    def PullWork(self, request: Any, context: Any) -> Any:  # noqa: N802
        raise NotImplementedError

    def Transfer(self, request: Any, context: Any) -> Any:  # noqa: N802
        raise NotImplementedError

    def Consult(self, request: Any, context: Any) -> Any:  # noqa: N802
        raise NotImplementedError

    def HandOver(self, request: Any, context: Any) -> Any:  # noqa: N802
        raise NotImplementedError

    def EndConsultation(self, request: Any, context: Any) -> Any:  # noqa: N802
        raise NotImplementedError


class _Stream:
    def __init__(self) -> None:
        self.outgoing: asyncio.Queue[work_pb2.DeskResponse | None] = asyncio.Queue()
        self.agents: set[tuple[str, str]] = set()
        self.tenant = ""

    async def next(self) -> work_pb2.DeskResponse | None:
        try:
            async with asyncio.timeout(BEAT_S):
                return await self.outgoing.get()
        except TimeoutError:
            return work_pb2.DeskResponse(beat=True)
