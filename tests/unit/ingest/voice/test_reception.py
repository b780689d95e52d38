"""A call comes in and goes through its menus."""

import pytest

from services.ingest.envelopes import Arrived, Changed, Left, LeftReason
from services.ingest.router_log.facts import ContactAccepted, Plan, PlanActivated
from services.plan.compiled import Channel
from tests.unit.ingest.voice.telephony import CALLER, CLOSED, MENUED, MORE, PLAIN, Telephony, the_plan


@pytest.fixture
def telephony() -> Telephony:
    return Telephony()


async def test_a_call_to_a_number_without_a_menu_is_queued_at_once_in_the_numbers_language(
    telephony: Telephony,
) -> None:
    answer = await telephony.calls(PLAIN)
    assert answer.verbs == ["Say", "Redirect"]
    assert answer.languages == ["de-DE"]
    (envelope,) = await telephony.said()
    assert (envelope.tenant, envelope.company, envelope.contact_id) == ("demo", "acme", telephony.contact())
    assert envelope.what == Arrived(Channel.VOICE, dialed=PLAIN, caller=CALLER, language="de", ready=True)


async def test_a_call_to_a_number_with_a_menu_is_asked_and_not_queued_yet(telephony: Telephony) -> None:
    answer = await telephony.calls(MENUED)
    gather = answer.find("Gather")
    asked = {name: gather.get(name) for name in ("input", "numDigits", "finishOnKey", "actionOnEmptyResult", "method")}
    assert asked == {
        "input": "dtmf",
        "numDigits": "1",
        "finishOnKey": "",
        "actionOnEmptyResult": "true",
        "method": "POST",
    }
    assert (answer.words, answer.languages) == (["Press 1 for bills."], ["en-US"])
    (arrived,) = await telephony.told()
    assert arrived == Arrived(Channel.VOICE, dialed=MENUED, caller=CALLER, language="en", ready=False)


async def test_keys_become_the_ivr_path_and_the_last_one_queues(telephony: Telephony) -> None:
    answer = await telephony.calls(MENUED)
    answer = await telephony.asks(answer.asks_at, Digits="3", To=MENUED)
    assert (answer.words, answer.languages) == (["Mehr?"], ["de-DE"])
    answer = await telephony.asks(answer.asks_at, Digits="1", To=MENUED)
    assert answer.verbs == ["Say", "Redirect"]
    assert "language=de" in answer.goes_on_at
    assert (await telephony.told())[1:] == [
        Changed(ivr_path=("german",), language="de", ready=False),
        Changed(ivr_path=("yes",), ready=True),
    ]


async def test_the_same_key_in_the_same_menu_again_is_another_step(telephony: Telephony) -> None:
    answer = await telephony.calls(MENUED)
    for key in ("2", "*", "2"):
        answer = await telephony.asks(answer.asks_at, Digits=key, To=MENUED)
    steps = (await telephony.said())[1:]
    assert [envelope.what.ivr_path for envelope in steps if isinstance(envelope.what, Changed)] == [
        ("more",),
        ("b",),
        ("more",),
    ]
    assert len({envelope.event_id for envelope in steps}) == 3


async def test_what_the_carrier_asks_twice_is_told_under_the_same_id_and_answered_alike(telephony: Telephony) -> None:
    first = [await telephony.calls(MENUED) for _ in range(3)]
    second = [await telephony.asks(first[0].asks_at, Digits="1", To=MENUED) for _ in range(3)]
    assert len({answer.document for answer in first}) == 1
    assert len({answer.document for answer in second}) == 1
    assert len({envelope.event_id for envelope in await telephony.said()}) == 2


async def test_invalid_and_missing_keys_are_said_and_the_third_time_queues_with_the_path_so_far(
    telephony: Telephony,
) -> None:
    answer = await telephony.asks((await telephony.calls(MENUED)).asks_at, Digits="3", To=MENUED)
    answer = await telephony.asks(answer.asks_at, Digits="7", To=MENUED)
    assert answer.words == ["Diese Auswahl gibt es nicht.", "Mehr?"]
    answer = await telephony.asks(answer.asks_at, Digits="", To=MENUED)
    assert answer.words[0] == "Wir haben keine Auswahl gehört."
    answer = await telephony.asks(answer.asks_at, Digits="", To=MENUED)
    assert answer.verbs == ["Say", "Redirect"]
    assert (await telephony.told())[1:] == [Changed(ivr_path=("german",), language="de"), Changed(ready=True)]


async def test_a_menu_that_a_new_plan_took_away_mid_call_queues_the_caller(telephony: Telephony) -> None:
    answer = await telephony.calls(MENUED)
    telephony.decide(PlanActivated(the_plan(MORE, version=2)))
    answer = await telephony.asks(answer.asks_at, Digits="1", To=MENUED)
    assert answer.verbs == ["Say", "Redirect"]
    assert (await telephony.told())[-1] == Changed(ready=True)


async def test_a_number_that_a_new_plan_took_away_mid_call_keeps_its_callers(telephony: Telephony) -> None:
    answer = await telephony.calls(MENUED)
    telephony.decide(PlanActivated(Plan("demo", 2, (), ())))
    answer = await telephony.asks(answer.asks_at, Digits="1", To=MENUED)
    assert answer.verbs == ["Say", "Redirect"]


@pytest.mark.parametrize("through_a_menu", [False, True])
async def test_closed_callers_hear_so_and_have_left_in_the_menu(telephony: Telephony, through_a_menu: bool) -> None:
    if through_a_menu:
        answer = await telephony.asks((await telephony.calls(MENUED)).asks_at, Digits="#", To=MENUED)
    else:
        answer = await telephony.calls(CLOSED)
    assert answer.verbs == ["Play", "Hangup"]
    assert answer.find("Play").text == "https://acme.example/no.mp3"
    assert (await telephony.told())[-1] == Left(LeftReason.EXPIRED)
    # And nobody hangs up on the announcement.
    call = await telephony.voice.around.calls.get(telephony.contact())
    assert call is not None
    assert not call.open


async def test_while_the_log_is_away_callers_hold_the_line_and_nothing_pressed_is_lost(telephony: Telephony) -> None:
    telephony.inbound.away = True
    answer = await telephony.calls(MENUED)
    assert answer.verbs == ["Pause", "Redirect"]
    telephony.inbound.away = False
    answer = await telephony.calls(MENUED)
    telephony.inbound.away = True
    held = await telephony.asks(answer.asks_at, Digits="1", To=MENUED)
    assert held.verbs == ["Pause", "Redirect"]
    telephony.inbound.away = False
    # The carrier says the keys only once.
    queued = await telephony.asks(held.goes_on_at, To=MENUED)
    assert queued.verbs == ["Say", "Redirect"]
    assert (await telephony.told())[-1] == Changed(ivr_path=("bills",), ready=True)


async def test_while_the_log_is_away_that_nothing_was_pressed_is_remembered_too(telephony: Telephony) -> None:
    answer = await telephony.calls(MENUED)
    for _ in range(2):
        answer = await telephony.asks(answer.asks_at, Digits="", To=MENUED)
    telephony.inbound.away = True
    held = await telephony.asks(answer.asks_at, Digits="", To=MENUED)
    telephony.inbound.away = False
    assert (await telephony.asks(held.goes_on_at, To=MENUED)).verbs == ["Say", "Redirect"]


async def test_a_number_that_nobody_has_is_not_in_service_unless_the_plans_are_still_being_read(
    telephony: Telephony,
) -> None:
    answer = await telephony.calls("+442079460555")
    assert (answer.verbs, answer.find("Reject").get("reason")) == (["Reject"], "rejected")
    telephony.not_ready = "router.log is still being read"
    assert (await telephony.calls("+442079460555")).verbs == ["Pause", "Redirect"]
    assert await telephony.told() == []


async def test_while_the_router_is_too_far_behind_new_calls_are_told_that_it_is_busy(telephony: Telephony) -> None:
    telephony.behind = True
    answer = await telephony.calls(PLAIN)
    assert (answer.verbs, answer.find("Reject").get("reason")) == (["Reject"], "busy")
    assert await telephony.told() == []


@pytest.mark.parametrize(
    "withheld",
    [
        *("", "anonymous", "+266696687", "+7378742833", "+2562533", "+8656696", "+86282452253", "Restricted"),
        *("client:ana", "sip:ana@phones.example", "+0123456789", "4930123456", "+4", "+123456789012345678"),
        "+49 30 123456",
    ],
)
async def test_whoever_withholds_the_number_is_a_caller_without_one(telephony: Telephony, withheld: str) -> None:
    await telephony.calls(PLAIN, from_=withheld)
    (arrived,) = await telephony.told()
    assert isinstance(arrived, Arrived)
    assert arrived.caller == ""


async def test_the_documents_being_away_keeps_nobody_out(telephony: Telephony) -> None:
    telephony.documents.is_away = True
    answer = await telephony.asks((await telephony.calls(MENUED)).asks_at, Digits="1", To=MENUED)
    assert answer.verbs == ["Say", "Redirect"]
    assert len(await telephony.told()) == 2


async def test_above_the_quota_new_calls_are_busy_and_those_that_are_on_go_on(telephony: Telephony) -> None:
    telephony.quota = 1
    telephony.begin()
    await telephony.calls(MENUED)
    telephony.decide(ContactAccepted(telephony.contact(), Channel.VOICE))

    other = await telephony.calls(MENUED, sid="CA" + "2" * 32)
    again = await telephony.calls(MENUED)

    assert (other.verbs, other.find("Reject").get("reason")) == (["Reject"], "busy")
    assert "Gather" in again.verbs


async def test_a_call_that_the_log_did_not_take_does_not_count(telephony: Telephony) -> None:
    telephony.quota = 1
    telephony.begin()
    telephony.inbound.away = True
    for _ in range(3):
        assert (await telephony.calls(PLAIN)).verbs == ["Pause", "Redirect"]
    telephony.inbound.away = False
    assert "Reject" not in (await telephony.calls(PLAIN)).verbs
