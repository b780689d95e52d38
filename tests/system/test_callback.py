"""Call-backs through the whole system: a customer asks, an agent accepts, the carrier calls, both speak."""

import secrets
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.system.telephones import ANAS, BENS, Telephones, with_telephones

OURS, CUSTOMER = "+442079460150", "+442079460300"
PLAN = """
format: 1
tenant: demo
time_zone: Europe/Berlin
companies:
  - id: acme
    name: Acme Parts
    addresses: [{channel: callback, address: +44 20 7946 0150}]
    dispositions: [{id: solved, name: Solved}]
queues:
  - {id: support, company: acme}
  - {id: hindi, company: acme}
entry_points:
  - {id: hindi, match: {language: hi}, route: {queue: hindi}}
default: {queue: support}
agents:
  - {id: ana, companies: acme}
  - {id: ben, companies: acme}
"""


@pytest.fixture
async def telephones(tmp_path: Path) -> AsyncIterator[Telephones]:
    async with with_telephones(tmp_path / "data", PLAN) as telephones:
        yield telephones


def texts(conversation: dict[str, Any]) -> list[str]:
    return [message["text"] for message in conversation["messages"]]


async def asks(telephones: Telephones, **more: str) -> dict[str, Any]:
    """The customer asks to be called."""
    entry = {"token": secrets.token_hex(16), "number": CUSTOMER, **more}
    answer = await telephones.system.http.post(telephones.system.ingest(f"/v1/callbacks/{OURS[1:]}"), json=entry)
    assert answer.status_code == 202, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def test_a_customer_asks_for_a_call_is_called_when_an_agent_accepts_and_speaks_with_them(
    telephones: Telephones,
) -> None:
    customer, anas = telephones.phone(CUSTOMER), telephones.phone(ANAS)
    asked = await asks(telephones, number="۰۲۰ ۷۹۴۶ ۰۳۰۰", language="hi", name="Ada", message="My pump has stopped.")
    assert (await customer.screen())["state"] == "idle"

    await telephones.on_duty("ana", ANAS)
    assert await telephones.accepts("ana") == asked["contact_id"]
    await anas.becomes("in-call")
    await customer.does("say", text="It was the pump.")
    await anas.hears("It was the pump.")
    shown = await telephones.reads("ana", asked["contact_id"], lambda it: it["contact"]["call"] == "connected")
    assert (shown["contact"]["caller"], shown["contact"]["queue"]) == (CUSTOMER, "hindi")
    assert "My pump has stopped." in texts(shown)

    await customer.does("hang-up")
    await telephones.wrap_up("ana")
    await telephones.completes("ana", asked["contact_id"])
    ended = await telephones.system.contact(asked["contact_id"], lambda it: it["outcome"] == "completed")
    assert (ended["channel"], ended["disposition"]) == ("callback", "solved")


@pytest.mark.parametrize("habit", ["busy", "rejects", "unknown"])
async def test_a_customer_who_is_not_reached_leaves_the_agent_to_wrap_up(telephones: Telephones, habit: str) -> None:
    await telephones.phone(CUSTOMER).does("manner", habit=habit, after_ms=0)
    asked = await asks(telephones)
    await telephones.on_duty("ana", ANAS)
    await telephones.accepts("ana")

    await telephones.wrap_up("ana")

    await telephones.completes("ana", asked["contact_id"])
    assert (await telephones.phone(ANAS).screen())["state"] == "idle"


async def test_a_customer_holds_the_line_while_another_agent_takes_over_and_is_called_once(
    telephones: Telephones,
) -> None:
    customer, anas, bens = telephones.phone(CUSTOMER), telephones.phone(ANAS), telephones.phone(BENS)
    await anas.does("manner", habit="busy")
    asked = await asks(telephones)
    await telephones.on_duty("ana", ANAS)
    await telephones.accepts("ana")
    await telephones.desk("ana", lambda desk: desk["presence"] == "not_responding" and not desk["items"])
    await customer.hears("The agent could not be reached.")

    await telephones.on_duty("ben", BENS)
    assert await telephones.accepts("ben") == asked["contact_id"]
    await bens.becomes("in-call")
    assert (await customer.screen())["state"] == "in-call"

    await telephones.system.agent_call("ben", f"/v1/work/{asked['contact_id']}/finish")
    await customer.becomes("ended")


async def test_a_second_request_joins_the_first_and_its_receipt_cancels_nothing(telephones: Telephones) -> None:
    first, second = await asks(telephones), await asks(telephones, message="Again, please.")
    system = telephones.system
    joined = await system.contact(second["contact_id"], lambda it: it["outcome"] == "joined")
    assert joined["joined_contact_id"] == first["contact_id"]

    page = system.ingest(f"/v1/callbacks/{OURS[1:]}")
    refused = await system.http.delete(f"{page}/{second['receipt']}")
    assert (refused.status_code, "first request stands" in refused.json()["why"]) == (409, True)
    cancelled = await system.http.delete(f"{page}/{first['receipt']}")
    assert cancelled.status_code == 202
    await system.contact(first["contact_id"], lambda it: it["outcome"] == "abandoned")


async def test_a_call_for_later_waits_for_its_time(telephones: Telephones) -> None:
    later = datetime.now(UTC) + timedelta(seconds=4)
    asked = await asks(telephones, when=later.isoformat(timespec="seconds").replace("+00:00", "Z"))
    await telephones.on_duty("ana", ANAS)
    arrived = await telephones.system.contact(asked["contact_id"], lambda it: it["stage"] == "arrived")
    assert arrived["queue"] == ""

    assert await telephones.accepts("ana") == asked["contact_id"]

    assert datetime.now(UTC) >= later.replace(microsecond=0)
    await telephones.phone(ANAS).becomes("in-call")
