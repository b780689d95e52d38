"""A router that is far behind: new contacts are turned away for the moment, at every edge, and let in again after."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

import aiosmtplib
import httpx2
import pytest
from pydantic import SecretStr
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from services.cli.data_folder import DataFolder
from services.cli.embedded import part_of
from services.ingest import app as ingest
from services.ingest.mail.inbox import Inbox
from services.ingest.settings import IngestSettings
from services.router import app as router
from services.router.settings import RouterSettings
from services.shared.connections import Connections
from services.shared.file_blob_store import FileBlobStore
from services.shared.serve import HttpPart, Part, stop_all
from services.shared.sqlite_document_store import SqliteDocumentStore
from services.shared.sqlite_event_log import SqliteEventLog
from tests.system.plans import TWO_COMPANIES
from tests.system.running import ChatEnd, running, wait_ready

LAG_MAX = 5
PATIENCE_S = 60.0
NOTICED = f'switchroom_ingest_router_lag_records{{partition="0"}} {LAG_MAX + 1}.0'


@dataclass
class Alone:
    """Ingest on a folder, and nothing else until the router is started."""

    data: DataFolder
    connections: Connections
    parts: list[Part]
    http: httpx2.AsyncClient

    @property
    def port(self) -> int:
        return part_of(HttpPart, self.parts).port

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    async def form(self) -> httpx2.Response:
        entry = {"token": secrets.token_hex(16), "message": "Hello", "email_or_phone": "ivy@customer.example"}
        return await self.http.post(self.url("/v1/forms/acme-contact"), json=entry)

    @asynccontextmanager
    async def chat(self) -> AsyncIterator[ChatEnd]:
        async with connect(f"ws://127.0.0.1:{self.port}/c/acme-chat/socket", proxy=None) as socket:
            end = ChatEnd(socket)
            await end.send(hello={"token": secrets.token_hex(16)})
            await end.until("welcome")
            yield end

    async def mail(self) -> None:
        mail = EmailMessage()
        mail["From"], mail["To"] = "ivy@customer.example", "support@acme.example"
        mail.set_content("Hello")
        await aiosmtplib.send(mail, hostname="127.0.0.1", port=part_of(Inbox, self.parts).port)

    async def start_router(self) -> None:
        secrets_ = self.data.secrets()
        settings = RouterSettings(
            grpc_port=0,
            http_port=0,
            token_public_key=secrets_.token_public_key,
            customers_key=SecretStr(secrets_.customers_key),
        )
        for part in await router.build(settings, self.connections):
            self.parts.append(part)
            await part.start()


@asynccontextmanager
async def connected(folder: Path) -> AsyncIterator[Connections]:
    inbound = await SqliteEventLog.open(folder / "contacts-inbound.sqlite")
    outbound = await SqliteEventLog.open(folder / "contacts-outbound.sqlite")
    router_log = await SqliteEventLog.open(folder / "router-log.sqlite")
    documents = await SqliteDocumentStore.open(folder / "documents.sqlite")
    try:
        yield Connections(inbound, outbound, router_log, documents, FileBlobStore(folder / "blobs"))
    finally:
        for log in (inbound, outbound, router_log):
            await log.close()
        await documents.close()


@pytest.fixture
async def alone(tmp_path: Path) -> AsyncIterator[Alone]:
    folder = tmp_path / "data"
    async with running(folder) as system:
        await system.activate(TWO_COMPANIES)
    data = DataFolder(folder)
    settings = IngestSettings(
        ids_key=SecretStr(data.secrets().ids_key), http_port=0, smtp_port=0, router_lag_records=LAG_MAX
    )
    async with connected(folder) as connections, httpx2.AsyncClient(timeout=30) as http:
        found = Alone(data, connections, await ingest.build(settings, connections), http)
        try:
            for part in found.parts:
                await part.start()
            await wait_ready(http, found.url(""))
            yield found
        finally:
            await stop_all(found.parts)


async def fill(alone: Alone) -> int:
    """Send forms until one is refused; how many were taken."""
    for taken in range(LAG_MAX + 2):
        if (await alone.form()).status_code == 503:
            return taken
    raise AssertionError("none was refused")


async def until_a_form_is_taken(alone: Alone) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while (await alone.form()).status_code != 202:  # noqa: ASYNC110  # it is asked over HTTP
            await asyncio.sleep(0.05)


async def until_the_lag_is_noticed(alone: Alone) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while NOTICED not in (await alone.http.get(alone.url("/metrics"))).text:  # noqa: ASYNC110  # the same
            await asyncio.sleep(0.05)


async def test_programs_and_people_are_asked_to_come_back_with_their_forms(alone: Alone) -> None:
    taken = await fill(alone)

    refused = await alone.form()
    entry = {"token": secrets.token_hex(16), "message": "My long message", "email_or_phone": "ivy@customer.example"}
    page = await alone.http.post(alone.url("/f/acme-contact"), data=entry)

    assert refused.status_code == 503
    assert int(refused.headers["retry-after"]) > 0
    assert set(refused.json()) == {"what", "why", "what_to_do"}
    assert page.status_code == 503
    assert int(page.headers["retry-after"]) > 0
    assert "My long message" in page.text
    assert taken == LAG_MAX + 1
    assert await alone.connections.inbound.end(0) == taken


async def test_mail_servers_are_asked_to_come_back(alone: Alone) -> None:
    await fill(alone)

    with pytest.raises(aiosmtplib.SMTPRecipientsRefused) as refused:
        await alone.mail()

    assert refused.value.recipients[0].code == 451


async def test_visitors_cannot_begin_a_chat_and_those_who_have_one_go_on(alone: Alone) -> None:
    async with alone.chat() as early, alone.chat() as late:
        await early.send(say={"id": "1", "text": "Hello"})
        await early.until("accepted")
        await fill(alone)

        with pytest.raises(InvalidStatus) as refused:
            async with alone.chat():
                pass
        await late.send(say={"id": "1", "text": "Hello"})
        error = await late.until("error")
        await early.send(say={"id": "2", "text": "Is anybody there?"})
        await early.until("accepted", id="2")

    assert refused.value.response.status_code == 503
    assert int(refused.value.response.headers["retry-after"]) > 0
    assert (error["id"], error["again"]) == ("1", True)


async def test_everybody_is_welcome_again_once_the_router_has_caught_up(alone: Alone) -> None:
    await fill(alone)

    await alone.start_router()

    await until_a_form_is_taken(alone)
    await alone.mail()


async def test_what_others_appended_counts_too(alone: Alone, tmp_path: Path) -> None:
    other = await SqliteEventLog.open(tmp_path / "data/contacts-inbound.sqlite")
    try:
        for _ in range(LAG_MAX + 1):
            await other.append(0, b"whatever another ingest has appended")
    finally:
        await other.close()

    await until_the_lag_is_noticed(alone)
    assert (await alone.form()).status_code == 503
