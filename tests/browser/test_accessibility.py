"""No page breaks a rule of WCAG 2.2 AA that axe knows, in light and dark, on a wide screen and on a telephone's."""

from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]
from playwright.async_api import Browser, Page, expect

from tests.browser.chromium import each_look, new_page
from tests.browser.desks import accept, login_link, open_desk
from tests.system.running import Running

pytestmark = pytest.mark.integration

RULES: dict[str, Any] = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
    "rules": {"target-size": {"enabled": True}},
    "resultTypes": ["violations"],
}


async def violations(page: Page, state: str) -> list[str]:
    """What axe has against the page, in every look."""
    found = []
    async for look in each_look(page):
        results = (await Axe().run(page, options=RULES)).response
        assert len(results["passes"]) > 5, "axe did not look"
        found += [f"{state}, {look}: {_words(each)}" for each in results["violations"]]
    return found


def _words(violation: dict[str, Any]) -> str:
    places = [f"{node['html'][:120]} ({node['failureSummary']})" for node in violation["nodes"][:3]]
    return f"{violation['id']}: {places}"


async def test_the_audit_finds_what_is_wrong(system: Running, browser: Browser) -> None:
    page = (await new_page(browser)).page
    await page.goto(system.ingest("/f/acme-contact"))
    await page.evaluate("document.querySelector('label').remove()")

    found = await violations(page, "form without a label")

    assert len(found) == 4
    assert all("label: " in each for each in found)


async def test_the_desk_is_accessible_in_all_its_states(system: Running, browser: Browser) -> None:
    page = (await open_desk(system, browser)).page
    found = await violations(page, "idle")
    await page.get_by_role("button", name="?").click()
    found += await violations(page, "help")
    await page.keyboard.press("Escape")

    async with system.chat("acme-chat", name="Sam Lane", email="sam@customer.example", language="fa") as customer:
        await customer.send(say={"id": "1", "text": "Which belt fits?"})
        await expect(page.get_by_role("alertdialog")).to_be_visible()
        found += await violations(page, "offer")
        await accept(page)
        await page.get_by_label("Reply to the customer").fill("The A-12 does.")
        await page.keyboard.press("Control+Enter")
        await customer.until("message", **{"from": "agent"})
        await page.get_by_text("About this contact").click()
        await page.get_by_text("Earlier contacts").click()
        found += await violations(page, "conversation")
        await page.get_by_role("button", name="Note").click()
        await page.get_by_label("Note for colleagues").fill("They have the old model.")
        await page.keyboard.press("Control+Enter")
        await expect(page.get_by_role("log")).to_contain_text("old model")
        found += await violations(page, "note")
        await page.get_by_role("button", name="Finish").click()
        await page.get_by_role("button", name="Complete").click()
        await expect(page.get_by_text("Choose what became of it first.")).to_be_visible()
        found += await violations(page, "wrap-up")

    assert found == []


async def test_the_desk_is_accessible_when_something_is_wrong(system: Running, browser: Browser) -> None:
    page = (await open_desk(system, browser)).page
    await page.route(
        "**/v1/presence", lambda route: route.fulfill(status=409, json={"error": {"what": "No.", "what_to_do": ""}})
    )
    await page.get_by_label("Presence").select_option(label="Away")
    await expect(page.get_by_role("alert")).to_be_visible()
    found = await violations(page, "refused")
    await page.get_by_role("button", name="Log out").click()
    await expect(page.get_by_text("You are logged out.")).to_be_visible()
    found += await violations(page, "logged out")

    assert found == []


async def test_the_pages_of_logging_in_are_accessible(system: Running, browser: Browser) -> None:
    context = await browser.new_context()
    page = await context.new_page()
    link = await login_link(system, "ana")
    await page.goto(system.agents("/desk"))
    found = await violations(page, "not logged in")
    await page.set_extra_http_headers({"Purpose": "prefetch"})
    await page.goto(link)
    await expect(page.get_by_role("button", name="Log in")).to_be_visible()
    found += await violations(page, "asked for a press on the button")
    await page.set_extra_http_headers({})
    await page.goto(link)
    await (await context.new_page()).goto(link)
    await context.pages[-1].wait_for_load_state()
    found += await violations(context.pages[-1], "used up")

    assert found == []


async def test_the_form_and_its_thanks_are_accessible(system: Running, browser: Browser) -> None:
    page = (await new_page(browser)).page
    await page.goto(system.ingest("/f/acme-contact"))
    found = await violations(page, "form")
    await page.get_by_label("Email or phone").fill("nobody")
    await page.get_by_label("Message").fill("Do you ship to Norway?")
    await page.get_by_role("button", name="Send").click()
    await expect(page.get_by_role("alert")).to_be_visible()
    found += await violations(page, "form with a mistake")
    await page.get_by_label("Email or phone").fill("ivy@customer.example")
    await page.get_by_role("button", name="Send").click()
    await expect(page.get_by_text("Thank you")).to_be_visible()
    found += await violations(page, "thanks")
    await page.goto(system.ingest("/f/nowhere"))
    found += await violations(page, "no such page")

    assert found == []


async def test_the_chat_is_accessible(system: Running, browser: Browser) -> None:
    page = (await new_page(browser)).page
    await page.goto(system.ingest("/c/acme-chat"))
    await expect(page.get_by_text("We are here.")).to_be_visible()
    found = await violations(page, "before the chat")
    await page.get_by_label("Message").fill("Which belt fits?")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("You are next.")).to_be_visible()
    found += await violations(page, "waiting")
    desk = (await open_desk(system, browser)).page
    await accept(desk)
    await desk.get_by_label("Reply to the customer").fill("The A-12 does.")
    await desk.keyboard.press("Control+Enter")
    await expect(page.get_by_role("log")).to_contain_text("A-12")
    found += await violations(page, "answered")

    assert found == []
