"""Liveness: the faults stop, everybody comes to work, and whatever somebody able can take is served."""

from collections.abc import Iterator

from services.router.core.commands import (
    AcceptOffer,
    AttachAgent,
    Command,
    CompleteContact,
    FinishConversation,
    SetPresence,
    TimePassed,
)
from services.router.core.events import Presence
from services.router.core.records import Contact, ContactStatus
from tests.simulation.core_books import must
from tests.simulation.core_world import World

ROUND_MS = 5_000
MINUTES_MAX = 30


def drain(world: World) -> None:
    """Raises Complaint when something that can be served is not within 30 virtual minutes, or is left on a desk."""
    for _ in range(MINUTES_MAX * 60_000 // ROUND_MS):
        if not _open(world):
            return
        world.workload.at_ms += ROUND_MS
        world.ask(TimePassed())
        world.ask(*_come_to_work(world))
        world.ask(*(_deal_with(contact, world) for contact in _on_desks(world)))
    left = _open(world)
    must(not left, f"{left} are not served in {MINUTES_MAX} quiet minutes")


def _come_to_work(world: World) -> Iterator[Command]:
    for name in sorted(world.state.agents):
        agent = world.state.agents[name]
        if not agent.retired and not agent.attached:
            yield AttachAgent(name)
        if not agent.retired and agent.presence is not Presence.AVAILABLE:
            yield SetPresence(name, Presence.AVAILABLE)


def _open(world: World) -> list[str]:
    """What is on a desk, or waits and can be served, by the auditor's books."""
    ledger = world.auditor.ledger
    desks = [book.id for person in world.auditor.people.values() for book in person.has.values()]
    return desks + [book.id for book in ledger.waiting.values() if _can_be_served(world, book.id)]


def _can_be_served(world: World, contact_id: str) -> bool:
    """Whether somebody of the roster is one for it."""
    return bool(world.auditor.ledger.plan.able(world.auditor.books[contact_id]))


def _on_desks(world: World) -> list[Contact]:
    state = world.state
    return [state.contacts[item] for agent in state.agents.values() for item in agent.items]


def _deal_with(contact: Contact, world: World) -> Command:
    if contact.status is ContactStatus.OFFERED:
        return AcceptOffer(contact.agent, contact.id, contact.offer_id)
    if contact.about:
        return FinishConversation(contact.agent, contact.id)
    company = world.state.companies.get(contact.company)
    disposition = company.dispositions[0].id if company and company.dispositions else ""
    return CompleteContact(contact.agent, contact.id, disposition)
