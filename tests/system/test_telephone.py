"""Calls through the whole system: a customer's telephone, the carrier, the menus, an agent's desk and telephone."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from services.cli.carrier.subscription import subscription_of
from services.cli.data_folder import DataFolder
from services.shared.tokens import Role
from tests.simulated_carrier import Phone
from tests.system.running import Running, bearer, running

CUSTOMER, ANAS, BENS = "+442079460999", "+442079460801", "sip:ben@phones.example"
MENU_LINE, QUIET_LINE = "+442079460100", "+442079460110"
PLAN = """
format: 1
tenant: demo
time_zone: Europe/Berlin
companies:
  - id: acme
    name: Acme Parts
    addresses:
      - {channel: voice, address: +44 20 7946 0100, menu: main}
      - {channel: voice, address: +44 20 7946 0110, language: de}
    dispositions: [{id: solved, name: Solved}]
menus:
  - id: main
    company: acme
    say:
      en: For a bill, press 1. Für Deutsch drücken Sie 2.
    choices:
      - {key: "1", id: bill}
      - {key: "2", id: german, language: de}
queues:
  - {id: support, company: acme, name: Support, policy: longest_idle}
  - {id: bills, company: acme, name: Bills, policy: longest_idle}
entry_points:
  - {id: bills, match: {ivr_path: [bill]}, route: {queue: bills}}
default: {queue: support}
agents:
  - {id: ana, companies: acme}
  - {id: ben, companies: acme}
"""


@dataclass
class Telephones:
    system: Running
    phone: Callable[[str], Phone]

    async def on_duty(self, agent: str, telephone: str) -> None:
        """The agent is available, with a telephone that an administrator has entered."""
        await self.system.token(Role.AGENT, agent=agent)
        admin = bearer(await self.system.token(Role.ADMIN))
        people = (await self.system.http.get(self.system.agents("/v1/people"), headers=admin)).json()["people"]
        person = next(person["id"] for person in people if person["agent"] == agent)
        url = self.system.agents(f"/v1/people/{person}")
        changed = await self.system.http.patch(url, json={"phone": telephone}, headers=admin)
        assert changed.status_code == 200, changed.text
        answer = await self.system.agent_call(agent, "/v1/presence", presence="available")
        assert answer.status_code == 200, answer.text

    async def accepts(self, agent: str) -> str:
        """The agent takes the next offer; the contact's id."""
        item: Any = None
        while item is None:
            item = (await self.system.agent_call(agent, "/v1/next?wait_s=10")).json()["item"]
        accepted = await self.system.agent_call(agent, f"/v1/work/{item['contact_id']}/accept")
        assert accepted.status_code == 200, accepted.text
        return str(item["contact_id"])

    async def desk(self, agent: str, good: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        token = await self.system.token(Role.AGENT, agent=agent)
        return await self.system.until(self.system.agents("/v1/desk"), token, good)

    async def wrap_up(self, agent: str) -> None:
        await self.desk(agent, lambda desk: [item["state"] for item in desk["items"]] == ["wrap_up"])

    async def completes(self, agent: str, contact_id: str) -> None:
        done = await self.system.agent_call(agent, f"/v1/work/{contact_id}/complete", disposition="solved")
        assert done.status_code == 200, done.text

    async def reads(self, agent: str, contact_id: str, good: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        token = await self.system.token(Role.AGENT, agent=agent)
        return await self.system.until(self.system.agents(f"/v1/work/{contact_id}"), token, good)


@pytest.fixture
async def telephones(tmp_path: Path) -> AsyncIterator[Telephones]:
    async with running(tmp_path / "data", carrier=True) as system:
        await system.activate(PLAN)
        url = system.addresses.url(system.addresses.carrier)
        headers = bearer(subscription_of(DataFolder(tmp_path / "data")).control_key)
        async with httpx2.AsyncClient(base_url=url, headers=headers, trust_env=False) as http:
            yield Telephones(system, lambda number: Phone(number, http))


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
    shown = await telephones.reads("ben", contact_id, lambda it: len(it["messages"]) == 2)
    assert texts(shown) == ["Your telephone was busy.", "Connected."]
    assert [message["sender"] for message in shown["messages"]] == ["ana", "ben"]

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

    await telephones.system.agent_call("ana", f"/v1/work/{contact_id}/transfer", queue="bills")
    await anas.becomes("ended")
    await customer.hears("Sie sind als Nächstes an der Reihe.")
    await telephones.on_duty("ben", BENS)
    assert await telephones.accepts("ben") == contact_id
    await bens.becomes("in-call")

    # The agent's end hangs up first.
    await bens.does("hang-up")
    await customer.becomes("ended")
    await telephones.wrap_up("ben")
    shown = await telephones.reads("ben", contact_id, lambda it: len(it["messages"]) == 3)
    assert texts(shown) == ["Connected.", "Connected.", "The agent's telephone hung up."]


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
