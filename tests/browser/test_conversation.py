"""What an agent sees of a conversation: other scripts, formatted mail, what there was before."""

from email.message import EmailMessage
from pathlib import Path

import aiosmtplib
import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.chromium import new_page, pictures, shoot
from tests.browser.desks import accept, open_desk
from tests.system.running import Running

pytestmark = pytest.mark.integration

PERSIAN = "سلام، تسمه‌ی T-200 دارید؟"
HOSTILE = """<html><head><style>body {{ display: none }}</style></head>
<body onload="document.title = 'taken'"><h1>My pump</h1><p style="color: red">It <b>leaks</b>.</p>
<script>parent.document.title = "taken"; fetch("{out}")</script>
<img src="{out}"><a href="javascript:alert(1)">a link</a>
<iframe src="{out}"></iframe><form action="{out}"><button>Log in again</button></form></body></html>"""


async def direction_of(page: Page, text: str) -> str:
    direction: str = await page.get_by_text(text).last.evaluate("it => getComputedStyle(it).direction")
    return direction


async def test_a_persian_chat_runs_from_right_to_left_at_both_ends(
    system: Running, browser: Browser, tmp_path: Path
) -> None:
    desk = await open_desk(system, browser)
    visitor = await new_page(browser)
    await visitor.page.goto(system.ingest("/c/acme-chat"))
    await visitor.page.get_by_label("Your name").fill("شیرین")
    await visitor.page.get_by_label("Message").fill(PERSIAN)
    await visitor.page.keyboard.press("Enter")
    await accept(desk.page)
    await expect(desk.page.get_by_role("heading", name="شیرین")).to_be_visible()
    await desk.page.get_by_label("Reply to the customer").fill("بله، داریم.")

    assert await direction_of(desk.page, PERSIAN) == "rtl"
    assert await direction_of(desk.page, "Acme Parts") == "ltr"
    await expect(desk.page.get_by_role("navigation")).to_contain_text("شیرین")
    assert await desk.page.get_by_label("Reply to the customer").evaluate("it => it.matches(':dir(rtl)')")
    await shoot(desk.page, pictures(tmp_path), "8-persian")

    await desk.page.keyboard.press("Control+Enter")
    await expect(visitor.page.get_by_role("log")).to_contain_text("بله، داریم.")
    assert await direction_of(visitor.page, "بله، داریم.") == "rtl"
    assert await direction_of(visitor.page, "Ana") == "ltr"
    assert desk.errors + visitor.errors == []


async def send_formatted(system: Running, html: str) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "kim@customer.example", "support@acme.example", "My pump"
    mail["Message-ID"] = "<formatted@customer.example>"
    mail.set_content("It leaks.")
    mail.add_alternative(html, subtype="html")
    await aiosmtplib.send(mail, hostname=system.addresses.host, port=system.addresses.smtp)


async def test_a_formatted_mail_is_shown_in_a_frame_that_can_do_nothing(
    system: Running, browser: Browser, tmp_path: Path
) -> None:
    page = (await open_desk(system, browser)).page
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    title = await page.title()
    out = system.ingest("/outside")

    await send_formatted(system, HOSTILE.format(out=out))
    await accept(page)
    await expect(page.get_by_role("log")).to_contain_text("It leaks.")
    await page.get_by_text("As it was formatted").click()
    frame = page.frame_locator("iframe")
    await expect(frame.get_by_role("heading", name="My pump")).to_be_visible()
    await expect(frame.get_by_text("leaks")).to_be_visible()
    await shoot(page, pictures(tmp_path), "9-formatted")

    assert await page.locator("iframe").get_attribute("sandbox") == ""
    assert await frame.locator("script, iframe, form, img[src], [onload], [href^=javascript]").count() == 0
    assert await frame.locator("body").evaluate("it => getComputedStyle(it).marginTop") == "12px"
    assert [url for url in asked if url.startswith(out)] == []
    assert await page.title() == title


async def test_what_the_customer_wanted_before_can_be_looked_up(system: Running, browser: Browser) -> None:
    page = (await open_desk(system, browser)).page
    await system.form("globex-contact", "ivy@customer.example")
    await accept(page)
    await page.get_by_role("button", name="Finish").click()
    await page.get_by_label("What became of it?").select_option(label="Booked")
    await page.get_by_role("button", name="Complete").click()
    await expect(page.get_by_text("Nothing on your desk.")).to_be_visible()

    async with system.chat("acme-chat", name="Ivy Moss", email="ivy@customer.example") as customer:
        await customer.send(say={"id": "1", "text": "One more thing."})
        await accept(page)
        await page.get_by_text("Earlier contacts").click()
        earlier = page.get_by_role("listitem").filter(has_text="Globex Travel")
        await expect(earlier).to_contain_text("Web form")
        await expect(earlier).to_contain_text("booked")


async def test_a_customer_without_a_past_has_none(system: Running, browser: Browser) -> None:
    page = (await open_desk(system, browser)).page
    await system.form("acme-contact", "ivy@customer.example")
    await accept(page)

    await page.get_by_text("Earlier contacts").click()

    await expect(page.get_by_text("None.")).to_be_visible()
