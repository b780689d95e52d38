"""The partitions that this router serves: those that are its share of the group's, and those that it stands by for."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

import structlog

from services.router.caller_lists import CallerLists
from services.router.membership import Share, Unreadable, decode_share, divide, encode_offer
from services.router.metrics import FOLLOWED, OWNED
from services.router.partition_logs import PartitionLogs
from services.router.partition_loop import FOLLOWER, PartitionLoop
from services.router.placement import Candidate
from services.router.retrace import Retraced, Retracing
from services.router.snapshots.due import SnapshotRules
from services.router.snapshots.keeper import NoSnapshots, SnapshotKeeper
from services.router.snapshots.shelf import Shelf
from services.shared.clock import Clock
from services.shared.connections import Connections
from services.shared.partition import partition_of

DRAIN_WITHIN_S = 5.0
# How long this router goes on deciding after it has left the group, for others to take over without a gap.
HAND_OVER_WITHIN_S = 10.0
LOOK_EVERY_S = 0.25

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Seat:
    """Where other routers reach this one (host:port), and how many of them are to follow what it owns."""

    address: str
    standbys: int = 0


class Partitions:
    """A part, and this router's membership in the group. It ends by itself when a loop fails; so does the process."""

    def __init__(
        self,
        connections: Connections,
        lists: CallerLists,
        clock: Clock,
        seat: Seat,
        rules: SnapshotRules = SnapshotRules(),  # noqa: B008  # it never changes
    ) -> None:
        self._connections = connections
        self._lists = lists
        self._clock = clock
        self._seat = seat
        self._rules = rules
        self._loops = [self._new_loop(each) for each in range(connections.router_log.partitions)]
        self._running: dict[int, asyncio.Task[None]] = {}
        self._share: Share | None = None
        self._was_ready = False
        self._refused: frozenset[int] = frozenset()
        self._idle = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._handing_over: asyncio.Task[None] | None = None
        self._failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._retracing = Retracing(connections.router_log)

    async def retrace(self, tenant: str, contact_id: str, offer: int) -> Retraced:
        """What the log says of a contact at one moment; raises what `Retracing.explain` raises."""
        return await self._retracing.explain(partition_of(tenant, len(self._loops)), tenant, contact_id, offer)

    def of(self, tenant: str) -> PartitionLoop:
        """The loop of the tenant's partition; one that does not run here decides nothing."""
        return self._loops[partition_of(tenant, len(self._loops))]

    def where(self, tenant: str) -> str:
        """The address of the router that should be asked; "" for this one."""
        number = partition_of(tenant, len(self._loops))
        loop = self._loops[number]
        if loop.deciding:
            return ""
        read = loop.owner_address if number in self._running else ""
        address = read or (self._share.owners[number] if self._share is not None else "")
        return "" if address == self._seat.address else address

    def followed(self) -> dict[int, PartitionLoop]:
        """The loops that run here, by partition."""
        return {each: self._loops[each] for each in self._running}

    def not_ready(self) -> str | None:
        """Why this router can't do its part yet, or has come to a stop; None when it can.

        Once it could, it is ready also while partitions change hands: any router forwards what it does not decide.
        """
        for number in sorted(self._running):
            if self._loops[number].stopped:
                return f"partition {number} has stopped: {self._loops[number].stopped}"
        why = None if self._was_ready else self._not_begun()
        self._was_ready = why is None
        return why

    def _not_begun(self) -> str | None:
        if self._share is None:
            return "the group of routers has not said yet what this one is to do"
        for number in sorted(self._running):
            if number in self._share.owns and not self._loops[number].deciding:
                return f"partition {number} is not owned yet"
            if not self._loops[number].caught_up:
                return f"partition {number} is still being read"
        return None

    # The part.

    async def start(self) -> None:
        """Join the group; follow and claim as it says."""
        self._tasks = [asyncio.create_task(self._connections.group.run(self)), asyncio.create_task(self._look_on())]
        for task in self._tasks:
            task.add_done_callback(self._ended)

    def about_to_stop(self) -> None:
        """Begin to hand over; until others own, this router goes on deciding."""
        if self._handing_over is None:
            self._handing_over = asyncio.create_task(self._hand_over())

    async def handed_over(self) -> None:
        """Returns when others own what this router owned, or when that is not to be waited for any longer."""
        self.about_to_stop()
        if self._handing_over is not None:
            await self._handing_over

    async def stop(self) -> None:
        """Hand over, answer what was asked, then end."""
        await self.handed_over()
        try:
            async with asyncio.timeout(DRAIN_WITHIN_S):
                await asyncio.gather(*(self._loops[each].drain() for each in self._running))
        except TimeoutError:
            pass
        tasks = [*self._tasks, *self._running.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._share, self._was_ready = None, False

    async def ended(self) -> None:
        """Raises what a loop failed with."""
        await asyncio.shield(self._failed)

    # The membership.

    def offer(self) -> bytes:
        """A member's call: what this router has."""
        owned = tuple((each, self._loops[each].epoch) for each in self._decided())
        follows = frozenset(each for each in self._running if self._loops[each].caught_up)
        return encode_offer(Candidate("", self._seat.address, owned, follows, self._refused))

    def share(self, offers: Mapping[str, bytes]) -> dict[str, bytes]:
        """A member's call: divide the partitions among all."""
        return divide(offers, len(self._loops), self._seat.standbys)

    def given(self, share: bytes | None) -> None:
        """A member's call: do that from now on."""
        if share is None:
            log.warning("no_share_of_partitions", owns=self._decided())
            for loop in self._loops:
                loop.unassign()
            return
        try:
            self._share = decode_share(share)
        except Unreadable as error:
            log.error("share_not_understood", error=str(error))
            return
        log.info("share_of_partitions", owns=sorted(self._share.owns), stands_by=sorted(self._share.stands_by))
        self._do(self._share)

    def _do(self, share: Share) -> None:
        for number, loop in enumerate(self._loops):
            if number in share.owns | share.stands_by:
                self._run(number)
            if number in share.owns:
                loop.assign()
            else:
                loop.unassign()

    def _run(self, number: int) -> None:
        if number not in self._running:
            self._running[number] = asyncio.create_task(self._loops[number].run(), name=f"partition {number}")
            self._running[number].add_done_callback(self._ended)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        if not task.cancelled() and (error := task.exception()) is not None and not self._failed.done():
            self._failed.set_exception(error)

    async def _look_on(self) -> None:
        """Let go, as it becomes possible, what is neither this router's to own nor to stand by for."""
        while True:
            for number in [each for each in self._running if self._is_over(each)]:
                await self._end(number)
            if not self._decided():
                self._idle.set()
            self._refuse_what_has_stopped()
            OWNED.set(len(self._decided()))
            FOLLOWED.set(len(self._running))
            await asyncio.sleep(LOOK_EVERY_S)

    def _refuse_what_has_stopped(self) -> None:
        """Another router may be able to read what this one can't."""
        stopped = frozenset(each for each in self._running if self._loops[each].stopped)
        if stopped != self._refused:
            self._refused = stopped
            self._connections.group.divide_anew()

    def _is_over(self, number: int) -> bool:
        wanted = self._share is None or number in self._share.owns | self._share.stands_by
        return not wanted and not self._decides(number) and not self._loops[number].stopped

    async def _end(self, number: int) -> None:
        """Its memory is given back; should it come again, it is followed from the beginning."""
        task, self._loops[number] = self._running.pop(number), self._new_loop(number)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        self._connections.watch.forget(FOLLOWER, number)

    def _decides(self, number: int) -> bool:
        return self._loops[number].deciding

    def _decided(self) -> list[int]:
        return [each for each in sorted(self._running) if self._decides(each)]

    async def _hand_over(self) -> None:
        await self._connections.group.leave()
        if self._share is None or self._share.routers == 1:
            return
        try:
            self._idle.clear()
            async with asyncio.timeout(HAND_OVER_WITHIN_S):
                await self._idle.wait()
        except TimeoutError:
            log.warning("not_handed_over", owns=self._decided())

    def _new_loop(self, number: int) -> PartitionLoop:
        of = self._connections
        logs = PartitionLogs(of.inbound, of.router_log, number, of.traces, of.watch, self._snapshots(number))
        return PartitionLoop(logs, self._lists, self._clock, self._seat.address)

    def _snapshots(self, number: int) -> SnapshotKeeper | NoSnapshots:
        """One router makes them of each partition: the first of those that stand by, or who owns where none does."""
        if self._connections.objects is None:
            return NoSnapshots()
        shelf = Shelf(self._connections.objects, number)
        keeper = SnapshotKeeper(shelf, self._connections.router_log, self._rules, self._clock)
        keeper.makes_snapshots = lambda: self._share is not None and number in self._share.keeps
        return keeper
