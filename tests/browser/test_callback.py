"""The pages of call-backs in a real browser: by keyboard alone, in every look, and for whoever has them read out."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.chromium import new_page, pictures, shoot
from tests.browser.test_accessibility import violations
from tests.system.running import Running, running

pytestmark = pytest.mark.integration

PLAN = """
format: 1
tenant: demo
time_zone: Europe/Berlin
companies:
  - id: acme
    name: Acme Parts
    addresses:
      - {channel: callback, address: +44 20 7946 0150}
      - {channel: callback, address: +44 20 7946 0151, hours: never}
hours:
  - {id: never, days: {mon: "00:00-00:01"}}
queues: [{id: support, company: acme}]
entry_points:
  - {id: refund, match: {attributes: {topic: refund}}, route: {queue: support}}
  - {id: languages, match: {language: [hi, fa, ko]}, route: {queue: support}}
default: {queue: support}
agents: [{id: ana, companies: acme}]
"""


@pytest.fixture
async def system(tmp_path: Path) -> AsyncIterator[Running]:
    async with running(tmp_path / "data", carrier=True) as started:
        await started.activate(PLAN)
        yield started


async def focused(page: Page) -> str:
    """The label of what has the keyboard."""
    return str(await page.evaluate("(document.activeElement.labels?.[0] ?? document.activeElement).innerText"))


async def test_a_customer_asks_and_cancels_by_keyboard_alone(system: Running, browser: Browser) -> None:
    watched = await new_page(browser)
    page = watched.page
    await page.goto(system.ingest("/b/442079460150?lang=fa"))
    reached = []
    for _ in range(20):
        await page.keyboard.press("Tab")
        reached.append(await focused(page))
        if reached[-1] == "Your telephone number":
            await page.keyboard.type("۰۲۰ ۷۹۴۶ ۰۳۰۰")
        if reached[-1].startswith("What should we know"):
            await page.keyboard.type("پمپ کار نمی‌کند")
        if reached[-1] == "Call me":
            break
    # The day and the time of one field are places of their own.
    assert list(dict.fromkeys(reached)) == [
        "Your telephone number",
        "Your name (optional)",
        "When? (optional)",
        "In which language?",
        "What is it about?",
        "What should we know before? (optional)",
        "Call me",
    ]
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="We will call you")).to_be_visible()
    await expect(page.get_by_text("+442079460300")).to_be_visible()

    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Do you want to cancel")).to_be_visible()
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="The call is cancelled")).to_be_visible()
    assert watched.errors == []


async def test_what_is_wrong_is_read_out_with_its_field(system: Running, browser: Browser) -> None:
    page = (await new_page(browser)).page
    await page.goto(system.ingest("/b/442079460150"))
    await page.get_by_label("Your telephone number").fill("+44 909 879 0000")
    await page.get_by_label("What should we know").fill("سلام")
    await page.get_by_role("button", name="Call me").click()

    number = page.get_by_label("Your telephone number")
    await expect(number).to_have_accessible_description(
        re.compile("Only ordinary landlines and mobiles are called back: give us another number.")
    )
    await expect(number).to_have_attribute("aria-invalid", "true")
    await expect(page.get_by_role("alert")).to_contain_text("The call-back was not taken.")
    await expect(page.get_by_label("When?")).to_have_accessible_description(
        "Leave it empty to be called as soon as possible. Times are those of Europe/Berlin."
    )
    assert await page.get_by_label("What should we know").evaluate("it => getComputedStyle(it).direction") == "rtl"


async def test_the_pages_are_accessible_and_look_right(system: Running, browser: Browser, tmp_path: Path) -> None:
    page = (await new_page(browser)).page
    folder = pictures(tmp_path)
    await page.goto(system.ingest("/b/442079460151?lang=hi"))
    found = await violations(page, "closed")
    await shoot(page, folder, "callback-closed")
    await page.goto(system.ingest("/b/442079460150"))
    await page.get_by_label("Your telephone number").fill("nobody")
    await page.get_by_role("button", name="Call me").click()
    await expect(page.get_by_role("alert")).to_be_visible()
    found += await violations(page, "a mistake")
    await shoot(page, folder, "callback-mistake")
    await page.get_by_label("Your telephone number").fill("020 7946 0300")
    await page.get_by_role("button", name="Call me").click()
    await expect(page.get_by_role("heading", name="We will call you")).to_be_visible()
    found += await violations(page, "taken")
    await shoot(page, folder, "callback-taken")
    await page.get_by_role("link", name="I don’t need the call any more").click()
    found += await violations(page, "cancel")
    await shoot(page, folder, "callback-cancel")
    await page.get_by_role("button", name="Cancel the call").click()
    await expect(page.get_by_role("heading", name="The call is cancelled")).to_be_visible()
    found += await violations(page, "cancelled")
    await shoot(page, folder, "callback-cancelled")

    assert found == []


async def test_no_page_is_wider_than_a_telephone(system: Running, browser: Browser) -> None:
    page = (await new_page(browser)).page
    await page.set_viewport_size({"width": 320, "height": 640})
    await page.goto(system.ingest("/b/442079460151"))

    assert await page.evaluate("document.documentElement.scrollWidth") <= 320
