"""The doors of a system with TLS between services: the router's gRPC and reporting's internal port, on real sockets."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import grpc
import httpx2
from cryptography import x509
from grpc_health.v1 import health_pb2, health_pb2_grpc

from services.cli.authority import CA, CERT, KEY
from services.reporting import app as reporting
from services.reporting.settings import ReportingSettings
from services.router.grpc_api.server import GrpcPart
from services.shared.connections import Connections
from services.shared.memory_event_log import MemoryEventLog
from services.shared.serve import HttpPart, Part
from services.shared.service_names import dns_name
from services.shared.tls_files import TlsFiles
from services.shared.tokens import make_key_pair
from tests.fakes.memory_blob_store import MemoryBlobStore
from tests.fakes.memory_document_store import MemoryDocumentStore
from tests.fakes.papers import client_context
from tests.unit.router.grpc_api.scene import Scene

HOST = "127.0.0.1"
ANSWERS_WITHIN_S = 20.0


class Refused(Exception):
    """Somebody was not let in."""


class Open(Protocol):
    """A connection that was let in, and stays."""

    async def ask(self) -> None:
        """Raises Refused."""
        ...

    async def close(self) -> None: ...


class Door(Protocol):
    """A server that demands certificates."""

    service: str
    # A service that may not call, though its certificate is a good one.
    stranger: str
    port: int

    async def connect(self, papers: Path | None, *, plain: bool = False) -> Open:
        """A new connection, by whoever has these papers (None: nobody); `plain` without TLS."""
        ...


class RouterDoor:
    service, stranger = "router", "ingest"

    def __init__(self, port: int, ca: Path) -> None:
        self.port = port
        self._ca = ca

    async def connect(self, papers: Path | None, *, plain: bool = False) -> "GrpcConnection":
        # A pool of its own: two channels that look alike would share a connection.
        options = [("grpc.use_local_subchannel_pool", 1), ("grpc.ssl_target_name_override", dns_name("router"))]
        if plain:
            return GrpcConnection(grpc.aio.insecure_channel(f"{HOST}:{self.port}", options=options))
        read = [(papers / name).read_bytes() if papers else None for name in (KEY, CERT)]
        credentials = grpc.ssl_channel_credentials((papers / CA if papers else self._ca).read_bytes(), *read)
        return GrpcConnection(grpc.aio.secure_channel(f"{HOST}:{self.port}", credentials, options=options))


class GrpcConnection:
    """With a stream that is opened when it is asked first, and must still be there later."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._stub: Any = health_pb2_grpc.HealthStub(channel)
        self._channel = channel
        self._stream: Any = None

    async def ask(self) -> None:
        try:
            if self._stream is None:
                self._stream = self._stub.Watch(health_pb2.HealthCheckRequest())
                await asyncio.wait_for(self._stream.read(), ANSWERS_WITHIN_S)
            assert not self._stream.done()
            await self._stub.Check(health_pb2.HealthCheckRequest(), timeout=ANSWERS_WITHIN_S)
        except grpc.aio.AioRpcError as error:
            raise Refused(error.code().name) from None

    async def close(self) -> None:
        await self._channel.close()


class ReportingDoor:
    service, stranger = "reporting", "router"

    def __init__(self, port: int, ca: Path) -> None:
        self.port = port
        self._ca = ca

    async def connect(self, papers: Path | None, *, plain: bool = False) -> "HttpConnection":
        verify = client_context(papers) if papers else ssl.create_default_context(cafile=self._ca)
        url = f"{'http' if plain else 'https'}://{HOST}:{self.port}"
        return HttpConnection(httpx2.AsyncClient(base_url=url, verify=verify, trust_env=False), dns_name("reporting"))


class HttpConnection:
    """One that is kept between requests."""

    def __init__(self, http: httpx2.AsyncClient, name: str) -> None:
        self._http = http
        self._name = name

    async def ask(self) -> None:
        try:
            answer = await self._http.get("/healthz", extensions={"sni_hostname": self._name}, timeout=ANSWERS_WITHIN_S)
        except httpx2.HTTPError as error:
            raise Refused(type(error).__name__) from None
        assert answer.status_code == 200

    async def close(self) -> None:
        await self._http.aclose()


@asynccontextmanager
async def router_door(tls: TlsFiles, ca: Path) -> AsyncIterator[RouterDoor]:
    """A whole router behind its gRPC."""
    scene = Scene()
    scene.connections = replace(scene.connections, tls=tls)
    await scene.start()
    try:
        yield RouterDoor(next(part for part in scene.parts if isinstance(part, GrpcPart)).port, ca)
    finally:
        await scene.stop()


@asynccontextmanager
async def reporting_door(tls: TlsFiles, ca: Path) -> AsyncIterator[ReportingDoor]:
    """A whole reporting; the door is its internal port."""
    parts = await reporting_parts(tls)
    for part in parts:
        await part.start()
    try:
        yield ReportingDoor([part for part in parts if isinstance(part, HttpPart)][-1].port, ca)
    finally:
        for part in reversed(parts):
            await part.stop()


async def reporting_parts(tls: TlsFiles | None, public_key: str = "") -> list[Part]:
    """Made, and not started."""
    connections = Connections(
        MemoryEventLog(), MemoryEventLog(), MemoryEventLog(), MemoryDocumentStore(), MemoryBlobStore(), tls=tls
    )
    public_key = public_key or make_key_pair()[1].decode()
    return await reporting.build(ReportingSettings(port=0, internal_port=0, token_public_key=public_key), connections)


async def shake_hands(port: int, context: ssl.SSLContext, name: str) -> x509.Certificate:
    """The certificate that a server shows. Raises ssl.SSLError."""
    reader, writer = await asyncio.open_connection(HOST, port, ssl=context, server_hostname=name)
    shown: bytes = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    del reader
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
    return x509.load_der_x509_certificate(shown)
