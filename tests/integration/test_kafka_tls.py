"""Real Kafka with TLS: each service comes by its certificate, and may do what docs/operations.md says, and no more."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from services.cli.authority import CA, Authority
from services.shared.event_log import LogUnavailable
from services.shared.kafka_event_log import KafkaEventLog, KafkaServers
from services.shared.kafka_group import KafkaGroup
from services.shared.kafka_topics import Topic, TopicsWrong, ensure_topics
from tests.contract.event_log_contract import read
from tests.fakes.papers import put_papers
from tests.integration.group_member import Program
from tests.integration.tls_kafka import SERVICES, TOPICS, TlsKafka, rights

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]
OURS = [Topic(name, 1, None) for name in TOPICS]


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority.new()


@pytest.fixture(scope="module")
def kafka(tmp_path_factory: pytest.TempPathFactory, authority: Authority) -> Iterator[TlsKafka]:
    kafka = TlsKafka(tmp_path_factory.mktemp("kafka"), authority)
    kafka.start()
    asyncio.run(ensure_topics(KafkaServers(kafka.administrators), OURS))
    yield kafka
    kafka.end()


@asynccontextmanager
async def opened(servers: KafkaServers, topic: str) -> AsyncIterator[KafkaEventLog]:
    log = await KafkaEventLog.open(servers, topic)
    try:
        yield log
    finally:
        await log.close()


async def fill(kafka: TlsKafka) -> None:
    for topic in TOPICS:
        async with opened(KafkaServers(kafka.administrators), topic) as log:
            await log.append(0, b"there")


async def may_write(servers: KafkaServers, topic: str) -> bool:
    async with opened(servers, topic) as log:
        try:
            await log.append(0, b"x")
        except LogUnavailable:
            return False
        return True


async def may_read(servers: KafkaServers, topic: str) -> bool:
    async with opened(servers, topic) as log:
        try:
            return bool(await read(log, 0, 1))
        except LogUnavailable:
            return False


async def may_delete(servers: KafkaServers, topic: str) -> bool:
    async with opened(servers, topic) as log:
        try:
            await log.delete_before(0, 0)
        except LogUnavailable:
            return False
        return True


async def test_the_router_may_belong_to_its_group_and_the_others_may_not(kafka: TlsKafka) -> None:
    await fill(kafka)
    for service, belongs in (("router", True), ("agents", False)):
        program = Program(service)
        group = KafkaGroup(kafka.servers(service), "switchroom-routers", TOPICS[0])
        running = asyncio.create_task(group.run(program))
        try:
            async with asyncio.timeout(10 if belongs else 5):
                while not program.told:  # noqa: ASYNC110  # a test asks from outside
                    await asyncio.sleep(0.05)
        except TimeoutError:
            pass
        assert bool(program.told) is belongs
        await group.leave()
        running.cancel()


@pytest.mark.parametrize("service", SERVICES)
async def test_each_service_starts_and_may_do_what_the_page_says_and_no_more(kafka: TlsKafka, service: str) -> None:
    await fill(kafka)
    servers = kafka.servers(service)
    # What each does at its start: all three are there, and as they must be.
    await ensure_topics(servers, OURS)
    found: dict[str, set[str]] = {}
    for topic in TOPICS:
        may = {
            "Read": await may_read(servers, topic),
            "Write": await may_write(servers, topic),
            "Delete": await may_delete(servers, topic),
        }
        found[topic] = {name for name, allowed in may.items() if allowed}
    assert found == rights(service)


async def test_no_service_makes_or_deletes_topics(kafka: TlsKafka) -> None:
    with pytest.raises((TopicsWrong, LogUnavailable), match=r"(?i)authoriz"):
        await ensure_topics(kafka.servers("router"), [*OURS, Topic("another", 1, None)])


# The library leaves a connection that broke in its handshake to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("who", ["nobody", "another authority's", "one without a name here"])
async def test_whoever_has_no_good_certificate_is_not_spoken_to(
    kafka: TlsKafka, authority: Authority, tmp_path: Path, who: str
) -> None:
    good = kafka.servers("router")
    if who == "nobody":
        bad = replace(good, cert_file=None, key_file=None)
    elif who == "another authority's":
        put_papers(tmp_path, Authority.new(), "router")
        bad = replace(good, cert_file=tmp_path / "tls.crt", key_file=tmp_path / "tls.key")
    else:
        put_papers(tmp_path, authority, "stranger")
        bad = replace(good, cert_file=tmp_path / "tls.crt", key_file=tmp_path / "tls.key")
    with pytest.raises(LogUnavailable):
        await ensure_topics(bad, OURS)


async def test_a_broker_that_another_authority_vouches_for_is_not_spoken_to(kafka: TlsKafka, tmp_path: Path) -> None:
    (tmp_path / CA).write_bytes(Authority.new().pair.certificate)
    with pytest.raises(LogUnavailable):
        await ensure_topics(replace(kafka.servers("router"), ca_file=tmp_path / CA), OURS)


async def test_a_log_that_is_open_goes_on_with_a_new_certificate(kafka: TlsKafka, authority: Authority) -> None:
    async with opened(kafka.servers("router"), "router.log") as log:
        await log.append(0, b"before")
        put_papers(kafka.folder / "router", authority, "router")
        kafka.kill()
        await asyncio.to_thread(kafka.start)
        await until_appended(log)


async def until_appended(log: KafkaEventLog) -> None:
    async with asyncio.timeout(120):
        while True:
            try:
                await log.append(0, b"after")
            except LogUnavailable:
                await asyncio.sleep(0.5)
            else:
                return
