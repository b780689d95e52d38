"""What agents do with the contacts on their desks."""

from typing import Any

import pytest

from services.plan.compiled import Channel
from services.router.core.commands import (
    AcceptOffer,
    ActivatePlan,
    Command,
    CompleteContact,
    CustomerLeaves,
    DeclineOffer,
    DetachAgent,
    FinishConversation,
    Refusal,
    SetPresence,
    TransferContact,
)
from services.router.core.events import (
    ContactEnded,
    ContactOffered,
    ContactOutcome,
    ContactQueued,
    ContactTransferred,
    DeclineLapsed,
    OfferAccepted,
    OfferEnd,
    OfferReturned,
    Presence,
    PresenceChanged,
    WrapUpStarted,
)
from services.router.core.records import ContactStatus
from services.router.core.scan import unfit, verdict
from tests.unit.router.core.builders import (
    GLOBEX,
    MINUTE,
    OFFER_MS,
    SECOND,
    T0,
    WRAP_UP_MS,
    Core,
    agent,
    arrive,
    kinds,
    plan,
    skills,
)


def offered() -> Core:
    core = Core(plan()).on_duty("ann")
    core.do(arrive())
    return core


def active(**contact: Any) -> Core:
    core = Core(plan()).on_duty("ann")
    core.do(arrive(**contact))
    core.accept()
    return core


def test_the_agent_who_holds_the_offer_accepts_it() -> None:
    core = offered()
    assert core.do(AcceptOffer("ann", "c1", "c1.1")) == (OfferAccepted("c1", "ann", "c1.1"),)
    assert core.desk("ann") == {"c1": ContactStatus.ACTIVE}
    assert core.wait_ms(OFFER_MS) == ()


def test_a_second_accept_of_the_same_offer_is_refused() -> None:
    core = offered()
    core.accept()
    assert core.refuse(AcceptOffer("ann", "c1", "c1.1")).refusal is Refusal.NOT_NOW


def test_an_offer_is_accepted_under_its_own_id_only() -> None:
    assert offered().refuse(AcceptOffer("ann", "c1", "c1.2")).refusal is Refusal.NOT_NOW


def test_an_agent_learns_nothing_of_a_contact_on_another_desk() -> None:
    core = offered()
    unknown = core.refuse(AcceptOffer("bob", "c9", "c9.1"))
    foreign = core.refuse(AcceptOffer("bob", "c1", "c1.1"))
    assert (foreign.refusal, foreign.detail) == (Refusal.NOT_FOUND, unknown.detail.replace("c9", "c1"))


def test_an_accept_that_comes_at_the_deadline_is_too_late_and_the_time_out_is_kept() -> None:
    core = offered()
    core.pass_ms(OFFER_MS)
    core.at_ms = core.contact().deadline_ms
    decision = core.decide(AcceptOffer("ann", "c1", "c1.1"))
    assert decision.outcome.refusal is Refusal.NOT_FOUND
    assert decision.events == (
        OfferReturned("c1", "ann", "c1.1", OfferEnd.TIMED_OUT),
        PresenceChanged("ann", Presence.NOT_RESPONDING, ""),
    )


def test_an_accept_just_before_the_deadline_is_in_time() -> None:
    core = offered()
    core.at_ms = core.contact().deadline_ms - 1
    assert kinds(core.accept()) == ["OfferAccepted"]


def test_a_declined_contact_goes_to_the_next_at_once() -> None:
    core = Core(plan()).on_duty("ann", "bob")
    core.do(arrive())
    returned, offer = core.do(DeclineOffer("ann", "c1", "c1.1"))
    assert returned == OfferReturned("c1", "ann", "c1.1", OfferEnd.DECLINED)
    assert isinstance(offer, ContactOffered)
    assert (offer.agent, offer.offer_id) == ("bob", "c1.2")


def test_who_declined_gets_it_again_after_30_seconds_if_nobody_else_is_on_duty() -> None:
    core = offered()
    assert kinds(core.do(DeclineOffer("ann", "c1", "c1.1"))) == ["OfferReturned"]
    assert core.wait_ms(30 * SECOND - 1) == ()
    lapsed, offer = core.wait_ms(1)
    assert lapsed == DeclineLapsed("c1")
    assert isinstance(offer, ContactOffered)
    assert (offer.agent, offer.offer_id) == ("ann", "c1.2")


def test_a_declined_contact_waits_for_the_other_who_is_on_duty_and_busy() -> None:
    core = Core(plan()).on_duty("ann", "bob")
    core.do(arrive("call", channel=Channel.VOICE))
    core.accept("call")
    core.do(arrive("c1"))
    core.do(DeclineOffer("bob", "c1", "c1.1"))
    assert kinds(core.wait_ms(MINUTE)) == ["DeclineLapsed"]
    assert core.contact("c1").status is ContactStatus.QUEUED
    assert core.do(CompleteContact("ann", "call", "solved"))[1].agent == "ann"  # type: ignore[union-attr]


@pytest.mark.parametrize("gone", [SetPresence("ann", Presence.AWAY), DetachAgent("ann")])
def test_who_declined_gets_it_again_when_the_last_other_goes_off_duty(gone: Command) -> None:
    core = Core(plan()).on_duty("ann", "bob")
    core.do(arrive("call", channel=Channel.VOICE))
    core.accept("call")
    core.do(arrive("c1"))
    core.do(DeclineOffer("bob", "c1", "c1.1"))
    core.wait_ms(30 * SECOND)
    offer = core.do(gone)[-1]
    assert isinstance(offer, ContactOffered)
    assert (offer.contact_id, offer.agent) == ("c1", "bob")


def test_when_all_have_declined_the_first_whose_30_seconds_are_over_gets_it() -> None:
    core = Core(plan()).on_duty("ann", "bob")
    core.do(arrive())
    core.do(DeclineOffer("ann", "c1", "c1.1"))
    core.pass_ms(10 * SECOND)
    core.do(DeclineOffer("bob", "c1", "c1.2"))
    _, offer = core.wait_ms(20 * SECOND)
    assert isinstance(offer, ContactOffered)
    assert offer.agent == "ann"
    core.do(DeclineOffer("ann", "c1", "c1.3"))
    assert core.wait_ms(10 * SECOND)[1].agent == "bob"  # type: ignore[union-attr]


def test_an_agent_who_declined_is_offered_other_work_at_once() -> None:
    core = Core(plan(agent("ann", units=1))).on_duty("ann")
    core.do(arrive("c1"))
    core.do(arrive("c2", arrived_at_ms=T0 + 1))
    offer = core.do(DeclineOffer("ann", "c1", "c1.1"))[1]
    assert isinstance(offer, ContactOffered)
    assert offer.contact_id == "c2"


def test_a_returned_contact_keeps_its_place() -> None:
    core = Core(plan(agent("ann", units=1))).on_duty("ann")
    core.do(arrive("c1"))
    queued_at_ms = core.contact("c1").queued_at_ms
    core.pass_ms(SECOND)
    core.do(SetPresence("ann", Presence.AWAY))
    core.do(arrive("c2", arrived_at_ms=T0 + 1))
    core.do(SetPresence("ann", Presence.AVAILABLE))
    assert core.desk("ann") == {"c1": ContactStatus.OFFERED}
    assert core.contact("c1").queued_at_ms == queued_at_ms


def test_a_timed_out_offer_makes_its_agent_not_responding_and_goes_to_the_next() -> None:
    core = Core(plan()).on_duty("ann", "bob")
    core.do(arrive())
    returned, presence, offer = core.wait_ms(OFFER_MS)
    assert returned == OfferReturned("c1", "ann", "c1.1", OfferEnd.TIMED_OUT)
    assert presence == PresenceChanged("ann", Presence.NOT_RESPONDING, "")
    assert isinstance(offer, ContactOffered)
    assert offer.agent == "bob"


def test_an_agent_who_does_not_respond_loses_their_other_offers_too() -> None:
    core = offered()
    core.pass_ms(SECOND)
    core.do(arrive("c2"))
    events = core.wait_ms(OFFER_MS - SECOND)
    assert [event.because for event in events if isinstance(event, OfferReturned)] == [
        OfferEnd.TIMED_OUT,
        OfferEnd.WITHDRAWN,
    ]
    assert core.agent("ann").items == ()


def test_an_agent_who_did_not_respond_comes_back_by_their_own_act() -> None:
    core = offered()
    core.wait_ms(OFFER_MS)
    assert core.contact().status is ContactStatus.QUEUED
    assert kinds(core.do(SetPresence("ann", Presence.AVAILABLE))) == ["PresenceChanged", "ContactOffered"]


def test_finishing_starts_wrap_up_which_ends_by_itself() -> None:
    core = active()
    assert core.do(FinishConversation("ann", "c1")) == (WrapUpStarted("c1", "ann", core.at_ms + WRAP_UP_MS),)
    assert core.wait_ms(WRAP_UP_MS - 1) == ()
    assert core.wait_ms(1) == (ContactEnded("c1", ContactOutcome.COMPLETED, "ann", "", ""),)
    assert core.agent("ann").items == ()


def test_wrap_up_keeps_the_units() -> None:
    core = active(channel=Channel.VOICE)
    core.do(FinishConversation("ann", "c1"))
    assert kinds(core.do(arrive("c2"))) == ["ContactAccepted", "ContactQueued"]
    assert kinds(core.do(CompleteContact("ann", "c1", "solved"))) == ["ContactEnded", "ContactOffered"]


def test_a_conversation_is_completed_with_a_disposition_of_its_company() -> None:
    core = active()
    assert core.refuse(CompleteContact("ann", "c1", "sold")).refusal is Refusal.INVALID
    assert core.refuse(CompleteContact("ann", "c1", "")).refusal is Refusal.INVALID
    ended = ContactEnded("c1", ContactOutcome.COMPLETED, "ann", "spam", "")
    assert core.do(CompleteContact("ann", "c1", "spam")) == (ended,)
    assert core.contact().disposition == "spam"


def test_a_company_without_dispositions_needs_none() -> None:
    core = Core(plan(agent("ann", companies=("globex",)))).on_duty("ann")
    core.do(arrive(company="globex"))
    core.accept()
    refused = core.refuse(CompleteContact("ann", "c1", "solved"))
    assert "leave it empty" in refused.what_to_do
    assert kinds(core.do(CompleteContact("ann", "c1", ""))) == ["ContactEnded"]


def test_a_contact_whose_company_is_gone_is_completed_without_a_disposition() -> None:
    core = active()
    core.do(ActivatePlan(plan(companies=(GLOBEX,))))
    assert kinds(core.do(CompleteContact("ann", "c1", ""))) == ["ContactEnded"]


def test_a_transfer_ends_the_senders_part_and_waits_in_the_new_queue() -> None:
    core = active(arrived_at_ms=T0 - MINUTE)
    core.pass_ms(MINUTE)
    transferred, queued = core.do(TransferContact("ann", "c1", "billing"))[:2]
    assert transferred == ContactTransferred("c1", "ann", "billing")
    assert queued == ContactQueued("c1", "billing", (), 0, "queue:billing", 1, position=1)
    contact = core.contact()
    assert (contact.arrived_at_ms, contact.queued_at_ms) == (T0 - MINUTE, core.at_ms)


def test_a_transfer_keeps_the_priority() -> None:
    core = Core(plan(agent("ann", skills=skills(german=9)))).on_duty("ann")
    core.do(arrive(language="de"))
    core.accept()
    core.do(TransferContact("ann", "c1", "billing"))
    assert (core.contact().priority, core.contact().skills, core.contact().entry_point) == (5, (), "queue:billing")


def test_a_transferred_contact_goes_to_somebody_else() -> None:
    core = Core(plan()).on_duty("ann", "bob")
    core.do(arrive())
    core.accept()
    offer = core.do(TransferContact("ann", "c1", "billing"))[-1]
    assert isinstance(offer, ContactOffered)
    assert offer.agent == "bob"


def test_a_transferred_contact_waits_for_a_busy_other_rather_than_going_back() -> None:
    core = Core(plan()).on_duty("ann", "bob")
    core.do(arrive("call", channel=Channel.VOICE))
    core.accept("call")
    core.do(arrive("c1"))
    core.accept("c1")
    assert core.contact("c1").agent == "bob"
    assert kinds(core.do(TransferContact("bob", "c1", "billing"))) == ["ContactTransferred", "ContactQueued"]
    assert kinds(core.do(SetPresence("ann", Presence.AWAY))) == ["PresenceChanged", "ContactOffered"]
    assert core.contact("c1").agent == "bob"


def test_a_transferred_contact_goes_back_if_nobody_else_is_on_duty() -> None:
    core = active()
    offer = core.do(TransferContact("ann", "c1", "billing"))[-1]
    assert isinstance(offer, ContactOffered)
    assert offer.agent == "ann"


@pytest.mark.parametrize("queue", ["care", "nowhere"])
def test_a_contact_is_not_transferred_out_of_its_company(queue: str) -> None:
    assert active().refuse(TransferContact("ann", "c1", queue)).refusal is Refusal.NOT_FOUND


def test_only_a_conversation_is_finished_or_transferred() -> None:
    core = offered()
    assert core.refuse(FinishConversation("ann", "c1")).refusal is Refusal.NOT_NOW
    assert core.refuse(TransferContact("ann", "c1", "billing")).refusal is Refusal.NOT_NOW
    assert core.refuse(CompleteContact("ann", "c1", "solved")).refusal is Refusal.NOT_NOW


def test_an_offer_is_declined_once() -> None:
    core = offered()
    core.accept()
    assert core.refuse(DeclineOffer("ann", "c1", "c1.1")).refusal is Refusal.NOT_NOW


def test_idle_time_counts_from_taking_a_contact_and_from_the_last_one_leaving_the_desk() -> None:
    core = offered()
    came_on_duty_ms = core.agent("ann").idle_since_ms
    core.pass_ms(SECOND)
    core.do(DeclineOffer("ann", "c1", "c1.1"))
    assert core.agent("ann").idle_since_ms == came_on_duty_ms
    core.do(CustomerLeaves("c1"))
    core.do(arrive("c2"))
    core.do(arrive("c3"))
    core.accept("c2")
    core.accept("c3")
    taken_ms = core.at_ms
    core.pass_ms(SECOND)
    core.do(CompleteContact("ann", "c2", "solved"))
    assert core.agent("ann").idle_since_ms == taken_ms
    core.do(CompleteContact("ann", "c3", "solved"))
    assert core.agent("ann").idle_since_ms == core.at_ms


def test_who_is_too_small_for_the_channel_is_nobody_to_leave_a_declined_contact_to() -> None:
    core = Core(plan(agent("ann"), agent("kim", units=1))).on_duty("ann", "kim")
    core.do(arrive(channel=Channel.EMAIL))
    core.do(DeclineOffer("ann", "c1", core.contact().offer_id))
    assert verdict(core.state, core.agent("kim"), core.contact()).endswith("email takes 2")
    assert unfit(core.state, core.agent("kim"), core.contact()) == "is too small for it: email takes 2 units, of 1"
    core.wait_ms(31 * SECOND)
    assert core.contact().agent == "ann"
