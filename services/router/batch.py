"""One batch being made: commands decided one after the other, each on what the ones before it did."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import structlog

from services.router.attachments import AgentKey
from services.router.core.commands import Command, Outcome, Refusal
from services.router.core.decide import carry_out
from services.router.core.events import Event, PlanActivated
from services.router.core.memory import recall_answer, was_seen
from services.router.core.state import TenantState
from services.router.decided import NOTHING_READ, DecidedCommand
from services.router.effects import Answered, Position, Release
from services.router.formats import raised_format
from services.router.log_codec import HEADER_BYTES_MAX, EncodedCommand, encode_command, encode_decided
from services.router.partition_state import PartitionState

log = structlog.get_logger()

# Where a batch ends, so that many commands don't wait for one large record. One command alone may be larger.
BATCH_BYTES_MAX = 512 * 1024

BuildCommand = Callable[[TenantState, int], Command]

REJECTED = Outcome(
    Refusal.REJECTED,
    "the router could not decide this command, which is a defect of the router; nothing was changed",
    "report it with the command id; it is in the router's log",
)
TOO_LARGE = Outcome(
    Refusal.INVALID,
    "what this command brings about does not fit into one record of the log",
    "make it smaller: for a plan, fewer agents or fewer rules",
)


class LookFailed(Exception):
    """What was to be read from the state could not be worked out, which is a defect of the router."""


@dataclass(frozen=True, slots=True)
class Request:
    """A command to be decided. `contact_id` is set for an inbound envelope, which wants no answer."""

    tenant: str
    id: str
    build: BuildCommand
    contact_id: str = ""
    inbound_offset: int = NOTHING_READ
    # Of an envelope: when it was appended to contacts.inbound.
    arrived_at_ms: int = 0
    # Called once: with the outcome when it is certain, or with None when it will never be known here.
    answer: Callable[[Answered | None], None] | None = None
    # Whose desk is told, whether it changed or not.
    touches: AgentKey | None = None

    def lose(self) -> None:
        """Tell whoever waits that the outcome will not be known here."""
        if self.answer is not None:
            self.answer(None)


@dataclass(frozen=True, slots=True)
class Look:
    """A read of a tenant's state: `look(state, at_ms)` is called once; `seen` gets what it saw when that is certain.

    What it saw is a LookFailed if `look` raised. None instead of a place: it will never be certain here.
    """

    tenant: str
    look: Callable[[TenantState, int], Any]
    seen: Callable[[Any, Position | None], None]

    def lose(self) -> None:
        """Tell whoever waits that nothing was seen."""
        self.seen(None, None)


def always(command: Command) -> BuildCommand:
    """A command that does not depend on the state."""
    return lambda _state, _at_ms: command


@dataclass(frozen=True, slots=True)
class _Decided:
    command: DecidedCommand
    encoded: EncodedCommand
    # What brings the tenant back to before it.
    mark: int
    unfinished: bool = False
    touched: tuple[str, ...] = ()


@dataclass(slots=True)
class Batch:
    """What one commit will hold, and who is to be told when it is certain."""

    state: PartitionState
    at_ms: int
    # The most that `encoded` may have.
    decided_bytes_max: int
    commands: list[EncodedCommand] = field(default_factory=list)
    touched: set[AgentKey] = field(default_factory=set)
    # Tenants of whom not all that waits was matched, and those that have a new plan.
    unfinished: set[str] = field(default_factory=set)
    activated: set[str] = field(default_factory=set)
    answers: list[tuple[Request, Outcome]] = field(default_factory=list)
    looks: list[tuple[Look, Any]] = field(default_factory=list)
    # What was decided, and on whose request.
    decisions: list[tuple[Request, tuple[Event, ...]]] = field(default_factory=list)
    size_bytes: int = HEADER_BYTES_MAX
    # The format that this batch raises the log to; 0: it leaves it as it is.
    raised_to: int = 0

    @property
    def format(self) -> int:
        """What it is written in. Its commands were decided in the one that was in force before."""
        return self.raised_to or self.state.format

    @property
    def is_empty(self) -> bool:
        """Whether it says nothing that the log has to hold."""
        return not (self.commands or self.raised_to)

    def add(self, request: Request) -> bool:
        """Decide it. False: the batch is full; the request is untouched and belongs to the next one."""
        tenant = self.state.tenant(request.tenant)
        if request.contact_id and was_seen(tenant, request.id):
            self._settle(request, Outcome())
            return True
        known = None if request.contact_id else recall_answer(tenant, request.id)
        if known is not None:
            self._settle(request, known)
            return True
        return self._commit(request, tenant, self._decide(request, tenant))

    def pass_over(self, inbound_offset: int) -> None:
        """That inbound record is none that anybody can read."""
        self.state.moved_to(self.at_ms, inbound_offset)

    def raise_to(self, wanted: int) -> None:
        """From the next batch on kinds of that format may be written, if this release knows it."""
        if (raised := raised_format(self.format, wanted)) > self.format:
            self.raised_to = raised

    def look(self, look: Look) -> None:
        """Read the state as it is at this point of the batch."""
        try:
            saw = look.look(self.state.tenant(look.tenant), self.at_ms)
        except Exception:
            # Only who looked is told: a defect in reading must not stop the partition for everybody else.
            log.exception("look_failed", tenant=look.tenant)
            saw = LookFailed("the state could not be read, which is a defect of the router; it is in the router's log")
        self.looks.append((look, saw))

    def encoded(self) -> bytes:
        """The `decided` field."""
        return encode_decided(self.at_ms, self.state.inbound_offset, self.commands, self.raised_to)

    def releases(self) -> list[Release]:
        """Answers, then looks, in the order of their decisions."""
        answers = [_answer(request, outcome) for request, outcome in self.answers if request.answer is not None]
        return [*answers, *(_sight(look, saw) for look, saw in self.looks)]

    def _decide(self, request: Request, tenant: TenantState) -> _Decided:
        mark = tenant.savepoint()
        try:
            decision = carry_out(tenant, request.build(tenant, self.at_ms), self.at_ms)
            command = self._command(request, decision.outcome, decision.events)
            encoded = encode_command(command, self.state.format)
            return _Decided(command, encoded, mark, decision.unfinished, decision.touched)
        except Exception:
            # The one place where a defect of the core is caught: it must not stop the partition for everybody else.
            log.exception("command_rejected", **_about(request))
            return self._failed(request, tenant, mark, REJECTED)

    def _failed(self, request: Request, tenant: TenantState, mark: int, outcome: Outcome) -> _Decided:
        """Nothing of it happens but its answer."""
        tenant.rollback(mark)
        command = self._command(request, outcome, ())
        return _Decided(command, encode_command(command), tenant.savepoint())

    def _command(self, request: Request, outcome: Outcome, events: tuple[Event, ...]) -> DecidedCommand:
        # The outcome of an inbound envelope is kept only when it failed here, so that the log tells of it.
        kept = None if request.contact_id and outcome not in (REJECTED, TOO_LARGE) else outcome
        return DecidedCommand(request.tenant, request.id, self.at_ms, kept, events, request.contact_id)

    def _commit(self, request: Request, tenant: TenantState, decided: _Decided) -> bool:
        if HEADER_BYTES_MAX + decided.encoded.size_bytes > self.decided_bytes_max:
            log.error("command_too_large", **_about(request))
            decided = self._failed(request, tenant, decided.mark, TOO_LARGE)
        size_bytes = self.size_bytes + decided.encoded.size_bytes
        if self.commands and size_bytes > min(BATCH_BYTES_MAX, self.decided_bytes_max):
            tenant.rollback(decided.mark)
            return False
        tenant.forget(decided.mark)
        if decided.command.id or decided.command.events:
            self._append(tenant, decided)
            self.decisions.append((request, decided.command.events))
        if decided.unfinished:
            self.unfinished.add(request.tenant)
        self._settle(request, decided.command.outcome or Outcome())
        return True

    def _append(self, tenant: TenantState, decided: _Decided) -> None:
        self.touched.update((tenant.tenant, agent) for agent in decided.touched)
        if any(isinstance(event, PlanActivated) for event in decided.command.events):
            self.activated.add(tenant.tenant)
        self.state.remember(decided.command)
        self.commands.append(decided.encoded)
        self.size_bytes += decided.encoded.size_bytes

    def _settle(self, request: Request, outcome: Outcome) -> None:
        self.state.moved_to(self.at_ms, request.inbound_offset)
        self.answers.append((request, outcome))
        if request.touches is not None:
            self.touched.add(request.touches)


def _about(request: Request) -> dict[str, str]:
    """What a line of the log says of the request; an envelope's id is that of its event."""
    facts = {"tenant": request.tenant, "command_id": request.id}
    return facts | ({"contact_id": request.contact_id} if request.contact_id else {})


def _answer(request: Request, outcome: Outcome) -> Release:
    def tell(position: Position) -> None:
        if request.answer is not None:
            request.answer(Answered(outcome, position))

    return Release(tell, request.lose)


def _sight(look: Look, saw: Any) -> Release:
    return Release(lambda position: look.seen(saw, position), look.lose)
