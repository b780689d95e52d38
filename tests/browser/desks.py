"""Opening a desk as its agent does: by a login link."""

from playwright.async_api import Browser, Page, expect

from services.shared.tokens import Role
from tests.browser.chromium import Watched, new_page
from tests.system.running import Running, bearer

COMPANIES = ("acme", "globex")
NAMES = {"ana": "Ana Example"}


async def login_link(system: Running, agent: str, **options: bool) -> str:
    """A link for that agent, who is added if need be."""
    headers = bearer(await system.token(Role.ADMIN))
    people = (await system.http.get(system.agents("/v1/people"), headers=headers)).json()["people"]
    known = [person["id"] for person in people if person["agent"] == agent]
    if not known:
        await system.key(Role.AGENT, agent=agent, companies=COMPANIES, name=NAMES.get(agent, agent.capitalize()))
        return await login_link(system, agent, **options)
    answer = await system.http.post(
        system.agents("/v1/login-links"), json={"person": known[0], **options}, headers=headers
    )
    assert answer.status_code == 201
    link: str = answer.json()["link"]
    return link


async def open_desk(system: Running, browser: Browser, agent: str = "ana") -> Watched:
    """The agent's desk, with the agent on duty."""
    watched = await new_page(browser)
    await watched.page.goto(await login_link(system, agent, on_duty=True))
    await expect(watched.page.get_by_label("Presence")).to_have_value("available:")
    return watched


async def accept(page: Page) -> None:
    """Take what is offered."""
    await page.get_by_role("alertdialog").get_by_role("button", name="Accept").click()
    await expect(page.get_by_role("alertdialog")).to_be_hidden()
