"""What a customer has one of at a time: what comes while it is open joins it, what comes after it follows it."""

from typing import Any

import pytest

from services.plan.compiled import Channel
from services.router.core import limits
from services.router.core.commands import Arrive, CompleteContact, CustomerLeaves, Refine
from services.router.core.events import ContactEnded, ContactOutcome, CustomerWrote
from services.router.core.records import ContactStatus
from services.router.core.snapshot import restore, snapshot, state_hash
from tests.unit.router.core.builders import HOUR, T0, Core, arrive, kinds, plan


def sms(contact_id: str = "c1", **changes: Any) -> Arrive:
    return arrive(contact_id, **({"channel": Channel.SMS, "customer": "k1", "dialed": "+4930"} | changes))


def completed(core: Core, contact_id: str = "c1") -> Core:
    core.on_duty("ann")
    core.do(sms(contact_id))
    core.accept(contact_id)
    core.do(CompleteContact("ann", contact_id, "solved"))
    return core


@pytest.mark.parametrize("channel", [Channel.SMS, Channel.CALLBACK])
def test_a_second_message_joins_the_conversation_that_is_open(channel: Channel) -> None:
    core = Core(plan())
    core.do(sms(channel=channel))
    _, wrote, ended = core.do(sms("c2", channel=channel))
    assert (wrote, ended) == (CustomerWrote("c1", "c2"), ContactEnded("c2", ContactOutcome.JOINED, "", "", "c1"))
    assert core.contact("c1").messages == 1
    core.do(sms("c3", channel=channel))
    assert core.contact("c3").joined_contact_id == "c1"


@pytest.mark.parametrize(
    "other",
    [
        {"customer": "k2"},
        {"customer": ""},
        {"dialed": "+4940"},
        {"channel": Channel.CALLBACK},
        {"company": "globex"},
    ],
)
def test_another_customer_number_channel_or_company_is_another_conversation(other: dict[str, Any]) -> None:
    core = Core(plan())
    core.do(sms())
    assert kinds(core.do(sms("c2", **other))) == ["ContactAccepted", "ContactQueued"]


@pytest.mark.parametrize("channel", [Channel.WEB_CHAT, Channel.EMAIL, Channel.VOICE, Channel.WEB_FORM, Channel.FAX])
def test_on_other_channels_every_contact_stands_for_itself(channel: Channel) -> None:
    core = Core(plan())
    core.do(sms(channel=channel))
    assert kinds(core.do(sms("c2", channel=channel))) == ["ContactAccepted", "ContactQueued"]


def test_a_message_after_the_end_is_a_new_contact_that_knows_the_one_before() -> None:
    core = completed(Core(plan()))
    core.do(sms("c2"))
    assert core.contact("c2").status is not ContactStatus.ENDED
    assert core.contact("c2").previous_contact_id == "c1"
    core.do(sms("c3"))
    assert core.contact("c3").joined_contact_id == "c2"


def test_the_contact_that_the_edge_names_as_the_one_before_is_believed() -> None:
    core = completed(Core(plan()))
    core.do(sms("c2", previous_contact_id="c0"))
    assert core.contact("c2").previous_contact_id == "c0"


def test_a_message_joins_while_the_agent_still_writes_the_contact_up() -> None:
    core = Core(plan()).on_duty("ann")
    core.do(sms(channel=Channel.CALLBACK))
    core.accept()
    core.do(CustomerLeaves("c1"))
    assert core.contact().status is ContactStatus.WRAP_UP
    core.do(sms("c2", channel=Channel.CALLBACK))
    assert core.contact("c2").joined_contact_id == "c1"


def test_a_call_back_for_later_is_joined_by_a_second_request() -> None:
    core = Core(plan())
    core.do(sms(channel=Channel.CALLBACK, ready=False, queue_anyway_at_ms=T0 + HOUR))
    core.do(sms("c2", channel=Channel.CALLBACK))
    assert core.contact("c2").joined_contact_id == "c1"
    core.wait_ms(HOUR)
    assert core.contact("c1").status is ContactStatus.QUEUED


def test_what_is_said_to_continue_another_contact_stays_in_its_own_conversation() -> None:
    core = Core(plan())
    core.do(sms("c0", dialed="+4940"))
    core.do(sms("c1", ready=False))
    core.do(Refine("c1", (), "", (), continues_contact_id="c0", ready=True))
    assert core.contact("c1").status is ContactStatus.QUEUED


def test_a_conversation_that_was_left_before_it_arrived_is_over() -> None:
    core = Core(plan())
    core.do(CustomerLeaves("c1"))
    core.do(sms())
    assert kinds(core.do(sms("c2"))) == ["ContactAccepted", "ContactQueued"]


def test_a_conversation_is_forgotten_with_its_contact() -> None:
    core = completed(Core(plan()))
    core.do(sms("c2"))
    core.wait_ms(limits.ENDED_KEPT_MS)
    assert "c1" not in core.state.contacts
    core.do(sms("c3"))
    assert core.contact("c3").joined_contact_id == "c2"


def test_conversations_come_back_with_a_snapshot_and_with_the_log() -> None:
    core = completed(Core(plan()))
    for number in range(2, 6):
        core.do(sms(f"c{number}"))
    restored = restore(snapshot(core.state))
    assert dict(restored.conversations.items()) == dict(core.state.conversations.items())
    assert state_hash(core.replayed()) == state_hash(core.state)
    assert dict(core.replayed().conversations.items()) == dict(core.state.conversations.items())
