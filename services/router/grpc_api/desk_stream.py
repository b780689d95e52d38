"""Work.Desk: many agents on one stream; commands up, and one message per commit down."""

import asyncio
import time
from collections.abc import AsyncIterator

import grpc

from services.router.attachments import AgentKey
from services.router.batch import always
from services.router.core.commands import AttachAgent, Command, Outcome, Refusal
from services.router.effects import Answered
from services.router.grpc_api.calls import BUSY, UNKNOWN, Calls, scoped
from services.router.grpc_api.desk_commands import command_of
from services.router.grpc_api.door import BadRequest, Context, Door, check_command_id, refuse
from services.router.grpc_api.feed import Feed
from services.router.intake import Overloaded
from services.router.log_codec import outcome_message
from services.router.partition_loop import NotOwner
from services.shared.tokens import Identity, TokenRefused
from switchroom.v1 import work_pb2

ATTACH_FIRST = "attach this agent on this stream first, with a token that names them"


class DeskStream:
    """Each agent is attached from their Attach until their Detach, the end of their token, or of the stream."""

    def __init__(self, calls: Calls, door: Door, context: Context) -> None:
        self._calls = calls
        self._door = door
        self._context = context
        self._feed = Feed()
        self._tenant = ""

    async def messages(self, requests: AsyncIterator[work_pb2.DeskRequest]) -> AsyncIterator[work_pb2.DeskResponse]:
        """Until the client ends it, or the partition changes hands (UNAVAILABLE: attach again)."""
        reader = asyncio.create_task(self._read(requests))
        reader.add_done_callback(lambda _: self._feed.finish())
        try:
            async for message in self._desks(reader):
                yield message
        finally:
            reader.cancel()
            self._feed.close()

    async def _desks(self, reader: "asyncio.Task[None]") -> AsyncIterator[work_pb2.DeskResponse]:
        while not reader.done():
            message = await self._feed.next()
            if self._feed.lost_owner:
                await refuse(self._context, grpc.StatusCode.UNAVAILABLE, UNKNOWN)
            if message is not None:
                yield message
            self._feed.release_expired(int(time.time()))
        reader.result()

    async def _read(self, requests: AsyncIterator[work_pb2.DeskRequest]) -> None:
        async for request in requests:
            try:
                self._handle(request)
            except BadRequest as bad:
                self._answer(request, Outcome(Refusal.INVALID, str(bad)))
            except Overloaded:
                self._answer(request, Outcome(Refusal.TOO_MANY, BUSY))
            except NotOwner:
                self._feed.deposed()

    def _handle(self, request: work_pb2.DeskRequest) -> None:
        check_command_id(request.command_id)
        match request.WhichOneof("command"):
            case "attach":
                self._attach(request)
            case "detach":
                self._feed.release((self._tenant, request.agent))
                self._answer(request, Outcome())
            case None:
                raise BadRequest("this request has no command that this version knows")
            case name:
                self._command(request, command_of(request.agent, getattr(request, name)))

    def _attach(self, request: work_pb2.DeskRequest) -> None:
        try:
            identity = self._door.check(request.attach.token)
        except TokenRefused as refused:
            raise BadRequest(str(refused)) from None
        if not identity.agent:
            raise BadRequest("the token names no agent")
        if self._tenant not in {"", identity.tenant}:
            raise BadRequest("the agents of one stream must be of one tenant: open another stream for this one")
        self._tenant, request.agent = identity.tenant, identity.agent
        loop = self._calls.loop_of(identity)
        self._put(request, identity, AttachAgent(identity.agent), touches=self._feed.hold(identity, loop))

    def _command(self, request: work_pb2.DeskRequest, command: Command) -> None:
        held = self._feed.held.get((self._tenant, request.agent))
        if held is None:
            raise BadRequest(ATTACH_FIRST)
        self._put(request, held.identity, command)

    def _put(
        self,
        request: work_pb2.DeskRequest,
        identity: Identity,
        command: Command,
        touches: AgentKey | None = None,
    ) -> None:
        loop = self._calls.loop_of(identity)
        loop.put(
            identity.tenant,
            scoped(identity, request.command_id),
            always(command),
            lambda answered: self._settled(request, answered),
            touches=touches,
        )

    def _settled(self, request: work_pb2.DeskRequest, answered: Answered | None) -> None:
        # None: the outcome is not known; the stream ends with UNAVAILABLE and the client retries.
        if answered is not None:
            self._answer(request, answered.outcome)

    def _answer(self, request: work_pb2.DeskRequest, outcome: Outcome) -> None:
        answer = work_pb2.Answer(
            command_id=request.command_id,
            outcome=outcome_message(outcome),
            tenant=self._tenant,
            agent=request.agent,
        )
        self._feed.answer(answer)
