"""The live floor over HTTP: who hears it, what they hear, and how it ends."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from services.plan.compiled import Channel
from services.reporting.app import build
from services.reporting.facts import CustomerWrote, Happened
from services.reporting.floor_watchers import FloorWatchers
from services.reporting.settings import ReportingSettings
from services.shared.connections import Connections
from services.shared.file_blob_store import FileBlobStore
from services.shared.memory_event_log import MemoryEventLog
from services.shared.serve import HttpPart, Part, stop_all
from services.shared.sqlite_document_store import SqliteDocumentStore
from services.shared.tokens import Role, TokenMaker, make_key_pair
from tests.fakes.manual_clock import ManualClock
from tests.unit.reporting.router_log import RouterLog
from tests.unit.reporting.story import NOON_MS, accepted, arrived, ended, offered, on_duty, plan, queued, told, wrap_up

PATIENCE_S = 60
STORY = told((0, plan()), *((0, fact) for fact in on_duty("ann")), (0, arrived("c1")), (1_000, queued("c1")))
REST = told((2_000, offered("c1")), (3_000, accepted("c1")), (4_000, wrap_up("c1")), (5_000, ended("c1", agent="ann")))
Event = tuple[str, dict[str, Any]]


class House:
    """Reporting on a memory log."""

    def __init__(self, log: MemoryEventLog, parts: list[Part], tokens: TokenMaker, clock: ManualClock) -> None:
        self.parts = parts
        self.clock = clock
        self.writer = RouterLog(log)
        self.port = next(part.port for part in parts if isinstance(part, HttpPart))
        self.url = f"http://127.0.0.1:{self.port}"
        self._tokens = tokens

    @property
    def watchers(self) -> FloorWatchers:
        return next(part for part in self.parts if isinstance(part, FloorWatchers))

    def headers(
        self, role: Role = Role.SUPERVISOR, companies: tuple[str, ...] = (), tenant: str = "t1", life_s: int = 900
    ) -> dict[str, str]:
        token = self._tokens.make(tenant, companies, role, "ann" if role is Role.AGENT else "", "someone", life_s)
        return {"authorization": f"Bearer {token}"}

    @asynccontextmanager
    async def watched(self, *, beats: bool = False, **who: Any) -> AsyncIterator[AsyncIterator[Event]]:
        async with (
            httpx2.AsyncClient(timeout=PATIENCE_S, headers=self.headers(**who)) as http,
            http.stream("GET", f"{self.url}/v1/live/stream") as answer,
        ):
            assert answer.status_code == 200
            yield (event async for event in _events(answer) if beats or event[0] != "beat")

    async def tell(self, story: list[Happened]) -> None:
        """And wait until it is folded."""
        told_at = await self.writer.commit(story)
        async with httpx2.AsyncClient(timeout=60, headers=self.headers()) as http:
            answer = await http.get(f"{self.url}/v1/live", params={"at_least": f"0:{told_at}"})
        assert answer.status_code == 200

    async def nobody_watches(self) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while self.watchers.count:  # noqa: ASYNC110  # what is waited for has no event
                await asyncio.sleep(0.01)


async def _events(answer: httpx2.Response) -> AsyncIterator[Event]:
    name = ""
    async for line in answer.aiter_lines():
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield name, json.loads(line.removeprefix("data: "))


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    clock, log = ManualClock(NOON_MS + 20_000), MemoryEventLog()
    private_pem, public_pem = make_key_pair()
    documents = await SqliteDocumentStore.open(tmp_path / "documents.sqlite")
    connections = Connections(MemoryEventLog(), MemoryEventLog(), log, documents, FileBlobStore(tmp_path / "blobs"))
    parts = await build(ReportingSettings(port=0, token_public_key=public_pem.decode()), connections, clock)
    for part in parts:
        await part.start()
    house = House(log, parts, TokenMaker(private_pem, clock), clock)
    await house.writer.claim()
    await house.tell(STORY)
    yield house
    await stop_all(parts)
    await documents.close()


async def test_the_stream_begins_with_a_snapshot_and_tells_each_fact(house: House) -> None:
    async with house.watched() as events:
        name, floor = await anext(events)
        await house.writer.commit(REST)
        heard = [await anext(events) for _ in REST]

    assert (name, floor["now_ms"], floor["companies"]) == ("snapshot", NOON_MS + 20_000, ["acme", "bolt"])
    assert [(each["contact_id"], each["stage"], each["queue"]) for each in floor["contacts"]] == [
        ("c1", "queued", "sales")
    ]
    ann = floor["agents"][0]
    assert (ann["agent"], ann["presence"], ann["attached"]) == ("ann", "available", True)
    assert [(kind, each["what"], each["stage"], each["at_ms"] - NOON_MS) for kind, each in heard] == [
        ("contact", "offered", "offered", 2_000),
        ("contact", "accepted", "active", 3_000),
        ("contact", "wrap_up_started", "wrap_up", 4_000),
        ("contact", "ended", "ended", 5_000),
    ]


async def test_beats_tell_the_service_level_of_each_queue_that_one_may_see(house: House) -> None:
    await house.tell([*REST, *told((6_000, arrived("c2", "bolt", Channel.WEB_CHAT)), (6_000, queued("c2", "desk")))])
    await house.tell(told((6_500, offered("c2", "cy")), (90_000, accepted("c2", "cy"))))
    async with house.watched(beats=True) as events, house.watched(beats=True, companies=("bolt",)) as bolts:
        both = [each async for each in _first_beat(events)]
        bolt = [each async for each in _first_beat(bolts)]

    assert both[0]["service_levels"] == {"desk": 0.0, "sales": 1.0}
    assert bolt[0]["service_levels"] == {"desk": 0.0}
    assert both[0]["now_ms"] == NOON_MS + 20_000


async def _first_beat(events: AsyncIterator[Event]) -> AsyncIterator[dict[str, Any]]:
    async for name, data in events:
        if name == "beat":
            yield data
            return


async def test_a_change_of_presence_and_another_plan_are_told(house: House) -> None:
    async with house.watched() as events:
        await anext(events)
        await house.writer.commit(told((6_000, on_duty("bob")[1])))
        first = await anext(events)
        await house.writer.commit(told((7_000, plan())))
        second = await anext(events)

    assert (first[0], first[1]["agent"], first[1]["presence"]) == ("agent", "bob", "available")
    assert second[0] == "snapshot"


async def test_who_is_limited_to_a_company_hears_of_nothing_else(house: House) -> None:
    async with house.watched(companies=("bolt",)) as events:
        _, floor = await anext(events)
        await house.writer.commit([*REST, *told((6_000, arrived("c2", "bolt")))])
        name, contact = await anext(events)

    assert (floor["contacts"], floor["companies"]) == ([], ["bolt"])
    assert {company for agent in floor["agents"] for company in agent["companies"]} == {"bolt"}
    assert (name, contact["contact_id"], contact["company"]) == ("contact", "c2", "bolt")


async def test_another_tenant_hears_nothing(house: House) -> None:
    async with house.watched(tenant="t2") as events:
        _, floor = await anext(events)
        await house.writer.commit([*REST, *told((6_000, arrived("c9")), tenant="t2")])
        _, contact = await anext(events)

    assert (floor["contacts"], floor["agents"], floor["queues"]) == ([], [], [])
    assert contact["contact_id"] == "c9"


@pytest.mark.parametrize(
    ("role", "status"), [(Role.SUPERVISOR, 200), (Role.ADMIN, 200), (Role.ANALYST, 200), (Role.AGENT, 403)]
)
async def test_each_role_may_or_may_not_watch(house: House, role: Role, status: int) -> None:
    async with (
        httpx2.AsyncClient(timeout=60, headers=house.headers(role=role)) as http,
        http.stream("GET", f"{house.url}/v1/live/stream") as answer,
    ):
        assert answer.status_code == status


async def test_without_a_token_nobody_watches(house: House) -> None:
    async with httpx2.AsyncClient(timeout=60) as http:
        assert (await http.get(f"{house.url}/v1/live/stream")).status_code == 401


async def test_the_stream_ends_with_its_token(house: House) -> None:
    async with house.watched(life_s=60) as events:
        await anext(events)
        house.clock.pass_ms(60_000)
        await house.writer.commit(REST)
        rest = [name async for name, _ in events]

    assert set(rest) <= {"contact"}
    await house.nobody_watches()


async def test_whoever_goes_is_forgotten(house: House) -> None:
    async with house.watched() as events:
        await anext(events)
        assert house.watchers.count == 1
    await house.writer.commit(REST)
    await house.nobody_watches()


async def test_stopping_ends_the_streams_cleanly(house: House) -> None:
    async with house.watched() as events:
        await anext(events)
        stopping = asyncio.create_task(stop_all(house.parts))
        assert [name async for name, _ in events] == []
        await stopping


async def test_a_log_that_must_not_be_read_on_ends_the_streams_and_refuses_new_ones(house: House) -> None:
    async with house.watched() as events:
        await anext(events)
        await house.writer.commit_bytes(b"\xff no decision")
        assert [name async for name, _ in events] == []
    async with httpx2.AsyncClient(timeout=60, headers=house.headers()) as http:
        assert (await http.get(f"{house.url}/v1/live/stream")).status_code == 503


async def test_a_reader_who_takes_nothing_is_cut_off_and_others_hear_everything(house: House) -> None:
    stuck = socket.socket()
    stuck.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    stuck.connect(("127.0.0.1", house.port))
    lines = [f"{name}: {value}" for name, value in house.headers().items()]
    stuck.sendall("\r\n".join(["GET /v1/live/stream HTTP/1.1", "host: x", *lines, "", ""]).encode())
    try:
        async with house.watched() as events:
            await anext(events)
            commits = 14
            for _ in range(commits):
                await house.writer.commit([Happened("t1", NOON_MS, CustomerWrote("c1", "")) for _ in range(900)])
            heard = 0
            async for name, _ in events:
                heard += name == "contact"
                if heard == commits * 900:
                    break
            await asyncio.wait_for(_only_one_watches(house), PATIENCE_S)
    finally:
        stuck.close()

    assert heard == commits * 900


async def _only_one_watches(house: House) -> None:
    while house.watchers.count > 1:  # noqa: ASYNC110  # what is waited for has no event
        await asyncio.sleep(0.01)
