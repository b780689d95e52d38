"""Two desks in real browsers: an agent asks a colleague by keyboard, and hands the contact over."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.chromium import pictures, shoot
from tests.browser.desks import accept, open_desk
from tests.browser.test_accessibility import violations
from tests.system.running import Running

pytestmark = pytest.mark.integration


async def note(page: Page, text: str) -> None:
    """Begin a note; it is not kept yet."""
    await page.get_by_role("button", name="Note", exact=True).click()
    await page.get_by_label("Note for colleagues").fill(text)


async def press(page: Page, name: str) -> None:
    """A button by keyboard alone."""
    await page.get_by_role("button", name=name, exact=True).focus()
    await page.keyboard.press("Enter")


async def test_a_contact_is_handed_over_to_a_colleague_who_was_asked_first(
    system: Running, browser: Browser, tmp_path: Path
) -> None:
    folder = pictures(tmp_path)
    first = await open_desk(system, browser)
    ana = first.page
    async with system.chat("acme-chat", name="Sam Lane", email="sam@customer.example") as customer:
        await customer.send(say={"id": "1", "text": "Which belt fits?"})
        await accept(ana)
        second = await open_desk(system, browser, "ben")
        ben = second.page

        await note(ana, "It is the model of 2019.")
        await ana.get_by_label("Transfer to").select_option(label="Ben")
        await press(ana, "Ask first")
        asked = ana.get_by_role("region", name="Colleague asked")
        await expect(asked).to_contain_text("Asking Ben")
        await expect(ana.get_by_label("Note for colleagues")).to_have_value("")
        await expect(asked.get_by_role("button", name="Hand over")).to_be_disabled()
        await expect(ben.get_by_role("alertdialog")).to_contain_text("Question about: chat")
        await expect(ben.get_by_role("alertdialog")).to_contain_text("Ana")
        await accept(ben)

        await expect(asked).to_contain_text("Ben is with you")
        await expect(ben.get_by_role("log")).to_contain_text("Which belt fits?")
        await expect(ben.get_by_role("log")).to_contain_text("It is the model of 2019.")
        await expect(ben.get_by_text("Ana asks you about this contact")).to_be_visible()
        await expect(ben.get_by_role("button", name="Reply", exact=True)).to_have_count(0)
        await ben.get_by_label("Note for colleagues").fill("Then it is the A-12. Give it to me.")
        await ben.keyboard.press("Control+Enter")
        await expect(ana.get_by_role("log")).to_contain_text("Give it to me.")
        await shoot(ana, folder, "5-asking")
        await shoot(ben, folder, "6-asked")
        found = await violations(ana, "asking") + await violations(ben, "asked")

        await press(ana, "Hand over")
        await expect(ana.get_by_text("Nothing on your desk.")).to_be_visible()
        await ben.get_by_label("Reply to the customer").fill("The A-12 does.")
        await ben.keyboard.press("Control+Enter")
        answer = await customer.until("message", **{"from": "agent"})
        assert answer["text"] == "The A-12 does."
        await expect(ben.get_by_role("log")).to_contain_text("Handed over to ben.")
        await shoot(ben, folder, "7-handed-over")
        # The question was no contact.
        contacts = await system.contacts(lambda them: bool(them) and them[0]["agent"] == "ben")
        assert [(each["agents"], each["transfers"]) for each in contacts] == [(["ana", "ben"], 1)]

    assert found == []
    assert first.errors + second.errors == []


async def test_whoever_asked_goes_on_alone_when_they_think_better_of_it(system: Running, browser: Browser) -> None:
    ana = (await open_desk(system, browser)).page
    async with system.chat("acme-chat", name="Sam Lane", email="sam@customer.example") as customer:
        await customer.send(say={"id": "1", "text": "Which belt fits?"})
        await accept(ana)
        await ana.get_by_label("Transfer to").select_option(label="Acme Billing")
        await press(ana, "Ask first")
        asked = ana.get_by_role("region", name="Colleague asked")
        await expect(asked).to_contain_text("Acme Billing")
        # One at a time is asked; and the keyboard stays where it goes on.
        await expect(ana.get_by_role("button", name="Ask first")).to_be_hidden()
        await expect(asked.get_by_role("button", name="Back to me")).to_be_focused()

        await press(ana, "Back to me")

        await expect(asked).to_be_hidden()
        await expect(ana.get_by_role("button", name="Ask first")).to_be_visible()
        await expect(ana.get_by_label("Reply to the customer")).to_be_focused()
