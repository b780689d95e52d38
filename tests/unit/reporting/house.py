"""Reporting on a memory log, asked over real HTTP."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2

from services.reporting.app import build
from services.reporting.settings import ReportingSettings
from services.shared.connections import Connections
from services.shared.file_blob_store import FileBlobStore
from services.shared.memory_event_log import MemoryEventLog
from services.shared.serve import HttpPart, stop_all
from services.shared.sqlite_document_store import SqliteDocumentStore
from services.shared.tokens import Role, TokenMaker, make_key_pair
from tests.fakes.manual_clock import ManualClock
from tests.unit.reporting.router_log import RouterLog
from tests.unit.reporting.story import NOON_MS, accepted, arrived, ended, offered, on_duty, plan, queued, told, wrap_up

PATIENCE_S = 60
LISTS = ("/v1/events", "/v1/contacts", "/v1/intervals")
LIFE = told(
    (0, plan()),
    *((0, fact) for fact in on_duty("ann")),
    (0, arrived("c1")),
    (1_000, queued("c1")),
    (2_000, offered("c1")),
    (4_000, accepted("c1")),
    (9_000, wrap_up("c1")),
    (10_000, ended("c1", agent="ann", disposition="sold")),
    (11_000, arrived("c2", "bolt", at_ms=11_000)),
    (11_000, queued("c2", "desk")),
)


class House:
    """Reporting on a memory log, asked over real HTTP."""

    def __init__(self, log: MemoryEventLog, http: httpx2.AsyncClient, tokens: TokenMaker) -> None:
        self.log = log
        self.writer = RouterLog(log)
        self._http = http
        self._tokens = tokens

    async def get(self, path: str, role: Role = Role.SUPERVISOR, companies: tuple[str, ...] = (), **query: Any) -> Any:
        return await self.get_as(self.token(role, companies), path, **query)

    async def get_as(self, token: str, path: str, **query: Any) -> Any:
        return await self.get_with({"authorization": f"Bearer {token}"} if token else {}, path, **query)

    async def get_with(self, headers: dict[str, str], path: str, **query: Any) -> Any:
        return await self._http.get(path, params=query, headers=headers)

    def token(self, role: Role = Role.SUPERVISOR, companies: tuple[str, ...] = (), tenant: str = "t1") -> str:
        return self._tokens.make(tenant, companies, role, "", "someone")

    async def tell(self, *stories: list[Any]) -> int:
        offset = -1
        for story in stories:
            offset = await self.writer.commit(story)
        await self.reached(offset)
        return offset

    async def reached(self, offset: int) -> None:
        """Wait until it is folded, however busy the machine is."""
        async with asyncio.timeout(PATIENCE_S):
            while (await self.get("/v1/live", at_least=f"0:{offset}")).status_code != 200:
                pass


@asynccontextmanager
async def started(folder: Path, log: MemoryEventLog, timelines_max: int = 10_000) -> AsyncIterator[House]:
    clock = ManualClock(NOON_MS + 20_000)
    private_pem, public_pem = make_key_pair()
    documents = await SqliteDocumentStore.open(folder / "documents.sqlite")
    connections = Connections(MemoryEventLog(), MemoryEventLog(), log, documents, FileBlobStore(folder / "blobs"))
    settings = ReportingSettings(
        port=0, token_public_key=public_pem.decode(), wait_ms=2_000, timelines_max=timelines_max
    )
    parts = await build(settings, connections, clock)
    for part in parts:
        await part.start()
    port = next(part.port for part in parts if isinstance(part, HttpPart))
    async with httpx2.AsyncClient(timeout=60, base_url=f"http://127.0.0.1:{port}") as http:
        yield House(log, http, TokenMaker(private_pem, clock))
    await stop_all(parts)
    await documents.close()


async def rows(house: House, path: str, **query: Any) -> list[dict[str, Any]]:
    """What such a list says."""
    answer = await house.get(path, **query)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()[path.rpartition("/")[2]]
    return found
