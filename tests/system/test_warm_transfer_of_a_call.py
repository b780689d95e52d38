"""A warm transfer of a call through the whole system: three telephones, and the customer on hold meanwhile."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.system.telephones import ANAS, BENS, CUSTOMER, QUIET_LINE, Telephones, with_telephones

HOLD = "Wir sprechen mit einem Kollegen."


@pytest.fixture
async def telephones(tmp_path: Path) -> AsyncIterator[Telephones]:
    async with with_telephones(tmp_path / "data") as telephones:
        yield telephones


async def act(telephones: Telephones, agent: str, contact_id: str, what: str, **more: Any) -> None:
    done = await telephones.system.agent_call(agent, f"/v1/work/{contact_id}/{what}", **more)
    assert done.status_code == 200, done.text


async def asked(telephones: Telephones) -> tuple[str, str]:
    """Ana speaks with the customer, then with Ben, and the customer is on hold: the call, and the consultation."""
    customer, anas, bens = telephones.phone(CUSTOMER), telephones.phone(ANAS), telephones.phone(BENS)
    await telephones.on_duty("ana", ANAS)
    await customer.does("call", to=QUIET_LINE)
    contact_id = await telephones.accepts("ana")
    await anas.becomes("in-call")
    await telephones.on_duty("ben", BENS)
    await act(telephones, "ana", contact_id, "consult", to_agent="ben")
    consultation_id = await telephones.accepts("ben")
    await customer.hears(HOLD)
    await bens.becomes("in-call")
    await speaks(anas, bens)
    return contact_id, consultation_id


async def speaks(one: Any, other: Any) -> None:
    """They hear each other."""
    await one.until(lambda screen: screen["speaking"])
    await one.does("say", text=f"Here is {one.number}.")
    await other.hears(f"Here is {one.number}.")


async def test_a_customer_is_held_while_agents_speak_and_then_is_with_who_was_asked(telephones: Telephones) -> None:
    contact_id, _ = await asked(telephones)
    customer, anas, bens = telephones.phone(CUSTOMER), telephones.phone(ANAS), telephones.phone(BENS)
    await act(telephones, "ana", contact_id, "hand_over")
    await anas.becomes("ended")
    await speaks(customer, bens)
    await bens.does("hang-up")
    await customer.becomes("ended")
    await telephones.wrap_up("ben")
    await telephones.completes("ben", contact_id)
    row = await telephones.system.contact(contact_id, lambda it: it["outcome"] == "completed")
    assert row["agent"] == "ben"


async def test_who_asked_takes_the_customer_back_without_picking_up_again(telephones: Telephones) -> None:
    contact_id, consultation_id = await asked(telephones)
    customer, anas, bens = telephones.phone(CUSTOMER), telephones.phone(ANAS), telephones.phone(BENS)
    rung = (await anas.screen())["lines"][-1]["number"]
    await act(telephones, "ana", contact_id, "end_consultation")
    await bens.becomes("ended")
    await speaks(customer, anas)
    assert not any("is calling" in line["text"] for line in (await anas.screen())["lines"] if line["number"] > rung)
    shown = await telephones.reads("ana", contact_id, lambda it: len(it["messages"]) == 3)
    connected = "Connected with the colleague who asks. The customer is on hold."
    assert [each["text"] for each in shown["messages"]] == [
        "Connected.",
        "Asks ben, and keeps the contact meanwhile.",
        connected,
    ]
    await customer.does("hang-up")
    await anas.becomes("ended")
    await telephones.wrap_up("ana")
    assert consultation_id not in [item["contact_id"] for item in (await telephones.desk("ben", bool))["items"]]


async def test_after_one_question_another_is_asked_from_the_conference(telephones: Telephones) -> None:
    contact_id, _ = await asked(telephones)
    customer, anas, bens = telephones.phone(CUSTOMER), telephones.phone(ANAS), telephones.phone(BENS)
    await act(telephones, "ana", contact_id, "end_consultation")
    await bens.becomes("ended")
    await speaks(customer, anas)
    await act(telephones, "ana", contact_id, "consult", queue="bills")
    await telephones.accepts("ben")
    await bens.becomes("in-call")
    await speaks(anas, bens)
    await act(telephones, "ana", contact_id, "hand_over")
    await anas.becomes("ended")
    await speaks(bens, customer)
    await act(telephones, "ben", contact_id, "finish")
    await customer.becomes("ended")
    await bens.becomes("ended")


async def test_a_customer_who_hangs_up_on_hold_ends_it_all(telephones: Telephones) -> None:
    await asked(telephones)
    await telephones.phone(CUSTOMER).does("hang-up")
    await telephones.phone(ANAS).becomes("ended")
    await telephones.phone(BENS).becomes("ended")
    await telephones.wrap_up("ana")
    await telephones.desk("ben", lambda desk: not desk["items"])


async def test_a_colleague_who_hangs_up_leaves_the_customer_with_who_asked(telephones: Telephones) -> None:
    await asked(telephones)
    customer, anas = telephones.phone(CUSTOMER), telephones.phone(ANAS)
    await telephones.phone(BENS).does("hang-up")
    await telephones.desk("ben", lambda desk: not desk["items"])
    await speaks(customer, anas)
    desk = await telephones.desk("ana", lambda desk: not desk["items"][0]["consultation"])
    assert desk["items"][0]["state"] == "active"


async def test_who_asks_and_hangs_up_is_called_anew_for_the_customer(telephones: Telephones) -> None:
    contact_id, _ = await asked(telephones)
    customer, anas = telephones.phone(CUSTOMER), telephones.phone(ANAS)
    await anas.does("hang-up")
    await telephones.phone(BENS).becomes("ended")
    await telephones.desk("ben", lambda desk: not desk["items"])
    await anas.becomes("in-call")
    await speaks(customer, anas)
    # And whoever is not there any more gives the call back, as always.
    await telephones.reads(
        "ana", contact_id, lambda it: "One of the two telephones hung up" in it["messages"][-1]["text"]
    )


async def test_a_colleague_who_does_not_answer_is_not_asked_any_more(telephones: Telephones) -> None:
    customer, anas, bens = telephones.phone(CUSTOMER), telephones.phone(ANAS), telephones.phone(BENS)
    await bens.does("manner", habit="busy")
    await telephones.on_duty("ana", ANAS)
    await customer.does("call", to=QUIET_LINE)
    contact_id = await telephones.accepts("ana")
    await anas.becomes("in-call")
    await telephones.on_duty("ben", BENS)
    await act(telephones, "ana", contact_id, "consult", queue="bills")
    await telephones.accepts("ben")
    await telephones.desk("ben", lambda desk: desk["presence"] == "not_responding" and not desk["items"])
    await speaks(customer, anas)
    shown = await telephones.reads("ana", contact_id, lambda it: len(it["messages"]) == 3)
    assert (shown["messages"][-1]["sender"], shown["messages"][-1]["text"]) == ("ben", "Your telephone was busy.")


async def test_a_colleague_without_a_telephone_is_not_asked_any_more(telephones: Telephones) -> None:
    customer, anas = telephones.phone(CUSTOMER), telephones.phone(ANAS)
    await telephones.on_duty("ana", ANAS)
    await customer.does("call", to=QUIET_LINE)
    contact_id = await telephones.accepts("ana")
    await anas.becomes("in-call")
    await telephones.on_duty("ben", "")
    await act(telephones, "ana", contact_id, "consult", to_agent="ben")
    await telephones.accepts("ben")
    await telephones.desk("ben", lambda desk: desk["presence"] == "not_responding" and not desk["items"])
    await speaks(customer, anas)


async def handed_over_while_it_rings(telephones: Telephones) -> str:
    """Ana has handed her call over to Ben, whose telephone rings until somebody does something with it; its contact."""
    customer, anas, bens = telephones.phone(CUSTOMER), telephones.phone(ANAS), telephones.phone(BENS)
    await bens.does("manner", habit="manual")
    await telephones.on_duty("ana", ANAS)
    await customer.does("call", to=QUIET_LINE)
    contact_id = await telephones.accepts("ana")
    await anas.becomes("in-call")
    await telephones.on_duty("ben", BENS)
    await act(telephones, "ana", contact_id, "consult", to_agent="ben")
    await telephones.accepts("ben")
    await bens.becomes("ringing")
    await act(telephones, "ana", contact_id, "hand_over")
    return contact_id


async def test_a_call_is_handed_over_while_the_colleagues_telephone_still_rings(telephones: Telephones) -> None:
    customer, anas, bens = telephones.phone(CUSTOMER), telephones.phone(ANAS), telephones.phone(BENS)
    contact_id = await handed_over_while_it_rings(telephones)
    await anas.becomes("ended")
    await customer.hears(HOLD)
    await bens.does("answer")
    await speaks(customer, bens)
    shown = await telephones.reads("ben", contact_id, lambda it: it["contact"]["call"] == "connected")
    assert [each["text"] for each in shown["messages"]][-2:] == ["Handed over to ben.", "Connected."]


async def test_a_call_that_was_handed_over_to_who_does_not_answer_waits_again(telephones: Telephones) -> None:
    customer, anas, bens = telephones.phone(CUSTOMER), telephones.phone(ANAS), telephones.phone(BENS)
    contact_id = await handed_over_while_it_rings(telephones)
    await bens.does("reject")
    await telephones.desk("ben", lambda desk: desk["presence"] == "not_responding" and not desk["items"])
    assert await telephones.accepts("ana") == contact_id
    await speaks(customer, anas)
