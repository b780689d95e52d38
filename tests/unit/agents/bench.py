"""The agents service for tests: real HTTP, real gRPC, real SQLite documents, logs in memory."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from services.agents.access import DESK_HEADER
from services.agents.app import build
from services.agents.keys import make_key
from services.agents.login_links import make_login_link
from services.agents.people import Person, add_person
from services.agents.settings import AgentsSettings
from services.shared.clock import SystemClock
from services.shared.connections import Connections
from services.shared.event_log import EventLog
from services.shared.fence import next_digest
from services.shared.file_blob_store import FileBlobStore
from services.shared.memory_event_log import MemoryEventLog
from services.shared.serve import HttpPart, Part, stop_all
from services.shared.sqlite_document_store import SqliteDocumentStore
from services.shared.tokens import Role, TokenChecker, TokenMaker, make_key_pair
from switchroom.v1 import contact_pb2, events_pb2, inbound_pb2, log_pb2
from tests.fakes.fake_router import FakeRouter

PRIVATE, PUBLIC = make_key_pair()
PATIENCE_S = 60
ZEROS = bytes(32)


def settings(router_port: int, **more: Any) -> AgentsSettings:
    facts: dict[str, Any] = {
        "port": 0,
        "router_address": f"127.0.0.1:{router_port}",
        "private_key": PRIVATE.decode(),
        "public_key": PUBLIC.decode(),
        "session_secret": "s" * 32,
    }
    return AgentsSettings(**(facts | more))


async def until(happened: Callable[[], Any]) -> Any:
    async with asyncio.timeout(PATIENCE_S):
        while not (value := happened()):  # noqa: ASYNC110  # what is waited for has no event
            await asyncio.sleep(0.01)
        return value


async def until_it(happens: Callable[[], Any]) -> Any:
    async with asyncio.timeout(PATIENCE_S):
        while not (value := await happens()):  # noqa: ASYNC110  # what is waited for has no event
            await asyncio.sleep(0.01)
        return value


@dataclass(slots=True)
class Bench:
    connections: Connections
    router: FakeRouter
    port: int
    clock: SystemClock
    parts: list[Part]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def person(
        self,
        agent: str = "ana",
        role: Role = Role.AGENT,
        companies: tuple[str, ...] = (),
        tenant: str = "acme",
    ) -> Person:
        return await add_person(
            self.connections.documents,
            tenant=tenant,
            name=f"{agent or role.value} of {tenant}",
            role=role,
            companies=companies,
            agent=agent if role is Role.AGENT else "",
            id=f"{tenant}-{role.value}-{agent}-{'-'.join(companies)}",
        )

    async def token(self, person: Person) -> str:
        made = await make_key(self.connections.documents, person, "test")
        async with httpx2.AsyncClient(timeout=60, base_url=self.url) as client:
            answer = await client.post("/v1/login", json={"key": made.key})
        return str(answer.json()["token"])

    @asynccontextmanager
    async def program(
        self,
        agent: str = "ana",
        role: Role = Role.AGENT,
        companies: tuple[str, ...] = (),
        tenant: str = "acme",
    ) -> AsyncIterator[httpx2.AsyncClient]:
        token = await self.token(await self.person(agent, role, companies, tenant))
        headers = {"Authorization": f"Bearer {token}"}
        async with httpx2.AsyncClient(base_url=self.url, headers=headers, timeout=30) as client:
            yield client

    @asynccontextmanager
    async def browser(self, person: Person) -> AsyncIterator[httpx2.AsyncClient]:
        link = await make_login_link(self.connections.documents, self.clock, person, self.url)
        async with httpx2.AsyncClient(base_url=self.url, timeout=30) as client:
            answer = await client.post(link)
            assert answer.status_code == 303
            client.headers[DESK_HEADER] = "1"
            yield client

    async def hear(self, **facts: Any) -> None:
        envelope = inbound_pb2.InboundEnvelope(**({"tenant": "acme", "company": "north"} | facts))
        await self.connections.inbound.append(0, envelope.SerializeToString())

    async def mail_arrives(self, contact_id: str, text: str = "my order is late", **facts: Any) -> None:
        message = inbound_pb2.Message(
            subject="Order 7", text=text, mail_message_id="<m1@c.example>", mail_references=["<m0@c.example>"]
        )
        arrived = inbound_pb2.ContactArrived(
            channel=contact_pb2.CHANNEL_EMAIL,
            dialed="help@north.example",
            caller="carla@c.example",
            caller_name="Carla",
            message=message,
            ready=True,
        )
        facts = {"event_id": f"arrival-{contact_id}", "contact_id": contact_id, "contact_arrived": arrived} | facts
        await self.hear(**facts)

    async def accepted_mail(self, client: httpx2.AsyncClient, agent: str, contact_id: str, **facts: Any) -> None:
        """A mail that this agent has accepted and that is filed."""
        await self.mail_arrives(contact_id)
        self.router.offer(agent, contact_id, **facts)
        await client.post("/v1/next")
        answer = await client.post(f"/v1/work/{contact_id}/accept")
        assert answer.status_code == 200, answer.text

        async def filed() -> bool:
            return bool((await client.get(f"/v1/work/{contact_id}")).json()["messages"])

        await until_it(filed)

    async def sent(self) -> list[inbound_pb2.OutboundEnvelope]:
        log = self.connections.outbound
        records = log.read(0, 0)
        count = await log.end(0)
        return [inbound_pb2.OutboundEnvelope.FromString((await anext(records)).record) for _ in range(count)]


class RouterLog:
    """Writes accepted batches into router.log."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._seq = 0
        self._digest = ZEROS

    async def claim(self) -> None:
        barrier = log_pb2.Barrier(epoch=1, claim_id=b"c" * 16, owner_address="here", format=1)
        await self._log.append(0, log_pb2.LogEnvelope(barrier=barrier).SerializeToString())

    async def decide(self, *events: events_pb2.Event, tenant: str = "acme", at_ms: int = 1000) -> None:
        command = log_pb2.DecidedCommand(tenant=tenant, id="x", at_ms=at_ms, events=events)
        decided = log_pb2.Decided(at_ms=at_ms, inbound_offset=-1, commands=[command]).SerializeToString()
        self._seq += 1
        batch = log_pb2.Batch(
            epoch=1, claim_id=b"c" * 16, seq=self._seq, prev_digest=self._digest, format=1, decided=decided
        )
        await self._log.append(0, log_pb2.LogEnvelope(batch=batch).SerializeToString())
        self._digest = next_digest(self._digest, 1, decided)


@asynccontextmanager
async def connections_in(folder: Path) -> AsyncIterator[Connections]:
    documents = await SqliteDocumentStore.open(folder / "documents.sqlite")
    logs = (MemoryEventLog(), MemoryEventLog(), MemoryEventLog())
    try:
        yield Connections(*logs, documents, FileBlobStore(folder / "blobs"))
    finally:
        await documents.close()


@asynccontextmanager
async def running(connections: Connections, **more: Any) -> AsyncIterator[Bench]:
    clock = SystemClock()
    router = FakeRouter(TokenChecker(PUBLIC, clock))
    parts = await build(settings(await router.start(), **more), connections, clock)
    for part in parts:
        await part.start()
    http = next(part for part in parts if isinstance(part, HttpPart))
    try:
        yield Bench(connections, router, http.port, clock, parts)
    finally:
        await stop_all(parts)
        await router.stop()


def token_maker() -> TokenMaker:
    return TokenMaker(PRIVATE, SystemClock())
