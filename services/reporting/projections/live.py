"""How things stand now: what waits in each queue of each company, and what each agent has and says of themselves."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any, assert_never

from services.reporting.facts import (
    AgentAttached,
    AgentDetached,
    AgentFact,
    ConsultationOpened,
    ContactAccepted,
    ContactEnded,
    ContactFact,
    Happened,
    OwnerChanged,
    Plan,
    PlanActivated,
    Presence,
    PresenceChanged,
    Queue,
)
from services.reporting.projections.contact_state import (
    WAITING,
    ContactState,
    Stage,
    begin,
    begin_consultation,
    is_connecting,
    move,
)
from services.reporting.projections.open_hours import OpenHours

MaySee = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class AgentState:
    """An agent as the facts so far leave them.

    `since_ms` is when their presence last changed, 0 for never. Retired: the plan in force no longer has them.
    `units` is how much work they can have.
    """

    agent: str
    companies: tuple[str, ...]
    presence: Presence = Presence.OFFLINE
    reason: str = ""
    attached: bool = False
    since_ms: int = 0
    retired: bool = False
    units: int = 0


@dataclass(frozen=True, slots=True)
class Work:
    """Open contacts by stage; `oldest_wait_ms` is of those waiting.

    Offered are some of those waiting, and connecting (calls accepted, the two not speaking yet) some of the active.
    """

    arrived: int = 0
    waiting: int = 0
    oldest_wait_ms: int = 0
    offered: int = 0
    active: int = 0
    connecting: int = 0
    wrap_up: int = 0


@dataclass(frozen=True, slots=True)
class QueueNow:
    queue: str
    company: str
    name: str
    work: Work


@dataclass(frozen=True, slots=True)
class CompanyNow:
    company: str
    work: Work


@dataclass(frozen=True, slots=True)
class AgentNow:
    state: AgentState
    work: Work


@dataclass(frozen=True, slots=True)
class LiveNow:
    """One tenant at one moment (log time's ms since 1970 UTC)."""

    at_ms: int
    companies: tuple[CompanyNow, ...]
    queues: tuple[QueueNow, ...]
    agents: tuple[AgentNow, ...]


@dataclass(slots=True)
class TenantState:
    """The open contacts, the agents of the roster, the plan's queues, and what a contact of each channel costs."""

    contacts: dict[str, ContactState] = field(default_factory=dict)
    agents: dict[str, AgentState] = field(default_factory=dict)
    queues: dict[str, Queue] = field(default_factory=dict)
    companies: tuple[str, ...] = ()
    channel_units: dict[str, int] = field(default_factory=dict)
    open_hours: OpenHours = field(default_factory=OpenHours)


class Live:
    """The open contacts and agents of every tenant of one partition."""

    def __init__(self) -> None:
        self._tenants: dict[str, TenantState] = {}

    def apply(self, happened: Happened) -> None:
        """Take a fact into account."""
        fact = happened.fact
        if isinstance(fact, ContactFact):
            _apply_to_contact(self._tenant(happened.tenant), fact, happened.at_ms)
        elif isinstance(fact, AgentFact):
            _apply_to_agents(self._tenant(happened.tenant), fact, happened.at_ms)

    def contact(self, tenant: str, contact_id: str) -> ContactState | None:
        """An open contact."""
        return self._tenant(tenant).contacts.get(contact_id)

    def state(self, tenant: str) -> TenantState:
        """All that is known of a tenant; for reading only."""
        return self._tenants.get(tenant) or TenantState()

    def tenants(self) -> tuple[str, ...]:
        """All tenants that the log has spoken of, sorted."""
        return tuple(sorted(self._tenants))

    def now(self, tenant: str, at_ms: int, may_see: MaySee) -> LiveNow:
        """The tenant's figures, of the companies that may be seen; a scan of its open contacts.

        Consultations are work for agents, but nobody waits in a queue with them.
        """
        state = self.state(tenant)
        work = [contact for contact in state.contacts.values() if may_see(contact.company)]
        contacts = [contact for contact in work if not contact.about]
        return LiveNow(
            at_ms,
            _companies_now(state, contacts, at_ms, may_see),
            _queues_now(state, contacts, at_ms, may_see),
            _agents_now(state, work, at_ms, may_see),
        )

    def _tenant(self, tenant: str) -> TenantState:
        return self._tenants.get(tenant) or self._tenants.setdefault(tenant, TenantState())


def _apply_to_contact(tenant: TenantState, fact: ContactFact, at_ms: int) -> None:
    contacts = tenant.contacts
    if isinstance(fact, ContactAccepted):
        contacts[fact.contact_id] = begin(fact)
    elif isinstance(fact, ConsultationOpened):
        if fact.about in contacts:
            contacts[fact.contact_id] = begin_consultation(fact, contacts[fact.about])
    elif isinstance(fact, ContactEnded):
        contacts.pop(fact.contact_id, None)
    elif fact.contact_id in contacts:
        contacts[fact.contact_id] = move(contacts[fact.contact_id], fact, at_ms, tenant.open_hours.open_ms)


def _apply_to_agents(tenant: TenantState, fact: AgentFact, at_ms: int) -> None:
    match fact:
        case PlanActivated():
            tenant.open_hours.take(fact.plan, at_ms)
            _take_plan(tenant, fact.plan)
        case OwnerChanged():
            tenant.agents = {agent.agent: replace(agent, attached=False) for agent in tenant.agents.values()}
        case AgentAttached():
            _change_agent(tenant, fact.agent, attached=True)
        case AgentDetached():
            _change_agent(tenant, fact.agent, attached=False)
        case PresenceChanged():
            _change_agent(tenant, fact.agent, presence=fact.presence, reason=fact.reason, since_ms=at_ms)
        case _:
            assert_never(fact)


def _change_agent(tenant: TenantState, agent: str, **changes: Any) -> None:
    if agent in tenant.agents:
        tenant.agents[agent] = replace(tenant.agents[agent], **changes)


def _take_plan(tenant: TenantState, plan: Plan) -> None:
    """Agents who are no longer in the plan are kept, retired, as they may still have contacts or come back."""
    tenant.queues = {queue.id: queue for queue in plan.queues}
    tenant.companies = tuple(sorted({queue.company for queue in plan.queues}))
    tenant.channel_units = {rule.channel: rule.units for rule in plan.channels}
    tenant.agents = {agent.agent: replace(agent, retired=True) for agent in tenant.agents.values()}
    for profile in plan.agents:
        known = tenant.agents.get(profile.id, AgentState(profile.id, ()))
        tenant.agents[profile.id] = replace(known, companies=profile.companies, units=profile.units, retired=False)


def _companies_now(
    state: TenantState, contacts: list[ContactState], at_ms: int, may_see: MaySee
) -> tuple[CompanyNow, ...]:
    grouped = _group(contacts, lambda contact: contact.company, at_ms)
    companies = {company for company in state.companies if may_see(company)} | grouped.keys()
    return tuple(CompanyNow(company, grouped.get(company, Work())) for company in sorted(companies))


def _queues_now(state: TenantState, contacts: list[ContactState], at_ms: int, may_see: MaySee) -> tuple[QueueNow, ...]:
    grouped = _group((contact for contact in contacts if contact.queue), lambda contact: contact.queue, at_ms)
    gone = {contact.queue: Queue(contact.queue, contact.company, "") for contact in contacts if contact.queue}
    queues = gone | {name: queue for name, queue in state.queues.items() if may_see(queue.company)}
    return tuple(
        QueueNow(queue.id, queue.company, queue.name, grouped.get(queue.id, Work()))
        for _, queue in sorted(queues.items())
    )


def _agents_now(state: TenantState, contacts: list[ContactState], at_ms: int, may_see: MaySee) -> tuple[AgentNow, ...]:
    grouped = _group((contact for contact in contacts if contact.agent), lambda contact: contact.agent, at_ms)
    seen = [
        agent
        for agent in state.agents.values()
        if (agent.agent in grouped or not agent.retired) and any(map(may_see, agent.companies))
    ]
    return tuple(
        AgentNow(
            replace(agent, companies=tuple(company for company in agent.companies if may_see(company))),
            grouped.get(agent.agent, Work()),
        )
        for agent in sorted(seen, key=lambda agent: agent.agent)
    )


def _group(contacts: Iterable[ContactState], of: Callable[[ContactState], str], at_ms: int) -> dict[str, Work]:
    groups: dict[str, list[ContactState]] = {}
    for contact in contacts:
        groups.setdefault(of(contact), []).append(contact)
    return {name: _work(group, at_ms) for name, group in groups.items()}


def _work(contacts: list[ContactState], at_ms: int) -> Work:
    stages = [contact.stage for contact in contacts]
    waits_ms = [at_ms - contact.waiting_since_ms for contact in contacts if contact.stage in WAITING]
    return Work(
        arrived=stages.count(Stage.ARRIVED),
        waiting=len(waits_ms),
        oldest_wait_ms=max([0, *waits_ms]),
        offered=stages.count(Stage.OFFERED),
        active=stages.count(Stage.ACTIVE),
        connecting=sum(map(is_connecting, contacts)),
        wrap_up=stages.count(Stage.WRAP_UP),
    )
