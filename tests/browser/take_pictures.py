"""Takes the pictures of the README: the free seat of the demonstration, worked in a real browser."""

import asyncio
import sys
import tempfile
from pathlib import Path

from playwright.async_api import Page, expect

from services.cli.data_folder import Addresses
from services.cli.demonstration.chat_visitor import chatting
from services.cli.demonstration.story import THANKS, TOURS, VISITS
from tests.browser.chromium import chromium, new_page
from tests.browser.desks import accept
from tests.system.free_seat import free_seat

BYTES_MAX = 120_000


async def take(page: Page, folder: Path, name: str) -> None:
    """A picture as the page is now. Raises ValueError when it is too large for a README."""
    picture = folder / f"{name}.png"
    await page.screenshot(path=picture)
    if picture.stat().st_size > BYTES_MAX:
        raise ValueError(f"{picture} has more than {BYTES_MAX} bytes: show less in it")


async def answer(page: Page, text: str) -> None:
    await page.get_by_label("Reply to the customer").fill(text)
    await page.keyboard.press("Control+Enter")
    await expect(page.get_by_role("log")).to_contain_text(text)


async def work(page: Page, folder: Path, addresses: Addresses) -> None:
    """One visitor has come by themselves; another one comes while they are answered."""
    await accept(page)
    await expect(page.get_by_role("log")).to_contain_text(TOURS[0].message)
    await answer(page, "Yes, I am. Welcome to Acme Parts! What are you looking for?")
    await expect(page.get_by_role("log")).to_contain_text(THANKS)
    async with chatting(addresses, TOURS[1]) as visitor:
        await expect(page.get_by_role("alertdialog")).to_be_visible()
        await asyncio.sleep(4)
        await take(page, folder, "desk-offer")
        await accept(page)
        await answer(page, "It does: green, red, and the grey that you know.")
        await visitor.answer()
        await visitor.say("Green, then. Can you send it to Norway?")
        await expect(page.get_by_role("log")).to_contain_text("Norway")
        await page.get_by_text("About this contact").click()
        await page.get_by_label("Reply to the customer").fill("Of course. It takes three days; shall I ")
        await expect(page.get_by_role("log")).to_contain_text("delivered")
        await take(page, folder, "desk-conversation")


async def main(folder: Path) -> None:
    """Play the demonstration, then take its free seat."""
    with tempfile.TemporaryDirectory(prefix="switchroom-") as data:
        async with free_seat(Path(data), visits=VISITS) as (show, playing), chromium() as browser:
            addresses = playing.running()
            if addresses is None:
                raise ValueError("the demonstration does not say where it runs")
            page = (await new_page(browser)).page
            await page.emulate_media(reduced_motion="reduce")
            await page.goto(show.invitations[0].link)
            await work(page, folder, addresses)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
