"""The invariants notice a state that cannot be, and an event that may not happen in it."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from services.router.core.apply import apply
from services.router.core.commands import CompleteContact, Consult, CustomerLeaves
from services.router.core.draft import Draft
from services.router.core.events import (
    ContactAccepted,
    ContactEnded,
    ContactOffered,
    ContactOutcome,
    ContactReturned,
    CustomerTold,
    CustomerWrote,
    Event,
    LeftBeforeArrival,
    OfferAccepted,
    OfferCarried,
    Presence,
    ReplySettled,
)
from services.router.core.invariants import InvariantBroken, check
from services.router.core.memory import remember_seen
from services.router.core.records import ContactStatus, Remembered
from services.router.core.snapshot import state_hash
from services.router.core.waiting_room import queue_by_route
from tests.unit.router.core.builders import Core, agent, arrive, not_ready, plan


def sound() -> Core:
    """Ann works on one contact and is offered another; one waits for Globex, one has ended, one left before it came."""
    core = Core(plan(agent("ann"), agent("bob", companies=("globex",)))).on_duty("ann")
    core.do(arrive("active"))
    core.accept("active")
    core.do(arrive("offered"))
    core.do(arrive("queued", company="globex"))
    core.do(arrive("ended"))
    core.accept("ended")
    core.do(CompleteContact("ann", "ended", "solved"))
    core.do(CustomerLeaves("tombstone"))
    core.do(not_ready("arrived"))
    return core


def change_contact(contact_id: str, **changes: object) -> Callable[[Core], None]:
    def change(core: Core) -> None:
        core.state.contacts[contact_id] = replace(core.contact(contact_id), **changes)  # type: ignore[arg-type]

    return change


def change_agent(id: str, **changes: object) -> Callable[[Core], None]:
    def change(core: Core) -> None:
        core.state.agents[id] = replace(core.agent(id), **changes)  # type: ignore[arg-type]

    return change


def lower_units(core: Core) -> None:
    core.state.agents["ann"] = replace(core.agent("ann"), profile=agent("ann", units=1))


def take_the_company_away(core: Core) -> None:
    core.state.agents["ann"] = replace(core.agent("ann"), profile=agent("ann", companies=("globex",)))


def take_the_tombstone_for_a_contacts(core: Core) -> None:
    core.state.tombstones.replace_all({"queued": core.state.tombstones["tombstone"]})
    core.state.ended.rows[core.state.tombstones["queued"]] = Remembered("queued", core.at_ms)


@pytest.mark.parametrize(
    ("breaks", "says"),
    [
        (change_contact("active", agent="bob"), "not on the desk of bob"),
        (change_contact("active", agent="zoe"), "not on the desk of zoe"),
        (change_contact("queued", agent="ann"), "has an agent while queued"),
        (change_contact("offered", offer_id=""), "without an offer"),
        (change_contact("active", carried=True), "carries an offer"),
        (change_contact("active", outcome=ContactOutcome.COMPLETED), "half ended"),
        (change_contact("ended", outcome=None), "half ended"),
        (change_contact("active", status=ContactStatus.QUEUED, agent=""), "still has active"),
        (change_contact("queued", queue="billing"), "depths differ"),
        (change_contact("offered", deadline_ms=5), "timers"),
        (change_contact("ended", ended_number=9), "ends differ"),
        (change_agent("ann", items=("active", "active", "offered")), "something twice"),
        (change_agent("bob", items=("active",)), "still has active"),
        (change_agent("bob", retired=True), "left the roster"),
        (change_agent("ann", presence=Presence.AWAY), "offers while away"),
        (lower_units, "more than capacity"),
        (take_the_company_away, "does not serve"),
        (lambda core: core.state.at_open_steps.replace_all({"queued": 1}), "who has one differs"),
        (lambda core: core.state.contact_timers.drop("offered"), "timers"),
        (lambda core: core.state.ended.remove_oldest(), "ends differ"),
        (take_the_tombstone_for_a_contacts, "left before an arrival"),
        (lambda core: core.state.seen.replace_all({"e1": "queued"}), "seen ids differ"),
        (lambda core: core.state.queues.drop("care"), "not in the plan"),
    ],
)
def test_a_state_that_cannot_be_is_noticed(breaks: Callable[[Core], None], says: str) -> None:
    core = sound()
    check(core.state)
    breaks(core)
    with pytest.raises(InvariantBroken, match=says):
        check(core.state)


def test_a_desk_with_something_that_nobody_knows_of_is_noticed() -> None:
    core = sound()
    core.state.contacts["active"] = replace(core.contact("active"), status=ContactStatus.OFFERED, offer_id="x")
    core.state.agents["ann"] = replace(core.agent("ann"), items=("offered",))
    with pytest.raises(InvariantBroken):
        check(core.state)


def test_answers_without_an_end_are_noticed() -> None:
    core = sound()
    remember_seen(core.state, "e1", "active", core.at_ms)
    check(core.state)
    core.state.seen_of.drop("active")
    with pytest.raises(InvariantBroken, match="seen ids differ"):
        check(core.state)


@pytest.mark.parametrize(
    "event",
    [
        CustomerWrote("ended", ""),
        ContactEnded("ended", ContactOutcome.COMPLETED, "ann", "", ""),
        OfferAccepted("active", "ann", "active.1"),
        OfferCarried("queued", 5),
        ContactReturned("offered", "ann"),
        LeftBeforeArrival("active"),
    ],
)
def test_an_event_that_may_not_happen_is_not_decided(event: Event) -> None:
    core = sound()
    with pytest.raises(InvariantBroken):
        Draft(core.state, core.at_ms).add(event)


@pytest.mark.parametrize(
    "event",
    [
        CustomerWrote("active.c5", ""),
        CustomerTold("active.c5", 1, 0, 0, callback_offered=False),
        ContactEnded("active.c5", ContactOutcome.COMPLETED, "ann", "", ""),
    ],
)
def test_what_happens_to_customers_does_not_happen_to_a_consultation(event: Event) -> None:
    core = sound()
    core.do(Consult("ann", "active", "billing"))
    assert core.contact("active").consultation == "active.c5"
    with pytest.raises(InvariantBroken, match=r"of a consultation|ends as what it is not"):
        Draft(core.state, core.at_ms).add(event)


def test_an_answer_that_is_settled_after_the_end_may_happen() -> None:
    core = sound()
    draft = Draft(core.state, core.at_ms)
    draft.add(ReplySettled("ended", "m1", delivered=False))
    assert len(draft.events) == 1


def test_an_offer_to_an_agent_who_is_not_eligible_is_not_decided() -> None:
    core = sound()
    offer = next(event for event, _ in core.log if isinstance(event, ContactOffered))
    wrong = replace(offer, contact_id="queued", agent="bob")
    with pytest.raises(InvariantBroken, match="has no program attached"):
        Draft(core.state, core.at_ms).add(wrong)


def test_a_contact_without_a_plan_is_a_bug() -> None:
    core = Core()
    accepted = next(event for event, _ in sound().log if isinstance(event, ContactAccepted))
    apply(core.state, accepted, core.at_ms)
    with pytest.raises(InvariantBroken, match="no plan"):
        queue_by_route(Draft(core.state, core.at_ms), "active")


def test_a_bug_leaves_the_state_as_it_was() -> None:
    core = Core(plan()).on_duty("ann")
    core.do(arrive())
    change_agent("ann", items=())(core)
    before = state_hash(core.state)
    with pytest.raises(InvariantBroken, match="not on the desk"):
        core.accept()
    assert state_hash(core.state) == before
