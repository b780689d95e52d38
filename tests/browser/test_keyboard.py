"""The desk by keyboard alone: in which order one comes to what, that one sees where one is, and who has the keys."""

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.desks import accept, open_desk
from tests.system.running import Running

pytestmark = pytest.mark.integration

WHERE = """() => {
  const here = document.activeElement;
  const style = getComputedStyle(here);
  const name = here.getAttribute("aria-label") || here.labels?.[0]?.textContent
    || here.querySelector(".title")?.textContent || here.textContent.replace(/Ctrl.*/, "");
  return { name: name.trim(), seen: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2 };
}"""


async def walk(page: Page, steps: int, key: str = "Tab") -> list[str]:
    """Press the key so often; what has the focus after each. Each must show it."""
    names = []
    for _ in range(steps):
        await page.keyboard.press(key)
        here = await page.evaluate(WHERE)
        assert here["seen"], f"the focus is not seen on {here['name']}"
        names.append(here["name"])
    return names


async def test_one_comes_to_everything_in_the_order_in_which_it_is_read(system: Running, browser: Browser) -> None:
    page = (await open_desk(system, browser)).page
    async with system.chat("acme-chat", name="Sam Lane", email="sam@customer.example") as customer:
        await customer.send(say={"id": "1", "text": "Which belt fits?"})
        await accept(page)
        await expect(page.get_by_role("heading", name="Sam Lane")).to_be_visible()
        await page.get_by_text("Skip to the conversation").focus()

        names = await walk(page, 15)

    assert names == [
        "Presence",
        "?",
        "Log out",
        "Sam Lane",
        "Transfer to",
        "Transfer",
        "Ask first",
        "Finish",
        "About this contact",
        "Earlier contacts",
        "Messages",
        "Reply",
        "Note",
        "Reply to the customer",
        "Send",
    ]


async def test_a_contact_is_worked_from_the_offer_to_the_disposition_without_a_mouse(
    system: Running, browser: Browser
) -> None:
    page = (await open_desk(system, browser)).page
    async with system.chat("acme-chat", name="Sam Lane", email="sam@customer.example") as customer:
        await customer.send(say={"id": "1", "text": "Which belt fits?"})
        await expect(page.get_by_role("button", name="Accept")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(page.get_by_label("Reply to the customer")).to_be_focused()
        await page.keyboard.type("The A-12 does.")
        await page.keyboard.press("Control+Enter")
        await customer.until("message", **{"from": "agent"})
        names = await walk(page, 6, "Shift+Tab")
        assert names[-1] == "Finish", names
        await page.keyboard.press("Enter")
        await expect(page.get_by_label("What became of it?")).to_be_focused()
        await page.keyboard.press("ArrowDown")
        await page.keyboard.press("Control+Enter")
        await expect(page.get_by_text("Nothing on your desk.")).to_be_visible()

    contacts = await system.contacts(lambda them: them[0]["stage"] == "ended")
    assert contacts[0]["outcome"] == "completed"


async def test_an_offer_takes_no_keys_from_whoever_is_typing(system: Running, browser: Browser) -> None:
    page = (await open_desk(system, browser)).page
    async with system.chat("acme-chat", email="sam@customer.example") as first:
        await first.send(say={"id": "1", "text": "Which belt fits?"})
        await accept(page)
        reply = page.get_by_label("Reply to the customer")
        await expect(reply).to_be_focused()
        await page.keyboard.type("The A-12")
        async with system.chat("acme-chat", email="kim@customer.example") as second:
            await second.send(say={"id": "1", "text": "Where is my order?"})
            await expect(page.get_by_role("alertdialog")).to_be_visible()
            await page.keyboard.type(" does. Enter")
            await page.keyboard.press("Enter")
            await expect(reply).to_be_focused()
            await expect(reply).to_have_value("The A-12 does. Enter\n")
            await expect(page.get_by_role("alertdialog")).to_be_visible()

            await page.keyboard.press("Control+Shift+R")
            await expect(page.get_by_role("alertdialog")).to_be_hidden()
            await expect(reply).to_be_focused()
            await expect(reply).to_have_value("The A-12 does. Enter\n")


async def test_what_is_written_stays_with_its_contact(system: Running, browser: Browser) -> None:
    page = (await open_desk(system, browser)).page
    reply = page.get_by_label("Reply to the customer")
    async with system.chat("acme-chat", name="Sam Lane") as first, system.chat("acme-chat", name="Kim Roe") as second:
        await first.send(say={"id": "1", "text": "Which belt fits?"})
        await accept(page)
        await expect(page.get_by_role("heading", name="Sam Lane")).to_be_visible()
        await reply.fill("for Sam")
        await second.send(say={"id": "1", "text": "Where is my order?"})
        await accept(page)
        await expect(page.get_by_role("heading", name="Kim Roe")).to_be_visible()
        await expect(reply).to_have_value("")
        await reply.fill("for Kim")

        await page.keyboard.press("Alt+ArrowUp")
        await expect(page.get_by_role("heading", name="Sam Lane")).to_be_visible()
        await expect(reply).to_have_value("for Sam")
        await page.keyboard.press("Alt+ArrowDown")
        await expect(reply).to_have_value("for Kim")


async def test_help_opens_and_closes_by_keyboard_and_gives_the_focus_back(system: Running, browser: Browser) -> None:
    watched = await open_desk(system, browser)
    page = watched.page
    await page.get_by_role("button", name="?").focus()

    await page.keyboard.press("Enter")
    await expect(page.get_by_role("dialog", name="Keyboard")).to_be_visible()
    await page.keyboard.press("?")
    await page.keyboard.press("Escape")

    await expect(page.get_by_role("dialog", name="Keyboard")).to_be_hidden()
    await expect(page.get_by_role("button", name="?")).to_be_focused()
    assert watched.errors == []
