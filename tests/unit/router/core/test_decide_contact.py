"""What customers and edges bring about: arrivals, more that becomes known, messages, leaving."""

import pytest

from services.plan.compiled import Attribute, Channel, Direction, Route
from services.router.core.commands import (
    ActivatePlan,
    Cancel,
    CompleteContact,
    CustomerLeaves,
    CustomerWrites,
    FinishConversation,
    Refine,
    Refusal,
    SettleReply,
)
from services.router.core.events import (
    ContactAccepted,
    ContactEnded,
    ContactOffered,
    ContactOutcome,
    ContactQueued,
    ContactRefined,
    CustomerLeft,
    CustomerWrote,
    LeftBeforeArrival,
    ReplySettled,
    WrapUpStarted,
)
from services.router.core.records import ContactStatus
from tests.unit.router.core.builders import (
    HOUR,
    MINUTE,
    OFFER_MS,
    SECOND,
    T0,
    WRAP_UP_MS,
    Core,
    arrive,
    entry_point,
    kinds,
    not_ready,
    plan,
    skills,
)


def refine(contact_id: str = "c1", *, ready: bool = True, continues: str = "", **more: object) -> Refine:
    fields = {"ivr_path": (), "language": "", "attributes": ()} | more
    return Refine(contact_id, continues_contact_id=continues, ready=ready, **fields)  # type: ignore[arg-type]


def ended_core() -> Core:
    core = Core(plan()).on_duty("ann")
    core.do(arrive("old", customer="k1", language="pt", attributes=(Attribute("topic", "tax"),)))
    core.accept("old")
    core.do(CompleteContact("ann", "old", "solved"))
    return core


def test_a_ready_contact_is_accepted_queued_and_offered_in_one_decision() -> None:
    core = Core(plan()).on_duty("ann")
    accepted, queued, offered = core.do(arrive(arrived_at_ms=T0 - 5))
    assert isinstance(accepted, ContactAccepted)
    assert (accepted.contact_id, accepted.arrived_at_ms) == ("c1", T0 - 5)
    assert queued == ContactQueued("c1", "sales", (), 0, "default", 1)
    assert isinstance(offered, ContactOffered)
    assert (offered.agent, offered.offer_id, offered.deadline_ms) == ("ann", "c1.1", core.at_ms + OFFER_MS)


def test_a_contact_that_nobody_can_take_waits() -> None:
    core = Core(plan())
    assert kinds(core.do(arrive())) == ["ContactAccepted", "ContactQueued"]
    assert core.contact().status is ContactStatus.QUEUED


def test_a_contact_takes_the_queue_skills_and_priority_of_its_entry_point() -> None:
    core = Core(plan())
    core.do(arrive(language="de-at"))
    contact = core.contact()
    assert (contact.queue, contact.skills, contact.priority) == ("sales", skills(german=5), 5)
    assert (contact.entry_point, contact.plan_version) == ("german", 1)


def test_an_arrival_that_comes_again_does_nothing() -> None:
    core = Core(plan())
    core.do(arrive())
    assert core.do(arrive(language="de")) == ()


def test_nothing_arrives_before_there_is_a_plan() -> None:
    assert Core().refuse(arrive()).refusal is Refusal.NOT_NOW


def test_a_contact_that_is_not_ready_is_not_queued() -> None:
    core = Core(plan()).on_duty("ann")
    assert kinds(core.do(not_ready())) == ["ContactAccepted"]
    assert core.wait_ms(HOUR) == ()
    assert core.contact().status is ContactStatus.ARRIVED


def test_a_contact_that_nothing_more_is_heard_of_is_queued_anyway() -> None:
    core = Core(plan())
    core.do(not_ready(queue_anyway_at_ms=T0 + MINUTE))
    assert core.wait_ms(MINUTE - 1) == ()
    assert core.wait_ms(1) == (ContactQueued("c1", "sales", (), 0, "default", 1, position=1),)


def test_what_arrives_ready_is_not_queued_a_second_time() -> None:
    core = Core(plan())
    core.do(arrive(queue_anyway_at_ms=T0 + MINUTE))
    assert core.wait_ms(HOUR) == ()


def test_a_refinement_that_says_ready_routes_by_what_it_brought() -> None:
    core = Core(plan())
    core.do(not_ready(ivr_path=("1",), attributes=(Attribute("a", "1"), Attribute("b", "1"))))
    refined, queued = core.do(refine(ivr_path=("2",), language="de", attributes=(Attribute("a", "2"),)))
    attributes = (Attribute("a", "2"), Attribute("b", "1"))
    assert refined == ContactRefined("c1", ("1", "2"), "de", attributes, "")
    assert queued == ContactQueued("c1", "sales", skills(german=5), 5, "german", 1, position=1)


def test_a_refinement_that_is_not_the_last_only_adds_to_what_is_known() -> None:
    core = Core(plan())
    core.do(not_ready(language="de"))
    assert core.do(refine(ready=False, ivr_path=("3",))) == (ContactRefined("c1", ("3",), "de", (), ""),)
    assert core.contact().status is ContactStatus.ARRIVED


def test_a_refinement_that_brings_nothing_new_is_not_an_event() -> None:
    core = Core(plan())
    core.do(not_ready())
    assert core.do(refine(ready=False)) == ()


def test_a_refinement_of_a_contact_that_waits_does_not_send_it_elsewhere() -> None:
    core = Core(plan())
    core.do(arrive())
    assert kinds(core.do(refine(language="de"))) == ["ContactRefined"]
    assert (core.contact().queue, core.contact().language) == ("sales", "de")


def test_a_refinement_of_an_ended_contact_does_nothing() -> None:
    assert ended_core().do(refine("old", language="de")) == ()


def test_a_refinement_of_an_unknown_contact_is_not_found() -> None:
    assert Core(plan()).refuse(refine()).refusal is Refusal.NOT_FOUND


def test_ivr_path_and_attributes_do_not_grow_without_end() -> None:
    core = Core(plan())
    nodes = tuple(str(number) for number in range(100))
    core.do(not_ready(ivr_path=nodes, attributes=tuple(Attribute(node, "") for node in nodes)))
    core.do(refine(ready=False, ivr_path=("x",), attributes=(Attribute("x", ""),)))
    assert core.contact().ivr_path == nodes[:64]
    assert [attribute.name for attribute in core.contact().attributes] == list(nodes[:64])


def test_a_mail_that_continues_an_open_conversation_joins_it() -> None:
    core = Core(plan()).on_duty("ann")
    core.do(arrive("c1", customer="k1"))
    core.accept("c1")
    core.do(not_ready("c2", channel=Channel.EMAIL, customer="k1"))
    joined = ContactEnded("c2", ContactOutcome.JOINED, "", "", "c1")
    assert core.do(refine("c2", continues="c1")) == (CustomerWrote("c1", "c2"), joined)
    assert core.contact("c1").messages == 1


def test_a_mail_that_answers_a_mail_that_joined_joins_the_same_conversation() -> None:
    core = Core(plan())
    core.do(arrive("c1"))
    for later, continues in (("c2", "c1"), ("c3", "c2")):
        core.do(not_ready(later))
        assert core.do(refine(later, continues=continues))[0] == CustomerWrote("c1", later)


def test_a_mail_that_was_queued_before_it_was_read_still_joins() -> None:
    core = Core(plan()).on_duty("ann")
    core.do(arrive("c1"))
    core.do(arrive("c2"))
    assert core.contact("c2").status is ContactStatus.OFFERED
    core.do(refine("c2", continues="c1"))
    assert core.contact("c2").outcome is ContactOutcome.JOINED
    assert core.desk("ann") == {"c1": ContactStatus.OFFERED}


def test_a_mail_that_an_agent_has_already_stays_on_the_desk() -> None:
    core = Core(plan()).on_duty("ann")
    core.do(arrive("c1"))
    core.do(arrive("c2"))
    core.accept("c2")
    assert core.do(refine("c2", continues="c1")) == ()


def test_a_mail_that_continues_an_ended_conversation_is_queued_after_it() -> None:
    core = ended_core()
    core.do(not_ready("c2", customer="k1"))
    refined = ContactRefined("c2", (), "", (), "old")
    assert core.do(refine("c2", continues="old"))[0] == refined
    assert core.contact("c2").status is ContactStatus.OFFERED
    assert core.contact("c2").previous_contact_id == "old"


@pytest.mark.parametrize(
    ("mail", "continues"),
    [
        (not_ready("c2"), "unknown"),
        (not_ready("c2"), "c2"),
        (not_ready("c2", company="globex"), "c1"),
        (not_ready("c2", customer="somebody else"), "c1"),
    ],
)
def test_a_mail_does_not_join_what_is_not_its_own_conversation(mail: object, continues: str) -> None:
    core = Core(plan())
    core.do(arrive("c1", customer="k1"))
    core.do(mail)  # type: ignore[arg-type]
    assert kinds(core.do(refine("c2", continues=continues))) == ["ContactQueued"]
    assert core.contact("c2").previous_contact_id == ""


def test_a_message_in_an_open_conversation_is_counted() -> None:
    core = Core(plan()).on_duty("ann")
    core.do(arrive())
    assert core.do(CustomerWrites("c1", "s1")) == (CustomerWrote("c1", ""),)
    core.accept()
    core.do(CustomerWrites("c1", "s2"))
    assert core.contact().messages == 2


def test_a_message_after_the_end_is_a_new_contact_with_the_old_one_named() -> None:
    core = ended_core()
    accepted = core.do(CustomerWrites("old", "new"))[0]
    assert accepted == ContactAccepted(
        contact_id="new",
        company="acme",
        channel=Channel.WEB_CHAT,
        direction=Direction.INBOUND,
        dialed="page",
        caller_classes=(),
        customer="k1",
        ivr_path=(),
        language="pt",
        attributes=(Attribute("topic", "tax"),),
        arrived_at_ms=core.at_ms,
        previous_contact_id="old",
        queue_anyway_at_ms=0,
    )
    assert core.contact("new").status is ContactStatus.OFFERED


def test_the_contact_that_a_message_after_the_end_becomes_stays_in_its_company() -> None:
    core = Core(plan())
    core.do(arrive("old", company="globex"))
    core.do(CustomerLeaves("old"))
    core.do(CustomerWrites("old", "new"))
    assert (core.contact("new").company, core.contact("new").queue) == ("globex", "care")


def test_a_message_after_the_end_needs_a_successor() -> None:
    assert ended_core().refuse(CustomerWrites("old", "")).refusal is Refusal.INVALID


def test_a_message_for_an_unknown_contact_is_not_found() -> None:
    assert Core(plan()).refuse(CustomerWrites("c1", "s1")).refusal is Refusal.NOT_FOUND


def test_a_caller_who_hangs_up_before_queueing_left_in_the_ivr() -> None:
    core = Core(plan())
    core.do(not_ready())
    assert core.do(CustomerLeaves("c1")) == (ContactEnded("c1", ContactOutcome.LEFT_IN_IVR, "", "", ""),)


def test_a_customer_who_leaves_while_waiting_has_abandoned() -> None:
    core = Core(plan())
    core.do(arrive(channel=Channel.EMAIL))
    assert core.do(CustomerLeaves("c1")) == (ContactEnded("c1", ContactOutcome.ABANDONED, "", "", ""),)


def test_a_customer_who_leaves_during_an_offer_frees_the_agent_for_the_next() -> None:
    core = Core(plan()).on_duty("ann")
    core.do(arrive("c1", channel=Channel.VOICE))
    core.do(arrive("c2", channel=Channel.VOICE))
    ended, offered = core.do(CustomerLeaves("c1"))
    assert ended == ContactEnded("c1", ContactOutcome.ABANDONED, "", "", "")
    assert isinstance(offered, ContactOffered)
    assert offered.contact_id == "c2"
    assert core.desk("ann") == {"c2": ContactStatus.OFFERED}


def test_a_customer_who_leaves_a_conversation_leaves_the_agent_to_write_it_up() -> None:
    core = Core(plan()).on_duty("ann")
    core.do(arrive())
    core.accept()
    wrap_up = WrapUpStarted("c1", "ann", core.at_ms + WRAP_UP_MS)
    assert core.do(CustomerLeaves("c1")) == (CustomerLeft("c1"), wrap_up)
    assert core.contact().customer_left
    assert core.do(CustomerLeaves("c1")) == ()


def test_a_customer_who_leaves_during_wrap_up_is_noted() -> None:
    core = Core(plan()).on_duty("ann")
    core.do(arrive())
    core.accept()
    core.do(FinishConversation("ann", "c1"))
    assert core.do(CustomerLeaves("c1")) == (CustomerLeft("c1"),)


@pytest.mark.parametrize("channel", [Channel.EMAIL, Channel.LETTER, Channel.FAX, Channel.WEB_FORM])
def test_a_letter_does_not_end_because_its_writer_went_away(channel: Channel) -> None:
    core = Core(plan()).on_duty("ann")
    core.do(arrive(channel=channel))
    core.accept()
    assert core.do(CustomerLeaves("c1")) == ()
    assert core.contact().status is ContactStatus.ACTIVE


def test_leaving_after_the_end_does_nothing() -> None:
    assert ended_core().do(CustomerLeaves("old")) == ()


@pytest.mark.parametrize(("ready", "outcome"), [(True, ContactOutcome.ABANDONED), (False, ContactOutcome.LEFT_IN_IVR)])
def test_an_end_that_comes_before_its_arrival_leaves_a_tombstone(ready: bool, outcome: ContactOutcome) -> None:
    core = Core(plan()).on_duty("ann")
    assert core.do(CustomerLeaves("c1")) == (LeftBeforeArrival("c1"),)
    assert core.do(CustomerLeaves("c1")) == ()
    accepted, ended = core.do(arrive(ready=ready))
    assert isinstance(accepted, ContactAccepted)
    assert ended == ContactEnded("c1", outcome, "", "", "")
    assert core.do(arrive()) == ()


def test_what_became_of_a_reply_is_noted_also_after_the_end() -> None:
    core = ended_core()
    assert core.do(SettleReply("old", "m1", delivered=True)) == (ReplySettled("old", "m1", delivered=True),)
    assert core.refuse(SettleReply("c9", "m1", delivered=True)).refusal is Refusal.NOT_FOUND


@pytest.mark.parametrize("waiting", [not_ready(), arrive()])
def test_a_contact_that_no_agent_has_can_be_cancelled(waiting: object) -> None:
    core = Core(plan())
    core.do(waiting)  # type: ignore[arg-type]
    assert core.do(Cancel("c1", ("acme",))) == (ContactEnded("c1", ContactOutcome.CANCELLED, "", "", ""),)
    assert core.refuse(Cancel("c1")).refusal is Refusal.NOT_NOW


def test_a_contact_on_offer_can_be_cancelled_and_one_in_work_cannot() -> None:
    core = Core(plan()).on_duty("ann")
    core.do(arrive("c1"))
    core.do(arrive("c2"))
    core.accept("c2")
    assert kinds(core.do(Cancel("c1"))) == ["ContactEnded"]
    assert core.refuse(Cancel("c2")).refusal is Refusal.NOT_NOW


def test_a_contact_of_another_company_is_not_found_by_who_cancels() -> None:
    core = Core(plan())
    core.do(arrive())
    unknown = core.refuse(Cancel("c9", ("globex",)))
    foreign = core.refuse(Cancel("c1", ("globex",)))
    assert (foreign.refusal, foreign.detail) == (Refusal.NOT_FOUND, unknown.detail.replace("c9", "c1"))


def test_those_who_wait_are_served_by_priority_then_arrival_then_order() -> None:
    urgent = entry_point("urgent", Route("sales", priority=9), dialed=("urgent",))
    core = Core(plan(entry_points=(urgent,)))
    core.do(arrive("late", channel=Channel.VOICE, arrived_at_ms=T0 + SECOND))
    core.do(arrive("early", channel=Channel.VOICE))
    core.do(arrive("a-second-early", channel=Channel.VOICE))
    core.do(arrive("urgent", channel=Channel.VOICE, dialed="urgent", arrived_at_ms=T0 + SECOND))
    core.on_duty("ann")
    served = []
    for _ in range(4):
        (contact_id,) = core.agent("ann").items
        served.append(contact_id)
        core.do(CustomerLeaves(contact_id))
    assert served == ["urgent", "early", "a-second-early", "late"]


def test_contacts_keep_their_queue_when_a_new_plan_would_route_them_elsewhere() -> None:
    core = Core(plan())
    core.do(arrive())
    assert kinds(core.do(ActivatePlan(plan(default_route=Route("billing"))))) == ["PlanActivated"]
    assert core.contact().queue == "sales"


def test_a_message_to_an_ended_contact_joins_the_contact_that_succeeded_it() -> None:
    core = Core(plan())
    core.do(arrive())
    core.do(Cancel("c1"))
    core.do(CustomerWrites("c1", "c2"))

    events = core.do(CustomerWrites("c1", "c2"))

    assert events == (CustomerWrote("c2", ""),)


def test_a_message_after_the_end_of_the_successor_too_is_a_contact_of_its_own() -> None:
    core = Core(plan())
    core.do(arrive())
    core.do(Cancel("c1"))
    core.do(CustomerWrites("c1", "c2"))
    core.do(Cancel("c2"))

    core.do(CustomerWrites("c1", "c2"))

    assert core.contact("c2.next").previous_contact_id == "c2"
    assert core.contact("c2.next").status is ContactStatus.QUEUED
