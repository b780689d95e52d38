"""How Kafka is reached: plain, over TLS with a certificate that is checked, and what is never shown."""

import asyncio
import ipaddress
import ssl
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from services.shared.event_log import LogUnavailable
from services.shared.kafka_event_log import KafkaEventLog, KafkaServers
from tests.contract.event_log_contract import read
from tests.fakes.kafka_cluster import KafkaCluster

HOST = "127.0.0.1"


def certify(folder: Path) -> Path:
    """A key and a certificate that vouches for itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "kafka")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(HOST))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    key_bytes = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path = folder / "certificate.pem"
    path.write_bytes(key_bytes + certificate.public_bytes(Encoding.PEM))
    return path


class TlsBroker:
    """A broker behind TLS: what comes is decrypted and handed on to the mock cluster's."""

    def __init__(self, cluster: KafkaCluster, certificate: Path) -> None:
        self._target = cluster.bootstrap.split(":")
        self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._context.load_cert_chain(certificate)
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> int:
        self._server = await asyncio.start_server(self._serve, HOST, 0, ssl=self._context)
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        own = asyncio.current_task()
        if own is not None:
            self._tasks.add(own)
        onward_reader, onward_writer = await asyncio.open_connection(*self._target)
        try:
            await asyncio.gather(_pump(reader, onward_writer), _pump(onward_reader, writer))
        finally:
            for each in (writer, onward_writer):
                each.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while content := await reader.read(65_536):
            writer.write(content)
            await writer.drain()
        writer.close()


@pytest.fixture
async def tls_port(tmp_path: Path) -> AsyncIterator[int]:
    cluster = KafkaCluster()
    cluster.make_topic("log", 1)
    broker = TlsBroker(cluster, certify(tmp_path))
    port = await broker.start()
    cluster.advertise(1, HOST, port)
    yield port
    await broker.stop()
    cluster.close()


async def test_a_log_behind_tls_is_appended_to_and_read(tmp_path: Path, tls_port: int) -> None:
    servers = KafkaServers(f"{HOST}:{tls_port}", security="SSL", ca_file=tmp_path / "certificate.pem")
    log = await KafkaEventLog.open(servers, "log")
    await log.append(0, b"x")
    assert await read(log, 0, 1) == [b"x"]
    await log.close()


async def test_a_broker_whose_certificate_nobody_vouches_for_is_not_spoken_to(tls_port: int) -> None:
    with pytest.raises(LogUnavailable):
        await KafkaEventLog.open(KafkaServers(f"{HOST}:{tls_port}", security="SSL"), "log")


def test_the_machines_authorities_and_the_hosts_name_are_asked_for_by_default() -> None:
    context = KafkaServers("a:1", security="SSL").client_options(1_000)["ssl_context"]
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname


def test_without_tls_there_is_none() -> None:
    for security in ("PLAINTEXT", "SASL_PLAINTEXT"):
        options = KafkaServers("a:1", security=security).client_options(1_000)
        assert (options["security_protocol"], options["ssl_context"]) == (security, None)


def test_a_name_and_a_password_are_given_where_sasl_asks_for_them_and_nowhere_else() -> None:
    with_sasl = KafkaServers("a:1", security="SASL_SSL", username="router", password="secret").client_options(1_000)
    assert [with_sasl[key] for key in ("sasl_mechanism", "sasl_plain_username", "sasl_plain_password")] == [
        "SCRAM-SHA-512",
        "router",
        "secret",
    ]
    without = KafkaServers("a:1", username="router", password="secret").client_options(1_000)
    assert not [key for key in without if key.startswith("sasl")]


def test_the_password_is_not_shown() -> None:
    assert "secret" not in repr(KafkaServers("a:1", password="secret"))


def test_no_address_is_always_the_first() -> None:
    servers = KafkaServers("a:1, b:2,c:3,")
    orders = {tuple(servers.client_options(1_000)["bootstrap_servers"]) for _ in range(200)}
    assert {order[0] for order in orders} == {"a:1", "b:2", "c:3"}
    assert all(sorted(order) == ["a:1", "b:2", "c:3"] for order in orders)


def test_a_file_of_tls_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        KafkaServers("a:1", security="SSL", ca_file=tmp_path / "none.pem").client_options(1_000)


async def test_a_file_of_tls_that_is_gone_later_makes_the_log_unavailable(tmp_path: Path, tls_port: int) -> None:
    certificate = tmp_path / "certificate.pem"
    log = await KafkaEventLog.open(KafkaServers(f"{HOST}:{tls_port}", security="SSL", ca_file=certificate), "log")
    certificate.rename(tmp_path / "elsewhere.pem")
    with pytest.raises(LogUnavailable, match="No such file"):
        await log.append(0, b"x")
    with pytest.raises(LogUnavailable, match="No such file"):
        await anext(log.read(0, 0))
    await log.close()
