"""From a call to the partition that decides it, and back to an answer."""

from collections.abc import Callable
from typing import TypeVar

import grpc

from services.router.batch import BuildCommand, LookFailed, always
from services.router.core.commands import AttachAgent
from services.router.core.state import TenantState
from services.router.effects import Position
from services.router.grpc_api.door import BadRequest, Context, check_command_id, refuse, refuse_outcome
from services.router.grpc_api.open_calls import STOPPING, OpenCalls
from services.router.intake import Overloaded
from services.router.partition_loop import NotOwner, PartitionLoop
from services.router.partitions import Partitions
from services.shared.tokens import Identity
from switchroom.v1 import work_pb2

T = TypeVar("T")

UNKNOWN = "the outcome is not known: the partition is changing hands or the log is away; retry with the same command_id"
BUSY = "more commands are waiting than this router takes; retry with the same command_id in a second"


class Calls:
    """Commands and looks at the state, with refusals turned into gRPC statuses."""

    def __init__(self, partitions: Partitions) -> None:
        self.open = OpenCalls()
        self._partitions = partitions

    def loop_of(self, identity: Identity) -> PartitionLoop:
        """The partition loop that decides for the caller's tenant."""
        return self._partitions.of(identity.tenant)

    async def command(
        self, context: Context, identity: Identity, command_id: str, build: BuildCommand
    ) -> work_pb2.LogPosition:
        """Have a command decided; ends the call if it is refused."""
        try:
            check_command_id(command_id)
        except BadRequest as bad:
            await refuse(context, grpc.StatusCode.INVALID_ARGUMENT, str(bad))
        return await self._ask(context, identity, scoped(identity, command_id), build)

    async def attach(self, context: Context, identity: Identity) -> None:
        """Attach the agent; ends the call if that is refused.

        Without an id, because it does no harm twice, and what was answered an hour ago says nothing of now.
        """
        await self._ask(context, identity, "", always(AttachAgent(identity.agent)))

    async def _ask(
        self, context: Context, identity: Identity, remembered_id: str, build: BuildCommand
    ) -> work_pb2.LogPosition:
        try:
            answered = await self.loop_of(identity).ask(identity.tenant, remembered_id, build)
        except NotOwner:
            await refuse(context, grpc.StatusCode.UNAVAILABLE, UNKNOWN)
        except Overloaded:
            await refuse(context, grpc.StatusCode.RESOURCE_EXHAUSTED, BUSY)
        await refuse_outcome(context, answered.outcome)
        return position_message(answered.position)

    async def look(
        self, context: Context, identity: Identity, look: Callable[[TenantState, int], T]
    ) -> tuple[T, work_pb2.LogPosition]:
        """Read the tenant's committed state; `look` gets it with the log's time (ms)."""
        try:
            seen, position = await self.loop_of(identity).look(identity.tenant, look)
        except NotOwner:
            await refuse(context, grpc.StatusCode.UNAVAILABLE, UNKNOWN)
        except Overloaded:
            await refuse(context, grpc.StatusCode.RESOURCE_EXHAUSTED, BUSY)
        except LookFailed as failed:
            await refuse(context, grpc.StatusCode.INTERNAL, str(failed))
        return seen, position_message(position)

    async def refuse_if_over(self, context: Context, *, lost_owner: bool) -> None:
        """End a call that waits if the partition is another router's now, or this one is stopping."""
        if lost_owner:
            await refuse(context, grpc.StatusCode.UNAVAILABLE, UNKNOWN)
        if self.open.closed:
            await refuse(context, grpc.StatusCode.UNAVAILABLE, STOPPING)


def scoped(identity: Identity, command_id: str) -> str:
    """The id under which an answer is remembered: nobody can ask for what somebody else was answered."""
    return f"{identity.subject}/{command_id}"


def position_message(position: Position) -> work_pb2.LogPosition:
    """A place in router.log."""
    return work_pb2.LogPosition(partition=position.partition, offset=position.offset)
