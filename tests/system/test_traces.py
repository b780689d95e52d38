"""One trace for each contact, from the edge to the desk, and none told twice for what is only read again."""

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import httpx2
import pytest
from pydantic import SecretStr

from services.agents import app as agents
from services.agents.settings import AgentsSettings
from services.cli.data_folder import Addresses, Secrets, make_secrets
from services.cli.demonstration.mailbox import Mailbox
from services.cli.embedded import part_of
from services.ingest import app as ingest
from services.ingest.mail.inbox import Inbox
from services.ingest.settings import IngestSettings
from services.reporting import app as reporting
from services.reporting.settings import ReportingSettings
from services.router import app as router
from services.router.grpc_api.server import GrpcPart
from services.router.settings import RouterSettings
from services.shared.connections import Connections
from services.shared.file_blob_store import FileBlobStore
from services.shared.otlp_traces import OtlpTraces
from services.shared.serve import HttpPart, Part, stop_all
from services.shared.sqlite_document_store import SqliteDocumentStore
from services.shared.sqlite_event_log import SqliteEventLog
from tests.fakes.otlp_receiver import OtlpReceiver, ReceivedSpan
from tests.system.plans import TWO_COMPANIES
from tests.system.programs import Program
from tests.system.running import Running, wait_ready

EDGE_TO_DESK = ["receive Arrived", "append to contacts.inbound", "decide", "offer", "reach the desk"]


class Traced:
    """The four services in this event loop, each with traces of its own, as processes have them."""

    def __init__(self, folder: Path, keys: Secrets, mailbox: Mailbox) -> None:
        self.addresses: Addresses
        self.connections: Connections
        self._folder = folder
        self._keys = keys
        self._mailbox = mailbox
        self._parts: list[Part] = []
        self._traces: list[OtlpTraces] = []

    async def start(self) -> None:
        self.connections = await connected(self._folder)
        keys = self._keys
        of_router = await self._start("router", router.build(self._router(), self._traced("router")))
        ingest_settings = IngestSettings(
            ids_key=SecretStr(keys.ids_key), http_port=0, smtp_port=0, relay_port=self._mailbox.port
        )
        of_ingest = await self._start("ingest", ingest.build(ingest_settings, self._traced("ingest")))
        reporting_settings = ReportingSettings(port=0, token_public_key=keys.token_public_key)
        of_reporting = await self._start("reporting", reporting.build(reporting_settings, self.connections))
        grpc_port = part_of(GrpcPart, of_router).port
        agents_settings = AgentsSettings(
            port=0,
            router_address=f"127.0.0.1:{grpc_port}",
            private_key=SecretStr(keys.token_private_key),
            public_key=keys.token_public_key,
            session_secret=SecretStr(keys.session_secret),
        )
        of_agents = await self._start("agents", agents.build(agents_settings, self._traced("agents")))
        ports = [part_of(HttpPart, parts).port for parts in (of_agents, of_ingest, of_router, of_reporting)]
        self.addresses = Addresses(
            "127.0.0.1", ports[0], ports[1], part_of(Inbox, of_ingest).port, grpc_port, ports[2], ports[3], 0
        )

    async def stop(self) -> None:
        await stop_all(self._parts)
        for traces in self._traces:
            traces.close()
        for log in (self.connections.inbound, self.connections.outbound, self.connections.router_log):
            await cast(SqliteEventLog, log).close()
        await cast(SqliteDocumentStore, self.connections.documents).close()

    def _router(self) -> RouterSettings:
        keys = self._keys
        return RouterSettings(
            grpc_port=0,
            http_port=0,
            token_public_key=keys.token_public_key,
            customers_key=SecretStr(keys.customers_key),
        )

    def _traced(self, name: str) -> Connections:
        self._traces.append(OtlpTraces(f"switchroom-{name}", 1))
        return replace(self.connections, traces=self._traces[-1])

    async def _start(self, _name: str, building: Any) -> list[Part]:
        parts: list[Part] = await building
        for part in parts:
            self._parts.append(part)
            await part.start()
        return parts


async def connected(folder: Path) -> Connections:
    return Connections(
        await SqliteEventLog.open(folder / "inbound.sqlite"),
        await SqliteEventLog.open(folder / "outbound.sqlite"),
        await SqliteEventLog.open(folder / "router-log.sqlite"),
        await SqliteDocumentStore.open(folder / "documents.sqlite"),
        FileBlobStore(folder / "blobs"),
    )


@contextmanager
def collecting() -> Iterator[OtlpReceiver]:
    before = dict(os.environ)
    with OtlpReceiver().listening() as listening:
        os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"] = listening.endpoint
        os.environ["OTEL_BSP_SCHEDULE_DELAY"] = "100"
        yield listening
    os.environ.clear()
    os.environ.update(before)


@asynccontextmanager
async def traced(folder: Path, keys: Secrets) -> AsyncIterator[Running]:
    mailbox = Mailbox("127.0.0.1", 0, next_free=False)
    await mailbox.start()
    system = Traced(folder, keys, mailbox)
    await system.start()
    try:
        async with httpx2.AsyncClient(timeout=30) as http:
            for port in (system.addresses.router_http, system.addresses.ingest, system.addresses.reporting):
                await wait_ready(http, system.addresses.url(port))
            yield Running(system.addresses, system.connections, mailbox, http)
    finally:
        await system.stop()
        await mailbox.stop()


@pytest.fixture
def receiver() -> Iterator[OtlpReceiver]:
    with collecting() as listening:
        yield listening


async def test_a_contact_is_one_trace_from_the_edge_to_the_desk(tmp_path: Path, receiver: OtlpReceiver) -> None:
    async with traced(tmp_path, make_secrets()) as system:
        await system.activate(TWO_COMPANIES)
        ana = await Program(system, "ana").on_duty()
        contact_id = await system.form("acme-contact", "canary@customer.example", message="canary", name="canary")
        assert await ana.take() == contact_id
        await ana.do(contact_id, "complete", disposition="solved")
        await receiver.until(lambda: {"end", *EDGE_TO_DESK} <= {span.name for span in receiver.of(contact_id)})
    by_name = {span.name: span for span in receiver.of(contact_id)}
    assert set(EDGE_TO_DESK) | {"accept", "end"} == set(by_name)
    assert len({span.trace_id for span in by_name.values()}) == 1
    assert services_of(by_name) == ["ingest", "ingest", "router", "router", "agents"]
    root = by_name["receive Arrived"]
    assert root.parent_id == ""
    assert by_name["append to contacts.inbound"].parent_id == root.span_id
    assert by_name["decide"].parent_id == by_name["offer"].parent_id == root.span_id
    assert by_name["reach the desk"].parent_id == by_name["offer"].span_id
    assert by_name["offer"].attributes["switchroom.queue"] == "acme-support"
    assert all(span.began_ns <= span.ended_ns for span in receiver.spans)
    assert b"canary" not in receiver.raw


async def test_a_mail_and_what_came_of_parsing_it_are_in_one_trace(tmp_path: Path, receiver: OtlpReceiver) -> None:
    async with traced(tmp_path, make_secrets()) as system:
        await system.activate(TWO_COMPANIES)
        ana = await Program(system, "ana").on_duty()
        await system.mail("canary@customer.example", "support@acme.example", "canary", Subject="canary")
        await ana.next()
        await receiver.until(lambda: set(EDGE_TO_DESK) <= {span.name for span in receiver.spans})
    assert {*EDGE_TO_DESK, "receive Changed"} == {span.name for span in receiver.spans}
    assert len({span.trace_id for span in receiver.spans}) == 1
    assert b"canary" not in receiver.raw


async def test_what_is_read_again_after_a_restart_is_not_told_again(tmp_path: Path, receiver: OtlpReceiver) -> None:
    keys = make_secrets()
    async with traced(tmp_path, keys) as system:
        await system.activate(TWO_COMPANIES)
        ana = await Program(system, "ana").on_duty()
        first = await system.form("acme-contact", "ivy@customer.example")
        await ana.next()
        await receiver.until(lambda: set(EDGE_TO_DESK) <= {span.name for span in receiver.of(first)})
    before = receiver.of(first)
    async with traced(tmp_path, keys) as again:
        again.tokens.update(system.tokens)
        await Program(again, "ana").on_duty()
        second = await again.form("globex-contact", "joe@customer.example")
        await receiver.until(lambda: "decide" in {span.name for span in receiver.of(second)})
    told = receiver.of(first)
    assert {span.name for span in told[len(before) :]} <= {"offer", "reach the desk"}
    assert len({span.span_id for span in told}) == len(told)


def services_of(by_name: dict[str, ReceivedSpan]) -> list[str]:
    return [by_name[name].service.removeprefix("switchroom-") for name in EDGE_TO_DESK]
