"""A small contact centre for tests, readable builders of commands, and a driver that checks each decision it makes."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from services.plan.compiled import (
    AgentProfile,
    Channel,
    ChannelRule,
    Company,
    Direction,
    Disposition,
    EntryPoint,
    Match,
    Plan,
    Policy,
    Queue,
    Route,
    SkillLevel,
)
from services.router.core.apply import apply
from services.router.core.commands import (
    DONE,
    AcceptOffer,
    ActivatePlan,
    Arrive,
    AttachAgent,
    Command,
    CompleteContact,
    Outcome,
    SetPresence,
    TimePassed,
)
from services.router.core.decide import Decision, decide
from services.router.core.events import Event, Presence
from services.router.core.invariants import check, check_records
from services.router.core.records import Agent, Contact, ContactStatus
from services.router.core.snapshot import state_hash
from services.router.core.state import TenantState
from services.router.core.timers import next_timer_ms

TENANT = "harbour"
T0 = 1_790_000_000_000
SECOND = 1000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE

OFFER_MS = 20 * SECOND
WRAP_UP_MS = 60 * SECOND

ACME = Company("acme", "Acme", dispositions=(Disposition("solved", "Solved"), Disposition("spam", "Spam")))
GLOBEX = Company("globex", "Globex")

RULES = (
    ChannelRule(Channel.VOICE, units=3, alone=True, offer_ms=OFFER_MS, wrap_up_ms=WRAP_UP_MS),
    ChannelRule(Channel.WEB_CHAT, units=1, alone=False, offer_ms=OFFER_MS, wrap_up_ms=WRAP_UP_MS),
    ChannelRule(Channel.WEB_FORM, units=1, alone=False, offer_ms=OFFER_MS, wrap_up_ms=WRAP_UP_MS),
    ChannelRule(Channel.EMAIL, units=2, alone=False, offer_ms=OFFER_MS, wrap_up_ms=WRAP_UP_MS),
)


def skills(**levels: int) -> tuple[SkillLevel, ...]:
    return tuple(SkillLevel(skill, level) for skill, level in sorted(levels.items()))


def agent(id: str, *, units: int = 3, companies: tuple[str, ...] = ("acme",), **more: Any) -> AgentProfile:
    fields: dict[str, Any] = {"skills": (), "groups": ()} | more
    return AgentProfile(id, units=units, companies=companies, **fields)


def queue(id: str, *, company: str = "acme", policy: Policy = Policy.LONGEST_IDLE, **more: Any) -> Queue:
    return Queue(id, company, id, policy, **more)


def entry_point(id: str, route: Route, **match: Any) -> EntryPoint:
    return EntryPoint(id, Match(**match), route)


def plan(*agents: AgentProfile, **changes: Any) -> Plan:
    """Acme and Globex, a queue each and a second one for Acme; German goes to those who speak it."""
    base = Plan(
        tenant=TENANT,
        version=0,
        time_zone="Europe/Berlin",
        companies=(ACME, GLOBEX),
        channels=RULES,
        hours=(),
        queues=(queue("sales"), queue("billing"), queue("care", company="globex")),
        entry_points=(
            entry_point("german", Route("sales", skills(german=5), priority=5), companies=("acme",), languages=("de",)),
            entry_point("globex", Route("care"), companies=("globex",)),
        ),
        default_route=Route("sales"),
        agents=agents or (agent("ann"), agent("bob")),
        away_reasons=("lunch",),
    )
    return replace(base, **changes)


def arrive(contact_id: str = "c1", **changes: Any) -> Arrive:
    base = Arrive(
        contact_id=contact_id,
        company="acme",
        channel=Channel.WEB_CHAT,
        direction=Direction.INBOUND,
        dialed="page",
        caller_classes=(),
        customer="",
        ivr_path=(),
        language="",
        attributes=(),
        arrived_at_ms=T0,
        previous_contact_id="",
        ready=True,
    )
    return replace(base, **changes)


def not_ready(contact_id: str = "c1", **changes: Any) -> Arrive:
    return arrive(contact_id, ready=False, **changes)


class Core:
    """One tenant's core with a clock of its own. Each decision is checked, then applied."""

    def __init__(self, in_force: Plan | None = None, *, at_ms: int = T0, checked: bool = True) -> None:
        self.checked = checked  # crowds are too large for checks after every event
        self.state = TenantState(TENANT)
        self.at_ms = at_ms
        self.log: list[tuple[Event, int]] = []
        if in_force is not None:
            self.do(ActivatePlan(in_force))

    def pass_ms(self, ms: int) -> None:
        """Let time pass without telling the core."""
        self.at_ms += ms

    def wait_ms(self, ms: int) -> tuple[Event, ...]:
        """Let time pass, and let the core know when each timer is due; what that brought."""
        events: list[Event] = []
        until_ms = self.at_ms + ms
        while (next_ms := next_timer_ms(self.state)) is not None and next_ms <= until_ms:
            self.at_ms = max(self.at_ms, next_ms)
            events += self.do(TimePassed())
        self.at_ms = until_ms
        return (*events, *self.do(TimePassed()))

    def do(self, command: Command) -> tuple[Event, ...]:
        """The events of a command that is carried out."""
        decision = self.decide(command)
        assert decision.outcome == DONE, decision.outcome
        return decision.events

    def refuse(self, command: Command) -> Outcome:
        """The outcome of a command that is refused and brings nothing."""
        decision = self.decide(command)
        assert decision.outcome.refusal is not None
        assert decision.outcome.detail
        assert decision.outcome.what_to_do
        assert decision.events == ()
        return decision.outcome

    def decide(self, command: Command) -> Decision:
        before = state_hash(self.state) if self.checked else ""
        decision = decide(self.state, command, self.at_ms)
        assert not self.checked or state_hash(self.state) == before
        for event in decision.events:
            apply(self.state, event, self.at_ms)
            self.log.append((event, self.at_ms))
            if self.checked:
                check_records(self.state)
        if self.checked:
            check(self.state)
        return decision

    def on_duty(self, *agents: str) -> "Core":
        """Attach the agents and make them available, a second apart."""
        for each in agents:
            self.do(AttachAgent(each))
            self.do(SetPresence(each, Presence.AVAILABLE))
            self.pass_ms(SECOND)
        return self

    def accept(self, contact_id: str = "c1") -> tuple[Event, ...]:
        """The agent who is offered the contact takes it."""
        contact = self.contact(contact_id)
        return self.do(AcceptOffer(contact.agent, contact_id, contact.offer_id))

    def complete(self, agent_id: str, contact_id: str) -> CompleteContact:
        """The command by which the agent ends the contact with a disposition of its company."""
        disposition = "solved" if self.contact(contact_id).company == "acme" else ""
        return CompleteContact(agent_id, contact_id, disposition)

    def away(self, agent_id: str) -> SetPresence:
        """The command by which the agent goes to lunch."""
        return SetPresence(agent_id, Presence.AWAY, "lunch")

    def log_of(self, act: Callable[[], object]) -> tuple[Event, ...]:
        """What the act brought."""
        before = len(self.log)
        act()
        return tuple(event for event, _ in self.log[before:])

    def activate(self, in_force: Plan) -> tuple[Event, ...]:
        return self.do(ActivatePlan(in_force))

    def contact(self, contact_id: str = "c1") -> Contact:
        return self.state.contacts[contact_id]

    def agent(self, id: str) -> Agent:
        return self.state.agents[id]

    def desk(self, id: str) -> dict[str, ContactStatus]:
        return {item: self.state.contacts[item].status for item in self.agent(id).items}

    def replayed(self) -> TenantState:
        """What the log alone gives."""
        state = TenantState(TENANT)
        for event, at_ms in self.log:
            apply(state, event, at_ms)
        return state


def kinds(events: tuple[Event, ...]) -> list[str]:
    return [type(event).__name__ for event in events]
