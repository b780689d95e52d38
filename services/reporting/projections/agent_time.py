"""In what state each agent is, and since when; told in pieces, so that each piece lies in one interval."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from services.reporting.facts import ContactFact, Happened, Plan, PlanActivated, Presence, PresenceChanged
from services.reporting.projections.contact_state import ContactState, Stage

OFFLINE = "offline"
AWAY = "away"
# A state with a reason is written "away/lunch"; ids have no slash in them.
REASON = "/"
# The first of these that is on the desk says what the agent does; with an empty desk it is what they say themselves.
BY_DESK = {Stage.ACTIVE: "busy", Stage.WRAP_UP: "wrap_up", Stage.OFFERED: "offered"}


@dataclass(slots=True)
class _Agent:
    presence: Presence = Presence.OFFLINE
    reason: str = ""
    retired: bool = False
    desk: dict[str, Stage] = field(default_factory=dict)
    state: str = OFFLINE
    since_ms: int = 0

    def seems(self) -> str:
        """The state that all this adds up to."""
        stages = self.desk.values()
        working = next((name for stage, name in BY_DESK.items() if stage in stages), "")
        if working or self.retired:
            return working or OFFLINE
        return f"{AWAY}{REASON}{self.reason}" if self.presence is Presence.AWAY else self.presence.value


@dataclass(frozen=True, slots=True)
class Spell:
    """So long an agent was in that state."""

    agent: str
    state: str
    span_ms: int


class AgentTime:
    """The agents of one tenant. Time spent offline is not told: it is what is left."""

    def __init__(self) -> None:
        self._agents: dict[str, _Agent] = {}
        self._on_duty: set[str] = set()

    def apply(self, happened: Happened, before: ContactState | None, after: ContactState | None) -> Iterator[Spell]:
        """The spells that a fact ends. `before` and `after` are its contact around it, None where it was not open."""
        fact = happened.fact
        if isinstance(fact, PlanActivated):
            touched = self._take_plan(fact.plan)
        elif isinstance(fact, PresenceChanged):
            touched = self._take_presence(fact)
        elif isinstance(fact, ContactFact):
            touched = self._take_contact(fact.contact_id, before, after)
        else:
            touched = []
        return self._ended(touched, happened.at_ms)

    def anybody(self) -> bool:
        """Whether somebody is not offline."""
        return bool(self._on_duty)

    def until(self, at_ms: int) -> Iterator[Spell]:
        """The spells up to that moment of all who are not offline; they go on from there."""
        for name in sorted(self._on_duty):
            agent = self._agents[name]
            yield Spell(name, agent.state, at_ms - agent.since_ms)
            agent.since_ms = at_ms

    def running(self, at_ms: int) -> Iterator[Spell]:
        """The same, and nothing changes."""
        for name in sorted(self._on_duty):
            yield Spell(name, self._agents[name].state, at_ms - self._agents[name].since_ms)

    def _take_plan(self, plan: Plan) -> list[str]:
        roster = {profile.id for profile in plan.agents}
        for name in sorted(roster - self._agents.keys()):
            self._agents[name] = _Agent()
        for name, agent in self._agents.items():
            agent.retired = name not in roster
        return list(self._agents)

    def _take_presence(self, fact: PresenceChanged) -> list[str]:
        agent = self._agents.get(fact.agent)
        if agent is None:
            return []
        agent.presence, agent.reason = fact.presence, fact.reason
        return [fact.agent]

    def _take_contact(self, contact_id: str, before: ContactState | None, after: ContactState | None) -> list[str]:
        touched = []
        for state in (before, after):
            if state is not None and state.agent in self._agents:
                self._agents[state.agent].desk.pop(contact_id, None)
                touched.append(state.agent)
        if after is not None and after.agent in self._agents and after.stage in BY_DESK:
            self._agents[after.agent].desk[contact_id] = after.stage
        return touched

    def _ended(self, touched: list[str], at_ms: int) -> Iterator[Spell]:
        for name in touched:
            agent = self._agents[name]
            state = agent.seems()
            if state == agent.state:
                continue
            if agent.state != OFFLINE:
                yield Spell(name, agent.state, at_ms - agent.since_ms)
            agent.state, agent.since_ms = state, at_ms
            (self._on_duty.discard if state == OFFLINE else self._on_duty.add)(name)
