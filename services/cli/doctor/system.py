"""An installation of processes, as the environment tells of it."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack
from functools import partial
from typing import Any

from services.cli.doctor import kafka_checks, service_checks, store_checks
from services.cli.doctor.finding import Finding, fail, ok
from services.cli.doctor.guarded import collected, findings
from services.cli.doctor.kept_checks import FolderNames, Names
from services.cli.doctor.log_reading import clock, partitions
from services.cli.doctor.owner_health import serves
from services.shared.clock import Clock
from services.shared.distributed import INBOUND, ROUTER_LOG, open_blobs, open_objects, servers_of, topics_of
from services.shared.environment import SettingsWrong, check_environment
from services.shared.kafka_event_log import KafkaEventLog
from services.shared.kafka_topics import look_at
from services.shared.mongo_connection import MongoConnection
from services.shared.object_names import KEPT
from services.shared.object_store import ObjectStoreUnavailable
from services.shared.settings import ConnectionSettings, TlsSettings
from services.shared.tls_metrics import tls_of

MONGO_WITHIN_S = 5.0


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
        aside = await _aside(settings, stack)
        of_each = await partitions(router_log, inbound, aside, partial(serves, tls=tls_of(TlsSettings())))
        return [*of_each, await clock(opened, now)]


async def _aside(settings: ConnectionSettings, stack: AsyncExitStack) -> Names | None:
    """Where snapshots and archived records are; None where that can't be reached now."""
    if settings.blobs_folder is not None:
        # Opened, the folder would be made.
        return FolderNames(settings.blobs_folder / KEPT / settings.kafka_topic_prefix)
    opened: list[Any] = []
    try:
        objects = await open_objects(settings, opened)
    except ObjectStoreUnavailable:
        return None
    for each in opened:
        stack.push_async_callback(each.close)
    return objects


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
    opened: list[Any] = []
    await open_blobs(settings, opened)
    for each in opened:
        await each.close()
    return [ok("blob store", f"the bucket {settings.s3_bucket} answers; that it takes writes is not tried")]
