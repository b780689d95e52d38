"""Work.PullWork: one agent's desk, at once and whenever it changes."""

import time
from collections.abc import AsyncIterator

import grpc

from services.router.batch import always
from services.router.core.commands import AttachAgent
from services.router.grpc_api.calls import BUSY, UNKNOWN, Calls
from services.router.grpc_api.door import Context, refuse
from services.router.grpc_api.feed import Feed
from services.router.intake import Overloaded
from services.router.partition_loop import NotOwner
from services.shared.tokens import Identity
from switchroom.v1 import work_pb2


class PullStream:
    """The agent is attached as long as the stream lasts and their token holds."""

    def __init__(self, calls: Calls, identity: Identity, context: Context) -> None:
        self._calls = calls
        self._identity = identity
        self._context = context
        self._feed = Feed()

    async def messages(self) -> AsyncIterator[work_pb2.PullWorkResponse]:
        """Until the client ends it, the token runs out, or the partition changes hands (UNAVAILABLE)."""
        try:
            await self._attach()
            async for message in self._desks():
                yield message
        finally:
            self._feed.close()

    async def _attach(self) -> None:
        loop = self._calls.loop_of(self._identity)
        key = self._feed.hold(self._identity, loop)
        try:
            loop.put(self._identity.tenant, "", always(AttachAgent(self._identity.agent)), touches=key)
        except NotOwner:
            await refuse(self._context, grpc.StatusCode.UNAVAILABLE, UNKNOWN)
        except Overloaded:
            await refuse(self._context, grpc.StatusCode.RESOURCE_EXHAUSTED, BUSY)

    async def _desks(self) -> AsyncIterator[work_pb2.PullWorkResponse]:
        while self._feed.held:
            message = await self._feed.next()
            if self._feed.lost_owner:
                await refuse(self._context, grpc.StatusCode.UNAVAILABLE, UNKNOWN)
            if message is not None:
                yield _pulled(message)
            self._feed.release_expired(int(time.time()))
        await refuse(self._context, grpc.StatusCode.UNAUTHENTICATED, "the token has run out: pull again with a new one")


def _pulled(message: work_pb2.DeskResponse) -> work_pb2.PullWorkResponse:
    return work_pb2.PullWorkResponse(
        desk=message.desks[0] if message.desks else None,
        at_ms=message.at_ms,
        epoch=message.epoch,
        position=work_pb2.LogPosition(partition=message.partition, offset=message.offset),
    )
