"""What an agent sees of a call: that it is being put through, that it is, and what became of it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.browser.chromium import pictures, shoot
from tests.browser.desks import accept, login_link, open_desk
from tests.system.telephones import ANAS, BENS, CUSTOMER, QUIET_LINE, Telephones, with_telephones

pytestmark = pytest.mark.integration


@pytest.fixture
async def telephones(tmp_path: Path) -> AsyncIterator[Telephones]:
    async with with_telephones(tmp_path / "data") as telephones:
        yield telephones


async def test_a_call_is_put_through_without_a_box_to_write_in(
    telephones: Telephones, browser: Browser, tmp_path: Path
) -> None:
    customer, anas = telephones.phone(CUSTOMER), telephones.phone(ANAS)
    await anas.does("manner", habit="manual")
    await login_link(telephones.system, "ana")
    await telephones.enters("ana", ANAS)
    desk = await open_desk(telephones.system, browser)
    await customer.does("call", to=QUIET_LINE)
    await accept(desk.page)
    await expect(desk.page.get_by_role("status").get_by_text("Connecting your telephone …")).to_be_visible()
    await expect(desk.page.get_by_role("button", name="Reply")).to_have_count(0)
    await expect(desk.page.get_by_label("Note for colleagues")).to_be_visible()

    await anas.becomes("ringing")
    await anas.does("answer")
    await expect(desk.page.locator(".call-state")).to_have_text("Connected.")
    await expect(desk.page.get_by_role("heading", name=CUSTOMER)).to_be_visible()
    await shoot(desk.page, pictures(tmp_path), "10-call")

    await customer.does("hang-up")
    await expect(desk.page.get_by_role("log")).to_contain_text("The customer hung up.")
    await expect(desk.page.get_by_role("heading", name="Wrap-up")).to_be_visible()
    assert desk.errors == []


async def test_an_agent_without_a_telephone_reads_why_calls_pass_them_by(
    telephones: Telephones, browser: Browser
) -> None:
    desk = await open_desk(telephones.system, browser)
    await telephones.phone(CUSTOMER).does("call", to=QUIET_LINE)
    await accept(desk.page)
    await expect(desk.page.get_by_text("No telephone is entered for you")).to_be_visible()


async def test_a_call_is_handed_over_by_two_desks_and_its_customer_is_on_hold_meanwhile(
    telephones: Telephones, browser: Browser, tmp_path: Path
) -> None:
    customer, anas, bens = telephones.phone(CUSTOMER), telephones.phone(ANAS), telephones.phone(BENS)
    for agent, phone in (("ana", ANAS), ("ben", BENS)):
        await login_link(telephones.system, agent)
        await telephones.enters(agent, phone)
    first = await open_desk(telephones.system, browser)
    await customer.does("call", to=QUIET_LINE)
    await accept(first.page)
    await expect(first.page.locator(".call-state")).to_have_text("Connected.")
    second = await open_desk(telephones.system, browser, "ben")
    await first.page.get_by_label("Transfer to").select_option(label="Ben")
    await first.page.get_by_role("button", name="Ask first").click()
    await accept(second.page)
    await expect(second.page.get_by_text("Ana asks you about this call")).to_be_visible()
    await expect(second.page.locator(".call-state")).to_have_text("Connected.")
    asked = first.page.get_by_role("region", name="Colleague asked")
    await expect(asked).to_contain_text("Ben has accepted and is called. The customer is on hold")
    await customer.hears("Wir sprechen mit einem Kollegen.")
    await bens.becomes("in-call")
    await shoot(first.page, pictures(tmp_path), "11-call-on-hold")

    await asked.get_by_role("button", name="Hand over").click()
    await anas.becomes("ended")
    await expect(second.page.locator(".call-state")).to_have_text("Connected.")
    await expect(second.page.get_by_role("log")).to_contain_text("Handed over to ben.")
    await customer.does("hang-up")
    await bens.becomes("ended")
    await expect(second.page.get_by_role("heading", name="Wrap-up")).to_be_visible()
    assert first.errors + second.errors == []
