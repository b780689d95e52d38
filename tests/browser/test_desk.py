"""One walk at the desk in a real browser: link, accept, reply, complete; at two widths, light and dark."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from services.shared.tokens import Role
from tests.system.plans import TWO_COMPANIES
from tests.system.running import Running, bearer, running

pytestmark = pytest.mark.integration

QUIET_CHROMIUM = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
LOOKS = [(1280, 800, "light"), (1280, 800, "dark"), (390, 844, "light"), (390, 844, "dark")]


@pytest.fixture
async def system(tmp_path: Path) -> AsyncIterator[Running]:
    async with running(tmp_path / "data") as started:
        await started.activate(TWO_COMPANIES)
        yield started


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=list(QUIET_CHROMIUM)
        )
        yield started
        await started.close()


def pictures(folder: Path) -> Path:
    """Where screenshots go: SWITCHROOM_PICTURES, or the test's own folder."""
    chosen = Path(os.environ.get("SWITCHROOM_PICTURES", folder))
    chosen.mkdir(parents=True, exist_ok=True)
    return chosen


async def login_link(system: Running, agent: str) -> str:
    key = await system.key(Role.AGENT, agent=agent, companies=("acme", "globex"), name="Ana Example")
    login = await system.http.post(system.agents("/v1/login"), json={"key": key})
    me = await system.http.get(system.agents("/v1/people"), headers=bearer(await system.token(Role.ADMIN)))
    person = next(each for each in me.json()["people"] if each["agent"] == agent)
    answer = await system.http.post(
        system.agents("/v1/login-links"), json={"person": person["id"]}, headers=bearer(await system.token(Role.ADMIN))
    )
    assert login.status_code == 200
    link: str = answer.json()["link"]
    return link


async def shoot(page: Page, folder: Path, name: str) -> None:
    """A picture of the page as it is, at both widths, light and dark."""
    before = page.viewport_size
    await page.emulate_media(reduced_motion="reduce")
    for width, height, scheme in LOOKS:
        await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        await page.set_viewport_size({"width": width, "height": height})
        await page.screenshot(path=folder / f"{name}-{width}-{scheme}.png")
    await page.emulate_media(color_scheme="light")
    if before is not None:
        await page.set_viewport_size(before)


async def test_an_agent_answers_a_chat_from_the_link_to_the_disposition(
    system: Running, browser: Browser, tmp_path: Path
) -> None:
    folder = pictures(tmp_path)
    errors: list[str] = []
    page = await browser.new_page(viewport={"width": 1280, "height": 800})
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)

    await page.goto(await login_link(system, "ana"))
    await expect(page).to_have_url(system.agents("/desk"))
    await page.get_by_label("Presence").select_option(label="Available")
    await shoot(page, folder, "1-idle")

    async with system.chat("acme-chat", name="Sam <b>Lane</b>", email="sam@customer.example") as customer:
        await customer.send(say={"id": "1", "text": "Which belt fits?\n<img src=x onerror=alert(1)> سلام"})
        offer = page.get_by_role("alertdialog")
        await expect(offer).to_be_visible()
        await expect(offer).to_contain_text("Acme Support")
        await expect(offer).not_to_contain_text("Which belt fits?")
        await shoot(page, folder, "2-offer")

        await page.keyboard.press("Control+Shift+A")
        await expect(page.get_by_role("log")).to_contain_text("Which belt fits?")
        await expect(page.get_by_role("log").locator("img")).to_have_count(0)
        await page.get_by_label("Reply to the customer").fill("The A-12 does.")
        await shoot(page, folder, "3-conversation")
        await page.keyboard.press("Control+Enter")
        answer = await customer.until("message", **{"from": "agent"})
        assert answer["text"] == "The A-12 does."

        await page.get_by_role("button", name="Finish").click()
        await page.get_by_label("What became of it?").select_option(label="Solved")
        await shoot(page, folder, "4-wrap-up")
        await page.get_by_role("button", name="Complete").click()
        await expect(page.get_by_text("Nothing on your desk.")).to_be_visible()
        contacts = await system.contacts(lambda them: bool(them) and them[0]["stage"] == "ended")

    assert (contacts[0]["agent"], contacts[0]["stage"]) == ("ana", "ended")
    assert errors == []


async def test_a_login_link_opens_the_desk_once(system: Running, browser: Browser) -> None:
    link = await login_link(system, "ana")
    first = await browser.new_context()
    second = await browser.new_context()

    await (await first.new_page()).goto(link)
    page = await second.new_page()
    answer = await page.goto(link)

    assert answer is not None
    assert answer.status == 410
    await expect(page.get_by_text("does not log in any more")).to_be_visible()


async def test_a_customer_chats_and_fills_in_the_form_in_the_browser(
    system: Running, browser: Browser, tmp_path: Path
) -> None:
    folder = pictures(tmp_path)
    page = await browser.new_page(viewport={"width": 1280, "height": 800})

    await page.goto(system.ingest("/f/acme-contact"))
    await shoot(page, folder, "5-form")
    await page.get_by_label("mail").first.fill("ivy@customer.example")
    await page.get_by_label("message").first.fill("Do you ship to Norway?")
    await page.get_by_role("button").first.click()
    found = await system.contacts(lambda contacts: len(contacts) == 1)
    assert (found[0]["channel"], found[0]["queue"]) == ("web_form", "acme-support")
    await shoot(page, folder, "6-thanks")

    await page.goto(system.ingest("/c/acme-chat"))
    await shoot(page, folder, "7-chat")
