"""The live floor in a real browser: contacts move as they are routed, and tell why."""

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from services.cli.demonstration.stage import stage
from services.plan.compiled import Channel
from services.reporting.facts import ContactFact, ContactOutcome, Fact, OwnerChanged
from services.reporting.floor_stream import FloorStream, floor_answer
from services.reporting.floor_watchers import FloorWatchers
from services.reporting.projections.figures import Figures
from services.reporting.projections.floor import floor_of
from services.shared.clock import SystemClock
from services.shared.tokens import Identity, Role
from tests.browser.chromium import new_page
from tests.browser.floors import at, open_floor
from tests.browser.test_outage import start_again
from tests.system.plans import TWO_COMPANIES
from tests.system.running import Running, running
from tests.unit.reporting import story

pytestmark = pytest.mark.integration

AGAIN_MS = 30_000


async def sit_down(system: Running, agent: str) -> None:
    """The agent is on duty, and nobody else is."""
    await system.agent_call(agent, "/v1/presence", companies=("acme", "globex"), presence="available")


async def accept_next(system: Running, agent: str) -> str:
    answer = await system.agent_call(agent, "/v1/next?wait_s=10", companies=("acme", "globex"))
    contact_id: str = answer.json()["item"]["contact_id"]
    answer = await system.agent_call(agent, f"/v1/work/{contact_id}/accept", companies=("acme", "globex"))
    assert answer.status_code == 200, answer.text
    return contact_id


async def complete(system: Running, agent: str, contact_id: str) -> None:
    path = f"/v1/work/{contact_id}/complete"
    answer = await system.agent_call(agent, path, companies=("acme", "globex"), disposition="solved")
    assert answer.status_code == 200, answer.text


async def test_a_contact_goes_to_its_queue_then_to_its_agent_and_away(system: Running, browser: Browser) -> None:
    watched = await open_floor(system, browser)
    page = watched.page
    await expect(page.get_by_text("Live", exact=True)).to_be_visible()

    contact_id = await system.form("acme-contact", "ivy@customer.example")
    waiting = at(page, "Waiting in Acme Support")
    await expect(waiting).to_have_count(1)
    await expect(waiting.get_by_role("button")).to_have_accessible_name("Web form to Acme Parts, waiting")
    await expect(page.locator("#figure-waiting")).to_have_text("1")

    await sit_down(system, "ana")
    await expect(at(page, "With Ana")).to_have_count(1)
    assert await accept_next(system, "ana") == contact_id
    await expect(at(page, "With Ana").get_by_role("button")).to_have_accessible_name(
        "Web form to Acme Parts, with an agent, Ana", ignore_case=True
    )
    await expect(waiting).to_have_count(0)
    await expect(page.locator("#figure-with")).to_have_text("1")
    await expect(page.locator(".agent", has_text="Ana")).to_contain_text("of 10 units of work")

    await complete(system, "ana", contact_id)
    await expect(page.locator(".token:not(.ghost)")).to_have_count(0)
    await expect(page.locator("#figure-with")).to_have_text("0")
    assert watched.errors == []


async def test_a_story_opens_and_closes_by_keyboard_and_says_why(system: Running, browser: Browser) -> None:
    watched = await open_floor(system, browser)
    page = watched.page
    await sit_down(system, "ana")
    await system.form("acme-contact", "ivy@customer.example")
    contact_id = await accept_next(system, "ana")
    token = at(page, "With Ana").get_by_role("button")
    await expect(token).to_have_accessible_name("Web form to Acme Parts, with an agent, Ana", ignore_case=True)

    for _ in range(30):
        await page.keyboard.press("Tab")
        if await token.evaluate("button => button === document.activeElement"):
            break
    await expect(token).to_be_focused()
    await page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Web form to Acme Parts")
    await expect(dialog).to_be_visible()
    lines = dialog.get_by_role("listitem")
    await expect(lines.nth(0)).to_contain_text("Arrived: web form to acme-contact")
    await expect(lines.nth(2)).to_contain_text("Offered to Ana", ignore_case=True)
    await expect(lines.nth(2)).to_contain_text("The default route put it in acme-support (plan 1); of 1 free agent")
    await expect(lines.nth(3)).to_contain_text("Ana accepted", ignore_case=True)

    await dialog.get_by_role("button", name="Why, and what would change it").click()
    because = dialog.get_by_role("list", name="Why")
    await expect(because).to_contain_text("was offered to ana at")
    await expect(because).to_contain_text("1. ana could be offered it")

    await complete(system, "ana", contact_id)
    await expect(dialog).to_contain_text("Marked as solved")
    await page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()
    assert watched.errors == []


async def test_arrow_keys_go_from_contact_to_contact_and_from_place_to_place(system: Running, browser: Browser) -> None:
    page = (await open_floor(system, browser)).page
    for caller in ("a", "b", "c"):
        await system.form("acme-contact", f"{caller}@customer.example")
    await system.form("globex-contact", "d@customer.example")
    support = at(page, "Waiting in Acme Support").get_by_role("button")
    await expect(support).to_have_count(3)
    await expect(at(page, "Waiting in Globex Travel")).to_have_count(1)

    await support.first.focus()
    await page.keyboard.press("ArrowRight")
    await page.keyboard.press("ArrowRight")
    await expect(support.nth(2)).to_be_focused()
    await page.keyboard.press("ArrowLeft")
    await expect(support.nth(1)).to_be_focused()
    await page.keyboard.press("ArrowDown")
    await expect(at(page, "Waiting in Globex Travel").get_by_role("button")).to_be_focused()
    await page.keyboard.press("ArrowUp")
    await expect(support.nth(1)).to_be_focused()
    assert await page.locator('.token button[tabindex="0"]').count() == 2


async def test_companies_can_be_filtered_and_an_overseer_of_one_sees_no_other(
    system: Running, browser: Browser
) -> None:
    both = (await open_floor(system, browser)).page
    one = (await open_floor(system, browser, ("globex",))).page
    await system.form("acme-contact", "ivy@customer.example")
    await system.form("globex-contact", "ola@customer.example")
    await expect(both.locator(".token")).to_have_count(2)
    await expect(one.locator(".token")).to_have_count(1)
    await expect(one.get_by_text("Acme")).to_have_count(0)
    await expect(one.locator(".agent")).to_have_count(3)

    await both.get_by_role("button", name="Globex Travel", exact=True).click()
    await expect(both.locator(".token")).to_have_count(1)
    await expect(both.get_by_role("list", name="Waiting in Acme Support")).to_have_count(0)
    await expect(both.locator("#figure-waiting")).to_have_text("1")
    await both.get_by_role("button", name="All", exact=True).click()
    await expect(both.locator(".token")).to_have_count(2)


async def test_hundreds_of_contacts_are_counted_and_few_of_them_drawn(system: Running, browser: Browser) -> None:
    watched = await open_floor(system, browser)
    page = watched.page
    for number in range(110):
        await system.form("acme-contact", f"customer{number}@customer.example")

    await expect(page.locator("#figure-waiting")).to_have_text("110")
    await expect(page.get_by_role("list", name="Waiting in Acme Support").locator(".more")).to_have_text("+104")
    assert await page.locator(".token:not(.ghost)").count() <= 10
    assert watched.errors == []


async def test_whoever_wants_less_motion_sees_none(system: Running, browser: Browser) -> None:
    page = (await open_floor(system, browser)).page
    await page.emulate_media(reduced_motion="reduce")
    await page.evaluate(
        """() => { window.moved = 0; const animate = Element.prototype.animate;
        Element.prototype.animate = function (...all) { window.moved += 1; return animate.apply(this, all); }; }"""
    )
    await sit_down(system, "ana")
    await system.form("acme-contact", "ivy@customer.example")
    await complete(system, "ana", await accept_next(system, "ana"))
    await system.form("globex-contact", "ola@customer.example")

    await expect(at(page, "With Ana")).to_have_count(1)
    assert await page.evaluate("window.moved") == 0
    assert await page.evaluate("document.getAnimations().filter((one) => one.playState === 'running').length") == 0


async def test_what_happens_is_said_politely(system: Running, browser: Browser) -> None:
    page = (await open_floor(system, browser)).page
    await system.form("acme-contact", "ivy@customer.example")

    await expect(page.locator("#said")).to_contain_text("1 waiting, the longest for", timeout=AGAIN_MS)
    assert await page.locator("#said").get_attribute("aria-live") == "polite"


async def test_a_floor_that_loses_its_stream_says_so_and_is_right_again_afterwards(
    browser: Browser, tmp_path: Path
) -> None:
    folder = tmp_path / "data"
    async with running(folder) as system:
        await system.activate(TWO_COMPANIES)
        page = (await open_floor(system, browser)).page
        await system.form("acme-contact", "ivy@customer.example")
        await expect(at(page, "Waiting in Acme Support")).to_have_count(1)
    lost = page.get_by_text("The connection is lost.")
    await expect(lost).to_be_visible(timeout=AGAIN_MS)
    await expect(at(page, "Waiting in Acme Support")).to_have_count(1)

    embedded = await start_again(folder, system.addresses)
    try:
        await expect(lost).to_be_hidden(timeout=AGAIN_MS)
        await expect(page.get_by_text("Live", exact=True)).to_be_visible()
        await expect(at(page, "Waiting in Acme Support")).to_have_count(1)
    finally:
        await embedded.stop()


async def test_in_a_demonstration_the_floor_is_open_to_all(browser: Browser, tmp_path: Path) -> None:
    async with running(tmp_path / "data", stage()) as system:
        await system.activate(TWO_COMPANIES)
        await system.form("acme-contact", "ivy@customer.example")
        watched = await new_page(browser)
        await watched.page.goto(system.agents("/"))
        await expect(at(watched.page, "Waiting in Acme Support")).to_have_count(1)
        await expect(watched.page.get_by_role("link", name="Be the customer")).to_be_visible()
        await at(watched.page, "Waiting in Acme Support").get_by_role("button").click()
        await expect(watched.page.get_by_role("dialog")).to_contain_text("Waits in Acme Support")
        assert watched.errors == []


def _random_story(chance: random.Random) -> list[Fact]:
    def contact() -> str:
        return f"c{chance.randrange(6)}"

    def arrival() -> Fact:
        number = chance.randrange(6)
        # A contact is of one company all its life.
        return story.arrived(f"c{number}", ("acme", "bolt")[number % 2], chance.choice(list(Channel)))

    def agent() -> str:
        return chance.choice(["ann", "bob", "cy"])

    kinds: list[Callable[[], Fact]] = [
        arrival,
        lambda: story.queued(contact(), chance.choice(["sales", "desk", "gone"])),
        lambda: story.offered(contact(), agent()),
        lambda: story.accepted(contact(), agent()),
        lambda: story.wrap_up(contact(), agent()),
        lambda: story.ended(contact(), chance.choice(list(ContactOutcome)), agent()),
        lambda: chance.choice(story.on_duty(agent())),
        story.plan,
        lambda: OwnerChanged(0),
    ]
    return [story.plan(), *(chance.choice(kinds)() for _ in range(80))]


async def _told(facts: list[Fact]) -> tuple[list[Any], Any]:
    """The events of the stream, and what a new snapshot says at their end."""
    figures = Figures(100)
    watchers = FloorWatchers(figures.live)
    identity = Identity("t1", ("acme",), Role.SUPERVISOR, "", "someone", 2**40)
    watcher = watchers.watch(identity)
    stream = FloorStream(watchers, watcher, SystemClock(), dict)
    events = []
    for happened in story.told(*enumerate(facts)):
        fact = happened.fact
        before = figures.live.contact("t1", fact.contact_id) if isinstance(fact, ContactFact) else None
        figures.apply(happened)
        watchers.tell(happened, before)
        events += [stream._told(news).decode() for news in await watcher.news(0.001)]
    parsed = [event.strip().split("\n") for event in events]
    pairs = [(name.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for name, data in parsed]
    return pairs, floor_answer(floor_of(figures.live, "t1", identity.may_see))


async def test_the_browser_folds_the_stream_into_what_a_new_snapshot_says(system: Running, browser: Browser) -> None:
    page = (await open_floor(system, browser)).page
    for seed in range(40):
        events, fresh = await _told(_random_story(random.Random(seed)))
        folded = await page.evaluate(
            """async (events) => {
              const { Model } = await import("/static/floor/model.js");
              const model = new Model();
              for (const [name, data] of events) model[name](data);
              const by = (key) => (a, b) => a[key] < b[key] ? -1 : 1;
              return {
                companies: model.companies, channel_units: model.channelUnits, queues: [...model.queues.values()],
                agents: [...model.agents.values()].sort(by("agent")),
                contacts: [...model.contacts.values()].sort(by("contact_id")),
              };
            }""",
            events,
        )
        fresh["contacts"] = sorted(fresh["contacts"], key=lambda each: each["contact_id"])
        assert folded == json.loads(json.dumps(fresh)), f"seed {seed}"
