"""A plan in force in the router's own core, with a clock that a test moves."""

from dataclasses import dataclass

from services.plan.compiled import Plan
from services.router.core.apply import apply
from services.router.core.commands import ActivatePlan, Command, TimePassed
from services.router.core.decide import decide
from services.router.core.events import Event
from services.router.core.state import TenantState
from services.router.core.timers import next_timer_ms

# More than a day of a customer who is told something every ten seconds.
FIRINGS_MAX = 10_000


class NotPossible(Exception):
    """What a test gives or does can't be; the words say why."""


@dataclass(frozen=True, slots=True)
class Happened:
    """An event, and when."""

    at_ms: int
    event: Event


class Scene:
    """One tenant in memory: the core's decisions, and nothing else of the router."""

    def __init__(self, plan: Plan, at_ms: int) -> None:
        self.state = TenantState(plan.tenant)
        self.at_ms = at_ms
        self.happened: list[Happened] = []
        self.do(ActivatePlan(plan))

    @property
    def plan(self) -> Plan:
        """The plan in force. Raises NotPossible where the core refused it."""
        if self.state.plan is None:
            raise NotPossible("the plan is not in force")
        return self.state.plan

    def do(self, command: Command) -> None:
        """Decide and apply. Raises NotPossible if the core refuses it."""
        decision = decide(self.state, command, self.at_ms)
        self.put(*decision.events)
        outcome = decision.outcome
        while decision.unfinished:
            decision = decide(self.state, TimePassed(match_all=True), self.at_ms)
            self.put(*decision.events)
        if outcome.refusal is not None:
            raise NotPossible(f"{outcome.detail} {outcome.what_to_do}")

    def put(self, *events: Event) -> None:
        """Make events true, decided or given."""
        for event in events:
            apply(self.state, event, self.at_ms)
            self.happened.append(Happened(self.at_ms, event))

    def pass_until(self, at_ms: int) -> None:
        """Let time pass; what is due on the way happens when it is due."""
        for _ in range(FIRINGS_MAX):
            due_ms = next_timer_ms(self.state)
            if due_ms is None or due_ms > at_ms:
                break
            self.at_ms = max(self.at_ms, due_ms)
            self.do(TimePassed())
        else:
            raise NotPossible(f"more than {FIRINGS_MAX} things happen by themselves in that time")
        self.at_ms = max(self.at_ms, at_ms)
        self.do(TimePassed())
