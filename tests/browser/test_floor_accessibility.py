"""The floor and the page to try break no rule of WCAG 2.2 AA that axe knows, in every look."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from services.cli.demonstration.stage import stage
from tests.browser.chromium import new_page
from tests.browser.floors import at, open_floor
from tests.browser.test_accessibility import violations
from tests.browser.test_floor import accept_next, sit_down
from tests.system.plans import TWO_COMPANIES
from tests.system.running import Running, running

pytestmark = pytest.mark.integration


async def test_the_floor_is_accessible_in_all_its_states(system: Running, browser: Browser) -> None:
    page = (await open_floor(system, browser)).page
    await expect(page.get_by_text("Live", exact=True)).to_be_visible()
    found = await violations(page, "empty")
    await sit_down(system, "ana")
    for number in range(12):
        await system.form("acme-contact", f"customer{number}@customer.example")
        await system.form("globex-contact", f"customer{number}@customer.example")
    await accept_next(system, "ana")
    await expect(page.locator(".more").first).to_be_visible()
    found += await violations(page, "busy")
    await at(page, "With Ana").get_by_role("button").first.click()
    await expect(page.get_by_role("dialog")).to_contain_text("accepted")
    found += await violations(page, "story")
    await page.keyboard.press("Escape")
    await page.route("**/v1/floor/stream", lambda route: route.abort())
    await page.reload()
    await expect(page.get_by_text("The connection is lost.")).to_be_visible()
    found += await violations(page, "lost")

    assert found == []


async def test_the_page_to_try_is_accessible(browser: Browser, tmp_path: Path) -> None:
    async with running(tmp_path / "data", stage()) as system:
        await system.activate(TWO_COMPANIES)
        page = (await new_page(browser)).page
        await page.goto(system.agents("/try"))
        await expect(page.frame_locator("iframe").get_by_text("We are here.")).to_be_visible()
        found = await violations(page, "untouched")
        await page.frame_locator("iframe").get_by_label("Message").fill("Hello?")
        await page.frame_locator("iframe").get_by_role("button", name="Send").click()
        await expect(page.get_by_text("Your chat")).to_be_visible()
        found += await violations(page, "waiting")

    assert found == []
