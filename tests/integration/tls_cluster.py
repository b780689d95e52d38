"""A whole Switchroom of processes with TLS everywhere inside: between services, to Kafka and to MongoDB."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from services.cli.authority import CA, CERT, KEY, SERVICES, Authority, write_pair
from services.shared.distributed import topics_of
from services.shared.kafka_servers import KafkaServers
from services.shared.kafka_topics import ensure_topics
from services.shared.settings import ConnectionSettings
from tests.fakes.mongo_server import MongoServer
from tests.fakes.papers import DAY, put_papers
from tests.fakes.s3_server import S3Server
from tests.integration.cluster import HEALTH_PORTS, Cluster, Outside
from tests.integration.cluster import SERVICES as RUN
from tests.integration.ports import block_of_ports
from tests.integration.tls_kafka import HOST, TlsKafka

DATABASE = "switchroom"


class SecuredMongo(MongoServer):
    """It speaks TLS alone, and only with users who log in: one for each service."""

    def __init__(self, folder: Path, authority: Authority) -> None:
        port = block_of_ports(1)[0]
        self._passwords = {service: secrets.token_hex(16) for service in SERVICES}
        self._open = MongoServer(folder, port=port)
        self._papers = write_pair(folder / "mongo-server", authority, authority.certify(HOST, valid=DAY))
        super().__init__(folder, port=port)

    def more_words(self) -> Sequence[str]:
        return "--auth", "--tls-cert-file", str(self._papers / CERT), "--tls-key-file", str(self._papers / KEY)

    def add_users(self) -> None:
        """As the makers of the server say: while it asks nobody who they are."""
        self._open.start()
        for service, password in self._passwords.items():
            roles = [{"role": "readWrite", "db": DATABASE}] if service != "router" else []
            self._open.command("createUser", service, database=DATABASE, pwd=password, roles=roles)
        self._open.stop()

    @property
    def url(self) -> str:
        """For programs."""
        return self.url_of("programs", self._papers / CA)

    def url_of(self, service: str, ca: Path) -> str:
        """With which a service logs in."""
        user = f"{service}:{self._passwords[service]}"
        return f"mongodb://{user}@{HOST}:{self.port}/?authSource={DATABASE}&tls=true&tlsCAFile={ca}"


@asynccontextmanager
async def tls_cluster(folder: Path, authority: Authority) -> AsyncIterator[Cluster]:
    """Everything started and ready; its environment is that of programs. In the end everything is killed."""
    kafka, mongo = TlsKafka(folder, authority), SecuredMongo(folder, authority)
    put_papers(folder / "programs", authority, "programs")
    outside = Outside(kafka, mongo, S3Server(folder))  # type: ignore[arg-type]  # the same, with TLS
    try:
        await asyncio.to_thread(mongo.add_users)
        await asyncio.to_thread(outside.start)
        cluster = Cluster(folder, outside, _of("programs", folder, mongo))
        await _make_topics(kafka)
        try:
            await _start(cluster, mongo)
            yield cluster
        finally:
            await cluster.end()
    finally:
        await asyncio.to_thread(outside.end)


async def _start(cluster: Cluster, mongo: SecuredMongo) -> None:
    internal = block_of_ports(1)[0]
    await cluster.start("carrier")
    for service in RUN:
        more = _of(service, cluster.folder, mongo) | {
            "SWITCHROOM_REPORTING_INTERNAL_PORT": str(internal),
            "SWITCHROOM_AGENTS_REPORTING_URL": f"https://{HOST}:{internal}",
        }
        await cluster.start_with(service, f"{service}-tls", cluster.ports[HEALTH_PORTS[service]], more)


def _of(service: str, folder: Path, mongo: SecuredMongo) -> dict[str, str]:
    """What one service alone is told."""
    papers = folder / service
    files = {"CERT_FILE": papers / CERT, "KEY_FILE": papers / KEY, "CA_FILE": papers / CA}
    return {
        **{f"SWITCHROOM_{whose}_{name}": str(file) for whose in ("TLS", "KAFKA") for name, file in files.items()},
        "SWITCHROOM_KAFKA_SECURITY": "SSL",
        "SWITCHROOM_MONGO_URL": mongo.url_of(service, papers / CA),
    }


async def _make_topics(kafka: TlsKafka) -> None:
    settings = ConnectionSettings.model_validate(
        {"kafka_servers": kafka.administrators, "mongo_url": "mongodb://none/", "kafka_partitions": 4, "s3_bucket": "x"}
    )
    await ensure_topics(KafkaServers(kafka.administrators), topics_of(settings))
