"""Of many contacts none is lost or on two desks, no desk is too full, and nobody is overtaken beyond the bound."""

import pytest

from services.plan.compiled import Channel, Direction, Policy
from services.router.core.events import (
    ContactAccepted,
    ContactEnded,
    ContactOffered,
    ContactOutcome,
    ContactQueued,
    Event,
    Why,
)
from tests.simulation.contact_checks import ContactChecks
from tests.simulation.core_books import Complaint
from tests.simulation.many_contacts import BOUND_MS, QUEUES, day, plan

CONTACTS = 4_000


def test_a_day_of_contacts_is_accounted_for_to_the_last() -> None:
    counted = day(7, CONTACTS)
    assert counted.accepted == counted.ended == CONTACTS
    assert counted.offers > CONTACTS // 2
    assert counted.most_waiting > 50
    assert BOUND_MS * 9 // 10 < counted.overtaken_ms <= BOUND_MS


WHY = Why(1, "", QUEUES[0], Policy.LONGEST_IDLE, (), 1, 1, (), "", (), "only", (), False)


def accepted(contact_id: str, arrived_at_ms: int, priority: int = 0) -> tuple[Event, ...]:
    return (
        ContactAccepted(
            contact_id, "acme", Channel.VOICE, Direction.INBOUND, "", (), "", (), "", (), arrived_at_ms, "", 0
        ),
        ContactQueued(contact_id, QUEUES[0], (), priority, "", 1),
    )


def offered(contact_id: str, agent: str) -> ContactOffered:
    return ContactOffered(contact_id, agent, f"{contact_id}.1", 0, WHY)


def see(events: tuple[Event, ...]) -> ContactChecks:
    checks = ContactChecks(plan())
    for event in events:
        checks.see(event, 0)
    return checks


def ended(contact_id: str) -> ContactEnded:
    return ContactEnded(contact_id, ContactOutcome.ABANDONED, "", "", "")


@pytest.mark.parametrize(
    ("events", "complaint"),
    [
        pytest.param((*accepted("c1", 0), *accepted("c1", 0)), "accepted twice", id="accepted twice"),
        pytest.param((*accepted("c1", 0), ended("c1"), ended("c1")), "ended twice", id="ended twice"),
        pytest.param(
            (*accepted("c1", 0), offered("c1", "agent00"), offered("c1", "agent06")),
            "on a desk already",
            id="two desks",
        ),
        pytest.param(
            (*accepted("c1", 0), *accepted("c2", 0), offered("c1", "agent00"), offered("c2", "agent00")),
            "no room",
            id="two calls at once",
        ),
        pytest.param((*accepted("c1", 0), offered("c1", "agent01")), "not one for it", id="of another group"),
        pytest.param(
            (*accepted("c1", 0), *accepted("c2", 1), offered("c2", "agent00")), "overtaken", id="not the first"
        ),
        pytest.param(
            (*accepted("c1", 0), *accepted("c2", BOUND_MS + 1, priority=5), offered("c2", "agent00")),
            "overtaken",
            id="beyond the bound",
        ),
    ],
)
def test_what_must_not_be_is_complained_of(events: tuple[Event, ...], complaint: str) -> None:
    with pytest.raises(Complaint, match=complaint):
        see(events)


def test_up_to_the_bound_a_higher_priority_comes_first() -> None:
    checks = see((*accepted("c1", 0), *accepted("c2", BOUND_MS, priority=5), offered("c2", "agent00")))
    assert checks.overtaken_ms == BOUND_MS
