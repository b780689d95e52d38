"""Takes the pictures of the README: the demonstration's floor, its page to try, its free seat, in a real browser."""

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import httpx2
from PIL import Image
from playwright.async_api import Page, expect

from services.cli.data_folder import Addresses, DataFolder
from services.cli.demonstration.chat_visitor import chatting
from services.cli.demonstration.customers import Customers
from services.cli.demonstration.daily_life import DailyLife
from services.cli.demonstration.mailbox import Mailbox
from services.cli.demonstration.persistence import MISFORTUNES
from services.cli.demonstration.run import Demonstration, Programme
from services.cli.demonstration.stage import stage
from services.cli.demonstration.story import THANKS, TOURS, VISITS
from services.cli.demonstration.system import system_on
from services.cli.embedded import Embedded
from tests.browser.chromium import chromium, new_page, shoot
from tests.browser.desks import accept
from tests.system.free_seat import Listening
from tests.system.running import FREE_PORTS

OURS = ("floor", "try", "desk")
BYTES_MAX = 120_000
COLOURS = 256
KMEANS_ROUNDS = 2
TOLD_WITHIN_S = 160.0
BUSY_WITHIN_MS = 180_000
SOON_MS = 30_000
# As many again, at other places of the story, so that there is something to see at once.
BUSIER = (5, 13, 21)
BUSY = """() => {
  const all = (stage) => document.querySelectorAll(`.token[data-stage="${stage}"]`).length;
  return all("active") >= 8 && all("offered") >= 1 && all("queued") >= 2;
}"""


@asynccontextmanager
async def demonstration(path: Path) -> AsyncIterator[tuple[Listening, Addresses]]:
    """As `switchroom demo` plays it, with more customers once all is told."""
    folder = DataFolder(path)
    folder.lock()
    mailbox = Mailbox("127.0.0.1", 0, next_free=False)
    await mailbox.start()
    ports = replace(FREE_PORTS, relay=mailbox.port, carrier=0)
    embedded = Embedded(folder, ports, stage(), carrier=True, mails=mailbox)
    show = Listening()
    playing = Demonstration(lambda: system_on(folder), mailbox, show, Programme(stays=True))
    try:
        await embedded.start()
        await playing.start()
        await show.until(lambda: bool(show.invitations), TOLD_WITHIN_S)
        if embedded.addresses is None:
            raise ValueError("the demonstration does not say where it runs")
        async with httpx2.AsyncClient(timeout=SOON_MS / 1_000) as http:
            customers = Customers(await system_on(folder), mailbox, http)
            async with busier(customers):
                yield show, embedded.addresses
    finally:
        await playing.stop()
        await embedded.stop()
        await mailbox.stop()


@asynccontextmanager
async def busier(customers: Customers) -> AsyncIterator[None]:
    """More of the same."""
    lives = [DailyLife(customers, VISITS[begin:] + VISITS[:begin], MISFORTUNES) for begin in BUSIER]
    tasks = [asyncio.create_task(life.run()) for life in lives]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def take(page: Page, folder: Path, name: str) -> None:
    """A picture as the page is now."""
    await page.screenshot(path=folder / f"{name}.png")


def shrink(folder: Path) -> None:
    """To as many colours as are in them. Raises ValueError when a picture is too large for a README all the same."""
    pictures = [path for path in folder.glob("*.png") if path.stem.partition("-")[0] in OURS]
    for path in pictures:
        with Image.open(path) as picture:
            every = picture.convert("RGB")
        # So that the colour of what is small is kept too.
        few = every.quantize(COLOURS, Image.Quantize.MAXCOVERAGE, KMEANS_ROUNDS, dither=Image.Dither.NONE)
        few.save(path, optimize=True)
    large = [path.name for path in pictures if path.stat().st_size > BYTES_MAX]
    if large:
        raise ValueError(f"{', '.join(large)} have more than {BYTES_MAX} bytes: show less in them")


async def floor(page: Page, folder: Path, addresses: Addresses) -> None:
    """At a moment when there is something to see."""
    await page.goto(addresses.url(addresses.agents))
    await page.wait_for_function(BUSY, timeout=BUSY_WITHIN_MS)
    # What stands beside the contacts is written a moment later.
    await asyncio.sleep(0.5)
    await shoot(page, folder, "floor")


async def being_the_customer(page: Page, folder: Path, addresses: Addresses) -> None:
    """A call to Acme Parts, which hears the menu."""
    await page.goto(f"{addresses.url(addresses.agents)}/try#phone")
    phone = page.frame_locator('iframe[title="Phone"]')
    await phone.get_by_label("Number to call").fill("+442079460100")
    await phone.get_by_role("button", name="Call", exact=True).click()
    await expect(phone.get_by_role("log").first).to_contain_text("press 1", timeout=SOON_MS)
    await expect(page.locator(".went").first).to_be_visible(timeout=SOON_MS)
    await shoot(page, folder, "try")
    await phone.get_by_role("button", name="Hang up").click()


async def answer(page: Page, text: str) -> None:
    reply = page.get_by_label("Reply to the customer")
    await reply.fill(text)
    await reply.press("Control+Enter")
    await expect(page.get_by_role("log")).to_contain_text(text)


async def work(page: Page, folder: Path, addresses: Addresses) -> None:
    """One visitor has come by themselves; another one comes while they are answered."""
    await accept(page)
    await expect(page.get_by_role("log")).to_contain_text(TOURS[0].message)
    await answer(page, "Yes, I am. Welcome to Acme Parts! What are you looking for?")
    await expect(page.get_by_role("log")).to_contain_text(THANKS)
    async with chatting(addresses.url(addresses.ingest), TOURS[1]) as visitor:
        await expect(page.get_by_role("alertdialog")).to_be_visible()
        await asyncio.sleep(4)
        await take(page, folder, "desk-offer")
        await accept(page)
        await expect(page.get_by_role("log")).to_contain_text(TOURS[1].message)
        await answer(page, "It does: green, red, and the grey that you know.")
        await visitor.answer()
        await visitor.say("Green, then. Can you send it to Norway?")
        await expect(page.get_by_role("log")).to_contain_text("Norway")
        await page.get_by_text("About this contact").click()
        await page.get_by_label("Reply to the customer").fill("Of course. It takes three days; shall I ")
        await expect(page.get_by_role("log")).to_contain_text("delivered")
        await take(page, folder, "desk-conversation")
        await shoot(page, folder, "desk")


async def main(folder: Path) -> None:
    """Play the demonstration, watch it, take part in it."""
    with tempfile.TemporaryDirectory(prefix="switchroom-") as data:
        async with demonstration(Path(data)) as (show, addresses), chromium() as browser:
            page = (await new_page(browser)).page
            await page.emulate_media(reduced_motion="reduce")
            await floor(page, folder, addresses)
            await being_the_customer(page, folder, addresses)
            await page.goto(show.invitations[0].link)
            await work(page, folder, addresses)
    shrink(folder)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
