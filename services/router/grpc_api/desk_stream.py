"""Work.Desk: many agents on one stream; commands up, and one message per commit down."""

import asyncio
from collections.abc import AsyncIterator

import grpc

from services.router.attachments import AgentKey
from services.router.batch import always
from services.router.core.commands import AttachAgent, Command, Outcome, Refusal
from services.router.effects import Answered
from services.router.grpc_api.calls import BUSY, Calls, scoped
from services.router.grpc_api.desk_commands import command_of
from services.router.grpc_api.door import BadRequest, Context, Door, check_command_id, refuse
from services.router.grpc_api.feed import Feed
from services.router.intake import Overloaded
from services.router.log_codec import outcome_message
from services.router.partition_loop import NotOwner
from services.shared.tokens import Identity, TokenRefused
from switchroom.v1 import work_pb2

ATTACH_FIRST = "attach this agent on this stream first, with a token that names them"
# Anybody can open a stream: nobody keeps one without a token.
ATTACH_WITHIN_S = 10.0


class DeskStream:
    """Each agent is attached from their Attach until their Detach, the end of their token, or of the stream."""

    def __init__(self, calls: Calls, door: Door, context: Context) -> None:
        self._calls = calls
        self._door = door
        self._context = context
        self._feed = Feed()
        self._tenant = ""
        self._too_late = False

    async def serve(self, requests: AsyncIterator[work_pb2.DeskRequest]) -> None:
        """Until the client says no more and has its answers, or the partition changes hands (UNAVAILABLE)."""
        reader = asyncio.create_task(self._read(requests))
        reader.add_done_callback(lambda _: self._feed.look())
        patience = asyncio.get_running_loop().call_later(ATTACH_WITHIN_S, self._lose_patience)
        try:
            with self._calls.open.waits(self._feed.look):
                await self._write(reader)
        finally:
            patience.cancel()
            reader.cancel()
            self._feed.close()

    async def _write(self, reader: "asyncio.Task[None]") -> None:
        while not (reader.done() and self._feed.owes_nothing):
            await self._refuse_if_over()
            if (message := await self._feed.next()) is not None and not self._feed.lost_owner:
                await self._context.write(message)
            self._feed.release_expired(self._door.now_s())
        reader.result()

    async def _refuse_if_over(self) -> None:
        await self._calls.refuse_if_over(self._context, lost_owner=self._feed.lost_owner)
        if self._too_late:
            await refuse(self._context, grpc.StatusCode.UNAUTHENTICATED, ATTACH_FIRST)

    def _lose_patience(self) -> None:
        self._too_late = not self._tenant
        self._feed.look()

    async def _read(self, requests: AsyncIterator[work_pb2.DeskRequest]) -> None:
        async for request in requests:
            await self._feed.owe()
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
        # Without an id: what was answered to an earlier stream says nothing of this one.
        self._put(request, identity, "", AttachAgent(identity.agent), touches=(identity.tenant, identity.agent))
        self._feed.hold(identity, self._calls.loop_of(identity))

    def _command(self, request: work_pb2.DeskRequest, command: Command) -> None:
        self._feed.release_expired(self._door.now_s())
        held = self._feed.held.get((self._tenant, request.agent))
        if held is None:
            raise BadRequest(ATTACH_FIRST)
        self._put(request, held.identity, scoped(held.identity, request.command_id), command)

    def _put(
        self,
        request: work_pb2.DeskRequest,
        identity: Identity,
        command_id: str,
        command: Command,
        touches: AgentKey | None = None,
    ) -> None:
        self._calls.loop_of(identity).put(
            identity.tenant, command_id, always(command), lambda answered: self._settled(request, answered), touches
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
