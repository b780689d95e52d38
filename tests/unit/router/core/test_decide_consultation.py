"""Warm transfers: an agent asks a colleague and keeps the contact until it is handed over."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from services.plan.compiled import Channel, Route, SkillLevel, Step
from services.router.core.apply import apply
from services.router.core.commands import (
    AcceptOffer,
    ActivatePlan,
    Cancel,
    ChangeOwner,
    Command,
    CompleteContact,
    Consult,
    CustomerLeaves,
    CustomerWrites,
    DeclineOffer,
    DetachAgent,
    EndConsultation,
    FinishConversation,
    HandOver,
    Refusal,
    ReturnCall,
    TransferContact,
)
from services.router.core.events import (
    ConsultationOpened,
    ContactEnded,
    ContactHandedOver,
    ContactOutcome,
    ContactQueued,
    Presence,
    PresenceChanged,
)
from services.router.core.records import ContactStatus
from services.router.core.scan import verdict
from services.router.core.snapshot import restore, snapshot, state_hash
from tests.unit.router.core.builders import (
    HOUR,
    MINUTE,
    OFFER_MS,
    SECOND,
    Core,
    agent,
    arrive,
    entry_point,
    kinds,
    plan,
    queue,
    skills,
)

ASKED = "c1.c1"
ACTIVE, OFFERED, QUEUED = ContactStatus.ACTIVE, ContactStatus.OFFERED, ContactStatus.QUEUED
OVER = ContactEnded(ASKED, ContactOutcome.CONSULTED, "", "", "")


def talking(*agents: Any, **contact: Any) -> Core:
    """Ann has a contact; Bob is on duty too."""
    core = Core(plan(*agents)).on_duty("ann")
    core.do(arrive(**contact))
    core.accept()
    return core.on_duty("bob")


def consulting(to_queue: str = "billing", to_agent: str = "") -> Core:
    """Ann asks, and Bob has accepted."""
    core = talking()
    core.do(Consult("ann", "c1", to_queue, to_agent))
    core.accept(ASKED)
    return core


def test_a_consultation_is_offered_like_a_contact_and_its_contact_stays_where_it_is() -> None:
    core = talking()
    events = core.do(Consult("ann", "c1", "billing"))
    assert kinds(events) == ["ConsultationOpened", "ContactQueued", "ContactOffered"]
    assert events[0] == ConsultationOpened(ASKED, "c1", "ann", "acme", Channel.WEB_CHAT)
    assert core.desk("ann") == {"c1": ACTIVE}
    assert core.desk("bob") == {ASKED: OFFERED}
    assert core.contact("c1").consultation == ASKED


def test_a_consultation_stands_in_line_where_its_contact_would_and_is_no_customers() -> None:
    core = Core(plan(agent("bob", units=1), agent("ann", units=1))).on_duty("bob")
    core.do(arrive("c2"))
    core.accept("c2")
    core.on_duty("ann")
    core.do(arrive(customer="k1"))
    core.accept()
    core.pass_ms(MINUTE)
    core.do(arrive("c3", arrived_at_ms=core.at_ms))
    core.do(Consult("ann", "c1", "sales", "bob"))
    core.do(core.complete("bob", "c2"))
    assert core.desk("bob") == {"c1.c3": OFFERED}
    assert core.contact("c1.c3").customer == ""


def test_it_is_handed_over_from_desk_to_desk_at_once() -> None:
    core = consulting()
    core.pass_ms(MINUTE)
    events = core.do(HandOver("ann", "c1"))
    ended = replace(OVER, agent="bob")
    assert events == (ended, ContactHandedOver("c1", "ann", "bob", "billing", (), ASKED, f"{ASKED}.1"))
    assert core.desk("ann") == {}
    assert core.desk("bob") == {"c1": ACTIVE}
    assert (core.contact().accepted_at_ms, core.contact().queue) == (core.at_ms, "billing")
    assert core.agent("bob").answered == 1
    assert state_hash(core.replayed()) == state_hash(core.state)
    assert state_hash(restore(snapshot(core.state))) == state_hash(core.state)


def test_who_asks_is_told_how_far_it_has_come() -> None:
    core = talking()
    core.do(Consult("ann", "c1", "billing"))
    offer = core.contact(ASKED)
    assert set(core.decide(AcceptOffer("bob", ASKED, offer.offer_id)).touched) == {"ann", "bob"}
    assert set(core.decide(FinishConversation("bob", ASKED)).touched) == {"ann", "bob"}


def test_room_that_a_hand_over_makes_is_taken_at_once() -> None:
    core = talking(agent("ann", units=1), agent("bob", units=1))
    core.do(Consult("ann", "c1", "billing"))
    core.accept(ASKED)
    core.do(arrive("c2"))
    assert core.contact("c2").status is QUEUED
    assert kinds(core.do(HandOver("ann", "c1"))) == ["ContactEnded", "ContactHandedOver", "ContactOffered"]
    assert core.desk("ann") == {"c2": OFFERED}


def test_who_hands_over_completes_nothing_any_more_and_who_got_it_does() -> None:
    core = consulting()
    core.do(HandOver("ann", "c1"))
    assert core.refuse(core.complete("ann", "c1")).refusal is Refusal.NOT_FOUND
    core.do(core.complete("bob", "c1"))
    assert core.contact().outcome is ContactOutcome.COMPLETED


def test_who_asks_is_never_asked_though_nobody_else_is_there() -> None:
    core = Core(plan()).on_duty("ann")
    core.do(arrive())
    core.accept()
    assert kinds(core.do(Consult("ann", "c1", "sales"))) == ["ConsultationOpened", "ContactQueued"]
    assert core.wait_ms(MINUTE) == ()
    assert core.wait_ms(MINUTE) == (OVER,)
    assert core.desk("ann") == {"c1": ACTIVE}
    assert core.contact().consultation == ""


def test_an_offer_that_is_open_when_the_time_is_over_is_the_last_one() -> None:
    core = Core(plan(agent("bob", units=1), agent("ann"))).on_duty("bob")
    core.do(arrive("c2"))
    core.accept("c2")
    core.on_duty("ann")
    core.do(arrive())
    core.accept()
    core.do(Consult("ann", "c1", "sales"))
    core.wait_ms(2 * MINUTE - SECOND)
    core.do(core.complete("bob", "c2"))
    assert core.wait_ms(2 * SECOND) == ()
    events = core.do(DeclineOffer("bob", "c1.c2", "c1.c2.1"))
    assert kinds(events) == ["OfferReturned", "ContactEnded"]


def test_a_named_colleague_is_the_only_one_who_is_asked() -> None:
    core = talking(agent("ann"), agent("bob"), agent("cem")).on_duty("cem")
    opened, queued, offered = core.do(Consult("ann", "c1", "", "bob"))
    assert isinstance(opened, ConsultationOpened)
    assert isinstance(queued, ContactQueued)
    assert (opened.to_agent, queued.preferred, getattr(offered, "agent", "")) == ("bob", "bob", "bob")
    declined = core.do(DeclineOffer("bob", ASKED, f"{ASKED}.1"))
    assert kinds(declined) == ["OfferReturned", "ContactEnded"]
    assert core.desk("ann") == {"c1": ACTIVE}


def test_a_named_colleague_who_does_not_answer_or_goes_away_ends_it() -> None:
    ways: tuple[Callable[[Core], object], ...] = (
        lambda core: core.wait_ms(OFFER_MS),
        lambda core: core.do(core.away("bob")),
        lambda core: core.activate(plan(agent("ann"), agent("cem"))),
    )
    for what in ways:
        core = talking(agent("ann"), agent("bob"), agent("cem")).on_duty("cem")
        core.do(Consult("ann", "c1", "", "bob"))
        what(core)
        assert core.contact(ASKED).outcome is ContactOutcome.CONSULTED
        assert core.desk("cem") == {}


def test_nobody_takes_the_place_of_a_named_colleague_who_is_busy_and_goes_away() -> None:
    core = Core(plan(agent("bob", units=1), agent("ann"), agent("cem"))).on_duty("bob")
    core.do(arrive("c2"))
    core.accept("c2")
    core.on_duty("ann")
    core.do(arrive())
    core.accept()
    core.on_duty("cem")
    core.do(Consult("ann", "c1", "", "bob"))
    core.do(core.away("bob"))
    assert core.desk("cem") == {}
    assert kinds(core.wait_ms(2 * MINUTE)) == ["ContactEnded"]


def test_a_queue_that_is_asked_asks_the_next_when_one_declines() -> None:
    core = talking(agent("ann"), agent("bob"), agent("cem")).on_duty("cem")
    core.do(Consult("ann", "c1", "billing"))
    first = core.contact(ASKED).agent
    events = core.do(DeclineOffer(first, ASKED, f"{ASKED}.1"))
    assert kinds(events) == ["OfferReturned", "ContactOffered"]
    assert {first, core.contact(ASKED).agent} == {"bob", "cem"}


def test_skills_are_asked_for() -> None:
    core = talking(agent("ann"), agent("bob"), agent("cem", skills=skills(law=5))).on_duty("cem")
    core.do(Consult("ann", "c1", "", "", (SkillLevel("law", 3),)))
    assert core.contact(ASKED).agent == "cem"
    core.accept(ASKED)
    core.do(HandOver("ann", "c1"))
    assert core.contact().skills == skills(law=3)


def test_both_can_end_it_and_the_first_still_has_the_contact() -> None:
    for command in (EndConsultation("ann", "c1"), FinishConversation("bob", ASKED)):
        core = consulting()
        assert core.do(command) == (replace(OVER, agent="bob"),)
        assert (core.desk("ann"), core.desk("bob")) == ({"c1": ACTIVE}, {})


def test_another_can_be_asked_afterwards() -> None:
    core = consulting()
    core.do(EndConsultation("ann", "c1"))
    core.do(Consult("ann", "c1", "billing"))
    assert core.contact().consultation == "c1.c2"


@pytest.mark.parametrize(
    "command",
    [
        CustomerLeaves("c1"),
        FinishConversation("ann", "c1"),
        CompleteContact("ann", "c1", "solved"),
        TransferContact("ann", "c1", "billing"),
    ],
    ids=lambda command: type(command).__name__,
)
def test_it_ends_when_its_contact_leaves_who_asked(command: Command) -> None:
    core = consulting()
    events = core.do(command)
    assert replace(OVER, agent="bob") in events
    assert ASKED not in core.desk("bob")
    assert core.contact().consultation == ""


def test_it_ends_when_who_asked_is_gone_for_good() -> None:
    core = consulting()
    core.do(DetachAgent("ann"))
    core.wait_ms(5 * MINUTE)
    assert core.contact(ASKED).status is ContactStatus.ENDED
    assert core.contact().agent == "bob"  # it went back to its queue, and was offered anew


def test_it_ends_when_who_was_asked_is_gone_for_good() -> None:
    core = consulting()
    core.do(DetachAgent("bob"))
    core.wait_ms(5 * MINUTE)
    assert core.contact(ASKED).outcome is ContactOutcome.CONSULTED
    assert core.desk("ann") == {"c1": ACTIVE}


def test_a_takeover_leaves_it_as_it_is() -> None:
    core = talking()
    core.do(Consult("ann", "c1", "", "bob"))
    core.do(ChangeOwner())
    core.on_duty("ann", "bob")
    core.accept(ASKED)
    core.do(ChangeOwner())
    core.on_duty("ann", "bob")
    core.do(HandOver("ann", "c1"))
    assert core.desk("bob") == {"c1": ACTIVE}


def test_a_plan_without_its_queue_ends_one_that_waits() -> None:
    core = Core(plan()).on_duty("ann")
    core.do(arrive())
    core.accept()
    core.do(Consult("ann", "c1", "billing"))
    assert OVER in core.do(ActivatePlan(plan(queues=(queue("sales"), queue("care", company="globex")))))


def test_who_left_the_roster_is_handed_nothing() -> None:
    core = consulting()
    core.activate(plan(agent("ann")))
    assert core.refuse(HandOver("ann", "c1")).refusal is Refusal.NOT_NOW
    core.do(EndConsultation("ann", "c1"))
    assert "bob" not in core.state.agents


def test_a_consultation_takes_no_steps_and_changes_no_queues_figures() -> None:
    route = Route("sales", steps=(Step(after_ms=0, raise_priority=3),))
    core = Core(plan(entry_points=(entry_point("all", route),))).on_duty("ann")
    core.do(arrive())
    core.accept()
    core.on_duty("bob")
    before = dict(core.state.figures.items())
    core.do(Consult("ann", "c1", "billing"))
    core.accept(ASKED)
    core.pass_ms(HOUR)
    core.do(EndConsultation("ann", "c1"))
    assert dict(core.state.figures.items()) == before
    assert core.contact(ASKED).priority == core.contact().priority


@pytest.mark.parametrize(
    ("command", "refusal"),
    [
        (HandOver("ann", "c1"), Refusal.NOT_NOW),
        (Consult("ann", "c1", "sales"), Refusal.NOT_NOW),
        (HandOver("bob", "c1"), Refusal.NOT_FOUND),
        (EndConsultation("bob", "c1"), Refusal.NOT_FOUND),
        (Consult("bob", ASKED, "sales"), Refusal.NOT_NOW),
        (TransferContact("bob", ASKED, "sales"), Refusal.NOT_NOW),
        (CompleteContact("bob", ASKED, "solved"), Refusal.NOT_NOW),
        (CustomerWrites(ASKED, ""), Refusal.NOT_FOUND),
        (CustomerLeaves(ASKED), Refusal.NOT_FOUND),
        (Cancel(ASKED), Refusal.NOT_FOUND),
    ],
    ids=lambda each: type(each).__name__ if not isinstance(each, Refusal) else each.value,
)
def test_what_cannot_be_done_while_a_colleague_is_offered_it_is_refused(command: Command, refusal: Refusal) -> None:
    core = talking()
    core.do(Consult("ann", "c1", "billing"))
    assert core.refuse(command).refusal is refusal


@pytest.mark.parametrize(
    ("command", "refusal"),
    [
        (HandOver("ann", "c1"), Refusal.NOT_NOW),
        (EndConsultation("ann", "c1"), Refusal.NOT_NOW),
        (Consult("ann", "c1", "care"), Refusal.NOT_FOUND),
        (Consult("ann", "c1", "", "ann"), Refusal.INVALID),
        (Consult("ann", "c1", "", "stranger"), Refusal.INVALID),
        (Consult("bob", "c1", "billing"), Refusal.NOT_FOUND),
    ],
)
def test_bad_words_are_refused_before_anybody_is_asked(command: Command, refusal: Refusal) -> None:
    assert talking().refuse(command).refusal is refusal


@pytest.mark.parametrize("theirs", [arrive("c1.c2", ready=False), CustomerLeaves("c1.c1")])
def test_an_id_that_a_program_has_given_a_contact_of_its_own_is_not_taken(theirs: Command) -> None:
    core = talking()
    core.do(theirs)
    refused = core.refuse(Consult("ann", "c1", "billing"))
    assert (refused.refusal, "There is a contact" in refused.detail) == (Refusal.NOT_NOW, True)


def test_who_asks_is_told_to_be_who_asks() -> None:
    core = Core(plan()).on_duty("ann")
    core.do(arrive())
    core.accept()
    core.do(Consult("ann", "c1", "sales"))
    assert verdict(core.state, core.agent("ann"), core.contact(ASKED)) == "is who asks"


def calling() -> Core:
    """Ann has a call and asks; Bob has accepted, and their telephones are being connected."""
    core = talking(channel=Channel.VOICE)
    core.do(Consult("ann", "c1", "billing"))
    core.accept(ASKED)
    return core


def test_a_call_is_handed_over_with_the_offer_for_which_the_colleagues_telephone_was_called() -> None:
    core = calling()
    offer_id = core.contact(ASKED).offer_id
    core.do(HandOver("ann", "c1"))
    assert core.desk("bob") == {"c1": ACTIVE}
    assert core.contact().offer_id == offer_id
    # The report about Bob's telephone is about the call now.
    assert kinds(core.do(ReturnCall("c1", offer_id))) == ["ContactReturned", "PresenceChanged", "ContactOffered"]
    assert core.desk("ann") == {"c1": OFFERED}


def test_what_stood_open_on_the_way_to_the_one_who_hands_over_is_not_open_on_the_way_from_there() -> None:
    route = Route("sales", steps=(Step(after_ms=0, depth_over=50, raise_priority=3),))
    core = Core(plan(entry_points=(entry_point("all", route),)))
    core.do(arrive(channel=Channel.VOICE))
    assert core.contact().steps_open == (0,)
    core.on_duty("ann")
    core.accept()
    core.on_duty("bob")
    core.do(Consult("ann", "c1", "billing"))
    core.accept(ASKED)
    core.do(HandOver("ann", "c1"))
    core.do(ReturnCall("c1", core.contact().offer_id))
    assert core.contact().steps_open == ()
    core.do(DetachAgent("ann"))  # whoever waits is looked at again


def test_a_hand_over_of_before_leaves_the_contact_its_offer() -> None:
    core = calling()
    kept = core.contact().offer_id
    before = ContactHandedOver("c1", "ann", "bob", "billing", (), ASKED)
    apply(core.state, replace(OVER, agent="bob"), core.at_ms)
    apply(core.state, before, core.at_ms)
    assert core.contact().offer_id == kept


def test_a_colleague_whose_telephone_is_not_answered_ends_the_consultation_and_gets_nothing_more() -> None:
    core = calling()
    events = core.do(ReturnCall(ASKED, core.contact(ASKED).offer_id))
    blamed = PresenceChanged("bob", Presence.NOT_RESPONDING, "")
    assert events == (replace(OVER, agent="bob"), blamed)
    assert core.desk("ann") == {"c1": ACTIVE}
    assert core.contact().consultation == ""


def test_that_a_consultations_telephone_hung_up_ends_it_and_its_contact_stays() -> None:
    core = calling()
    assert core.do(CustomerLeaves(ASKED)) == (replace(OVER, agent="bob"),)
    assert core.desk("ann") == {"c1": ACTIVE}
    assert core.do(CustomerLeaves(ASKED)) == ()


def test_nobody_hangs_up_on_what_was_not_accepted_or_is_no_call() -> None:
    core = talking(channel=Channel.VOICE)
    core.do(Consult("ann", "c1", "billing"))
    assert core.do(CustomerLeaves(ASKED)) == ()
    assert consulting().refuse(CustomerLeaves(ASKED)).refusal is Refusal.NOT_FOUND


def test_a_consultation_about_a_call_stays_with_who_is_gone_until_it_is_hung_up() -> None:
    core = calling()
    core.do(DetachAgent("bob"))
    core.pass_ms(HOUR)
    assert core.desk("bob") == {ASKED: ACTIVE}
