"""Only services that may call get in, at every server that speaks TLS; and certificates change while it runs."""

import asyncio
import ssl
import warnings
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest
from cryptography import x509
from grpc_health.v1 import health_pb2, health_pb2_grpc
from structlog.testing import capture_logs

from services.agents.reporting_client import ReportingAway, ReportingClient
from services.cli.authority import CA, CERT, KEY, Authority, write_certificates
from services.shared.channels import open_channel
from services.shared.clock import SystemClock
from services.shared.serve import HttpPart, PartFailed
from services.shared.service_names import dns_name
from services.shared.tls_files import TlsFiles
from services.shared.tokens import Identity, Role, TokenMaker, make_key_pair
from tests.fakes.papers import client_context, files_in, put_papers
from tests.system.tls_doors import HOST, Door, Refused, reporting_door, reporting_parts, router_door, shake_hands

DOORS: dict[str, Callable[[TlsFiles, Path], AbstractAsyncContextManager[Door]]] = {
    "router": router_door,
    "reporting": reporting_door,
}


@pytest.fixture
def authority() -> Authority:
    return Authority.new()


@pytest.fixture(params=sorted(DOORS))
async def door(request: pytest.FixtureRequest, tmp_path: Path, authority: Authority) -> AsyncIterator[Door]:
    folder = tmp_path / "server"
    put_papers(folder, authority, request.param)
    put_papers(tmp_path / "agents", authority, "agents")
    async with DOORS[request.param](files_in(folder), folder / CA) as opened:
        yield opened


async def let_in(door: Door, papers: Path) -> None:
    connection = await door.connect(papers)
    try:
        await connection.ask()
    finally:
        await connection.close()


async def is_refused(door: Door, papers: Path | None, *, plain: bool = False) -> None:
    connection = await door.connect(papers, plain=plain)
    try:
        with pytest.raises(Refused):
            await connection.ask()
    finally:
        await connection.close()


async def test_the_agents_service_gets_in(door: Door, tmp_path: Path) -> None:
    await let_in(door, tmp_path / "agents")


async def test_whoever_speaks_plainly_is_refused(door: Door) -> None:
    await is_refused(door, None, plain=True)


async def test_whoever_shows_no_certificate_is_refused(door: Door) -> None:
    await is_refused(door, None)


def by_another_authority(folder: Path, _authority: Authority, trusted: bytes) -> None:
    put_papers(folder, Authority.new(), "agents")
    # They trust our server: it must be the server that refuses.
    (folder / CA).write_bytes(trusted)


def that_has_ended(folder: Path, authority: Authority, _trusted: bytes) -> None:
    put_papers(folder, authority, "agents", -timedelta(seconds=1))


def that_is_nobodys(folder: Path, authority: Authority, _trusted: bytes) -> None:
    put_papers(folder, authority, "nobody")


@pytest.mark.parametrize("bad", [by_another_authority, that_has_ended, that_is_nobodys])
async def test_whoever_shows_a_bad_certificate_is_refused(
    door: Door, tmp_path: Path, authority: Authority, bad: Callable[[Path, Authority, bytes], None]
) -> None:
    bad(tmp_path / "bad", authority, authority.pair.certificate)
    await is_refused(door, tmp_path / "bad")
    await let_in(door, tmp_path / "agents")


async def test_another_service_with_a_good_certificate_is_refused(
    door: Door, tmp_path: Path, authority: Authority
) -> None:
    put_papers(tmp_path / "stranger", authority, door.stranger)
    await is_refused(door, tmp_path / "stranger")


async def test_old_versions_of_tls_are_not_spoken(door: Door, tmp_path: Path) -> None:
    context = old_fashioned(client_context(tmp_path / "agents"))
    with pytest.raises((ssl.SSLError, ConnectionResetError)):
        await shake_hands(door.port, context, dns_name(door.service))
    # It is our server that refused, as one that speaks so takes it.
    willing = old_fashioned(ssl.create_default_context(ssl.Purpose.CLIENT_AUTH))
    willing.load_cert_chain(tmp_path / "server" / CERT, tmp_path / "server" / KEY)
    server = await asyncio.start_server(lambda _, writer: writer.close(), HOST, 0, ssl=willing)
    await shake_hands(server.sockets[0].getsockname()[1], context, dns_name(door.service))
    server.close()


def old_fashioned(context: ssl.SSLContext) -> ssl.SSLContext:
    """Speaks TLS 1.1 at best."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    return context


async def test_a_new_certificate_is_shown_to_new_connections_while_old_ones_live_on(
    door: Door, tmp_path: Path, authority: Authority
) -> None:
    old = await door.connect(tmp_path / "agents")
    await old.ask()
    context, name = client_context(tmp_path / "agents"), dns_name(door.service)
    before = await shake_hands(door.port, context, name)
    new = put_papers(tmp_path / "server", authority, door.service)
    after = await shake_hands(door.port, context, name)
    assert after == x509.load_pem_x509_certificate(new.certificate)
    assert after != before
    await old.ask()
    await old.close()


async def test_after_a_change_of_the_authority_the_old_certificate_gets_nobody_in(door: Door, tmp_path: Path) -> None:
    old = await door.connect(tmp_path / "agents")
    await old.ask()
    other = Authority.new()
    put_papers(tmp_path / "server", other, door.service)
    put_papers(tmp_path / "new", other, "agents")
    await let_in(door, tmp_path / "new")
    (tmp_path / "agents" / CA).write_bytes(other.pair.certificate)
    await is_refused(door, tmp_path / "agents")
    await old.ask()
    await old.close()


async def test_files_that_do_not_fit_together_change_nothing_and_are_said_once(
    door: Door, tmp_path: Path, authority: Authority
) -> None:
    other = authority.certify(dns_name(door.service), valid=timedelta(days=1))
    context, name = client_context(tmp_path / "agents"), dns_name(door.service)
    before = await shake_hands(door.port, context, name)
    with capture_logs() as logs:
        (tmp_path / "server" / KEY).write_bytes(other.key)
        for _ in range(3):
            assert await shake_hands(door.port, context, name) == before
    assert [each["event"] for each in logs if each["log_level"] == "error"] == ["tls_files_refused"]
    (tmp_path / "server" / CERT).write_bytes(other.certificate)
    assert await shake_hands(door.port, context, name) == x509.load_pem_x509_certificate(other.certificate)


async def test_a_client_goes_on_with_new_files_and_its_streams_live_on(tmp_path: Path, authority: Authority) -> None:
    put_papers(tmp_path / "router", authority, "router")
    put_papers(tmp_path / "agents", authority, "agents")
    async with router_door(files_in(tmp_path / "router"), tmp_path / "router" / CA) as door:
        channel = open_channel(f"{HOST}:{door.port}", files_in(tmp_path / "agents"))
        stub: Any = health_pb2_grpc.HealthStub(channel)
        stream = stub.Watch(health_pb2.HealthCheckRequest())
        await stream.read()
        # Who is let in shows which certificate a call came with.
        put_papers(tmp_path / "agents", authority, "nobody")
        with pytest.raises(grpc.aio.AioRpcError, match="PERMISSION_DENIED"):
            await stub.Check(health_pb2.HealthCheckRequest(), timeout=20)
        other = Authority.new()
        for service in ("router", "agents"):
            put_papers(tmp_path / service, other, service)
        await stub.Check(health_pb2.HealthCheckRequest(), timeout=20)
        assert not stream.done()
        stream.cancel()
        await channel.close()


async def test_a_client_does_not_speak_with_another_service_than_it_means(tmp_path: Path, authority: Authority) -> None:
    put_papers(tmp_path / "router", authority, "reporting")
    put_papers(tmp_path / "agents", authority, "agents")
    async with router_door(files_in(tmp_path / "router"), tmp_path / "router" / CA) as door:
        channel = open_channel(f"{HOST}:{door.port}", files_in(tmp_path / "agents"))
        stub: Any = health_pb2_grpc.HealthStub(channel)
        with pytest.raises(grpc.aio.AioRpcError, match="UNAVAILABLE"):
            await stub.Check(health_pb2.HealthCheckRequest(), timeout=20)
        await channel.close()


async def test_the_agents_service_asks_reporting_at_its_internal_port(tmp_path: Path) -> None:
    write_certificates(tmp_path, days=1)
    private, public = make_key_pair()
    parts = await reporting_parts(files_in(tmp_path / "reporting"), public.decode())
    for part in parts:
        await part.start()
    tokens = TokenMaker(private, SystemClock())
    edge, internal = (part.port for part in parts if isinstance(part, HttpPart))
    asks = ReportingClient(f"https://{HOST}:{internal}", tokens, tls=files_in(tmp_path / "agents"))
    identity = Identity("demo", (), Role.ADMIN, "", "ann", 0)
    assert await asks.timeline(identity, "c1") is None
    put_papers(tmp_path / "agents", Authority.new(), "agents")
    await asks.stop()
    again = ReportingClient(f"https://{HOST}:{internal}", tokens, tls=files_in(tmp_path / "agents"))
    with pytest.raises(ReportingAway):
        await again.timeline(identity, "c1")
    await again.stop()
    # People's browsers, programs and probes are not asked for certificates: they have the other door.
    plain = ReportingClient(f"http://{HOST}:{edge}", tokens)
    assert await plain.timeline(identity, "c1") is None
    await plain.stop()
    for part in reversed(parts):
        await part.stop()


def test_tokens_are_not_sent_in_the_open_where_there_is_tls(tmp_path: Path) -> None:
    write_certificates(tmp_path, days=1)
    tokens = TokenMaker(make_key_pair()[0], SystemClock())
    with pytest.raises(PartFailed, match="SWITCHROOM_AGENTS_REPORTING_URL has to begin with https"):
        ReportingClient("http://reporting:8083", tokens, tls=files_in(tmp_path / "agents"))


async def test_without_files_of_tls_there_is_no_internal_port() -> None:
    assert len([part for part in await reporting_parts(None) if isinstance(part, HttpPart)]) == 1
