"""All partitions that this router serves."""

import asyncio

from services.router.caller_lists import CallerLists
from services.router.partition_loop import PartitionLogs, PartitionLoop
from services.router.retrace import Retraced, Retracing
from services.shared.clock import Clock
from services.shared.connections import Connections
from services.shared.partition import partition_of

DRAIN_WITHIN_S = 5.0


class Partitions:
    """A part: starts a loop for each partition. It ends by itself when one of them fails, which ends the process."""

    def __init__(self, connections: Connections, lists: CallerLists, clock: Clock, owner_address: str) -> None:
        self._loops = [
            PartitionLoop(
                PartitionLogs(
                    connections.inbound, connections.router_log, partition, connections.traces, connections.watch
                ),
                lists,
                clock,
                owner_address,
            )
            for partition in range(connections.router_log.partitions)
        ]
        self._tasks: list[asyncio.Task[None]] = []
        self._retracing = Retracing(connections.router_log)

    async def retrace(self, tenant: str, contact_id: str, offer: int) -> Retraced:
        """What the log says of a contact at one moment; raises what `Retracing.explain` raises."""
        return await self._retracing.explain(partition_of(tenant, len(self._loops)), tenant, contact_id, offer)

    def of(self, tenant: str) -> PartitionLoop:
        """The loop of the tenant's partition."""
        return self._loops[partition_of(tenant, len(self._loops))]

    def followed(self) -> dict[int, PartitionLoop]:
        """The loops that run here, by partition."""
        return dict(enumerate(self._loops))

    def not_ready(self) -> str | None:
        """Why this router does not decide everywhere yet; None when it does."""
        for number, loop in enumerate(self._loops):
            if loop.stopped:
                return f"partition {number} has stopped: {loop.stopped}"
            if not loop.deciding:
                return f"partition {number} is not owned yet"
        return None

    async def start(self) -> None:
        """Begin to follow and to claim."""
        self._tasks = [asyncio.create_task(loop.run()) for loop in self._loops]

    async def stop(self) -> None:
        """Answer what was asked, then end."""
        try:
            async with asyncio.timeout(DRAIN_WITHIN_S):
                await asyncio.gather(*(loop.drain() for loop in self._loops))
        except TimeoutError:
            pass
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def ended(self) -> None:
        """Raises what a loop failed with."""
        await asyncio.gather(*(asyncio.shield(task) for task in self._tasks))
