"""A fax and a letter at the desk: their pages are pictures that one can read, open and leave again by keyboard."""

import json
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.chromium import each_look, pictures, shoot
from tests.browser.desks import accept, open_desk
from tests.browser.test_accessibility import violations
from tests.fakes.documents import a_fax, a_letter
from tests.system.plans import TWO_COMPANIES
from tests.system.running import Running

pytestmark = pytest.mark.integration

FAX, POST = "+4989123450", "acme-post"
PLAN = TWO_COMPANIES.replace(
    "      - {channel: web_form, address: acme-contact}\n",
    "      - {channel: web_form, address: acme-contact}\n"
    f'      - {{channel: fax, address: "{FAX}"}}\n'
    f"      - {{channel: letter, address: {POST}}}\n",
)


def put(data: Path, place: str, name: str, content: bytes, **slip: object) -> None:
    """As the hook of a fax server does it."""
    folder = data / "documents" / place
    folder.mkdir(parents=True, exist_ok=True)
    for named, written in ((f"{name}.json", json.dumps(slip | {"complete": True}).encode()), (name, content)):
        (folder / ".part").write_bytes(written)
        (folder / ".part").rename(folder / named)


async def is_drawn(page: Page, number: int, last: int) -> None:
    picture = page.get_by_alt_text(f"Page {number} of {last}, as a picture")
    await picture.scroll_into_view_if_needed()
    await expect(picture).to_have_js_property("complete", value=True)
    assert await picture.evaluate("image => image.naturalWidth") > 1000


async def test_a_fax_is_read_page_by_page_and_ends_with_a_disposition(
    system: Running, browser: Browser, tmp_path: Path
) -> None:
    await system.activate(PLAN)
    watched = await open_desk(system, browser)
    page, folder = watched.page, pictures(tmp_path)
    text = "Order 4711: three pumps, please."
    put(tmp_path / "data", f"fax/{FAX}", "1.tif", a_fax(text, "two", "three"), sender="+49301234567", reference="R-7")
    await accept(page)
    await expect(page.get_by_role("heading", name="+49301234567")).to_be_visible()
    await expect(page.get_by_role("img")).to_have_count(3)
    assert await page.get_by_role("log").evaluate("list => list.scrollTop") == 0
    for number in (1, 2, 3):
        await is_drawn(page, number, 3)
    await page.get_by_role("log").evaluate("list => { list.scrollTop = 0; }")
    await shoot(page, folder, "fax")
    assert await violations(page, "fax") == []

    link = page.get_by_role("link", name="Page 1 of 3, as a picture")
    async with page.context.expect_page() as opening:
        await link.focus()
        await page.keyboard.press("Enter")
    opened = await opening.value
    await opened.wait_for_load_state()
    assert await opened.evaluate("document.images[0].naturalWidth") == 1728
    await opened.close()

    async with page.expect_download() as downloading:
        await page.get_by_role("link", name="1.tif").click()
    saved = await (await downloading.value).path()
    assert saved.read_bytes()[:4] == b"II*\0"
    assert (await downloading.value).suggested_filename == "1.tif"

    await expect(page.get_by_role("button", name="Reply")).to_have_count(0)
    await page.get_by_role("button", name="Finish").click()
    await page.get_by_label("What became of it?").select_option(label="Solved")
    await page.get_by_role("button", name="Complete").click()
    contacts = await system.contacts(lambda them: bool(them) and them[0]["stage"] == "ended")
    assert (contacts[0]["channel"], contacts[0]["outcome"]) == ("fax", "completed")
    assert watched.errors == []


async def test_a_letter_fits_every_screen(system: Running, browser: Browser, tmp_path: Path) -> None:
    await system.activate(PLAN)
    watched = await open_desk(system, browser)
    page = watched.page
    put(tmp_path / "data", f"letter/{POST}", "Anna Schmidt__scan.pdf", a_letter("one", "two"))
    await accept(page)
    await is_drawn(page, 1, 2)
    async for look in each_look(page):
        sizes = "[document.documentElement.scrollWidth, innerWidth, document.querySelector('.pages img').width]"
        whole, seen, picture = await page.evaluate(sizes)
        assert whole <= seen, look
        assert picture > 0.7 * min(seen, 900), look
    assert watched.errors == []


async def test_what_cannot_be_read_says_so_and_can_be_saved(system: Running, browser: Browser, tmp_path: Path) -> None:
    await system.activate(PLAN)
    watched = await open_desk(system, browser)
    page = watched.page
    put(tmp_path / "data", f"fax/{FAX}", "broken.tif", b"PK\x03\x04")
    await accept(page)
    await expect(
        page.get_by_text("It could not be read: it is no TIFF and no PDF but seems to be a ZIP")
    ).to_be_visible()
    await expect(page.get_by_role("link", name="broken.tif")).to_be_visible()
    await expect(page.get_by_role("link", name="The original")).to_have_count(0)
    assert watched.errors == []
