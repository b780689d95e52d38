"""The live floor at the desk's port: who may watch, what is passed on from reporting, and what when that is away."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from services.agents.floor_api import FLOORS_MAX
from services.agents.settings import TryFrame
from services.plan.compiled import Channel
from services.shared.clock import SystemClock
from services.shared.serve import stop_all
from services.shared.tokens import Role, TokenChecker
from tests.fakes.fake_reporting import FakeReporting
from tests.unit.agents.bench import PATIENCE_S, PUBLIC, Bench, connections_in, running, until

Event = tuple[str, dict[str, Any]]
FRAME = TryFrame(id="chat", name="Chat", url="http://127.0.0.1:8081/c/acme-chat", channels=(Channel.WEB_CHAT,))
FLOOR = ("/", "/v1/floor/stream", "/v1/floor/words", "/v1/floor/contacts/c1")
SNAPSHOT = b'event: snapshot\ndata: {"contacts":[]}\n\n'


@pytest.fixture
async def reporting() -> AsyncIterator[FakeReporting]:
    fake = FakeReporting(TokenChecker(PUBLIC, SystemClock()))
    fake.timelines["c1"] = '{"contact": {"contact_id": "c1"}, "entries": []}'
    await fake.start()
    yield fake
    await fake.stop()


@pytest.fixture
async def bench(tmp_path: Path, reporting: FakeReporting) -> AsyncIterator[Bench]:
    async with (
        connections_in(tmp_path) as connections,
        running(connections, reporting_url=f"http://127.0.0.1:{reporting.port}", beat_s=0.2) as bench,
    ):
        yield bench


@pytest.fixture
async def stage(tmp_path: Path, reporting: FakeReporting) -> AsyncIterator[Bench]:
    """A demonstration for the tenant acme."""
    async with (
        connections_in(tmp_path) as connections,
        running(
            connections,
            reporting_url=f"http://127.0.0.1:{reporting.port}",
            open_floor_tenant="acme",
            try_frames=(FRAME,),
        ) as bench,
    ):
        yield bench


@contextlib.asynccontextmanager
async def events(client: httpx2.AsyncClient) -> AsyncIterator[AsyncIterator[Event]]:
    async with client.stream("GET", "/v1/floor/stream", timeout=PATIENCE_S) as answer:
        assert answer.status_code == 200
        yield _read(answer)


async def _read(answer: httpx2.Response) -> AsyncIterator[Event]:
    name = ""
    async for line in answer.aiter_lines():
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield name, json.loads(line.removeprefix("data: "))


async def the_next(stream: AsyncIterator[Event], wanted: str) -> dict[str, Any]:
    async with asyncio.timeout(PATIENCE_S):
        async for name, data in stream:
            if name == wanted:
                return data
    raise AssertionError(f"the stream ended without {wanted}")


async def status(client: httpx2.AsyncClient, path: str) -> int:
    async with client.stream("GET", path) as answer:
        return answer.status_code


@pytest.mark.parametrize(
    ("role", "page", "data"),
    [(Role.SUPERVISOR, 200, 200), (Role.ADMIN, 200, 200), (Role.AGENT, 303, 403), (Role.ANALYST, 403, 403)],
)
async def test_overseers_watch_and_agents_go_to_their_desk(bench: Bench, role: Role, page: int, data: int) -> None:
    async with bench.browser(await bench.person("ana", role)) as browser:
        assert [await status(browser, path) for path in FLOOR] == [page, data, data, data]
        if page == 303:
            assert (await browser.get("/")).headers["location"] == "/desk"


async def test_nobody_watches_without_logging_in(bench: Bench) -> None:
    async with httpx2.AsyncClient(timeout=60, base_url=bench.url) as nobody:
        assert [await status(nobody, path) for path in FLOOR] == [401] * 4
        page = await nobody.get("/", headers={"accept": "text/html"})
    assert "You are not logged in." in page.text


async def test_only_so_many_floors_are_open_at_a_time(bench: Bench) -> None:
    async with (
        bench.browser(await bench.person("vera", Role.SUPERVISOR)) as other,
        bench.browser(await bench.person("otto", Role.SUPERVISOR)) as browser,
        contextlib.AsyncExitStack() as floors,
    ):
        for number in range(FLOORS_MAX):
            await floors.enter_async_context(events(browser if number % 2 else other))
        for _ in range(9 * FLOORS_MAX):
            assert await status(browser, "/v1/floor/stream") == 429
        assert await status(browser, "/v1/floor/words") == 200


async def test_there_is_no_page_to_try_but_in_a_demonstration(bench: Bench) -> None:
    async with bench.program("", Role.ADMIN) as admin, httpx2.AsyncClient(timeout=60, base_url=bench.url) as nobody:
        assert (await admin.get("/try")).status_code == (await nobody.get("/try")).status_code == 404


async def test_frames_without_an_open_floor_make_no_page_to_try(tmp_path: Path) -> None:
    async with (
        connections_in(tmp_path) as connections,
        running(connections, try_frames=(FRAME,)) as bench,
        httpx2.AsyncClient(timeout=60, base_url=bench.url) as nobody,
    ):
        answer = await nobody.get("/try")
    assert answer.status_code == 404
    assert "8081" not in answer.headers["content-security-policy"]


async def test_in_a_demonstration_everybody_watches_its_tenant_to_read_only(
    stage: Bench, reporting: FakeReporting
) -> None:
    async with httpx2.AsyncClient(timeout=60, base_url=stage.url) as nobody:
        assert [await status(nobody, path) for path in FLOOR] == [200] * 4
        await until(lambda: len(reporting.asked) >= 2)
        others = {path: await status(nobody, path) for path in ("/v1/people", "/v1/me", "/desk", "/v1/work/c1")}

    assert set(others.values()) == {401}
    assert {(each.tenant, each.companies, each.role, each.agent) for each in reporting.asked} == {
        ("acme", (), Role.ANALYST, "")
    }


async def test_in_a_demonstration_an_agent_watches_as_everybody_does(stage: Bench, reporting: FakeReporting) -> None:
    async with stage.browser(await stage.person("ana", tenant="other")) as browser:
        assert await status(browser, "/") == 200
        assert await status(browser, "/v1/floor/contacts/c1") == 200

    assert [(each.tenant, each.role) for each in reporting.asked] == [("acme", Role.ANALYST)]


async def test_in_a_demonstration_an_overseer_of_another_tenant_watches_their_own(
    stage: Bench, reporting: FakeReporting
) -> None:
    async with stage.browser(await stage.person("", Role.SUPERVISOR, ("north",), tenant="other")) as browser:
        assert await status(browser, "/v1/floor/contacts/c1") == 200

    assert [(each.tenant, each.companies, each.role) for each in reporting.asked] == [
        ("other", ("north",), Role.SUPERVISOR)
    ]


async def test_only_the_page_to_try_may_frame_and_only_what_it_shows(stage: Bench) -> None:
    async with httpx2.AsyncClient(timeout=60, base_url=stage.url) as nobody:
        policies = {path: (await nobody.get(path)).headers["content-security-policy"] for path in ("/", "/try")}
        page = (await nobody.get("/try")).text

    assert "frame-src 'self' http://127.0.0.1:8081;" in policies["/try"]
    assert policies["/"] == policies["/try"].replace(" http://127.0.0.1:8081", "")
    assert "http://127.0.0.1:8081/c/acme-chat" in page


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "//x", "http://a;script-src *", "http://a b", "http://a/'x", "ftp://a", "http:///c"]
)
def test_a_frame_needs_a_web_address(url: str) -> None:
    with pytest.raises(ValueError, match="url"):
        TryFrame(id="chat", name="Chat", url=url)


async def test_what_reporting_says_is_passed_on_event_by_event(bench: Bench, reporting: FakeReporting) -> None:
    async with bench.program("", Role.SUPERVISOR, ("north",)) as overseer, events(overseer) as stream:
        await until(lambda: reporting.streams)
        reporting.say(SNAPSHOT[:20])
        reporting.say(SNAPSHOT[20:] + b'event: contact\ndata: {"contact_id":"c1"}\n\n')
        assert await the_next(stream, "snapshot") == {"contacts": []}
        assert await the_next(stream, "contact") == {"contact_id": "c1"}

    assert [(each.companies, each.role) for each in reporting.asked] == [(("north",), Role.SUPERVISOR)]
    await until(lambda: not reporting.streams)


async def test_while_reporting_is_away_the_stream_says_so_and_goes_on_by_itself(
    bench: Bench, reporting: FakeReporting
) -> None:
    async with bench.program("", Role.SUPERVISOR) as overseer, events(overseer) as stream:
        await until(lambda: reporting.streams)
        reporting.say(SNAPSHOT)
        await the_next(stream, "snapshot")
        reporting.say(b'event: contact\ndata: {"half":')
        await reporting.stop()
        await the_next(stream, "away")
        await reporting.start()
        await until(lambda: reporting.streams)
        reporting.say(SNAPSHOT)
        await the_next(stream, "snapshot")


@pytest.mark.parametrize("refusal", [401, 429, 500, 503])
async def test_a_reporting_that_refuses_is_away(bench: Bench, reporting: FakeReporting, refusal: int) -> None:
    reporting.refuses = refusal
    async with bench.program("", Role.SUPERVISOR) as overseer:
        async with events(overseer) as stream:
            await the_next(stream, "away")
        answer = await overseer.get("/v1/floor/contacts/c1")

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")


async def test_timelines_are_passed_on(bench: Bench, reporting: FakeReporting) -> None:
    async with bench.program("", Role.SUPERVISOR) as overseer:
        found = await overseer.get("/v1/floor/contacts/c1")
        missing = await overseer.get("/v1/floor/contacts/c2")
        sly = [await overseer.get(f"/v1/floor/contacts/{bad}") for bad in ("..%2F..%2Fmetrics", "a%20b", "x" * 300)]

    assert (found.status_code, found.json()["contact"]["contact_id"]) == (200, "c1")
    assert missing.status_code == 404
    assert all(answer.status_code in {400, 404} for answer in sly)


async def test_the_stream_ends_when_its_watcher_is_no_overseer_any_more(bench: Bench) -> None:
    async with bench.browser(await bench.person("", Role.SUPERVISOR)) as browser, events(browser) as stream:
        assert (await browser.post("/logout")).status_code == 204
        await the_next(stream, "ended")


async def test_the_stream_ends_when_the_service_stops(bench: Bench) -> None:
    async with bench.program("", Role.SUPERVISOR) as overseer, events(overseer) as stream:
        await the_next(stream, "beat")
        stopping = asyncio.create_task(stop_all(bench.parts))
        async with asyncio.timeout(PATIENCE_S):
            # What it asks reporting with may be gone a moment before.
            assert {name async for name, _ in stream} <= {"beat", "away"}
        await stopping


async def test_words_name_the_agents_of_the_companies_that_one_may_see(bench: Bench) -> None:
    await bench.person("ana", companies=("north",))
    await bench.person("ben", companies=("south",))
    await bench.person("cy")
    await bench.person("dan", tenant="other")
    async with bench.program("", Role.SUPERVISOR, ("north",)) as overseer:
        words = (await overseer.get("/v1/floor/words")).json()

    assert set(words["agents"]) == {"ana", "cy"}


async def test_a_link_brings_overseers_to_the_floor(bench: Bench) -> None:
    person = await bench.person("", Role.SUPERVISOR)
    async with bench.browser(person) as browser:
        page = await browser.get("/")
    assert "Live floor" in page.text
    assert person.name in page.text
