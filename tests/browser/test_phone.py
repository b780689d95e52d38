"""The customer's telephone and mailbox in a real browser, on the simulated carrier alone."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from playwright.async_api import Browser, Page, expect

from services.cli.carrier.exchange.web import NOWHERE
from services.cli.carrier.settings import Suggestion
from services.cli.demonstration.mailbox import Mailbox
from tests.browser.chromium import NARROW, Watched, each_look, new_page
from tests.browser.test_accessibility import violations
from tests.fakes.served_application import ServedApplication
from tests.simulated_carrier import AUTH_TOKEN, Running, simulated_carrier

pytestmark = pytest.mark.integration

VISITOR, AGENT, SHOP = "+491713920001", "+493023125300", "+493023125100"
MENU = (
    '<Response><Gather numDigits="1" timeout="60" action="/menu"><Say>Welcome. For orders press 1.</Say>'
    '<Say language="fa-IR">برای فارسی عدد ۳ را فشار دهید.</Say></Gather></Response>'
)


@dataclass(frozen=True, slots=True)
class Town:
    """A carrier, an application behind it, and a customers' mail server."""

    carrier: Running
    application: ServedApplication
    mailbox: Mailbox


@pytest.fixture
async def town() -> AsyncIterator[Town]:
    application, mailbox = ServedApplication(AUTH_TOKEN), Mailbox("127.0.0.1", 0, next_free=False)
    await mailbox.start()
    async with application.running():
        script = application.scripted
        script.on("/voice", MENU)
        script.on("/menu", f'<Response><Dial action="/after"><Number>{AGENT}</Number></Dial></Response>')
        script.on("/after", "<Response><Say>Goodbye</Say></Response>")
        script.on("/sms", "<Response><Message>Thank you.</Message></Response>")
        async with simulated_carrier(
            mails=mailbox,
            open_pages=True,
            every_number={"voice_url": application.url("/voice"), "sms_url": application.url("/sms")},
            dial_suggestions=(Suggestion(label="Acme Parts", address=SHOP),),
            text_suggestions=(Suggestion(label="Acme by text", address=SHOP),),
            mail_suggestions=(Suggestion(label="Acme support", address="support@acme.example"),),
            smtp_port=mailbox.port,
        ) as carrier:
            yield Town(carrier, application, mailbox)
    await mailbox.stop()


async def phone(town: Town, browser: Browser, number: str = VISITOR) -> Watched:
    watched = await new_page(browser)
    await watched.page.goto(f"{town.carrier.url}/phone?number={number.replace('+', '%2B')}")
    await expect(watched.page.get_by_role("status")).to_have_text("Ready")
    return watched


async def test_a_visitor_calls_presses_keys_and_speaks_with_an_agent_by_keyboard_alone(
    town: Town, browser: Browser
) -> None:
    # given
    agent, customer = await phone(town, browser, AGENT), await phone(town, browser)
    page = customer.page
    # when
    await page.get_by_label("Number to call").focus()
    await page.keyboard.type(SHOP)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("log", name="What you hear")).to_contain_text("press 1")
    await page.get_by_role("log", name="What you hear").focus()
    await page.keyboard.press("1")
    # then
    await expect(agent.page.get_by_role("status")).to_have_text(f"{VISITOR} is calling")
    await agent.page.get_by_role("button", name="Answer").click()
    await expect(page.get_by_role("status")).to_have_text(f"Speaking with {SHOP}")
    # when
    await page.get_by_label("Say something").fill("سلام")
    await page.keyboard.press("Enter")
    await expect(agent.page.get_by_role("log", name="What you hear")).to_contain_text("سلام")
    await agent.page.get_by_label("Say something").fill("Hello")
    await agent.page.keyboard.press("Enter")
    await expect(page.get_by_role("log", name="What you hear")).to_contain_text("Hello")
    await agent.page.get_by_role("button", name="Hang up").click()
    # then
    await expect(page.get_by_role("log", name="What you hear")).to_contain_text("Goodbye")
    await expect(page.get_by_role("status")).to_have_text("Ended: the call is over")
    assert town.application.forged == []
    assert agent.errors == customer.errors == []


async def test_announcements_have_their_language_and_direction(town: Town, browser: Browser) -> None:
    page = (await phone(town, browser)).page
    await page.get_by_role("button", name="Acme Parts").click()
    await page.get_by_role("button", name="Call", exact=True).click()
    persian = page.get_by_text("برای فارسی")
    await expect(persian).to_have_attribute("lang", "fa-IR")
    assert await persian.evaluate("node => getComputedStyle(node).direction") == "rtl"
    await page.get_by_role("button", name="Hang up").click()
    await expect(page.get_by_role("status")).to_contain_text("Ended")


async def test_a_caller_rejects_and_an_agent_can_be_anybody(town: Town, browser: Browser) -> None:
    # given
    agent = await phone(town, browser, AGENT)
    town.application.scripted.on("/voice", f"<Response><Dial>{AGENT}</Dial><Say>Nobody</Say></Response>")
    # when
    await town.carrier.phone(VISITOR).does("call", to=SHOP)
    await agent.page.get_by_role("button", name="Reject").click()
    # then
    await town.carrier.phone(VISITOR).hears("Nobody")
    await expect(agent.page.get_by_role("status")).to_have_text("Ended: rejected")


async def test_a_number_that_is_none_is_said_and_the_telephone_stays(town: Town, browser: Browser) -> None:
    page = (await new_page(browser)).page
    await page.goto(f"{town.carrier.url}/phone")
    own = page.get_by_label("Your number, which they will see")
    before = await own.input_value()
    assert before.startswith("+4917139200")
    await own.fill("my number")
    await own.press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("is no number")
    await own.fill("+۹۸ ۲۱ ۱۲۳ ۴۵ ۶۷")
    await own.press("Enter")
    await expect(own).to_have_value("+98211234567")
    await expect(page.get_by_role("alert")).to_be_hidden()
    await page.reload()
    await expect(own).to_have_value("+98211234567")


async def test_messages_go_and_come_and_are_counted_while_they_are_not_seen(town: Town, browser: Browser) -> None:
    # given
    watched = await phone(town, browser)
    page = watched.page
    await page.set_viewport_size({"width": NARROW[0], "height": NARROW[1]})
    # when
    texts = page.get_by_role("button", name="Texts")
    await expect(page.locator("#unread")).to_be_hidden()
    town.carrier.exchange.create_message(SHOP, VISITOR, "Your parcel is on its way.", NOWHERE)
    # then
    await expect(texts).to_have_text("Texts 1")
    await texts.click()
    await expect(page.get_by_role("log", name="Text messages")).to_contain_text("Your parcel")
    await expect(page.get_by_label("To", exact=True)).to_have_value(SHOP)
    await page.get_by_label("Text message", exact=True).fill("Thanks")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("log", name="Text messages")).to_contain_text("Thank you.")
    assert watched.errors == []


async def test_a_mail_goes_and_its_answer_comes(town: Town, browser: Browser) -> None:
    # given
    watched = await new_page(browser)
    page = watched.page
    await page.goto(f"{town.carrier.url}/mailbox?address=kim@customer.example")
    # when
    await page.get_by_label("Subject").fill("Screws")
    await page.get_by_label("Message").fill("My pump has none.")
    await page.get_by_role("button", name="Send").click()
    # then
    mail = await town.mailbox.next_for("support@acme.example")
    assert mail["Subject"] == "Screws"
    await expect(page.get_by_role("log")).to_contain_text("My pump has none.")
    # when
    answer = {"to": "kim@customer.example", "subject": "Re: Screws", "text": "They are on their way."}
    await town.carrier.http.post("/mail/support@acme.example", json=answer)
    await expect(page.get_by_role("status")).to_have_text("1 answer")
    await page.get_by_role("button", name="Answer", exact=True).click()
    await page.get_by_label("Message").fill("Thank you!")
    await page.get_by_role("button", name="Send").click()
    # then
    thanks = await town.mailbox.next_for("support@acme.example")
    assert thanks["In-Reply-To"] is not None
    assert watched.errors == []


async def test_the_pages_are_accessible_and_fit_a_narrow_screen(town: Town, browser: Browser) -> None:
    page = (await phone(town, browser)).page
    found = await violations(page, "idle phone")
    found += await too_wide(page, "idle phone")
    await page.get_by_role("button", name="Acme Parts").click()
    await page.get_by_role("button", name="Call", exact=True).click()
    await expect(page.get_by_role("log", name="What you hear")).to_contain_text("press 1")
    await page.get_by_role("button", name="1", exact=True).click()
    await expect(page.get_by_label("Say something")).to_be_visible()
    found += await violations(page, "phone in a call")
    found += await too_wide(page, "phone in a call")
    await page.goto(f"{town.carrier.url}/mailbox")
    await town.carrier.http.post(
        "/mail/support@acme.example", json={"to": await page.get_by_label("From").input_value(), "text": "x" * 200}
    )
    await expect(page.get_by_role("status")).to_have_text("1 answer")
    found += await violations(page, "mailbox")
    found += await too_wide(page, "mailbox")
    assert found == []


async def too_wide(page: Page, state: str) -> list[str]:
    """In which look one would have to scroll sideways."""
    found = []
    async for look in each_look(page):
        over = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        found += [f"{state}, {look}: {over} px too wide"] if over > 0 else []
    return found
