"""Attachment and presence: who may be offered something, and what becomes of the work of those who are gone."""

from dataclasses import replace

import pytest

from services.plan.compiled import Channel, Route
from services.router.core.commands import (
    AcceptOffer,
    ActivatePlan,
    AttachAgent,
    CompleteContact,
    DetachAgent,
    FinishConversation,
    Refusal,
    SetPresence,
)
from services.router.core.events import (
    AgentAttached,
    AgentDetached,
    ContactQueued,
    ContactReturned,
    OfferEnd,
    OfferReturned,
    Presence,
    PresenceChanged,
)
from services.router.core.records import ContactStatus
from services.router.core.timers import next_timer_ms
from tests.unit.router.core.builders import MINUTE, OFFER_MS, RULES, SECOND, Core, agent, arrive, kinds, plan, queue


def test_only_an_agent_who_is_attached_and_available_is_offered_anything() -> None:
    core = Core(plan())
    core.do(arrive())
    assert core.do(AttachAgent("ann")) == (AgentAttached("ann"),)
    assert kinds(core.do(SetPresence("ann", Presence.AVAILABLE))) == ["PresenceChanged", "ContactOffered"]
    assert core.do(SetPresence("bob", Presence.AVAILABLE)) == (PresenceChanged("bob", Presence.AVAILABLE, ""),)


def test_an_available_agent_is_offered_what_waits_on_attaching() -> None:
    core = Core(plan())
    core.do(arrive())
    core.do(SetPresence("ann", Presence.AVAILABLE))
    assert core.contact().status is ContactStatus.QUEUED
    assert kinds(core.do(AttachAgent("ann"))) == ["AgentAttached", "ContactOffered"]


def test_attaching_or_detaching_twice_does_nothing() -> None:
    core = Core(plan())
    core.do(AttachAgent("ann"))
    assert core.do(AttachAgent("ann")) == ()
    assert core.do(DetachAgent("ann")) == (AgentDetached("ann"),)
    assert core.do(DetachAgent("ann")) == ()


def test_an_agent_outside_the_roster_is_not_found() -> None:
    core = Core(plan())
    for command in (AttachAgent("zoe"), DetachAgent("zoe"), SetPresence("zoe", Presence.AWAY)):
        assert core.refuse(command).refusal is Refusal.NOT_FOUND


def test_the_same_presence_again_does_nothing_and_another_reason_is_a_change() -> None:
    core = Core(plan())
    assert core.do(SetPresence("ann", Presence.OFFLINE)) == ()
    core.do(SetPresence("ann", Presence.AWAY))
    assert core.do(SetPresence("ann", Presence.AWAY, "lunch")) == (PresenceChanged("ann", Presence.AWAY, "lunch"),)
    assert core.agent("ann").reason == "lunch"


@pytest.mark.parametrize(
    "command",
    [
        SetPresence("ann", Presence.NOT_RESPONDING),
        SetPresence("ann", Presence.AWAY, "golf"),
        SetPresence("ann", Presence.AVAILABLE, "lunch"),
    ],
)
def test_presence_in_wrong_words_is_refused(command: SetPresence) -> None:
    assert Core(plan()).refuse(command).refusal is Refusal.INVALID


def test_without_reasons_in_the_plan_none_can_be_given() -> None:
    core = Core(plan(away_reasons=()))
    assert "leave it out" in core.refuse(SetPresence("ann", Presence.AWAY, "lunch")).what_to_do


@pytest.mark.parametrize("presence", [Presence.AWAY, Presence.OFFLINE])
def test_going_away_withdraws_the_open_offer_and_keeps_the_work(presence: Presence) -> None:
    core = Core(plan()).on_duty("ann")
    core.do(arrive("c1"))
    core.accept("c1")
    core.do(arrive("c2"))
    assert core.do(SetPresence("ann", presence)) == (
        OfferReturned("c2", "ann", "c2.1", OfferEnd.WITHDRAWN),
        PresenceChanged("ann", presence, ""),
    )
    assert core.desk("ann") == {"c1": ContactStatus.ACTIVE}


def test_a_withdrawn_offer_goes_to_another() -> None:
    core = Core(plan()).on_duty("ann", "bob")
    core.do(arrive())
    core.do(SetPresence("ann", Presence.AWAY))
    assert core.desk("bob") == {"c1": ContactStatus.OFFERED}


def test_a_detached_agent_has_30_seconds_before_offers_return_and_presence_goes_offline() -> None:
    core = Core(plan()).on_duty("ann")
    core.do(arrive())
    core.pass_ms(15 * SECOND)
    core.do(DetachAgent("ann"))
    core.do(arrive("c2"))
    assert core.contact("c2").status is ContactStatus.QUEUED
    core.do(AcceptOffer("ann", "c1", "c1.1"))
    assert core.wait_ms(30 * SECOND) == (PresenceChanged("ann", Presence.OFFLINE, ""),)


def test_the_offers_of_an_agent_detached_for_30_seconds_return() -> None:
    slow = tuple(replace(rule, offer_ms=MINUTE) for rule in RULES)
    core = Core(plan(channels=slow)).on_duty("ann")
    core.do(arrive())
    core.do(DetachAgent("ann"))
    assert core.wait_ms(30 * SECOND) == (
        OfferReturned("c1", "ann", "c1.1", OfferEnd.WITHDRAWN),
        PresenceChanged("ann", Presence.OFFLINE, ""),
    )


def test_an_agent_who_comes_back_in_time_has_lost_nothing() -> None:
    core = Core(plan()).on_duty("ann")
    core.do(arrive())
    core.do(DetachAgent("ann"))
    core.pass_ms(OFFER_MS - 2 * SECOND)
    core.do(AttachAgent("ann"))
    core.accept()
    assert core.wait_ms(10 * MINUTE) == ()


def test_what_an_agent_works_on_returns_after_5_minutes_but_calls_stay() -> None:
    sociable = tuple(replace(rule, alone=False) for rule in RULES)
    core = Core(plan(agent("ann", units=9), channels=sociable)).on_duty("ann")
    for contact_id, channel in (("chat", Channel.WEB_CHAT), ("call", Channel.VOICE), ("mail", Channel.EMAIL)):
        core.do(arrive(contact_id, channel=channel))
        core.accept(contact_id)
    core.do(DetachAgent("ann"))
    assert core.wait_ms(5 * MINUTE - 1) == (PresenceChanged("ann", Presence.OFFLINE, ""),)
    assert core.wait_ms(1) == (ContactReturned("chat", "ann"), ContactReturned("mail", "ann"))
    assert core.desk("ann") == {"call": ContactStatus.ACTIVE}
    assert core.wait_ms(MINUTE) == ()


def test_what_returns_to_a_queue_that_is_gone_waits_in_the_default_one() -> None:
    core = Core(plan()).on_duty("ann")
    core.do(arrive())
    core.accept()
    core.do(ActivatePlan(plan(queues=(queue("desk"),), default_route=Route("desk"), entry_points=())))
    core.do(DetachAgent("ann"))
    queued = ContactQueued("c1", "desk", (), 0, "default", 2, position=1)
    assert core.wait_ms(5 * MINUTE)[1:] == (ContactReturned("c1", "ann"), queued)


def test_returned_work_goes_to_another_who_is_on_duty() -> None:
    core = Core(plan()).on_duty("ann")
    core.do(arrive())
    core.accept()
    core.do(DetachAgent("ann"))
    core.on_duty("bob")
    core.wait_ms(5 * MINUTE - SECOND)
    assert core.desk("bob") == {"c1": ContactStatus.OFFERED}


def test_who_says_available_and_never_attaches_goes_offline_after_30_seconds() -> None:
    core = Core(plan())
    core.do(SetPresence("ann", Presence.AVAILABLE))
    assert core.wait_ms(30 * SECOND - 1) == ()
    assert core.wait_ms(1) == (PresenceChanged("ann", Presence.OFFLINE, ""),)


def test_timers_are_armed_only_while_they_have_something_to_do() -> None:
    core = Core(plan()).on_duty("ann")
    assert next_timer_ms(core.state) is None
    core.do(arrive())
    offered_ms = core.at_ms
    assert next_timer_ms(core.state) == offered_ms + OFFER_MS
    core.accept()
    assert next_timer_ms(core.state) is None
    core.do(DetachAgent("ann"))
    assert next_timer_ms(core.state) == core.at_ms + 30 * SECOND
    core.do(FinishConversation("ann", "c1"))
    core.do(CompleteContact("ann", "c1", "solved"))
    core.wait_ms(30 * SECOND)
    assert (core.state.contact_timers, core.state.agent_timers) == ({}, {})
