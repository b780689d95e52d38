"""The loop around one partition: read, decide, append, read back, and only then answer.

All of it runs in one event loop. `_follow` folds what the log says; `_drive` appends what the owner (`owner.py`) wants
appended, and makes the next batch when the one before it is certain. Requests wait meanwhile (group commit).
"""

import asyncio
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import structlog

from services.router.attachments import AgentKey, Attachments
from services.router.batch import Batch, BuildCommand, Look, LookFailed, Request, always
from services.router.caller_lists import CallerLists
from services.router.collector import spare_what_is_there
from services.router.core.commands import AttachAgent, ChangeOwner, DetachAgent
from services.router.core.state import TenantState
from services.router.decision_spans import spans_of
from services.router.desk_watch import DeskWatch
from services.router.effects import Answered, Listener, Position
from services.router.envelopes import Envelope
from services.router.formats import FormatWatch
from services.router.inbound import caller_facts, command_for
from services.router.inbound_reader import Arrival, InboundReader
from services.router.intake import Intake
from services.router.log_clock import LogClock
from services.router.log_codec import Unreadable, decode_decided
from services.router.log_link import LogLink
from services.router.metrics import CLAIMED, DEPOSED
from services.router.owner import Accepted, Append, BecameOwner, Effect, OtherOwns, Owner, RandomBytes, Stopped
from services.router.partition_logs import PartitionLogs
from services.router.partition_state import PartitionState
from services.router.rhythm import Rhythm
from services.router.speculation import Speculation
from services.shared.clock import Clock

log = structlog.get_logger()
T = TypeVar("T")

# The name under which it is told how far a partition's loop is.
FOLLOWER = "router-router-log"


class NotOwner(Exception):
    """This router does not decide for the partition (any more); the outcome of what was asked is not known."""


class PartitionLoop:
    """One partition, as this router serves it. `run` it, once; all else may be called from the same event loop."""

    def __init__(
        self,
        logs: PartitionLogs,
        lists: CallerLists,
        clock: Clock,
        owner_address: str,
        random_bytes: RandomBytes = secrets.token_bytes,
    ) -> None:
        self.attachments = Attachments(self._detach)
        self.deciding = False
        self.stopped = ""
        # Where the router is that owns the partition, as far as this one has read; "" before the first.
        self.owner_address = ""
        self._assigned = False
        self._told = asyncio.Event()
        self._followed_from: int | None = None
        self._draining = False
        self._drained = asyncio.Event()
        self._partition = logs.partition
        self._lists = lists
        self._clock = clock
        self._traces = logs.traces
        self._owner_address = owner_address
        self._owner = Owner(owner_address, logs.router_log.record_bytes_max, random_bytes)
        self._logs = logs
        self._log = LogLink(logs.router_log, logs.partition)
        self._formats = FormatWatch(logs.partition)
        self._speculation = Speculation(logs.partition)
        self._snapshots = logs.snapshots
        self._rhythm = Rhythm(self._owner, self._speculation)
        self._inbound = InboundReader(logs.inbound, logs.partition, self._arrived)
        self._intake = Intake(self._inbound, self._request_of, clock.monotonic_ms)
        self._log_clock = LogClock(clock, 0)
        self._woken = asyncio.Event()
        self._tasks = asyncio.TaskGroup()

    # What programs ask.

    def put(
        self,
        tenant: str,
        command_id: str,
        build: BuildCommand,
        answer: Callable[[Answered | None], None] | None = None,
        touches: AgentKey | None = None,
    ) -> None:
        """Have a command decided; `answer` is called when that is certain. Raises NotOwner, Overloaded."""
        self._check_deciding()
        self._intake.put(Request(tenant, command_id, build, answer=answer, touches=touches))
        self._wake()

    async def ask(self, tenant: str, command_id: str, build: BuildCommand) -> Answered:
        """Have a command decided and wait until that is certain. Raises NotOwner, Overloaded."""
        future: asyncio.Future[Answered | None] = asyncio.get_running_loop().create_future()
        self.put(tenant, command_id, build, lambda answered: _set(future, answered))
        answered = await future
        if answered is None:
            raise NotOwner
        return answered

    async def look(self, tenant: str, look: Callable[[TenantState, int], T]) -> tuple[T, Position]:
        """Read a tenant's state when it is certain. Raises NotOwner, Overloaded, LookFailed."""
        self._check_deciding()
        future: asyncio.Future[tuple[T | LookFailed, Position | None]] = asyncio.get_running_loop().create_future()
        self._intake.put_look(Look(tenant, look, lambda saw, position: _set(future, (saw, position))))
        self._wake()
        saw, position = await future
        if position is None:
            raise NotOwner
        if isinstance(saw, LookFailed):
            raise saw
        return saw, position

    def certain(self) -> tuple[Position, PartitionState] | None:
        """The newest commit, and the state as of it: read it within the call. None while a batch is in flight."""
        return (
            None if self._speculation.in_flight is not None else (self._speculation.position, self._speculation.state)
        )

    def may_tell(self) -> bool:
        """Whether what is known here may still leave: another router may own the partition by now, unheard of."""
        return self._owner.may_release(self._clock.monotonic_ms())

    def caller_facts(self, state: TenantState, caller: str) -> tuple[str, tuple[str, ...]]:
        """The keyed hash of a caller, and the classes that the plan in force puts them in."""
        return caller_facts(self._lists.customers_key, state.tenant, self._lists.facts(state.plan), caller)

    @property
    def listeners(self) -> set[Listener]:
        """Who is told of every commit."""
        return self._speculation.listeners

    @contextmanager
    def watch(self, key: AgentKey) -> Iterator[asyncio.Event]:
        """An event that is set whenever the agent's desk has changed."""
        watch = DeskWatch(key)
        self.listeners.add(watch)
        try:
            yield watch.touched
        finally:
            self.listeners.discard(watch)

    # Whose it is.

    def assign(self) -> None:
        """The partition is to be this router's: claim it, once all is read that is in the log now."""
        if not self._assigned:
            self._assigned = True
            self._told.set()

    def unassign(self) -> None:
        """It is not to be this router's (any more). It goes on deciding until another owns."""
        self._assigned = False
        self._owner.unassigned()

    @property
    def epoch(self) -> int:
        """Of the claim that counts, as far as was read."""
        return self._owner.checkpoint.epoch

    @property
    def caught_up(self) -> bool:
        """Whether all is read that was in the log when following began."""
        return self._followed_from is not None and self._owner.checkpoint.offset >= self._followed_from

    # The tasks.

    async def run(self) -> None:
        """Follow, and decide while assigned, until cancelled. `stopped` says what the log holds that must not be."""
        await self._begin_at_snapshot()
        try:
            async with self._tasks:
                self._tasks.create_task(self._snapshots.run())
                self._tasks.create_task(self._follow())
                self._tasks.create_task(self._drive())
                self._tasks.create_task(self._claim_when_assigned())
        finally:
            self._stop_deciding()

    async def _claim_when_assigned(self) -> None:
        self._followed_from = await self._log.end()
        while True:
            await self._told.wait()
            self._told.clear()
            end = await self._log.end()
            if self._assigned:
                self._owner.assigned(end)
                self._wake()

    async def drain(self) -> None:
        """Take nothing new, and wait until all that was asked is answered."""
        self._draining = True
        self._inbound.stop()
        if self.deciding:
            self._drained.clear()
            self._wake()
            await self._drained.wait()

    async def _follow(self) -> None:
        progress = self._logs.watch.follower(FOLLOWER, self._logs.router_log, self._partition)
        async for record in self._log.records(lambda: self._owner.checkpoint.offset, progress):
            self._log_clock.saw(record.appended_at_ms)
            effect = self._owner.read(record, self._clock.monotonic_ms())
            await self._take(effect)
            self._snapshots.folded(record, effect, self._owner.checkpoint, self._speculation)
            self._formats.saw(self._owner.checkpoint.format)
            self._wake()

    async def _begin_at_snapshot(self) -> None:
        spare_what_is_there()
        if (restored := await self._snapshots.restored()) is not None:
            self._owner.begin_at(restored.checkpoint)
            self._speculation.begin_at(restored.state, restored.checkpoint.offset)
        self._snapshots.caught_up_at(await self._log.end())

    async def _take(self, effect: Effect | None) -> None:
        match effect:
            case Accepted(own=True):
                self._certain(effect)
            case Accepted():
                self._fold(effect)
            case BecameOwner():
                self.owner_address = self._owner_address
                await self._start_deciding(effect)
            case OtherOwns():
                self.owner_address = effect.owner_address
                if effect.deposed:
                    log.warning("deposed", partition=self._partition, owner=effect.owner_address)
                    DEPOSED.inc()
                    self._stop_deciding()
            case Stopped():
                self._halt(effect.reason)
            case _:
                pass

    async def _drive(self) -> None:
        while True:
            self._woken.clear()
            now_ms = self._clock.monotonic_ms()
            while (append := self._owner.poll(now_ms)) is not None:
                self._append(append)
            self._make_batch(now_ms)
            if self._draining and self._is_idle():
                self._drained.set()
            await self._sleep()

    def _append(self, append: Append) -> None:
        self._tasks.create_task(self._append_record(append))

    async def _append_record(self, append: Append) -> None:
        if not await self._log.append(append.record):
            self._owner.append_failed(append.token, self._clock.monotonic_ms())
            self._wake()

    def _fold(self, accepted: Accepted) -> None:
        try:
            self._speculation.follow(decode_decided(accepted.decided), accepted.offset)
        except Unreadable as error:
            self._halt(str(self._owner.fence.stop(accepted.offset, str(error))))

    # Deciding.

    def _make_batch(self, now_ms: int) -> None:
        if not (self.deciding and self._owner.may_propose):
            return
        at_ms = self._log_clock.now_ms()
        if self._intake.is_empty() and not self._rhythm.is_due(at_ms, now_ms):
            return
        batch = self._speculation.begin(at_ms, self._owner.decided_bytes_max, self._owner.checkpoint)
        self._intake.fill(batch)
        self._attach_again(batch)
        if not batch.is_empty or not self.may_tell() or self._rhythm.beat_is_due(now_ms):
            self._append(self._owner.propose(batch.encoded(), batch.format, now_ms))
        else:
            self._answer_from_memory(batch, now_ms)

    def _answer_from_memory(self, batch: Batch, now_ms: int) -> None:
        """Nothing was decided: looks, and retries of what was answered before, follow from what is certain already."""
        if self._rhythm.timer_is_due(batch.at_ms, now_ms):
            self._rhythm.timers_are_stuck(now_ms)
        self._speculation.settle(batch, self._owner.checkpoint)
        self._speculation.release()
        self._wake()

    def _certain(self, accepted: Accepted) -> None:
        self._rhythm.committed(self._clock.monotonic_ms())
        if (batch := self._speculation.in_flight) is not None:
            self._speculation.read_back(batch, accepted.offset, self._owner.checkpoint)
            self._trace(batch, accepted.offset)
        if self.may_tell():
            self._speculation.release()

    def _trace(self, batch: Batch, offset: int) -> None:
        if self._traces.wanted:
            for span in spans_of(batch, self._partition, offset, self._clock.wall_ms()):
                self._traces.tell(span)

    def _attach_again(self, batch: Batch) -> None:
        """Whoever is listening for an agent whom a new plan brings (back) is attached."""
        for tenant in sorted(batch.activated):
            agents = batch.state.tenant(tenant).agents
            for name in self.attachments.of(tenant):
                if (agent := agents.get(name)) is not None and not agent.attached:
                    self._intake.put_own(Request(tenant, "", always(AttachAgent(name)), touches=(tenant, name)))

    def _is_idle(self) -> bool:
        busy = self._speculation.in_flight is not None or self._speculation.waits_to_leave
        return not self.deciding or (self._intake.is_empty() and not busy)

    # What comes in.

    def _arrived(self, arrival: Arrival) -> None:
        self._log_clock.saw(arrival.appended_at_ms)
        self._wake()

    def _request_of(self, arrival: Arrival) -> Request:
        envelope = arrival.envelope
        if not isinstance(envelope, Envelope):
            raise TypeError("an unreadable envelope is no request")

        def build(state: TenantState, _at_ms: int) -> Any:
            return command_for(envelope, arrival.appended_at_ms, lambda caller: self.caller_facts(state, caller))

        return Request(
            envelope.tenant, envelope.event_id, build, envelope.contact_id, arrival.offset, arrival.appended_at_ms
        )

    # Beginning and ending to decide.

    async def _start_deciding(self, became: BecameOwner) -> None:
        log.info("owns_partition", partition=self._partition, epoch=became.epoch)
        CLAIMED.inc()
        state = self._speculation.state
        self._log_clock = LogClock(self._clock, became.appended_at_ms)
        self._log_clock.saw(state.at_ms)
        await self._lists.load_all([tenant.plan for tenant in state.tenants.values()])
        for tenant in state.tenants:
            self._intake.put_first(Request(tenant, "", always(ChangeOwner())))
        spare_what_is_there()
        if not self._draining:
            self._inbound.start(state.inbound_offset + 1, self._tasks)
        self.deciding = True

    def _stop_deciding(self) -> None:
        self.deciding = False
        self.attachments.forget()
        self._intake.clear()
        self._speculation.drop()
        self._drained.set()

    def _halt(self, reason: str) -> None:
        if not self.stopped:
            log.critical("partition_stopped", partition=self._partition, reason=reason)
            self._stop_deciding()
        self.stopped = reason

    def _detach(self, key: AgentKey) -> None:
        if self.deciding:
            self._intake.put_own(Request(key[0], "", always(DetachAgent(key[1]))))
            self._wake()

    def _check_deciding(self) -> None:
        if not self.deciding or self._draining:
            raise NotOwner

    # Sleeping.

    async def _sleep(self) -> None:
        # At least one turn for everybody else, however much there is to do here.
        await asyncio.sleep(0)
        try:
            now_ms = self._clock.monotonic_ms()
            sleep_s = self._rhythm.sleep_s(self._log_clock.now_ms(), now_ms, deciding=self.deciding)
            async with asyncio.timeout(sleep_s):
                await self._woken.wait()
        except TimeoutError:
            return

    def _wake(self) -> None:
        self._woken.set()


def _set(future: "asyncio.Future[T]", value: T) -> None:
    if not future.done():
        future.set_result(value)
