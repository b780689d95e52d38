"""What becomes of a call that an agent accepted: their telephone was answered, or it was not."""

import pytest

from services.plan.compiled import Channel, Route
from services.router.core.commands import (
    AcceptOffer,
    ActivatePlan,
    ConnectCall,
    CustomerLeaves,
    Refusal,
    ReturnCall,
    SetPresence,
    TransferContact,
)
from services.router.core.events import CallConnected, ContactReturned, Presence, PresenceChanged
from services.router.core.records import ContactStatus
from tests.unit.router.core.builders import SECOND, Core, agent, arrive, kinds, plan, queue


def accepted_call(channel: Channel = Channel.VOICE) -> Core:
    core = Core(plan(agent("ann"), agent("bob"))).on_duty("ann")
    core.do(arrive(channel=channel))
    core.accept()
    return core


@pytest.mark.parametrize("channel", [Channel.VOICE, Channel.CALLBACK])
def test_an_answered_telephone_connects_the_call(channel: Channel) -> None:
    core = accepted_call(channel)
    assert core.do(ConnectCall("c1", "c1.1")) == (CallConnected("c1", "ann"),)
    assert core.contact().status is ContactStatus.ACTIVE


def test_an_unanswered_telephone_returns_the_call_and_its_agent_gets_nothing_more() -> None:
    core = accepted_call()
    arrived_at_ms = core.contact().arrived_at_ms
    returned, presence = core.do(ReturnCall("c1", "c1.1"))
    assert returned == ContactReturned("c1", "ann")
    assert presence == PresenceChanged("ann", Presence.NOT_RESPONDING, "")
    assert core.contact().status is ContactStatus.QUEUED
    assert core.contact().arrived_at_ms == arrived_at_ms
    assert core.desk("ann") == {}


def test_a_call_whose_agent_did_not_answer_goes_to_the_next_one() -> None:
    core = accepted_call().on_duty("bob")
    assert kinds(core.do(ReturnCall("c1", "c1.1"))) == ["ContactReturned", "PresenceChanged", "ContactOffered"]
    assert core.contact().agent == "bob"


def test_an_agent_who_has_gone_away_meanwhile_stays_away() -> None:
    core = accepted_call()
    core.do(SetPresence("ann", Presence.AWAY))
    assert core.do(ReturnCall("c1", "c1.1")) == (ContactReturned("c1", "ann"),)
    assert core.agent("ann").presence is Presence.AWAY


def test_a_call_that_returns_to_a_queue_that_is_gone_goes_to_the_default() -> None:
    core = accepted_call()
    core.do(ActivatePlan(plan(agent("ann"), queues=(queue("sales2"),), entry_points=(), default_route=Route("sales2"))))
    assert kinds(core.do(ReturnCall("c1", "c1.1")))[:2] == ["ContactReturned", "ContactQueued"]
    assert core.contact().queue == "sales2"


@pytest.mark.parametrize("command", [ConnectCall, ReturnCall])
def test_a_report_of_an_earlier_accept_is_too_late(command: type[ConnectCall | ReturnCall]) -> None:
    core = accepted_call()
    core.do(SetPresence("ann", Presence.AWAY))
    core.do(TransferContact("ann", "c1", "billing"))
    core.pass_ms(SECOND)
    core.on_duty("bob")
    core.do(AcceptOffer("bob", "c1", "c1.2"))
    assert core.refuse(command("c1", "c1.1")).refusal is Refusal.NOT_NOW
    assert core.desk("bob") == {"c1": ContactStatus.ACTIVE}


@pytest.mark.parametrize("command", [ConnectCall, ReturnCall])
def test_a_report_after_the_customer_hung_up_is_too_late(command: type[ConnectCall | ReturnCall]) -> None:
    core = accepted_call()
    core.do(CustomerLeaves("c1"))
    assert core.refuse(command("c1", "c1.1")).refusal is Refusal.NOT_NOW


def test_what_is_no_call_has_no_telephone() -> None:
    core = accepted_call(Channel.WEB_CHAT)
    assert core.refuse(ConnectCall("c1", "c1.1")).refusal is Refusal.NOT_FOUND
    assert core.refuse(ReturnCall("c2", "c2.1")).refusal is Refusal.NOT_FOUND
