"""Opening the live floor as an overseer does, and what is to be seen on it."""

import re

from playwright.async_api import Browser, Locator, Page

from services.agents.people import add_person
from services.shared.tokens import Role
from tests.browser.chromium import Watched, new_page
from tests.system.running import Running, bearer


async def overseer_link(system: Running, companies: tuple[str, ...] = (), role: Role = Role.SUPERVISOR) -> str:
    """A login link of a new overseer."""
    person = await add_person(system.documents, tenant="demo", name="Olga Overseer", role=role, companies=companies)
    headers = bearer(await system.token(Role.ADMIN))
    answer = await system.http.post(system.agents("/v1/login-links"), json={"person": person.id}, headers=headers)
    link: str = answer.json()["link"]
    return link


async def open_floor(system: Running, browser: Browser, companies: tuple[str, ...] = ()) -> Watched:
    """The floor, as an overseer sees it."""
    watched = await new_page(browser)
    await watched.page.goto(await overseer_link(system, companies))
    return watched


def at(page: Page, place: str) -> Locator:
    """The contacts at a place, such as "Waiting in Acme Support" or "With Ana" (or its id, until there is a name)."""
    return page.get_by_role("list", name=re.compile(f"^{place}$", re.IGNORECASE)).locator(".token")
