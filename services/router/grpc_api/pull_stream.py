"""Work.PullWork: one agent's desk, at once and whenever it changes."""

import grpc

from services.router.batch import always
from services.router.core.commands import AttachAgent
from services.router.grpc_api.calls import BUSY, UNKNOWN, Calls
from services.router.grpc_api.door import Context, Door, refuse
from services.router.grpc_api.feed import Feed
from services.router.intake import Overloaded
from services.router.partition_loop import NotOwner
from services.shared.tokens import Identity
from switchroom.v1 import work_pb2

RUN_OUT = "the token has run out: pull again with a new one"


class PullStream:
    """The agent is attached as long as the stream lasts and their token holds."""

    def __init__(self, calls: Calls, door: Door, identity: Identity, context: Context) -> None:
        self._calls = calls
        self._door = door
        self._identity = identity
        self._context = context
        self._feed = Feed()

    async def serve(self) -> None:
        """Until the client ends it, the token runs out, or the partition changes hands (UNAVAILABLE)."""
        try:
            with self._calls.open.waits(self._feed.look):
                await self._attach()
                await self._write()
        finally:
            self._feed.close()

    async def _attach(self) -> None:
        agent = self._identity.agent
        loop = self._calls.loop_of(self._identity)
        try:
            loop.put(self._identity.tenant, "", always(AttachAgent(agent)), touches=(self._identity.tenant, agent))
        except NotOwner:
            await refuse(self._context, grpc.StatusCode.UNAVAILABLE, UNKNOWN)
        except Overloaded:
            await refuse(self._context, grpc.StatusCode.RESOURCE_EXHAUSTED, BUSY)
        self._feed.hold(self._identity, loop)

    async def _write(self) -> None:
        while self._feed.held:
            await self._calls.refuse_if_over(self._context, lost_owner=self._feed.lost_owner)
            if (message := await self._feed.next()) is not None and not self._feed.lost_owner:
                await self._context.write(_pulled(message))
            self._feed.release_expired(self._door.now_s())
        await refuse(self._context, grpc.StatusCode.UNAUTHENTICATED, RUN_OUT)


def _pulled(message: work_pb2.DeskResponse) -> work_pb2.PullWorkResponse:
    return work_pb2.PullWorkResponse(
        desk=message.desks[0] if message.desks else None,
        at_ms=message.at_ms,
        epoch=message.epoch,
        position=work_pb2.LogPosition(partition=message.partition, offset=message.offset),
    )
