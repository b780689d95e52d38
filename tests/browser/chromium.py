"""A real browser, the looks that a page has in it, and what went wrong on a page."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright

QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
WIDE = (1280, 800)
NARROW = (390, 844)
LOOKS = [(size, scheme) for size in (WIDE, NARROW) for scheme in ("light", "dark")]


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Start it, and stop it. CHROMIUM tells where it is."""
    async with async_playwright() as playwright:
        executable = os.environ.get("CHROMIUM", "/usr/bin/chromium")
        started = await playwright.chromium.launch(executable_path=executable, args=list(QUIET))
        yield started
        await started.close()


class Watched:
    """A page that remembers every error of its scripts and every complaint of its console."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda message: self.errors.append(message.text) if message.type == "error" else None)


async def new_page(browser: Browser) -> Watched:
    """A wide page, light, in a session of its own."""
    width, height = WIDE
    return Watched(await browser.new_page(viewport={"width": width, "height": height}, color_scheme="light"))


async def each_look(page: Page) -> AsyncIterator[str]:
    """Show the page in every look, one after the other, and then as it was."""
    await page.emulate_media(reduced_motion="reduce")
    for (width, height), scheme in LOOKS:
        await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        await page.set_viewport_size({"width": width, "height": height})
        yield f"{width}-{scheme}"
    width, height = WIDE
    await page.emulate_media(color_scheme="light")
    await page.set_viewport_size({"width": width, "height": height})


def pictures(folder: Path) -> Path:
    """Where pictures go: SWITCHROOM_PICTURES, or the test's own folder."""
    chosen = Path(os.environ.get("SWITCHROOM_PICTURES", folder))
    chosen.mkdir(parents=True, exist_ok=True)
    return chosen


async def shoot(page: Page, folder: Path, name: str) -> None:
    """A picture of each look."""
    async for look in each_look(page):
        await page.screenshot(path=folder / f"{name}-{look}.png")
