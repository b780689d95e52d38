"""Calls through the whole system: a customer's telephone, the carrier, the menus, an agent's desk and telephone."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.system.telephones import ANAS, BENS, CUSTOMER, MENU_LINE, QUIET_LINE, Telephones, with_telephones


@pytest.fixture
async def telephones(tmp_path: Path) -> AsyncIterator[Telephones]:
    async with with_telephones(tmp_path / "data") as telephones:
        yield telephones


def texts(conversation: dict[str, Any]) -> list[str]:
    return [message["text"] for message in conversation["messages"]]


async def test_a_customer_calls_chooses_waits_and_speaks_with_the_agent_who_accepted(telephones: Telephones) -> None:
    customer, anas = telephones.phone(CUSTOMER), telephones.phone(ANAS)
    await customer.does("call", to=MENU_LINE)
    await customer.hears("For a bill, press 1.")
    await customer.does("keys", keys="1")
    await customer.hears("Please hold the line.")
    await customer.hears("You are next.")

    await telephones.on_duty("ana", "+44 20 7946 0801")
    contact_id = await telephones.accepts("ana")
    await customer.hears("You are being connected.")
    await anas.becomes("in-call")
    await customer.does("say", text="Hello, my bill is wrong.")
    await anas.hears("Hello, my bill is wrong.")
    shown = await telephones.reads("ana", contact_id, lambda it: it["contact"]["call"] == "connected")
    assert (shown["contact"]["caller"], shown["contact"]["queue"]) == (CUSTOMER, "bills")

    await customer.does("hang-up")
    await anas.becomes("ended")
    await telephones.wrap_up("ana")
    shown = await telephones.reads("ana", contact_id, lambda it: len(it["messages"]) == 2)
    assert texts(shown) == ["Connected.", "The customer hung up."]
    await telephones.completes("ana", contact_id)
    ended = await telephones.system.contact(contact_id, lambda it: it["outcome"] == "completed")
    assert ended["disposition"] == "solved"


async def test_an_agent_whose_telephone_is_busy_gives_the_call_to_the_next(telephones: Telephones) -> None:
    customer, anas, bens = telephones.phone(CUSTOMER), telephones.phone(ANAS), telephones.phone(BENS)
    await anas.does("manner", habit="busy")
    await telephones.on_duty("ana", ANAS)
    await customer.does("call", to=QUIET_LINE)
    contact_id = await telephones.accepts("ana")
    await customer.hears("Der Platz hat sich nicht gemeldet.")
    await telephones.desk("ana", lambda desk: desk["presence"] == "not_responding" and not desk["items"])

    await telephones.on_duty("ben", BENS)
    assert await telephones.accepts("ben") == contact_id
    await bens.becomes("in-call")
    shown = await telephones.reads("ben", contact_id, lambda it: len(it["messages"]) == 3)
    gone = "Back in the queue: this agent was gone, or did not answer the telephone."
    assert texts(shown) == ["Your telephone was busy.", gone, "Connected."]
    assert [message["sender"] for message in shown["messages"]] == ["ana", "ana", "ben"]

    await telephones.system.agent_call("ben", f"/v1/work/{contact_id}/finish")
    await customer.becomes("ended")
    await bens.becomes("ended")
    await telephones.completes("ben", contact_id)


async def test_a_transferred_customer_waits_again_and_is_put_through_to_the_other_agent(
    telephones: Telephones,
) -> None:
    customer, anas, bens = telephones.phone(CUSTOMER), telephones.phone(ANAS), telephones.phone(BENS)
    await telephones.on_duty("ana", ANAS)
    await customer.does("call", to=QUIET_LINE)
    contact_id = await telephones.accepts("ana")
    await anas.becomes("in-call")
    # The carrier tells of it a moment later; of a call that has moved on by then nothing is kept.
    await telephones.reads("ana", contact_id, lambda it: len(it["messages"]) == 1)

    await telephones.system.agent_call("ana", f"/v1/work/{contact_id}/transfer", queue="bills")
    await anas.becomes("ended")
    await customer.hears("Sie sind als Nächstes an der Reihe.")
    await telephones.on_duty("ben", BENS)
    assert await telephones.accepts("ben") == contact_id
    await bens.becomes("in-call")
    await telephones.reads("ben", contact_id, lambda it: len(it["messages"]) == 3)

    # The agent's end hangs up first.
    await bens.does("hang-up")
    await customer.becomes("ended")
    await telephones.wrap_up("ben")
    shown = await telephones.reads("ben", contact_id, lambda it: len(it["messages"]) == 4)
    moved = "Transferred to the queue Bills."
    assert texts(shown) == ["Connected.", moved, "Connected.", "The agent's telephone hung up."]


async def test_without_a_telephone_an_agent_gets_no_call_and_reads_why(telephones: Telephones) -> None:
    customer = telephones.phone(CUSTOMER)
    await telephones.on_duty("ana", "")
    await customer.does("call", to=QUIET_LINE)
    contact_id = await telephones.accepts("ana")
    await telephones.desk("ana", lambda desk: desk["presence"] == "not_responding" and not desk["items"])

    await telephones.on_duty("ben", BENS)
    assert await telephones.accepts("ben") == contact_id
    shown = await telephones.reads("ben", contact_id, lambda it: len(it["messages"]) == 2)
    assert "There is no telephone for you here." in texts(shown)[0]


@pytest.mark.parametrize("keys", ["", "1"])
async def test_whoever_hangs_up_before_an_agent_accepts_is_gone(telephones: Telephones, keys: str) -> None:
    customer = telephones.phone(CUSTOMER)
    await customer.does("call", to=MENU_LINE)
    await customer.hears("For a bill, press 1.")
    if keys:
        await customer.does("keys", keys=keys)
        await customer.hears("You are next.")
    await customer.does("hang-up")
    (contact,) = await telephones.system.contacts(lambda found: bool(found and found[0]["outcome"]))
    assert contact["outcome"] == ("abandoned" if keys else "left_in_ivr")
