"""A short language for what happened: facts of one tenant, told in order."""

from dataclasses import replace

from services.plan.compiled import Channel, Direction
from services.reporting.facts import (
    AgentAttached,
    AgentProfile,
    ContactAccepted,
    ContactEnded,
    ContactOffered,
    ContactOutcome,
    ContactQueued,
    Fact,
    Happened,
    OfferAccepted,
    Plan,
    PlanActivated,
    Presence,
    PresenceChanged,
    Queue,
    Why,
    WrapUpStarted,
)
from services.reporting.projections.figures import Figures

NOON_MS = 1_790_000_000_000


def why(queue: str = "sales") -> Why:
    return Why(1, "all", queue, "longest_idle", (), 2, 2, (), "", (), "only")


def arrived(contact: str, company: str = "acme", channel: Channel = Channel.WEB_FORM, at_ms: int = 0) -> Fact:
    return ContactAccepted(
        contact, company, channel, Direction.INBOUND, "page", (), "en", NOON_MS + at_ms, previous_contact_id=""
    )


def queued(contact: str, queue: str = "sales", half_ms: int = 0, most_ms: int = 0) -> Fact:
    return ContactQueued(contact, queue, (), 0, "all", 1, expected_wait_ms=half_ms, expected_wait_p90_ms=most_ms)


def offered(contact: str, agent: str = "ann") -> Fact:
    return ContactOffered(contact, agent, NOON_MS + 60_000, why())


def accepted(contact: str, agent: str = "ann") -> Fact:
    return OfferAccepted(contact, agent)


def wrap_up(contact: str, agent: str = "ann") -> Fact:
    return WrapUpStarted(contact, agent, NOON_MS + 600_000)


def ended(
    contact: str, outcome: ContactOutcome = ContactOutcome.COMPLETED, agent: str = "", disposition: str = ""
) -> Fact:
    return ContactEnded(contact, outcome, agent, disposition, joined_contact_id="")


def plan() -> Fact:
    queues = (Queue("sales", "acme", "Sales"), Queue("help", "acme", "Help"), Queue("desk", "bolt", "Desk"))
    agents = (AgentProfile("ann", ("acme", "bolt")), AgentProfile("bob", ("acme",)), AgentProfile("cy", ("bolt",)))
    return PlanActivated(Plan("t1", 1, queues, agents))


def on_duty(agent: str) -> tuple[Fact, ...]:
    return AgentAttached(agent), PresenceChanged(agent, Presence.AVAILABLE, "")


def told(*facts: tuple[int, Fact], tenant: str = "t1") -> list[Happened]:
    return [Happened(tenant, NOON_MS + at_ms, fact) for at_ms, fact in facts]


def folded(*happened: Happened, timelines_max: int = 100) -> Figures:
    figures = Figures(timelines_max)
    for place, each in enumerate(happened):
        figures.apply(replace(each, place=place))
    return figures
