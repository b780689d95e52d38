"""The loop around one partition: read, decide, append, read back, and only then answer.

All of it runs in one event loop. `_follow` folds what the log says; `_drive` appends what the owner (`owner.py`) wants
appended, and makes the next batch when the one before it is certain. Requests wait meanwhile (group commit).
"""

import asyncio
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import structlog

from services.router.attachments import AgentKey, Attachments
from services.router.batch import Batch, BuildCommand, Request, always
from services.router.caller_lists import CallerLists
from services.router.core.commands import ChangeOwner, DetachAgent, Outcome
from services.router.core.state import TenantState
from services.router.core.timers import next_timer_ms
from services.router.effects import Answered, Commit, Effects, Listener, Position, Release
from services.router.inbound import caller_facts, command_for
from services.router.inbound_reader import Arrival, InboundReader
from services.router.intake import Intake, Look
from services.router.log_clock import LogClock
from services.router.log_codec import decode_decided
from services.router.owner import Accepted, Append, BecameOwner, Effect, OtherOwns, Owner, StillOwner, Stopped
from services.router.partition_state import PartitionState
from services.shared.blob_store import BlobUnavailable
from services.shared.clock import Clock
from services.shared.event_log import EventLog, LogRecord, LogUnavailable
from services.shared.fence import FORMAT

log = structlog.get_logger()
T = TypeVar("T")

APPEND_WITHIN_S = 10.0
RETRY_S = 1.0
DRAIN_POLL_S = 0.02
# Streams beat at least this often; a beat is the commit of a batch, empty if nothing else is due.
BEAT_MS = 2_000
BATCH_BYTES_MAX = 512 * 1024


class NotOwner(Exception):
    """This router does not decide for the partition (any more); the outcome of what was asked is not known."""


@dataclass(frozen=True, slots=True)
class PartitionLogs:
    """Where a partition's contacts come from and where its decisions go."""

    inbound: EventLog
    router_log: EventLog
    partition: int


class PartitionLoop:
    """One partition, as this router serves it. `run` it; everything else may be called from the same event loop."""

    def __init__(self, logs: PartitionLogs, lists: CallerLists, clock: Clock, owner_address: str) -> None:
        self.listeners: set[Listener] = set()
        self.attachments = Attachments(self._detach)
        self.deciding = False
        self.stopped = ""
        self._draining = False
        self._logs = logs
        self._lists = lists
        self._clock = clock
        self._owner = Owner(owner_address, logs.router_log.record_bytes_max, secrets.token_bytes)
        self._state = PartitionState()
        self._inbound = InboundReader(logs.inbound, logs.partition, self._wake)
        self._intake = Intake(self._inbound, self._request_of)
        self._effects = Effects()
        self._in_flight: Batch | None = None
        self._looks: list[tuple[Look, Any]] = []
        self._log_clock = LogClock(clock, 0)
        self._last_commit_ms = 0
        self._position = Position(logs.partition, 0)
        self._woken = asyncio.Event()
        self._appends: set[asyncio.Task[None]] = set()

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
        """Read a tenant's state when it is certain. Raises NotOwner, Overloaded."""
        self._check_deciding()
        future: asyncio.Future[tuple[T, Position | None]] = asyncio.get_running_loop().create_future()
        self._intake.put_look(Look(tenant, look, lambda value, position: _set(future, (value, position))))
        self._wake()
        value, position = await future
        if position is None:
            raise NotOwner
        return value, position

    def caller_facts(self, state: TenantState, caller: str) -> tuple[str, tuple[str, ...]]:
        """The keyed hash of a caller, and the classes that the plan in force puts them in."""
        return caller_facts(self._lists.customers_key, state.tenant, self._lists.facts(state.plan), caller)

    @contextmanager
    def watch(self, key: AgentKey) -> Iterator[asyncio.Event]:
        """An event that is set whenever the agent's desk has changed."""
        watch = _Watch(key)
        self.listeners.add(watch)
        try:
            yield watch.touched
        finally:
            self.listeners.discard(watch)

    # The two tasks.

    async def run(self) -> None:
        """Follow and decide until cancelled. Ends by itself when the log holds what must not be there."""
        self._owner.assigned(await self._end_of_log())
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._follow())
                tasks.create_task(self._drive())
        finally:
            self._stop_deciding()
            for append in self._appends:
                append.cancel()

    async def drain(self) -> None:
        """Take nothing new, and wait until all that was asked is answered."""
        self._draining = True
        while self.deciding and not (self._intake.is_empty() and self._in_flight is None):  # noqa: ASYNC110  # once
            await asyncio.sleep(DRAIN_POLL_S)  # once, at the end: an event for it would cost always

    async def _end_of_log(self) -> int:
        while True:
            try:
                return await self._logs.router_log.end(self._logs.partition)
            except LogUnavailable as error:
                log.warning("router_log_unavailable", partition=self._logs.partition, error=str(error))
                await asyncio.sleep(RETRY_S)

    async def _follow(self) -> None:
        while True:
            try:
                async for record in self._logs.router_log.read(self._logs.partition, self._owner.checkpoint.offset):
                    await self._read(record)
            except LogUnavailable as error:
                log.warning("router_log_unavailable", partition=self._logs.partition, error=str(error))
                await asyncio.sleep(RETRY_S)

    async def _read(self, record: LogRecord) -> None:
        self._log_clock.saw(record.appended_at_ms)
        effect = self._owner.read(record, self._clock.monotonic_ms())
        await self._take(effect)
        self._wake()

    async def _take(self, effect: Effect | None) -> None:
        match effect:
            case Accepted(own=True):
                self._certain(effect)
            case Accepted():
                self._state.apply(decode_decided(effect.decided))
                self._position = Position(self._logs.partition, effect.offset)
            case BecameOwner():
                await self._start_deciding(effect)
            case OtherOwns(deposed=True):
                log.warning("deposed", partition=self._logs.partition, owner=effect.owner_address)
                self._stop_deciding()
            case Stopped():
                self._halt(effect)
            case OtherOwns() | StillOwner() | None:
                pass

    async def _drive(self) -> None:
        while True:
            self._woken.clear()
            now_ms = self._clock.monotonic_ms()
            while (append := self._owner.poll(now_ms)) is not None:
                self._append(append)
            self._make_batch(now_ms)
            await self._sleep()

    # Deciding.

    def _make_batch(self, now_ms: int) -> None:
        if not (self.deciding and self._owner.may_propose):
            return
        at_ms = max(self._log_clock.now_ms(), self._state.at_ms)
        if self._intake.is_empty() and not self._is_due(at_ms, now_ms):
            return
        self._state.begin()
        self._state.moved_to(at_ms, self._state.inbound_offset)
        batch = Batch(self._state, at_ms, min(BATCH_BYTES_MAX, self._owner.decided_bytes_max))
        self._looks = self._intake.fill(batch)
        self._in_flight = batch
        if batch.commands or not self._owner.may_release(now_ms) or self._beat_is_due(now_ms):
            self._append(self._owner.propose(batch.encoded(), FORMAT, now_ms))
        else:
            # Nothing was decided: looks, and retries answered from memory, follow from what is certain already.
            self._settle(batch)
            self._effects.release()

    def _certain(self, accepted: Accepted) -> None:
        self._position = Position(self._logs.partition, accepted.offset)
        self._last_commit_ms = self._clock.monotonic_ms()
        if self._in_flight is None:
            return
        self._settle(self._in_flight)
        if self._owner.may_release(self._last_commit_ms):
            self._effects.release()

    def _settle(self, batch: Batch) -> None:
        self._state.keep()
        self._in_flight = None
        releases = [*_answers(batch), *_looks(self._looks), self._tell(batch)]
        self._looks = []
        self._effects.add(self._position, releases)

    def _tell(self, batch: Batch) -> Release:
        at = self._owner.checkpoint
        touched = frozenset(batch.touched)

        def tell(position: Position) -> None:
            commit = Commit(position, at.epoch, at.seq, batch.at_ms, touched, self._state)
            for listener in tuple(self.listeners):
                listener.committed(commit)

        return tell

    def _is_due(self, at_ms: int, now_ms: int) -> bool:
        due_ms = self._next_timer_ms()
        overdue = self._effects.waiting and not self._owner.may_release(now_ms)
        return overdue or self._beat_is_due(now_ms) or (due_ms is not None and due_ms <= at_ms)

    def _beat_is_due(self, now_ms: int) -> bool:
        return bool(self.listeners) and now_ms - self._last_commit_ms >= BEAT_MS

    def _next_timer_ms(self) -> int | None:
        due = [due_ms for state in self._state.tenants.values() if (due_ms := next_timer_ms(state)) is not None]
        return min(due, default=None)

    def _request_of(self, arrival: Arrival) -> Request:
        envelope = arrival.envelope
        if envelope is None:
            raise ValueError("an unreadable envelope is no request")
        self._log_clock.saw(arrival.appended_at_ms)

        def build(state: TenantState, _at_ms: int) -> Any:
            return command_for(envelope, arrival.appended_at_ms, lambda caller: self.caller_facts(state, caller))

        return Request(envelope.tenant, envelope.event_id, build, envelope.contact_id, arrival.offset)

    # Beginning and ending to decide.

    async def _start_deciding(self, became: BecameOwner) -> None:
        log.info("owns_partition", partition=self._logs.partition, epoch=became.epoch)
        self._log_clock = LogClock(self._clock, became.appended_at_ms)
        self._log_clock.saw(self._state.at_ms)
        await self._load_lists()
        for tenant in self._state.tenants:
            self._intake.put_first(Request(tenant, "", always(ChangeOwner())))
        self._inbound.start(self._state.inbound_offset + 1)
        self.deciding = True

    async def _load_lists(self) -> None:
        for state in self._state.tenants.values():
            while state.plan is not None:
                try:
                    await self._lists.load(state.plan)
                    break
                except BlobUnavailable as error:
                    log.error("caller_lists_unavailable", tenant=state.tenant, error=str(error))
                    await asyncio.sleep(RETRY_S)

    def _stop_deciding(self) -> None:
        self.deciding = False
        self._effects.drop()
        self.attachments.forget()
        batch, self._in_flight = self._in_flight, None
        if batch is not None:
            self._state.undo()
            for request, _ in batch.answers:
                _tell_unknown(request)
        for look, _ in self._looks:
            look.seen(None, None)
        self._looks = []
        self._intake.clear()
        for listener in tuple(self.listeners):
            listener.deposed()

    def _halt(self, stopped: Stopped) -> None:
        if not self.stopped:
            log.critical("partition_stopped", partition=self._logs.partition, reason=stopped.reason)
            self._stop_deciding()
        self.stopped = stopped.reason

    def _detach(self, key: AgentKey) -> None:
        if self.deciding:
            self._intake.put_first(Request(key[0], "", always(DetachAgent(key[1]))))
            self._wake()

    def _check_deciding(self) -> None:
        if not self.deciding or self._draining:
            raise NotOwner

    # Appending and sleeping.

    def _append(self, append: Append) -> None:
        task = asyncio.create_task(self._append_record(append))
        self._appends.add(task)
        task.add_done_callback(self._appends.discard)

    async def _append_record(self, append: Append) -> None:
        try:
            async with asyncio.timeout(APPEND_WITHIN_S):
                await self._logs.router_log.append(self._logs.partition, append.record)
        except (LogUnavailable, TimeoutError) as error:
            log.warning("append_failed", partition=self._logs.partition, error=str(error))
            self._owner.append_failed(append.token, self._clock.monotonic_ms())
            self._wake()

    async def _sleep(self) -> None:
        try:
            async with asyncio.timeout(self._sleep_s()):
                await self._woken.wait()
        except TimeoutError:
            return

    def _sleep_s(self) -> float | None:
        now_ms = self._clock.monotonic_ms()
        waits_ms = [self._owner.wake_at_ms - now_ms] if self._owner.wake_at_ms is not None else []
        if self.deciding and self._in_flight is None:
            if (timer_ms := self._next_timer_ms()) is not None:
                waits_ms.append(timer_ms - self._log_clock.now_ms())
            if self.listeners:
                waits_ms.append(self._last_commit_ms + BEAT_MS - now_ms)
        return max(min(waits_ms), 1) / 1_000 if waits_ms else None

    def _wake(self) -> None:
        self._woken.set()


class _Watch:
    def __init__(self, key: AgentKey) -> None:
        self.touched = asyncio.Event()
        self._key = key

    def committed(self, commit: Commit) -> None:
        if self._key in commit.touched:
            self.touched.set()

    def deposed(self) -> None:
        self.touched.set()


def _answers(batch: Batch) -> list[Release]:
    return [_answer(request, outcome) for request, outcome in batch.answers if request.answer is not None]


def _answer(request: Request, outcome: Outcome) -> Release:
    def tell(position: Position) -> None:
        if request.answer is not None:
            request.answer(Answered(outcome, position))

    return tell


def _looks(looks: list[tuple[Look, Any]]) -> list[Release]:
    return [partial(look.seen, value) for look, value in looks]


def _tell_unknown(request: Request) -> None:
    if request.answer is not None:
        request.answer(None)


def _set(future: "asyncio.Future[T]", value: T) -> None:
    if not future.done():
        future.set_result(value)
