"""Short messages through the whole system: from a customer's telephone to an agent's desk, and back."""

from collections.abc import AsyncIterator
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

OURS, CUSTOMER = "+442079460200", "+442079460999"
PLAN = """
format: 1
tenant: demo
time_zone: Europe/Berlin
companies:
  - id: acme
    name: Acme Parts
    addresses:
      - {channel: sms, address: +44 20 7946 0200}
      - {channel: sms, address: "+۴۹ ۸۹ ۱۲۳۴۵۰۰", language: de}
      - {channel: web_form, address: acme-contact}
    dispositions: [{id: solved, name: Solved}]
queues:
  - {id: support, company: acme}
  - {id: german, company: acme}
  - {id: india, company: acme}
entry_points:
  - {id: india, match: {caller: {country: [in, LK]}}, route: {queue: india}}
  - {id: german, match: {language: de}, route: {queue: german}}
default: {queue: support}
agents:
  - {id: ana, companies: acme}
  - {id: ben, companies: acme}
"""


@dataclass
class Texting:
    system: Running
    http: httpx2.AsyncClient

    def phone(self, number: str = CUSTOMER) -> Phone:
        return Phone(number, self.http)

    async def writes(self, text: str, number: str = CUSTOMER, to: str = OURS) -> None:
        await self.phone(number).does("texts", to=to, body=text)

    async def accepts(self, agent: str = "ana") -> str:
        await self.system.agent_call(agent, "/v1/presence", presence="available")
        item: Any = None
        while item is None:
            item = (await self.system.agent_call(agent, "/v1/next?wait_s=10")).json()["item"]
        await self.system.agent_call(agent, f"/v1/work/{item['contact_id']}/accept")
        return str(item["contact_id"])

    async def answers(self, contact_id: str, text: str, agent: str = "ana") -> None:
        answer = await self.system.agent_call(agent, f"/v1/work/{contact_id}/reply", text=text)
        assert answer.status_code == 202, answer.text

    async def said(self, contact_id: str, count: int, state: str = "", agent: str = "ana") -> list[dict[str, Any]]:
        """The conversation once it has so many messages, the last in that state."""

        def good(shown: dict[str, Any]) -> bool:
            messages = shown["messages"]
            return len(messages) == count and (not state or messages[-1]["state"] == state)

        token = await self.system.token(Role.AGENT, agent=agent)
        shown = await self.system.until(self.system.agents(f"/v1/work/{contact_id}"), token, good)
        messages: list[dict[str, Any]] = shown["messages"]
        return messages

    async def ends(self, contact_id: str, agent: str = "ana") -> None:
        await self.system.agent_call(agent, f"/v1/work/{contact_id}/finish")
        done = await self.system.agent_call(agent, f"/v1/work/{contact_id}/complete", disposition="solved")
        assert done.status_code == 200, done.text

    async def contacts(self, good: Any) -> list[dict[str, Any]]:
        return await self.system.contacts(good)


@pytest.fixture
async def texting(tmp_path: Path) -> AsyncIterator[Texting]:
    async with running(tmp_path / "data", carrier=True) as system:
        await system.activate(PLAN)
        url = system.addresses.url(system.addresses.carrier)
        headers = bearer(subscription_of(DataFolder(tmp_path / "data")).control_key)
        async with httpx2.AsyncClient(timeout=60, base_url=url, headers=headers, trust_env=False) as http:
            yield Texting(system, http)


async def test_a_conversation_is_one_contact_until_it_is_over_and_another_one_afterwards(texting: Texting) -> None:
    await texting.writes("Where is my parcel?")
    contact_id = await texting.accepts()
    await texting.answers(contact_id, "Which number has it?")
    await texting.phone().gets_text("Which number has it?")
    await texting.writes("It is 4711.")
    await texting.said(contact_id, 3)
    await texting.answers(contact_id, "It comes tomorrow.")
    said = await texting.said(contact_id, 4, "delivered")

    assert [(each["direction"], each["text"]) for each in said] == [
        ("in", "Where is my parcel?"),
        ("out", "Which number has it?"),
        ("in", "It is 4711."),
        ("out", "It comes tomorrow."),
    ]
    assert [each["state"] for each in said] == ["received", "delivered", "received", "delivered"]
    assert said[0]["sender"] == CUSTOMER

    await texting.ends(contact_id)
    await texting.writes("Thank you!")
    second = await texting.accepts()
    assert second != contact_id
    await texting.system.until(
        texting.system.agents(f"/v1/work/{second}"),
        await texting.system.token(Role.AGENT, agent="ana"),
        lambda shown: shown["contact"]["previous_contact_id"] == contact_id,
    )


async def test_who_has_stopped_gets_no_answer_until_they_start_again(texting: Texting) -> None:
    await texting.writes("Where is my parcel?")
    contact_id = await texting.accepts()
    await texting.writes("Stop")
    # The carrier, which keeps a list of its own, tells the customer, and takes no second word about it from us.
    await texting.phone().gets_text("unsubscribed")
    await texting.answers(contact_id, "It comes tomorrow.")
    (_, failed) = await texting.said(contact_id, 2, "failed")
    assert failed["why"] == "The customer has asked for no more messages (STOP): call, or wait until they write START."

    await texting.writes("START")
    await texting.phone().gets_text("Acme Parts: you will get messages from this number again.")
    await texting.answers(contact_id, "Are you there?")
    await texting.phone().gets_text("Are you there?")
    assert len(await texting.contacts(bool)) == 1


async def test_who_can_get_no_messages_is_told_to_the_agent(texting: Texting) -> None:
    await texting.writes("Where is my parcel?")
    contact_id = await texting.accepts()
    await texting.phone().does("manner", habit="unknown", after_ms=0)
    await texting.answers(contact_id, "It comes tomorrow.")
    (_, failed) = await texting.said(contact_id, 2, "failed")
    assert failed["why"].endswith(".")


async def test_reports_that_come_twice_and_late_tell_one_delivery(texting: Texting) -> None:
    trouble = {"seed": 7, "doubled": 1.0, "late": 0.5, "late_ms": 200, "webhooks_doubled": 1.0}
    assert (await texting.http.put("/control/misbehaviour", json=trouble)).status_code == 200
    await texting.writes("Where is my parcel?")
    contact_id = await texting.accepts()
    for number in range(3):
        await texting.answers(contact_id, f"Answer {number}")
    await texting.system.until(
        texting.system.agents(f"/v1/work/{contact_id}"),
        await texting.system.token(Role.AGENT, agent="ana"),
        lambda it: [each["state"] for each in it["messages"]] == ["received", *["delivered"] * 3],
    )
    assert len(await texting.contacts(bool)) == 1
    mine = [text["body"] for text in (await texting.phone().screen())["texts"] if not text["mine"]]
    assert sorted(mine) == ["Answer 0", "Answer 1", "Answer 2"]


@pytest.mark.parametrize(
    ("caller", "to", "queue"),
    [
        ("+919876543210", OURS, "india"),
        ("+94112345678", OURS, "india"),
        ("+919876543210", "+49891234500", "india"),
        ("+442079460999", OURS, "support"),
        ("+442079460999", "+49891234500", "german"),
    ],
)
async def test_a_message_goes_where_its_country_and_the_language_of_its_number_say(
    texting: Texting, caller: str, to: str, queue: str
) -> None:
    await texting.writes("Hello", caller, to)
    (contact,) = await texting.contacts(lambda found: bool(found and found[0]["queue"]))
    assert (contact["channel"], contact["queue"]) == ("sms", queue)


async def test_a_form_goes_by_the_country_of_a_number_in_any_script(texting: Texting) -> None:
    from_india = await texting.system.form("acme-contact", "+९१ ९८७६५ ४३२१०")
    from_home = await texting.system.form("acme-contact", "+۴۴ ۲۰ ۷۹۴۶ ۰۹۹۹")
    by_mail = await texting.system.form("acme-contact", "ivy@customer.example")
    found = await texting.contacts(lambda all_: sum(bool(each["queue"]) for each in all_) == 3)
    queues = {each["contact_id"]: each["queue"] for each in found}
    assert queues == {from_india: "india", from_home: "support", by_mail: "support"}
