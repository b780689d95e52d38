"""The desk while the service is away: it says so, keeps what was written, and goes on by itself."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from services.cli.data_folder import Addresses, DataFolder
from services.cli.embedded import Embedded, Ports
from tests.browser.desks import accept, open_desk
from tests.system.plans import TWO_COMPANIES
from tests.system.running import running

pytestmark = pytest.mark.integration

AGAIN_MS = 30_000


async def start_again(folder: Path, at: Addresses) -> Embedded:
    """The same system on the same folder and ports."""
    data = DataFolder(folder)
    data.lock()
    ports = Ports(at.host, at.agents, at.ingest, at.smtp, at.router_grpc, at.router_http, at.reporting, at.relay)
    embedded = Embedded(data, ports)
    await embedded.start()
    assert embedded.addresses == at
    return embedded


async def test_a_desk_says_that_the_connection_is_lost_and_goes_on_when_it_is_back(
    browser: Browser, tmp_path: Path
) -> None:
    folder = tmp_path / "data"
    async with running(folder) as system:
        await system.activate(TWO_COMPANIES)
        page = (await open_desk(system, browser)).page
        await system.form("acme-contact", "ivy@customer.example")
        await accept(page)
        await page.get_by_label("Note for colleagues").fill("Called her back.")
    lost = page.get_by_text("The connection is lost.")
    await expect(lost).to_be_visible()
    await page.get_by_role("button", name="Keep note").click()
    await expect(page.get_by_role("alert")).to_be_visible()
    await expect(page.get_by_label("Note for colleagues")).to_have_value("Called her back.")

    embedded = await start_again(folder, system.addresses)
    try:
        await expect(lost).to_be_hidden(timeout=AGAIN_MS)
        await expect(page.get_by_label("Presence")).to_have_value("available:", timeout=AGAIN_MS)
        await expect(page.get_by_label("Note for colleagues")).to_have_value("Called her back.")
        await page.get_by_role("button", name="Keep note").click()
        await expect(page.get_by_role("log")).to_contain_text("Called her back.", timeout=AGAIN_MS)
    finally:
        await embedded.stop()


async def test_a_desk_that_hears_nothing_any_more_says_so(browser: Browser, tmp_path: Path) -> None:
    async with running(tmp_path / "data") as system:
        await system.activate(TWO_COMPANIES)
        page = (await open_desk(system, browser)).page
        await page.route("**/desk/events", lambda route: route.abort())
        await page.reload()

        await expect(page.get_by_text("The connection is lost.")).to_be_visible()
        await page.unroute("**/desk/events")

        await expect(page.get_by_text("The connection is lost.")).to_be_hidden(timeout=AGAIN_MS)
        await expect(page.get_by_label("Presence")).to_have_value("available:")
