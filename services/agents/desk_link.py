"""The link of one tenant's agents to the router: who is attached, what waits for its answer, what is on each desk.

One Work.Desk stream carries all of them. When it is lost or silent it is opened again, everybody is attached anew and
every command that has no answer yet is sent again under its id, so that its first answer comes back.
"""

import asyncio
import random
import secrets
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Protocol

import structlog

from services.agents.bells import Bells, desk_topic
from services.agents.desk import AgentDesk, Attach, DeskCommand, DeskRequest, DeskUpdate, Detach, Outcome
from services.agents.metrics import COMMANDS, LINK_LOST, LINKED
from services.shared.clock import Clock
from services.shared.tokens import Identity, TokenMaker

log = structlog.get_logger()


class LinkLost(Exception):
    """The stream to the router ended; what was sent on it may or may not have been done."""


class OutcomeUnknown(Exception):
    """No answer in time. Retry with the same command id: the first answer comes again."""


class TooManyCommands(Exception):
    """More commands of one agent wait for their answers than are allowed to."""


class CommandIdTaken(Exception):
    """The command id belongs to another command that still waits for its answer."""


class DeskStream(Protocol):
    """One stream to the router."""

    def send(self, request: DeskRequest) -> None: ...

    def updates(self) -> AsyncIterator[DeskUpdate]: ...

    def cancel(self) -> None: ...


@dataclass(frozen=True, slots=True)
class LinkTimes:
    """How long the link waits for what; ms."""

    silence_ms: int = 6_000
    answer_ms: int = 15_000
    lease_ms: int = 30_000
    token_ms: int = 900_000
    renew_before_ms: int = 300_000
    retry_attach_ms: int = 5_000
    tick_ms: int = 250
    retry_first_ms: int = 200
    retry_max_ms: int = 5_000


COMMANDS_PER_AGENT_MAX = 32


@dataclass(frozen=True, slots=True)
class Answered:
    """A command's outcome, and where in router.log its decision stands."""

    outcome: Outcome
    partition: int
    offset: int


@dataclass(slots=True)
class Seat:
    """An agent who is logged in here. Held by open desks, leased by each call of a program."""

    identity: Identity
    desk: AgentDesk | None = None
    refused: Outcome | None = None
    holds: int = 0
    leased_until_ms: int = 0
    renew_at_ms: int = 0


@dataclass(slots=True)
class Pending:
    """A command without an answer so far."""

    request: DeskRequest
    answer: "asyncio.Future[Answered]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class DeskLink:
    """All agents of one tenant who are logged in to this process."""

    def __init__(
        self,
        connect: Callable[[], DeskStream],
        tokens: TokenMaker,
        bells: Bells,
        clock: Clock,
        times: LinkTimes = LinkTimes(),  # frozen
    ) -> None:
        self._connect = connect
        self._tokens = tokens
        self._bells = bells
        self._clock = clock
        self._times = times
        self._seats: dict[str, Seat] = {}
        self._pending: dict[tuple[str, str], Pending] = {}
        self._attaching: dict[str, str] = {}
        self._epochs: dict[int, int] = {}
        self._stream: DeskStream | None = None
        self._heard_at_ms = 0
        self._failures = 0
        self.connected = False

    async def run(self) -> None:
        """Keep a stream open until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._watch())
            while True:
                await self._serve_one_stream()
                await asyncio.sleep(self._pause_s())

    async def _serve_one_stream(self) -> None:
        self._stream = stream = self._connect()
        self._heard_at_ms = self._clock.monotonic_ms()
        self._say_everything_again()
        try:
            async for update in stream.updates():
                self._take(update)
        except LinkLost as error:
            LINK_LOST.inc()
            log.info("link_to_router_lost", why=str(error))
        finally:
            self._lost()
            stream.cancel()

    def _pause_s(self) -> float:
        longest_ms = min(self._times.retry_max_ms, self._times.retry_first_ms << min(self._failures, 10))
        self._failures += 1
        return longest_ms * random.uniform(0.5, 1) / 1000  # noqa: S311  # spreads reconnects, guards nothing

    def _say_everything_again(self) -> None:
        for seat in self._seats.values():
            self._attach(seat)
        for pending in self._pending.values():
            self._send(pending.request)

    def _lost(self) -> None:
        self._stream = None
        self._attaching.clear()
        if self.connected:
            self.connected = False
            LINKED.dec()
            self._ring_everyone()

    # ------------------------------------------------------------------ what the router says

    def _take(self, update: DeskUpdate) -> None:
        if update.epoch < self._epochs.get(update.partition, 0):
            return
        self._epochs[update.partition] = update.epoch
        self._heard_at_ms = self._clock.monotonic_ms()
        self._failures = 0
        if not self.connected:
            self.connected = True
            LINKED.inc()
            self._ring_everyone()
        for desk in update.desks:
            self._take_desk(desk)
        for answer in update.answers:
            self._take_answer(
                answer.agent, answer.command_id, Answered(answer.outcome, update.partition, update.offset)
            )

    def _take_desk(self, desk: AgentDesk) -> None:
        seat = self._seats.get(desk.agent)
        if seat is not None and seat.identity.tenant == desk.tenant:
            seat.desk = desk
            self._ring(desk.agent)

    def _take_answer(self, agent: str, command_id: str, answered: Answered) -> None:
        attaching = self._attaching.pop(command_id, None)
        if attaching in self._seats:
            self._take_attached(self._seats[attaching], answered.outcome)
        pending = self._pending.pop((agent, command_id), None)
        if pending is not None and not pending.answer.done():
            pending.answer.set_result(answered)

    def _take_attached(self, seat: Seat, outcome: Outcome) -> None:
        seat.refused = outcome if outcome.refusal else None
        if seat.refused:
            # The next plan may know the agent.
            seat.renew_at_ms = self._clock.monotonic_ms() + self._times.retry_attach_ms
        self._ring(seat.identity.agent)

    def _ring(self, agent: str) -> None:
        self._bells.ring(desk_topic(self._seats[agent].identity.tenant, agent))

    def _ring_everyone(self) -> None:
        for agent in self._seats:
            self._ring(agent)

    # ------------------------------------------------------------------ what the agents say

    def seat(self, identity: Identity) -> Seat:
        """The agent's seat, attached from now on for a lease."""
        seat = self._seats.get(identity.agent)
        if seat is None:
            seat = self._seats[identity.agent] = Seat(identity)
            self._attach(seat)
        elif (seat.identity.companies, seat.identity.subject) != (identity.companies, identity.subject):
            seat.identity = identity
            self._attach(seat)
        seat.leased_until_ms = self._clock.monotonic_ms() + self._times.lease_ms
        return seat

    def hold(self, seat: Seat) -> None:
        """Keep the agent attached until `release`."""
        seat.holds += 1

    def release(self, seat: Seat) -> None:
        """Let the agent go a lease from now, unless somebody else holds the seat."""
        seat.holds -= 1
        seat.leased_until_ms = self._clock.monotonic_ms() + self._times.lease_ms

    async def command(self, identity: Identity, command_id: str, command: DeskCommand) -> Answered:
        """The router's answer. Raises OutcomeUnknown, TooManyCommands, CommandIdTaken."""
        self.seat(identity)
        pending = self._pend(DeskRequest(command_id, identity.agent, command))
        try:
            async with asyncio.timeout(self._times.answer_ms / 1000):
                answered = await asyncio.shield(pending.answer)
        except TimeoutError:
            self._pending.pop((identity.agent, command_id), None)
            COMMANDS.labels(type(command).__name__.lower(), "unknown").inc()
            raise OutcomeUnknown(command_id) from None
        COMMANDS.labels(type(command).__name__.lower(), answered.outcome.refusal or "done").inc()
        return answered

    def _pend(self, request: DeskRequest) -> Pending:
        already = self._pending.get((request.agent, request.command_id))
        if already is not None:
            if already.request != request:
                raise CommandIdTaken(request.command_id)
            return already
        if sum(agent == request.agent for agent, _ in self._pending) >= COMMANDS_PER_AGENT_MAX:
            raise TooManyCommands(request.agent)
        pending = self._pending[request.agent, request.command_id] = Pending(request)
        self._send(request)
        return pending

    def _attach(self, seat: Seat) -> None:
        now_ms = self._clock.monotonic_ms()
        seat.renew_at_ms = now_ms + self._times.token_ms - self._times.renew_before_ms
        if self._stream is None:
            return
        identity = seat.identity
        token = self._tokens.make(
            identity.tenant,
            identity.companies,
            identity.role,
            identity.agent,
            identity.subject,
            self._times.token_ms // 1000,
        )
        command_id = f"attach-{secrets.token_hex(12)}"
        self._attaching[command_id] = identity.agent
        self._send(DeskRequest(command_id, identity.agent, Attach(token)))

    def _send(self, request: DeskRequest) -> None:
        if self._stream is not None:
            self._stream.send(request)

    # ------------------------------------------------------------------ what time brings

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(self._times.tick_ms / 1000)
            now_ms = self._clock.monotonic_ms()
            if self._stream is not None and now_ms - self._heard_at_ms > self._times.silence_ms:
                self._stream.cancel()
            for seat in tuple(self._seats.values()):
                self._renew_or_leave(seat, now_ms)

    def _renew_or_leave(self, seat: Seat, now_ms: int) -> None:
        if seat.holds == 0 and seat.leased_until_ms < now_ms:
            del self._seats[seat.identity.agent]
            self._send(DeskRequest(f"detach-{secrets.token_hex(12)}", seat.identity.agent, Detach()))
        elif seat.renew_at_ms < now_ms:
            self._attach(seat)
