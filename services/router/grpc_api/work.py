"""The Work service: one agent's desk, by unary calls, by a stream of their own, or with many others on one stream."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import grpc

from services.router.batch import always
from services.router.core.commands import AttachAgent
from services.router.core.state import Contact, ContactStatus, TenantState
from services.router.grpc_api.calls import Calls
from services.router.grpc_api.desk_commands import command_of
from services.router.grpc_api.desk_messages import item_message
from services.router.grpc_api.desk_stream import DeskStream
from services.router.grpc_api.door import BadRequest, Context, Door, refuse
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

    async def Desk(
        self, requests: AsyncIterator[work_pb2.DeskRequest], context: Context
    ) -> AsyncIterator[work_pb2.DeskResponse]:
        async for message in DeskStream(self._calls, self._door, context).messages(requests):
            yield message

    async def PullWork(
        self, _request: work_pb2.PullWorkRequest, context: Context
    ) -> AsyncIterator[work_pb2.PullWorkResponse]:
        identity = await self._door.agent(context, unary=False)
        async for message in PullStream(self._calls, identity, context).messages():
            yield message

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

    async def Next(self, asked: work_pb2.NextRequest, context: Context) -> work_pb2.NextResponse:
        identity = await self._door.agent(context)
        loop = self._calls.loop_of(identity)
        loop.attachments.lease((identity.tenant, identity.agent))
        with loop.watch((identity.tenant, identity.agent)) as touched:
            await self._calls.command(context, identity, asked.command_id, always(AttachAgent(identity.agent)))
            return await self._next(identity, context, touched)

    async def _next(self, identity: Identity, context: Context, touched: asyncio.Event) -> work_pb2.NextResponse:
        while True:
            touched.clear()
            (item, at_ms), position = await self._calls.look(
                context, identity, lambda state, at_ms: (_open_offer(state, identity.agent), at_ms)
            )
            left_s = (context.time_remaining() or 0) - ANSWER_MARGIN_S
            if item is not None or left_s <= 0:
                return work_pb2.NextResponse(item=item, at_ms=at_ms, position=position)
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
    return item_message(min(offers, key=lambda contact: contact.deadline_ms)) if offers else None


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
