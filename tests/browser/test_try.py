"""Being the customer at /try: each way in its frame, and beside it what becomes of the contact."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from services.cli.demonstration.stage import stage
from tests.browser.chromium import new_page
from tests.browser.test_floor import accept_next, complete, sit_down
from tests.system.plans import TWO_COMPANIES
from tests.system.running import running

pytestmark = pytest.mark.integration


async def test_a_visitor_chats_in_the_frame_and_sees_what_becomes_of_it(browser: Browser, tmp_path: Path) -> None:
    async with running(tmp_path / "data", stage()) as system:
        await system.activate(TWO_COMPANIES)
        watched = await new_page(browser)
        page, chat = watched.page, watched.page.frame_locator('iframe[title="Chat"]')
        await page.goto(system.agents("/try"))
        mine = page.locator(".went")

        await chat.get_by_label("Message").fill("Which belt fits?")
        await chat.get_by_role("button", name="Send").click()
        await expect(mine).to_contain_text("Your chat")
        await expect(mine).to_contain_text("It waits in Acme Support")
        await system.form("acme-contact", "stranger@customer.example")
        async with system.chat("acme-chat", name="Stranger") as stranger:
            await stranger.send(say={"id": "1", "text": "I was here too."})
            await stranger.until("accepted", id="1")

            await sit_down(system, "ana")
            contact_id = await accept_next(system, "ana")
            await expect(mine).to_contain_text("It is with Ana", ignore_case=True)
            await expect(chat.get_by_text("is with you")).to_be_visible()
            await expect(mine).to_have_count(1)

        await page.get_by_role("button", name="Its story, and why").click()
        await expect(page.get_by_role("dialog")).to_contain_text("the default route put it", ignore_case=True)
        await page.keyboard.press("Escape")
        await complete(system, "ana", contact_id)
        await expect(mine).to_contain_text("Completed")
    assert watched.errors == []


async def test_the_ways_are_tabs_that_the_keyboard_works_and_a_frame_stays_as_it_was(
    browser: Browser, tmp_path: Path
) -> None:
    async with running(tmp_path / "data", stage()) as system:
        await system.activate(TWO_COMPANIES)
        watched = await new_page(browser)
        page = watched.page
        chat = page.frame_locator('iframe[title="Chat"]').get_by_label("Message")
        form = page.frame_locator('iframe[title="Web form"]')
        await page.goto(system.agents("/try"))
        await chat.fill("half a thou")

        await page.get_by_role("tab", name="Chat").focus()
        await page.keyboard.press("ArrowDown")
        await expect(page.get_by_role("tab", name="Web form")).to_be_focused()
        await expect(form.get_by_label("Message")).to_be_visible()
        await expect(page).to_have_url(system.agents("/try#form"))
        await form.get_by_label("Email or phone").fill("ivy@customer.example")
        await form.get_by_label("Message").fill("Do you ship to Norway?")
        await form.get_by_role("button", name="Send").click()
        await expect(form.get_by_text("Thank you")).to_be_visible()
        await expect(page.locator(".went")).to_contain_text("Your web form")

        await page.get_by_role("tab", name="Web form").focus()
        await page.keyboard.press("Home")
        await expect(chat).to_have_value("half a thou")
        await expect(page.locator(".went")).to_have_count(0)
    assert watched.errors == []


async def test_what_other_pages_claim_is_no_contact_of_the_visitor(browser: Browser, tmp_path: Path) -> None:
    async with running(tmp_path / "data", stage()) as system:
        await system.activate(TWO_COMPANIES)
        page = (await new_page(browser)).page
        await page.goto(system.agents("/try"))
        await expect(page.frame_locator("iframe").get_by_text("We are here.")).to_be_visible()
        async with system.chat("acme-chat", name="Stranger") as stranger:
            await stranger.send(say={"id": "1", "text": "Hello"})
            contact_id = (await stranger.until("accepted", id="1"))["contact_id"]
            claim = {"switchroom": {"contact_id": contact_id}}
            await page.evaluate("(claim) => { window.postMessage(claim, '*'); }", claim)
            await page.get_by_role("tab", name="Web form").click()
            await page.get_by_role("tab", name="Chat").click()

            await expect(page.locator(".went")).to_have_count(0)
