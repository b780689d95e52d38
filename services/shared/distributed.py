"""Connections of a process of its own: the logs on Kafka, documents in MongoDB, blobs in S3 or in a folder."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Protocol, TypeVar

import structlog

from services.shared.archive import Archive
from services.shared.archived_event_log import ArchivedEventLog
from services.shared.blob_store import BlobStore, BlobUnavailable
from services.shared.connections import Connections
from services.shared.document_store import StoreUnavailable
from services.shared.event_log import LogUnavailable
from services.shared.file_blob_store import FileBlobStore
from services.shared.file_object_store import FileObjectStore
from services.shared.kafka_event_log import KafkaEventLog
from services.shared.kafka_group import KafkaGroup
from services.shared.kafka_servers import KafkaServers
from services.shared.kafka_topics import Topic, ensure_topics
from services.shared.mongo_document_store import MongoDocumentStore
from services.shared.object_names import KEPT
from services.shared.object_store import ObjectStore, ObjectStoreUnavailable
from services.shared.settings import ConnectionSettings
from services.shared.tls_files import TlsFiles
from services.shared.tls_metrics import measure
from services.shared.traces import NoTraces, Traces

RECORD_BYTES_MAX = 1024 * 1024
DAY_MS = 24 * 3600 * 1000
INBOUND, OUTBOUND, ROUTER_LOG = "contacts.inbound", "contacts.outbound", "router.log"
GROUP = "switchroom-routers"
# None is for ever: what was decided can be recomputed only from its whole log.
KEPT_MS = {INBOUND: 7 * DAY_MS, OUTBOUND: 7 * DAY_MS, ROUTER_LOG: None}
RETRY_S = 1.0
SAID_AFTER_S = 2.0
NO_TRACES = NoTraces()
AWAY = (LogUnavailable, StoreUnavailable, BlobUnavailable, ObjectStoreUnavailable)

log = structlog.get_logger(__name__)
T = TypeVar("T")


class ServerAway(Exception):
    """A server could not be reached in all the time that there was for it."""


class ConnectionWrong(Exception):
    """A server can't be used as the settings say, however long it is waited for."""


class _Closed(Protocol):
    async def close(self) -> None: ...


class OpenConnections:
    """Made by `connect`; whoever has it closes it."""

    def __init__(self, connections: Connections, opened: list[Any]) -> None:
        self.connections = connections
        self._opened = opened

    async def close(self) -> None:
        """Close everything, at once, as each may wait for a server that is away."""
        await _close(self._opened)


async def connect(
    settings: ConnectionSettings,
    *,
    within_s: float,
    waiting: Callable[[str], None] = lambda _: None,
    traces: Traces = NO_TRACES,
    tls: TlsFiles | None = None,
) -> OpenConnections:
    """Open everything, creating topics that are not there, and waiting for servers that are not up yet.

    `waiting` is told what is waited for. Raises ServerAway after `within_s`, and at once what waiting does not mend:
    ConnectionWrong, TopicsWrong, and OSError where a file of TLS can't be used. Then nothing stays open.
    """
    opened: list[_Closed] = []
    wait = _Wait(asyncio.get_running_loop().time() + within_s, within_s, waiting)
    try:
        inbound, outbound, router_log = await _open_logs(settings, wait, opened)
        documents = await wait.until_there("MongoDB", lambda: _open_documents(settings))
        opened.append(documents)
        blobs = await wait.until_there("the blob store", lambda: open_blobs(settings, opened))
        objects = await wait.until_there("the blob store", lambda: open_objects(settings, opened))
        archived = ArchivedEventLog(router_log, Archive(objects, ROUTER_LOG))
        group = KafkaGroup(servers_of(settings), f"{settings.kafka_topic_prefix}{GROUP}", inbound.topic)
        connections = Connections(
            inbound, outbound, archived, documents, blobs, traces, group=group, tls=tls, objects=objects
        )
        return OpenConnections(connections, opened)
    except BaseException:
        await _close(opened)
        raise


def _measure_certificate(servers: KafkaServers) -> None:
    if servers.cert_file is not None:
        measure(TlsFiles(servers.cert_file, servers.key_file, servers.ca_file), "kafka")


def servers_of(settings: ConnectionSettings) -> KafkaServers:
    """How Kafka is reached."""
    return KafkaServers(
        bootstrap=settings.kafka_servers,
        security=settings.kafka_security,
        ca_file=settings.kafka_ca_file,
        cert_file=settings.kafka_cert_file,
        key_file=settings.kafka_key_file,
        sasl_mechanism=settings.kafka_sasl_mechanism,
        username=settings.kafka_username,
        password=settings.kafka_password.get_secret_value(),
    )


def topics_of(settings: ConnectionSettings) -> tuple[Topic, ...]:
    """The three topics: inbound, outbound, the router's."""
    return tuple(
        Topic(
            name=f"{settings.kafka_topic_prefix}{name}",
            partitions=settings.kafka_partitions,
            retention_ms=kept_ms,
            replication=settings.kafka_replication,
            min_insync=settings.kafka_min_insync,
            message_bytes_max=RECORD_BYTES_MAX,
        )
        for name, kept_ms in KEPT_MS.items()
    )


class _Wait:
    """Tries again until a deadline."""

    def __init__(self, deadline_s: float, within_s: float, waiting: Callable[[str], None]) -> None:
        self._deadline_s = deadline_s
        self._within_s = within_s
        self._waiting = waiting
        self._why = ""

    async def until_there(self, server: str, make: Callable[[], Awaitable[T]]) -> T:
        """What `make` makes, once the server is there. Raises ServerAway."""
        self._waiting(server)
        self._why = "it did not answer"
        saying = asyncio.get_running_loop().call_later(SAID_AFTER_S, self._say, server)
        try:
            async with asyncio.timeout_at(self._deadline_s):
                return await self._again_and_again(server, make)
        except TimeoutError:
            raise ServerAway(
                f"{server} could not be reached within {self._within_s:g} s ({self._why}): see that it runs and that "
                "this process may reach it; the next start tries again"
            ) from None
        finally:
            saying.cancel()

    async def _again_and_again(self, server: str, make: Callable[[], Awaitable[T]]) -> T:
        while True:
            try:
                return await make()
            except AWAY as error:
                self._why = str(error)
                self._say(server)
            except ValueError as error:  # both stores' word for settings that are none
                raise ConnectionWrong(f"{server} can't be used: {error}") from None
            await asyncio.sleep(RETRY_S)

    def _say(self, server: str) -> None:
        log.warning("waiting_for_server", server=server, error=self._why)


async def _open_logs(settings: ConnectionSettings, wait: _Wait, opened: list[_Closed]) -> list[KafkaEventLog]:
    servers, topics = servers_of(settings), topics_of(settings)
    _measure_certificate(servers)
    await wait.until_there("Kafka", lambda: ensure_topics(servers, topics))
    logs: list[KafkaEventLog] = []
    for topic in topics:
        opening = _opening(servers, topic)
        logs.append(await wait.until_there("Kafka", opening))
        opened.append(logs[-1])
    return logs


def _opening(servers: KafkaServers, topic: Topic) -> Callable[[], Awaitable[KafkaEventLog]]:
    return lambda: KafkaEventLog.open(servers, topic.name, record_bytes_max=RECORD_BYTES_MAX)


async def _open_documents(settings: ConnectionSettings) -> MongoDocumentStore:
    return await MongoDocumentStore.open(settings.mongo_url.get_secret_value(), settings.mongo_database)


async def open_blobs(settings: ConnectionSettings, opened: list[Any]) -> BlobStore:
    """The blob store of these settings, added to `opened` if it is to be closed. Raises BlobUnavailable, ValueError."""
    if settings.blobs_folder is not None:
        return FileBlobStore(settings.blobs_folder)
    from services.shared.s3_blob_store import S3BlobStore  # noqa: PLC0415  # a folder of blobs does without its library

    store = await S3BlobStore.open(
        settings.s3_bucket,
        endpoint=settings.s3_endpoint,
        region=settings.s3_region,
        access_key=settings.s3_access_key,
        secret_key=settings.s3_secret_key.get_secret_value(),
        prefix=settings.s3_prefix,
    )
    opened.append(store)
    return store


async def open_objects(settings: ConnectionSettings, opened: list[Any]) -> ObjectStore:
    """Beside the blobs; systems that share a bucket are told apart by either prefix.

    Added to `opened` if it is to be closed. Raises ObjectStoreUnavailable, ValueError.
    """
    if settings.blobs_folder is not None:
        return FileObjectStore(settings.blobs_folder / KEPT / settings.kafka_topic_prefix)
    from services.shared.s3_object_store import S3ObjectStore  # noqa: PLC0415  # a folder does without its library

    prefixes = (settings.s3_prefix.strip("/"), KEPT, settings.kafka_topic_prefix)
    store = await S3ObjectStore.open(
        settings.s3_bucket,
        endpoint=settings.s3_endpoint,
        region=settings.s3_region,
        access_key=settings.s3_access_key,
        secret_key=settings.s3_secret_key.get_secret_value(),
        prefix="/".join(filter(None, prefixes)),
    )
    opened.append(store)
    return store


async def _close(opened: list[_Closed]) -> None:
    await asyncio.gather(*(_close_one(each) for each in opened))
    opened.clear()


async def _close_one(each: _Closed) -> None:
    try:
        await each.close()
    except Exception:  # the end of the process: one that can't be closed must not keep the others open
        log.exception("a connection did not close cleanly", connection=type(each).__name__)
