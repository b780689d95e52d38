"""One walk at the desk in a real browser: link, accept, reply, complete; at two widths, light and dark."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.browser.chromium import new_page, pictures, shoot
from tests.browser.desks import login_link
from tests.system.running import Running

pytestmark = pytest.mark.integration


async def test_an_agent_answers_a_chat_from_the_link_to_the_disposition(
    system: Running, browser: Browser, tmp_path: Path
) -> None:
    folder = pictures(tmp_path)
    watched = await new_page(browser)
    page = watched.page

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
    assert watched.errors == []


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


async def test_a_link_for_duty_sets_its_agent_available_once(system: Running, browser: Browser) -> None:
    watched = await new_page(browser)
    presence = watched.page.get_by_label("Presence")

    await watched.page.goto(await login_link(system, "ana", on_duty=True))

    await expect(presence).to_have_value("available:")
    await expect(watched.page).to_have_url(system.agents("/desk"))
    await presence.select_option(label="Away")
    await expect(watched.page.get_by_text("Set yourself available, and")).to_be_visible()
    await watched.page.reload()
    await expect(presence).to_have_value("away:")
    assert watched.errors == []


async def test_a_link_without_duty_leaves_the_agent_as_they_were(system: Running, browser: Browser) -> None:
    watched = await new_page(browser)

    await watched.page.goto(await login_link(system, "ana"))

    await expect(watched.page.get_by_label("Presence")).to_have_value("offline:")


async def test_every_channel_has_a_sign_that_screen_readers_pass_over(system: Running, browser: Browser) -> None:
    watched = await new_page(browser)
    await watched.page.goto(await login_link(system, "ana"))

    drawn = await watched.page.evaluate(
        """async () => {
          const { sign } = await import("/static/signs.js");
          const channels = ["voice", "callback", "email", "letter", "fax", "sms", "web_chat", "web_form", "unknown"];
          return channels.map((channel) => sign(channel).outerHTML);
        }"""
    )

    assert len(set(drawn)) == 9
    assert all('aria-hidden="true"' in each and "<path" in each for each in drawn)


async def test_a_customer_chats_and_fills_in_the_form_in_the_browser(
    system: Running, browser: Browser, tmp_path: Path
) -> None:
    folder = pictures(tmp_path)
    page = (await new_page(browser)).page

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
