"""The desk in the browser, as far as the server goes: its page and its stream of events."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx2

from services.agents.desk_pages import DESKS_PER_AGENT_MAX
from services.shared.serve import stop_all
from services.shared.tokens import Role
from switchroom.v1 import inbound_pb2
from tests.unit.agents.bench import PATIENCE_S, Bench, until_it

Event = tuple[str, dict[str, Any]]


@contextlib.asynccontextmanager
async def events(client: httpx2.AsyncClient) -> AsyncIterator[AsyncIterator[Event]]:
    async with client.stream("GET", "/desk/events") as answer:
        assert answer.status_code == 200
        yield _read(answer)


async def _read(answer: httpx2.Response) -> AsyncIterator[Event]:
    name = ""
    async for line in answer.aiter_lines():
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield name, json.loads(line.removeprefix("data: "))


async def the_event(stream: AsyncIterator[Event], name: str, **facts: Any) -> dict[str, Any]:
    async with asyncio.timeout(PATIENCE_S):
        async for kind, data in stream:
            if kind == name and all(data[fact] == value for fact, value in facts.items()):
                return data
    raise AssertionError(f"the stream ended without {name}")


def opened(desk: dict[str, Any]) -> list[str]:
    return [item["contact_id"] for item in desk["items"] if item["state"] == "active"]


async def test_an_open_desk_attaches_the_agent_and_shows_offers_as_they_come(bench: Bench) -> None:
    async with bench.browser(await bench.person()) as browser, events(browser) as stream:
        await the_event(stream, "desk", connected=True, attached=True)
        bench.router.offer("ana", "c1")
        desk = await the_event(stream, "desk")
        while not desk["items"]:
            desk = await the_event(stream, "desk")
        assert (desk["items"][0]["contact_id"], desk["items"][0]["reason"]) == ("c1", "longest idle of 2")


async def test_an_open_desk_hears_of_messages_in_its_own_conversations_alone(bench: Bench) -> None:
    async with bench.browser(await bench.person()) as browser, events(browser) as stream:
        await bench.accepted_mail(browser, "ana", "c1")
        message = inbound_pb2.MessageAdded(message=inbound_pb2.Message(text="hello?"))
        while not opened(await the_event(stream, "desk")):
            pass
        await bench.hear(event_id="e2", contact_id="c2", message_added=message)
        await bench.hear(event_id="e1", contact_id="c1", message_added=message)
        heard = await the_event(stream, "conversation")
        assert heard == {"contact_id": "c1"}


async def test_a_desk_says_when_the_router_is_away_and_back(bench: Bench) -> None:
    async with bench.browser(await bench.person()) as browser, events(browser) as stream:
        await the_event(stream, "desk", connected=True)
        bench.router.drop()
        await the_event(stream, "desk", connected=False)
        await the_event(stream, "desk", connected=True)


async def test_an_agent_can_open_only_so_many_desks(bench: Bench) -> None:
    async with bench.browser(await bench.person()) as browser, contextlib.AsyncExitStack() as desks:
        for _ in range(DESKS_PER_AGENT_MAX):
            await desks.enter_async_context(events(browser))
        for _ in range(9 * DESKS_PER_AGENT_MAX):
            assert (await browser.get("/desk/events")).status_code == 429
        metrics = (await browser.get("/metrics")).text
    assert f"switchroom_agents_desks_open {DESKS_PER_AGENT_MAX}.0" in metrics


async def test_a_desk_that_was_closed_makes_room_for_another(bench: Bench) -> None:
    async with bench.browser(await bench.person()) as browser:
        for _ in range(DESKS_PER_AGENT_MAX + 2):
            async with events(browser) as stream:
                await the_event(stream, "desk")

            async def closed() -> bool:
                return "switchroom_agents_desks_open 0.0" in (await browser.get("/metrics")).text

            await until_it(closed)


async def test_streams_end_when_the_service_stops(bench: Bench) -> None:
    async with bench.browser(await bench.person()) as browser, events(browser) as stream:
        await the_event(stream, "desk", connected=True)
        async with asyncio.timeout(PATIENCE_S):
            stopping = asyncio.create_task(stop_all(bench.parts))
            async for _ in stream:
                pass
            await stopping


async def test_the_desk_is_there_for_agents_only(bench: Bench) -> None:
    async with bench.browser(await bench.person()) as ana:
        page = await ana.get("/desk")
        assert (page.status_code, "ana of acme" in page.text, 'id="offer"' in page.text) == (200, True, True)
    async with bench.browser(await bench.person("", Role.SUPERVISOR)) as supervisor:
        assert "have no desk" in (await supervisor.get("/desk")).text


async def test_whoever_is_not_logged_in_gets_a_page_that_says_what_to_do(bench: Bench) -> None:
    async with httpx2.AsyncClient(timeout=60, base_url=bench.url, follow_redirects=True) as nobody:
        page = await nobody.get("/", headers={"Accept": "text/html"})
    assert page.status_code == 401
    assert "login link" in page.text


async def test_a_name_is_no_markup(bench: Bench) -> None:
    person = await bench.person("<script>alert(1)</script>")
    async with bench.browser(person) as browser:
        assert "<script>alert" not in (await browser.get("/desk")).text


async def test_the_service_says_that_it_is_ready(bench: Bench) -> None:
    async with httpx2.AsyncClient(timeout=60, base_url=bench.url) as client:

        async def ready() -> bool:
            return (await client.get("/readyz")).status_code == 200

        await until_it(ready)
        assert (await client.get("/healthz")).status_code == 200
