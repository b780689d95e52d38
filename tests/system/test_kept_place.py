"""A caller who chooses to be called back, through the whole system: menus of the carrier, the place, the call."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from services.shared.tokens import Role
from tests.system.running import bearer
from tests.system.telephones import ANAS, CUSTOMER, Telephones, with_telephones

LINE, OTHER = "+442079460110", "+442079460998"
PLAN = """
format: 1
tenant: demo
time_zone: Europe/Berlin
companies:
  - id: acme
    name: Acme Parts
    addresses: [{channel: voice, address: +44 20 7946 0110, language: en}]
    dispositions: [{id: solved, name: Solved}]
queues:
  - {id: support, company: acme}
default:
  queue: support
  steps: [{after_s: 1, offer_callback: yes}, {after_s: 6, message: Nobody is there.}]
agents:
  - {id: ana, companies: acme}
"""


@pytest.fixture
async def telephones(tmp_path: Path) -> AsyncIterator[Telephones]:
    async with with_telephones(tmp_path / "data", PLAN) as telephones:
        yield telephones


async def chosen(telephones: Telephones) -> dict[str, str]:
    """The customer calls, is offered a call-back, presses the key and is told goodbye: the call, and the call-back."""
    customer, system = telephones.phone(CUSTOMER), telephones.system
    await customer.does("call", to=LINE)
    await customer.hears("press 1.")
    await customer.does("keys", keys="1")
    await customer.hears("We will call you back")
    await customer.becomes("ended")
    both = await system.contacts(lambda found: len(found) >= 2 and any(each["outcome"] == "callback" for each in found))
    return {contact["channel"]: contact["contact_id"] for contact in both}


async def test_a_caller_who_presses_the_key_hangs_up_keeps_the_place_and_is_called(telephones: Telephones) -> None:
    customer, other, anas = (telephones.phone(number) for number in (CUSTOMER, OTHER, ANAS))
    ids = await chosen(telephones)
    await other.does("call", to=LINE)
    await other.hears("You are number 2 in the queue.")

    await telephones.on_duty("ana", ANAS)
    assert await telephones.accepts("ana") == ids["callback"]
    await anas.becomes("in-call")
    await customer.becomes("in-call")
    await customer.does("say", text="Thank you for calling.")
    await anas.hears("Thank you for calling.")
    shown = await telephones.reads("ana", ids["callback"], lambda it: it["contact"]["call"] == "connected")
    assert (shown["contact"]["caller"], shown["contact"]["previous_contact_id"]) == (CUSTOMER, ids["voice"])
    assert any("keeps the place" in message["text"] for message in shown["messages"])

    await customer.does("hang-up")
    await telephones.wrap_up("ana")
    await telephones.completes("ana", ids["callback"])
    ended = await telephones.system.contact(ids["callback"], lambda it: it["outcome"] == "completed")
    assert ended["queue"] == "support"


async def test_it_is_told_counted_and_explained_as_what_it_is(telephones: Telephones) -> None:
    ids, system = await chosen(telephones), telephones.system
    token = await system.token(Role.SUPERVISOR)

    async def story(channel: str) -> list[dict[str, Any]]:
        answer = await system.until(system.reporting(f"/v1/contacts/{ids[channel]}/timeline"), token, lambda it: True)
        entries: list[dict[str, Any]] = answer["entries"]
        return entries

    assert [entry["what"] for entry in await story("callback")][:3] == ["arrived", "place_kept", "queued"]
    end = (await story("voice"))[-1]
    assert (end["what"], end["outcome"], end["joined_contact_id"]) == ("ended", "callback", ids["callback"])

    counted = await system.until(
        system.reporting("/v1/intervals?by=channel"), token, lambda it: any(row["queued"] for row in it["intervals"])
    )
    of_calls = [row for row in counted["intervals"] if row["channel"] == "voice"]
    assert sum(row["ended_callback"] for row in of_calls) == 1
    assert sum(row["abandoned"] + row["ended_abandoned"] for row in of_calls) == 0

    async def why(channel: str) -> str:
        url = system.agents(f"/v1/floor/contacts/{ids[channel]}/why")
        return " ".join((await system.http.get(url, headers=bearer(token))).json()["words"])

    assert f"{ids['callback']} keeps its place." in await why("voice")
    told = await why("callback")
    assert f"It keeps the place of {ids['voice']}, whose customer chose to be called back." in told
    assert "Step 2 is passed over: it needs somebody who holds the line" in told


async def test_who_was_promised_a_call_is_not_sent_away_by_a_later_step(telephones: Telephones) -> None:
    ids = await chosen(telephones)
    await asyncio.sleep(7)
    waits = await telephones.system.contact(ids["callback"], lambda it: True)
    assert (waits["stage"], waits["outcome"]) == ("queued", None)
