"""A conversation by SMS at the desk: it reads as a chat does, and what is too long is refused where it is written."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from playwright.async_api import Browser, expect

from services.cli.carrier.subscription import subscription_of
from services.cli.data_folder import DataFolder
from tests.browser.chromium import pictures, shoot
from tests.browser.desks import accept, open_desk
from tests.simulated_carrier import Phone
from tests.system.running import Running, bearer, running

pytestmark = pytest.mark.integration

OURS, CUSTOMER = "+442079460200", "+919876543210"
PLAN = """
format: 1
tenant: demo
time_zone: Europe/Berlin
companies:
  - {id: acme, name: Acme Parts, addresses: [{channel: sms, address: +44 20 7946 0200, language: hi}]}
queues:
  - {id: support, company: acme, name: Support}
default: {queue: support}
agents:
  - {id: ana, companies: acme}
"""
HINDI = "मेरा ऑर्डर ४७११ कहाँ है?"


@pytest.fixture
async def system(tmp_path: Path) -> AsyncIterator[Running]:
    async with running(tmp_path / "data", carrier=True) as started:
        await started.activate(PLAN)
        yield started


@pytest.fixture
async def phone(system: Running, tmp_path: Path) -> AsyncIterator[Phone]:
    headers = bearer(subscription_of(DataFolder(tmp_path / "data")).control_key)
    url = system.addresses.url(system.addresses.carrier)
    async with httpx2.AsyncClient(timeout=60, base_url=url, headers=headers, trust_env=False) as http:
        yield Phone(CUSTOMER, http)


async def test_an_agent_and_a_customer_write_to_each_other_by_sms(
    system: Running, phone: Phone, browser: Browser, tmp_path: Path
) -> None:
    desk = await open_desk(system, browser)
    await phone.does("texts", to=OURS, body=HINDI)
    await accept(desk.page)
    messages = desk.page.get_by_role("log", name="Messages")
    await expect(messages).to_contain_text(HINDI)

    await desk.page.get_by_label("Reply to the customer").fill("It comes tomorrow.")
    await desk.page.keyboard.press("Control+Enter")
    await phone.gets_text("It comes tomorrow.")
    await phone.does("texts", to=OURS, body="धन्यवाद!")
    await expect(messages.get_by_role("article")).to_have_count(3)
    await expect(messages.get_by_text("delivered", exact=True)).to_be_visible()
    await expect(desk.page.get_by_role("heading", name=CUSTOMER)).to_be_visible()
    await shoot(desk.page, pictures(tmp_path), "9-sms")
    assert desk.errors == []


async def test_what_is_too_long_is_refused_and_stays_where_it_was_written(
    system: Running, phone: Phone, browser: Browser
) -> None:
    desk = await open_desk(system, browser)
    await phone.does("texts", to=OURS, body="Hello")
    await accept(desk.page)
    reply = desk.page.get_by_label("Reply to the customer")
    await reply.fill("x" * 1601)
    await desk.page.keyboard.press("Control+Enter")
    await expect(desk.page.get_by_text("The message is too long for an SMS.")).to_be_visible()
    await expect(reply).to_have_value("x" * 1601)
    await reply.fill("x" * 1600)
    await desk.page.keyboard.press("Control+Enter")
    await phone.gets_text("x" * 1600)
