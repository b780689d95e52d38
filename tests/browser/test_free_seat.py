"""The seat that the demonstration leaves free: who opens its link is at work within ten seconds."""

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from services.cli.demonstration.story import BY_PHONE, THANKS, TOURS, VISITS
from services.cli.demonstration.tour import Patience
from tests.browser.chromium import new_page
from tests.system.free_seat import another_invitation, free_seat, open_tours

pytestmark = pytest.mark.integration

SOON_MS = 10_000
HASTY = Patience(to_be_joined_s=3.0)


async def complete(page: Page) -> None:
    await page.get_by_role("button", name="Finish").click()
    await page.get_by_label("What became of it?").select_option(label="Solved")
    await page.get_by_role("button", name="Complete").click()


async def test_the_link_brings_an_offer_and_after_it_is_worked_the_next(browser: Browser, tmp_path: Path) -> None:
    async with free_seat(tmp_path / "data", visits=VISITS) as (show, _):
        watched = await new_page(browser)
        page = watched.page
        offer = page.get_by_role("alertdialog")

        await page.goto(show.invitations[0].link)
        await expect(offer).to_contain_text("Acme Welcome", timeout=SOON_MS)
        await page.keyboard.press("Control+Shift+A")
        await expect(page.get_by_role("log")).to_contain_text(TOURS[0].message)
        await page.get_by_label("Reply to the customer").fill("Yes, I am.")
        await page.keyboard.press("Control+Enter")
        await expect(page.get_by_role("log")).to_contain_text(THANKS)
        await complete(page)
        await expect(offer).to_be_visible(timeout=SOON_MS)
        await page.keyboard.press("Control+Shift+A")
        await expect(page.get_by_role("log")).to_contain_text(TOURS[1].message)

    assert [(told.agent, told.outcome, told.answer) for told in show.after] == [("guest", "completed", "Yes, I am.")]
    assert len(show.before) == sum(visit.channel not in BY_PHONE for visit in VISITS)
    assert watched.errors == []


async def test_a_visitor_whom_nobody_answers_gives_up_and_another_comes(browser: Browser, tmp_path: Path) -> None:
    async with free_seat(tmp_path / "data", HASTY) as (show, folder):
        page = (await new_page(browser)).page
        await page.goto(show.invitations[0].link)
        await expect(page.get_by_role("alertdialog")).to_be_visible(timeout=SOON_MS)
        await show.until(lambda: len(show.after) == 1)
        await expect(page.get_by_role("alertdialog")).to_be_hidden()
        await expect(page.get_by_role("alertdialog")).to_be_visible(timeout=SOON_MS)
        await page.close()
        await show.until(lambda: len(show.after) == 2)

        again = (await new_page(browser)).page
        await again.goto((await another_invitation(folder)).link)
        await expect(again.get_by_role("alertdialog")).to_be_visible(timeout=SOON_MS)

        assert len(await open_tours(folder)) == 1
    assert {(told.agent, told.outcome, told.answer) for told in show.after} == {("", "abandoned", "")}


async def test_a_guest_who_misses_an_offer_is_left_in_peace_until_they_are_available_again(
    browser: Browser, tmp_path: Path
) -> None:
    async with free_seat(tmp_path / "data", Patience(to_be_joined_s=23.0)) as (show, _):
        page = (await new_page(browser)).page
        await page.goto(show.invitations[0].link)
        await expect(page.get_by_role("alertdialog")).to_be_visible(timeout=SOON_MS)
        await expect(page.get_by_text("You missed an offer")).to_be_visible(timeout=25_000)
        await show.until(lambda: len(show.after) == 1)
        await asyncio.sleep(3)
        await expect(page.get_by_role("alertdialog")).to_be_hidden()

        await page.get_by_label("Presence").select_option(label="Available")
        await expect(page.get_by_role("alertdialog")).to_be_visible(timeout=SOON_MS)
