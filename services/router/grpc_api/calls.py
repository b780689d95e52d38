"""From a call to the partition that decides it, and back to an answer."""

from collections.abc import Callable
from typing import TypeVar

import grpc

from services.router.batch import BuildCommand
from services.router.core.state import TenantState
from services.router.effects import Position
from services.router.grpc_api.door import BadRequest, Context, check_command_id, refuse, refuse_outcome
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
            answered = await self.loop_of(identity).ask(identity.tenant, scoped(identity, command_id), build)
        except BadRequest as bad:
            await refuse(context, grpc.StatusCode.INVALID_ARGUMENT, str(bad))
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
        return seen, position_message(position)


def scoped(identity: Identity, command_id: str) -> str:
    """The id under which an answer is remembered: nobody can ask for what somebody else was answered."""
    return f"{identity.subject}/{command_id}"


def position_message(position: Position) -> work_pb2.LogPosition:
    """A place in router.log."""
    return work_pb2.LogPosition(partition=position.partition, offset=position.offset)
