"""What a route has customers told reaches those who wrote: by SMS, and as a mail that no program answers."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx2
import pytest

from services.cli.carrier.subscription import subscription_of
from services.cli.data_folder import DataFolder
from services.cli.demonstration.mailbox import text_of
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
      - {channel: email, address: help@acme.example}
      - {channel: email, address: hilfe@acme.example, language: de}
      - {channel: email, address: closed@acme.example}
      - {channel: web_form, address: acme-contact}
queues:
  - {id: support, company: acme}
entry_points:
  - {id: closed, match: {dialed: closed@acme.example},
     route: {queue: support, steps: [{nobody_on_duty: yes, message: We are back on Monday.}]}}
  - {id: forms, match: {channel: web_form},
     route: {queue: support, steps: [{nobody_on_duty: yes, third_party: partner@else.example}]}}
default: {queue: support, steps: [{tell: yes}]}
agents:
  - {id: ana, companies: acme}
"""


@dataclass
class Writing:
    system: Running
    http: httpx2.AsyncClient

    async def gets(self, address: str) -> EmailMessage:
        """The next mail to that customer."""
        async with asyncio.timeout(60):
            return await self.system.mailbox.next_for(address)

    async def contacts(self, count: int, stage: str) -> list[dict[str, Any]]:
        """All contacts, once there are so many and all are in that stage."""
        return await self.system.contacts(
            lambda all_: len(all_) == count and all(one["stage"] == stage for one in all_)
        )


@pytest.fixture
async def writing(tmp_path: Path) -> AsyncIterator[Writing]:
    async with running(tmp_path / "data", carrier=True) as system:
        await system.activate(PLAN)
        url = system.addresses.url(system.addresses.carrier)
        headers = bearer(subscription_of(DataFolder(tmp_path / "data")).control_key)
        async with httpx2.AsyncClient(timeout=60, base_url=url, headers=headers, trust_env=False) as http:
            yield Writing(system, http)


async def test_who_writes_an_sms_is_told_their_place_and_it_counts_as_no_answer(writing: Writing) -> None:
    phone = Phone(CUSTOMER, writing.http)
    await phone.does("texts", to=OURS, body="Where is my parcel?")
    screen = await phone.gets_text("We have received your message. You are next.")
    assert [text["mine"] for text in screen["texts"]] == [True, False]

    await writing.system.agent_call("ana", "/v1/presence", presence="available")
    item = (await writing.system.agent_call("ana", "/v1/next?wait_s=10")).json()["item"]
    await writing.system.agent_call("ana", f"/v1/work/{item['contact_id']}/accept")
    shown = await writing.system.until(
        writing.system.agents(f"/v1/work/{item['contact_id']}"),
        await writing.system.token(Role.AGENT, agent="ana"),
        lambda found: [each["state"] for each in found["messages"] if each["direction"] == "out"] == ["delivered"],
    )
    (told,) = (each for each in shown["messages"] if each["direction"] == "out")
    assert told["sender"] == ""
    (contact,) = await writing.contacts(1, "active")
    assert (contact["replies_delivered"], contact["replied_at_ms"]) == (0, 0)


async def test_who_writes_a_mail_is_told_in_the_thread_and_in_its_language(writing: Writing) -> None:
    asked = await writing.system.mail("ivy@customer.example", "hilfe@acme.example", Subject="Mein Paket")
    told = await writing.gets("ivy@customer.example")
    assert text_of(told) == "Wir haben Ihre Nachricht erhalten. Sie sind als Nächstes an der Reihe."
    assert (told["Subject"], told["In-Reply-To"]) == ("Re: Mein Paket", asked["Message-ID"])
    assert (told["Auto-Submitted"], told["From"]) == ("auto-replied", "hilfe@acme.example")
    assert "Hello" not in told.as_string(), "an automatic reply quotes nothing"


async def test_a_message_that_ends_a_mail_and_an_address_for_a_form_are_sent(writing: Writing) -> None:
    await writing.system.mail("ivy@customer.example", "closed@acme.example")
    assert text_of(await writing.gets("ivy@customer.example")) == "We are back on Monday."
    await writing.system.form("acme-contact", "kim@customer.example")
    told = await writing.gets("kim@customer.example")
    assert text_of(told) == "Please turn to partner@else.example with this."
    assert (told["Subject"], told["From"]) == ("Your message to Acme Parts", "help@acme.example")
    assert {one["outcome"] for one in await writing.contacts(2, "ended")} == {"diverted"}


async def test_what_programs_write_is_never_answered(writing: Writing) -> None:
    for header in ({"Auto_Submitted": "auto-replied"}, {"Precedence": "bulk"}, {"List_Id": "<list.example>"}):
        await writing.system.mail("robot@customer.example", "help@acme.example", **header)
    await writing.system.mail("ivy@customer.example", "help@acme.example")
    await writing.gets("ivy@customer.example")
    await writing.contacts(4, "queued")
    assert writing.system.mailbox.arrived_for("robot@customer.example") == []
