"""Ingest's web side, whole and real, on a free port; the test plays the router, the agents and the visitors."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx2
from pydantic import SecretStr
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from services.ingest.app import build
from services.ingest.channels.web_chat import WebChat
from services.ingest.chat.transcript import AGENT, CHAT_MESSAGES
from services.ingest.envelopes import Content, Envelope, Outgoing
from services.ingest.log_codec import decode, encode_outgoing
from services.ingest.router_log.facts import ContactAccepted
from services.ingest.settings import IngestSettings
from services.plan.compiled import Channel
from services.shared.clock import Clock, SystemClock
from services.shared.connections import Connections
from services.shared.document_store import Collection, StoreUnavailable
from services.shared.event_log import EventLog, LogUnavailable
from services.shared.file_blob_store import FileBlobStore
from services.shared.memory_event_log import MemoryEventLog
from services.shared.serve import HttpPart, Part, stop_all
from services.shared.sqlite_document_store import SqliteDocumentStore
from tests.unit.ingest.web.router_log import RouterLog, plan

P = TypeVar("P")

TOKEN = "0123456789abcdef0123456789abcdef"
WITHIN_S = 60.0


class FailingLog(MemoryEventLog):
    """A log that can be away, and that can lose its answer although the record is in."""

    away = False
    loses_answers = False

    async def append(self, partition: int, record: bytes) -> None:
        if self.away:
            raise LogUnavailable("away")
        await super().append(partition, record)
        if self.loses_answers:
            raise LogUnavailable("the answer was lost")


class FailingDocuments(SqliteDocumentStore):
    """Documents in a file, which can be away."""

    away = False

    async def _declare(self, collection: Collection) -> None:
        if self.away:
            raise StoreUnavailable("away")
        await super()._declare(collection)


async def records(log: EventLog) -> list[bytes]:
    kept: list[bytes] = []
    end = await log.end(0)
    if end:
        async for record in log.read(0, 0):
            kept.append(record.record)
            if record.offset + 1 == end:
                break
    return kept


async def eventually(true: Callable[[], Any]) -> None:
    async with asyncio.timeout(WITHIN_S):
        while not true():  # noqa: ASYNC110  # there is no event for everything
            await asyncio.sleep(0.01)


class House:
    """Everything is in memory but the documents, which are in the folder and survive `restart`."""

    def __init__(self, folder: Path, settings: IngestSettings, clock: Clock) -> None:
        self.inbound = FailingLog()
        self.outbound = MemoryEventLog()
        self.router_log = MemoryEventLog()
        self.router = RouterLog(self.router_log)
        self.clock = clock
        self.port = 0
        self._folder = folder
        self._settings = settings
        self._parts: list[Part] = []
        self._documents: FailingDocuments | None = None

    async def start(self) -> None:
        store = await FailingDocuments.open(self._folder / "documents.sqlite")
        assert isinstance(store, FailingDocuments)
        self._documents = store
        connections = Connections(
            self.inbound, self.outbound, self.router_log, self.documents, FileBlobStore(self._folder / "blobs")
        )
        self._parts = await build(self._settings, connections, self.clock)
        for part in self._parts:
            await part.start()
        self.port = self.part(HttpPart).port
        async with httpx2.AsyncClient(timeout=60) as client:
            async with asyncio.timeout(WITHIN_S):
                while (await client.get(self.url("/readyz"))).status_code != 200:  # noqa: ASYNC110  # it is asked over HTTP
                    await asyncio.sleep(0.01)

    async def stop(self) -> None:
        await stop_all(self._parts)
        await self.documents.close()

    async def restart(self) -> None:
        await self.stop()
        await self.start()

    @property
    def documents(self) -> FailingDocuments:
        assert self._documents is not None
        return self._documents

    def part(self, kind: type[P]) -> P:
        return next(part for part in self._parts if isinstance(part, kind))

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    async def envelopes(self) -> list[Envelope]:
        return [decode(record) for record in await records(self.inbound)]

    async def envelopes_when(self, count: int) -> list[Envelope]:
        kept = self.inbound._partitions[0].records
        await eventually(lambda: len(kept) >= count)
        return await self.envelopes()

    async def everybody_is_gone(self) -> None:
        """Waits until ingest has noticed that all visitors' sockets are closed."""
        chats = self.part(WebChat)._conversations.values()
        await eventually(lambda: not any(chat.sockets for chat in chats))

    async def nobody_is_held(self) -> None:
        """Waits until ingest has let go of all chats."""
        chats = self.part(WebChat)._conversations
        await eventually(lambda: not chats)

    @asynccontextmanager
    async def beside(self) -> AsyncIterator["House"]:
        """Another ingest on the same logs and documents."""
        other = House(self._folder, self._settings, self.clock)
        other.inbound, other.outbound, other.router_log = self.inbound, self.outbound, self.router_log
        await other.start()
        try:
            yield other
        finally:
            await other.stop()

    async def agent_says(self, contact_id: str, text: str, event_id: str = "o1", agent: str = "ana") -> None:
        outgoing = Outgoing(
            event_id, "demo", "acme", contact_id, Channel.WEB_CHAT, agent, "", "", Content(text=text), 1_790_000_000_000
        )
        await self.outbound.append(0, encode_outgoing(outgoing))

    def visitor(self, page: str = "acme-chat", **options: Any) -> "Visitor":
        return Visitor(f"ws://127.0.0.1:{self.port}/c/{page}/socket", options)


class Visitor:
    """A chat page of few words."""

    def __init__(self, url: str, options: dict[str, Any]) -> None:
        self._connecting = connect(url, proxy=None, compression=None, **options)
        self._socket: ClientConnection | None = None

    async def __aenter__(self) -> Self:
        self._socket = await self._connecting
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.socket.close()

    @property
    def socket(self) -> ClientConnection:
        assert self._socket is not None
        return self._socket

    async def send(self, frame: Any) -> None:
        await self.socket.send(frame if isinstance(frame, str | bytes) else json.dumps(frame))

    async def hello(self, token: str = TOKEN, **more: Any) -> dict[str, Any]:
        await self.send({"hello": {"token": token, **more}})
        return await self.next("welcome")

    async def say(self, text: str, id: str = "m1") -> dict[str, Any]:
        await self.send({"say": {"id": id, "text": text}})
        return await self.next("accepted")

    async def next(self, kind: str) -> dict[str, Any]:
        """The next frame of that kind; others in between are passed over."""
        async with asyncio.timeout(WITHIN_S):
            while True:
                frame = json.loads(await self.socket.recv())
                if kind in frame:
                    value: dict[str, Any] = frame[kind]
                    return value

    async def told(self, state: str) -> dict[str, Any]:
        """Waits until the page is told that state."""
        while (told := await self.next("state"))["state"] != state:
            pass
        return told

    async def closed(self) -> int:
        async with asyncio.timeout(WITHIN_S):
            with suppress(ConnectionClosed):
                while True:
                    await self.socket.recv()
        assert self.socket.close_code is not None
        return self.socket.close_code


def settings(**more: Any) -> IngestSettings:
    given = {"http_port": 0, "smtp_port": 0, "allowed_origins": ("https://shop.example",), **more}
    return IngestSettings(ids_key=SecretStr("ab" * 32), **given)


@asynccontextmanager
async def opened(folder: Path, clock: Clock | None = None, **more: Any) -> AsyncIterator[House]:
    house = House(folder, settings(**more), clock or SystemClock())
    await house.router.claim()
    await house.router.commit(plan())
    await house.start()
    try:
        yield house
    finally:
        await house.stop()


async def begun(house: House) -> str:
    """A chat with one message, which the router has taken; its contact."""
    async with house.visitor() as visitor:
        await visitor.hello()
        await visitor.say("Hello?")
        contact_id = (await house.envelopes())[0].contact_id
        await house.router.commit(ContactAccepted(contact_id, Channel.WEB_CHAT))
        await visitor.told("waiting")
    await house.everybody_is_gone()
    return contact_id


async def said_by_agents(house: House, count: int) -> None:
    """Waits until so many messages of agents are in the transcripts."""
    async with asyncio.timeout(WITHIN_S):
        while len(await house.documents.find(CHAT_MESSAGES, {"author": AGENT})) < count:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
