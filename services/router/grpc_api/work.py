"""The Work service: one agent's desk, by unary calls, by a stream of their own, or with many others on one stream."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

import grpc

from services.router.batch import always
from services.router.core.records import Contact, ContactStatus
from services.router.core.state import TenantState
from services.router.grpc_api.calls import Calls
from services.router.grpc_api.desk_commands import command_of
from services.router.grpc_api.desk_messages import item_message
from services.router.grpc_api.desk_stream import DeskStream
from services.router.grpc_api.door import BadRequest, Context, Door, check_command_id, refuse
from services.router.grpc_api.pull_stream import PullStream
from services.shared.tokens import Identity
from switchroom.v1 import work_pb2, work_pb2_grpc

# So that the answer "nothing came" still reaches the caller before their deadline.
ANSWER_MARGIN_S = 0.5


class WorkService(work_pb2_grpc.WorkServicer):
    """Every command is for the agent that the token names."""

    def __init__(self, calls: Calls, door: Door) -> None:
        self._calls = calls
        self._door = door

    # The streams write by themselves instead of yielding: so, however a stream ends, its agents are let go at once.

    async def Desk(  # type: ignore[override]  # as above; the generated type knows generators only
        self, requests: AsyncIterator[work_pb2.DeskRequest], context: Context
    ) -> None:
        await DeskStream(self._calls, self._door, context).serve(requests)

    async def PullWork(  # type: ignore[override]  # as above
        self, _request: work_pb2.PullWorkRequest, context: Context
    ) -> None:
        identity = await self._door.agent(context, unary=False)
        await PullStream(self._calls, self._door, identity, context).serve()

    async def SetPresence(self, asked: work_pb2.SetPresenceRequest, context: Context) -> work_pb2.SetPresenceResponse:
        return work_pb2.SetPresenceResponse(position=await self._command(asked, context))

    async def Accept(self, asked: work_pb2.AcceptRequest, context: Context) -> work_pb2.AcceptResponse:
        return work_pb2.AcceptResponse(position=await self._command(asked, context))

    async def Decline(self, asked: work_pb2.DeclineRequest, context: Context) -> work_pb2.DeclineResponse:
        return work_pb2.DeclineResponse(position=await self._command(asked, context))

    async def Finish(self, asked: work_pb2.FinishRequest, context: Context) -> work_pb2.FinishResponse:
        return work_pb2.FinishResponse(position=await self._command(asked, context))

    async def Complete(self, asked: work_pb2.CompleteRequest, context: Context) -> work_pb2.CompleteResponse:
        return work_pb2.CompleteResponse(position=await self._command(asked, context))

    async def Transfer(self, asked: work_pb2.TransferRequest, context: Context) -> work_pb2.TransferResponse:
        return work_pb2.TransferResponse(position=await self._command(asked, context))

    async def Consult(self, asked: work_pb2.ConsultRequest, context: Context) -> work_pb2.ConsultResponse:
        return work_pb2.ConsultResponse(position=await self._command(asked, context))

    async def HandOver(self, asked: work_pb2.HandOverRequest, context: Context) -> work_pb2.HandOverResponse:
        return work_pb2.HandOverResponse(position=await self._command(asked, context))

    async def EndConsultation(
        self, asked: work_pb2.EndConsultationRequest, context: Context
    ) -> work_pb2.EndConsultationResponse:
        return work_pb2.EndConsultationResponse(position=await self._command(asked, context))

    async def Next(self, asked: work_pb2.NextRequest, context: Context) -> work_pb2.NextResponse:
        identity = await self._door.agent(context)
        try:
            check_command_id(asked.command_id)
        except BadRequest as bad:
            await refuse(context, grpc.StatusCode.INVALID_ARGUMENT, str(bad))
        with self._listening(identity) as touched, self._calls.open.waits(touched.set):
            await self._calls.attach(context, identity)
            return await self._next(identity, context, touched)

    @contextmanager
    def _listening(self, identity: Identity) -> Iterator[asyncio.Event]:
        """Hold the agent during the call, and for a lease after it."""
        key = (identity.tenant, identity.agent)
        loop = self._calls.loop_of(identity)
        with loop.watch(key) as touched:
            loop.attachments.hold(key, touched)
            try:
                yield touched
            finally:
                loop.attachments.lease(key)
                loop.attachments.release(key, touched)

    async def _next(self, identity: Identity, context: Context, touched: asyncio.Event) -> work_pb2.NextResponse:
        while True:
            touched.clear()
            (item, at_ms), position = await self._calls.look(
                context, identity, lambda state, at_ms: (_open_offer(state, identity.agent), at_ms)
            )
            left_s = (context.time_remaining() or 0) - ANSWER_MARGIN_S
            if item is not None or left_s <= 0:
                return work_pb2.NextResponse(item=item, at_ms=at_ms, position=position)
            await self._calls.refuse_if_over(context, lost_owner=False)
            await _wait_for(touched, left_s)

    async def _command(self, asked: Any, context: Context) -> work_pb2.LogPosition:
        identity = await self._door.agent(context)
        try:
            command = command_of(identity.agent, asked)
        except BadRequest as bad:
            await refuse(context, grpc.StatusCode.INVALID_ARGUMENT, str(bad))
        return await self._calls.command(context, identity, asked.command_id, always(command))


def _open_offer(state: TenantState, name: str) -> work_pb2.WorkItem | None:
    agent = state.agents.get(name)
    offers = [contact for contact in _contacts(state, agent.items if agent else ()) if _is_offer(contact)]
    return item_message(state, min(offers, key=lambda contact: contact.deadline_ms)) if offers else None


def _contacts(state: TenantState, ids: tuple[str, ...]) -> list[Contact]:
    return [state.contacts[contact_id] for contact_id in ids]


def _is_offer(contact: Contact) -> bool:
    return contact.status is ContactStatus.OFFERED


async def _wait_for(touched: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await touched.wait()
    except TimeoutError:
        return
