"""One batch being made: commands decided one after the other, each on what the ones before it did."""

from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

from services.router.attachments import AgentKey
from services.router.core.commands import Command, Outcome, Refusal
from services.router.core.decide import decide
from services.router.core.events import Event, OwnerChanged, PlanActivated
from services.router.core.memory import recall_answer, was_seen
from services.router.core.state import TenantState
from services.router.decided import NOTHING_READ, DecidedCommand
from services.router.effects import Answered
from services.router.log_codec import EncodedCommand, encode_command, encode_decided
from services.router.partition_state import PartitionState

log = structlog.get_logger()

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


@dataclass(frozen=True, slots=True)
class Request:
    """A command to be decided. `contact_id` is set for an inbound envelope, which wants no answer."""

    tenant: str
    id: str
    build: BuildCommand
    contact_id: str = ""
    inbound_offset: int = NOTHING_READ
    # Called with the outcome when it is certain, or with None when it will never be known here.
    answer: Callable[[Answered | None], None] | None = None
    # Whose desk is told, whether it changed or not.
    touches: AgentKey | None = None


def always(command: Command) -> BuildCommand:
    """A command that does not depend on the state."""
    return lambda _state, _at_ms: command


@dataclass(slots=True)
class Batch:
    """What one commit will hold, and who is to be told when it is certain."""

    state: PartitionState
    at_ms: int
    bytes_max: int
    commands: list[EncodedCommand] = field(default_factory=list)
    answers: list[tuple[Request, Outcome]] = field(default_factory=list)
    touched: set[tuple[str, str]] = field(default_factory=set)
    size_bytes: int = 0

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

    def encoded(self) -> bytes:
        """The `decided` field."""
        return encode_decided(self.at_ms, self.state.inbound_offset, self.commands)

    def _decide(self, request: Request, tenant: TenantState) -> DecidedCommand:
        try:
            decision = decide(tenant, request.build(tenant, self.at_ms), self.at_ms)
        except Exception:
            # The one place where a defect of the core is caught: it must not stop the partition for everybody else.
            log.exception("command_rejected", tenant=request.tenant, command_id=request.id)
            return self._decided(request, REJECTED, ())
        return self._decided(request, decision.outcome, decision.events)

    def _decided(self, request: Request, outcome: Outcome, events: tuple[Event, ...]) -> DecidedCommand:
        # The outcome of an inbound envelope is kept only when the core failed on it, so that the log tells of it.
        kept = None if request.contact_id and outcome.refusal is not Refusal.REJECTED else outcome
        return DecidedCommand(request.tenant, request.id, self.at_ms, kept, events, request.contact_id)

    def _commit(self, request: Request, tenant: TenantState, decided: DecidedCommand) -> bool:
        encoded = encode_command(decided)
        if encoded.size_bytes > self.bytes_max:
            decided = self._decided(request, TOO_LARGE, ())
            encoded = encode_command(decided)
        if self.commands and self.size_bytes + encoded.size_bytes > self.bytes_max:
            return False
        if decided.id or decided.events:
            self._append(tenant, decided, encoded)
        self._settle(request, decided.outcome or Outcome())
        return True

    def _append(self, tenant: TenantState, decided: DecidedCommand, encoded: EncodedCommand) -> None:
        for event in decided.events:
            self._touch(tenant, event)
        self.state.apply_command(decided)
        for event in decided.events:
            self._touch(tenant, event)
        self.commands.append(encoded)
        self.size_bytes += encoded.size_bytes

    def _settle(self, request: Request, outcome: Outcome) -> None:
        self.state.moved_to(self.at_ms, request.inbound_offset)
        self.answers.append((request, outcome))
        if request.touches is not None:
            self.touched.add(request.touches)

    def _touch(self, tenant: TenantState, event: Event) -> None:
        """Note whose desk an event changes: the agent it names, and the one who has its contact."""
        if isinstance(event, PlanActivated | OwnerChanged):
            self.touched.update((tenant.tenant, agent) for agent in tenant.agents)
        agent = getattr(event, "agent", "")
        contact = tenant.contacts.get(getattr(event, "contact_id", ""))
        holder = contact.agent if contact is not None else ""
        self.touched.update((tenant.tenant, name) for name in (agent, holder) if name)
