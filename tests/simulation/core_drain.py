"""Liveness: the faults stop, everybody comes to work, and whatever somebody able can take is served."""

from services.router.core.commands import AcceptOffer, AttachAgent, Command, CompleteContact, SetPresence, TimePassed
from services.router.core.events import Presence
from services.router.core.records import Contact, ContactStatus
from tests.simulation.core_books import must
from tests.simulation.core_workload import AGENTS
from tests.simulation.core_world import World

ROUND_MS = 5_000
MINUTES_MAX = 30


def drain(world: World) -> None:
    """Raises Complaint when something that can be served is not within 30 virtual minutes, or is left on a desk."""
    roster = [name for name in AGENTS if name in world.state.agents]
    for _ in range(MINUTES_MAX * 60_000 // ROUND_MS):
        if not _open(world):
            return
        world.workload.at_ms += ROUND_MS
        world.ask(TimePassed())
        for name in roster:
            _come_to_work(world, name)
        for contact in _on_desks(world):
            world.ask(_deal_with(contact, world))
    left = _open(world)
    must(not left, f"{left} are not served in {MINUTES_MAX} quiet minutes")


def _come_to_work(world: World, name: str) -> None:
    agent = world.state.agents.get(name)
    if agent is not None and not agent.attached:
        world.ask(AttachAgent(name))
    if agent is not None and agent.presence is not Presence.AVAILABLE:
        world.ask(SetPresence(name, Presence.AVAILABLE))


def _open(world: World) -> list[str]:
    """What is on a desk, or waits and can be served, by the auditor's books."""
    ledger = world.auditor.ledger
    desks = [book.id for person in world.auditor.people.values() for book in person.has.values()]
    return desks + [book.id for book in ledger.waiting.values() if _can_be_served(world, book.id)]


def _can_be_served(world: World, contact_id: str) -> bool:
    """Whether somebody of the roster is one for it and has as many units as it takes."""
    rules, book = world.auditor.ledger.plan, world.auditor.books[contact_id]
    return any(
        rules.is_for(name, book) and profile.units >= rules.channels[book.channel].units
        for name, profile in rules.profiles.items()
    )


def _on_desks(world: World) -> list[Contact]:
    state = world.state
    return [state.contacts[item] for agent in state.agents.values() for item in agent.items]


def _deal_with(contact: Contact, world: World) -> Command:
    if contact.status is ContactStatus.OFFERED:
        return AcceptOffer(contact.agent, contact.id, contact.offer_id)
    company = world.state.companies.get(contact.company)
    disposition = company.dispositions[0].id if company and company.dispositions else ""
    return CompleteContact(contact.agent, contact.id, disposition)
