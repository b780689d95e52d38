"""An installation of processes, as the environment tells of it."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack
from functools import partial

from services.cli.doctor import kafka_checks, service_checks, store_checks
from services.cli.doctor.finding import Finding, fail, ok
from services.cli.doctor.guarded import collected, findings
from services.cli.doctor.kept_checks import FolderNames, Names
from services.cli.doctor.log_reading import clock, partitions
from services.cli.doctor.owner_health import serves
from services.shared.clock import Clock
from services.shared.distributed import INBOUND, ROUTER_LOG, servers_of, topics_of
from services.shared.environment import SettingsWrong, check_environment
from services.shared.kafka_event_log import KafkaEventLog
from services.shared.kafka_topics import look_at
from services.shared.mongo_connection import MongoConnection
from services.shared.settings import ConnectionSettings, TlsSettings
from services.shared.tls_metrics import tls_of

MONGO_WITHIN_S = 5.0
# Snapshots and archived records stand here, beside the blobs.
KEPT = "kept"


async def examine(urls: Sequence[str], clock: Clock) -> list[Finding]:
    """All that can be told; `urls` are those of services that are to be asked."""
    try:
        check_environment(ConnectionSettings, TlsSettings)
    except SettingsWrong as wrong:
        return list(_settings(wrong))
    return await collected(_examined(ConnectionSettings(), urls, clock))


async def _examined(settings: ConnectionSettings, urls: Sequence[str], now: Clock) -> AsyncIterator[list[Finding]]:
    yield [kafka_checks.replication(topics_of(settings)[0])]
    yield await findings("Kafka", topics(settings))
    yield await findings("logs", logs(settings, now))
    yield await findings("MongoDB", mongo(settings))
    yield await findings("blob store", _blobs(settings))
    for certified in (settings, TlsSettings()):
        yield await findings("certificates", store_checks.certificates(certified, now.wall_ms()))
    for url in urls:
        yield await findings(url, service_checks.service(url, now))
    if not urls:
        yield [ok("services", "not asked: name them with --at http://host:port (docs/operations.md has their ports)")]


def _settings(wrong: SettingsWrong) -> Iterator[Finding]:
    for problem in wrong.problems:
        saw = f"{problem.variable} {problem.what}"
        yield fail("settings", saw, "no service starts with it", "set it as docs/configuration.md says")


async def topics(settings: ConnectionSettings) -> list[Finding]:
    """How the three topics stand. Raises LogUnavailable."""
    asked = topics_of(settings)
    found = await look_at(servers_of(settings), [topic.name for topic in asked])
    return list(kafka_checks.topics(asked, found))


async def logs(settings: ConnectionSettings, now: Clock) -> list[Finding]:
    """What the ends of the logs tell. Raises LogUnavailable."""
    servers, prefix = servers_of(settings), settings.kafka_topic_prefix
    async with AsyncExitStack() as stack:
        opened = []
        for name in (ROUTER_LOG, INBOUND):
            opened.append(await KafkaEventLog.open(servers, f"{prefix}{name}"))
            stack.push_async_callback(opened[-1].close)
        router_log, inbound = opened
        of_each = await partitions(router_log, inbound, _aside(settings), partial(serves, tls=tls_of(TlsSettings())))
        return [*of_each, await clock(opened, now)]


def _aside(settings: ConnectionSettings) -> Names | None:
    """Where snapshots and archived records are, if that is a folder."""
    if settings.blobs_folder is None:
        return None
    return FolderNames(settings.blobs_folder / KEPT / settings.kafka_topic_prefix)


async def mongo(settings: ConnectionSettings) -> Finding:
    """How MongoDB says it stands. Raises StoreUnavailable, ValueError."""
    connection = await MongoConnection.open(
        settings.mongo_url.get_secret_value(),
        settings.mongo_database,
        within_s=MONGO_WITHIN_S,
        connections_max=1,
        anew_after_s=MONGO_WITHIN_S,
    )
    try:
        hello = await connection.run("hello", lambda kept, session: kept.database.command("hello", session=session))
    finally:
        await connection.close()
    return store_checks.mongo(hello)


async def _blobs(settings: ConnectionSettings) -> list[Finding]:
    if settings.blobs_folder is not None:
        of_folder = store_checks.blob_folder(settings.blobs_folder)
        there = settings.blobs_folder.is_dir()
        return [of_folder, *([store_checks.free_space(settings.blobs_folder)] if there else [])]
    from services.shared.s3_blob_store import S3BlobStore  # noqa: PLC0415  # a folder of blobs does without its library

    store = await S3BlobStore.open(
        settings.s3_bucket,
        endpoint=settings.s3_endpoint,
        region=settings.s3_region,
        access_key=settings.s3_access_key,
        secret_key=settings.s3_secret_key.get_secret_value(),
        prefix=settings.s3_prefix,
    )
    await store.close()
    return [ok("blob store", f"the bucket {settings.s3_bucket} answers; that it takes writes is not tried")]
