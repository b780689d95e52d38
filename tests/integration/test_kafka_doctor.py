"""`switchroom doctor` on a real broker: topics as they were made, set otherwise, missing, and owned by nobody."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from services.cli.doctor import system
from services.cli.doctor.finding import Finding, State
from services.router.log_codec import encode_decided
from services.shared.clock import SystemClock
from services.shared.distributed import servers_of, topics_of
from services.shared.fence import FORMAT, ZERO_DIGEST, Barrier, Batch
from services.shared.kafka_topics import ensure_topics
from services.shared.log_codec import encode_record
from services.shared.settings import ConnectionSettings
from tests.fakes.mongo_server import MongoServer, needs_mongo
from tests.fakes.server_process import free_port
from tests.integration.kafka_brokers import KafkaBrokers, opened

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]
CLAIM = b"A" * 16


@pytest.fixture(scope="module")
def brokers() -> Iterator[KafkaBrokers]:
    brokers = KafkaBrokers(1)
    yield brokers
    brokers.stop()


@pytest.fixture
def settings(brokers: KafkaBrokers, tmp_path: Path) -> ConnectionSettings:
    """Of a system that has topics of its own, and no MongoDB."""
    return ConnectionSettings(
        kafka_servers=brokers.bootstrap,
        kafka_topic_prefix=f"{uuid4().hex}.",
        kafka_partitions=2,
        mongo_url=f"mongodb://127.0.0.1:{free_port()}",
        blobs_folder=tmp_path,
    )


async def looked_at(settings: ConnectionSettings) -> dict[str, Finding]:
    found = [*await system.topics(settings), *await system.logs(settings, SystemClock())]
    return {finding.check.replace(settings.kafka_topic_prefix, ""): finding for finding in found}


async def test_topics_as_services_make_them_are_well(settings: ConnectionSettings, brokers: KafkaBrokers) -> None:
    await ensure_topics(servers_of(settings), topics_of(settings))
    address = f"127.0.0.1:{free_port()}"
    async with opened(brokers, f"{settings.kafka_topic_prefix}router.log") as log:
        await log.append(0, encode_record(Barrier(1, CLAIM, address, FORMAT)))
        await log.append(0, encode_record(Batch(1, CLAIM, 1, ZERO_DIGEST, FORMAT, encode_decided(0, -1, []))))

    found = await looked_at(settings)

    assert found["topic router.log"].state is State.OK
    assert found["in sync contacts.inbound"].saw == "all replicas of all 2 partitions are in sync"
    assert found["formats router.log/0"].saw == "the last 2 of 2 records can be read, formats up to 1"
    assert found["owner router.log/0"].saw.startswith(f"{address}, epoch 1, and gRPC health does not answer")
    assert found["owner router.log/1"].saw == "no router has claimed it yet"
    assert found["clock of the log"].state is State.OK


async def test_a_topic_that_was_set_otherwise_fails_for_each_setting(
    settings: ConnectionSettings, brokers: KafkaBrokers
) -> None:
    asked = {topic.name: topic for topic in topics_of(settings)}
    name = f"{settings.kafka_topic_prefix}router.log"
    otherwise = asked.pop(name).configuration() | {"retention.ms": "1000000000", "cleanup.policy": "compact"}
    admin = AIOKafkaAdminClient(bootstrap_servers=brokers.bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(name, 3, 1, topic_configs=otherwise)])
    await admin.close()
    await ensure_topics(servers_of(settings), list(asked.values()))

    found = [each for each in await system.topics(settings) if each.check == f"topic {name}"]

    assert {each.state for each in found} == {State.FAIL}
    assert any("retention.ms=1000000000 and must have -1" in each.saw for each in found)
    assert any("cleanup.policy=compact" in each.saw for each in found)
    assert any("has 3 partitions and must have 2" in each.saw for each in found)


async def test_topics_that_are_missing_are_told_and_not_made(settings: ConnectionSettings) -> None:
    for _ in range(2):
        found = await system.topics(settings)
        assert [each.saw for each in found] == ["it is not there"] * 3


@needs_mongo
async def test_a_system_before_its_first_start_is_looked_at_whole(
    settings: ConnectionSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ensure_topics(servers_of(settings), topics_of(settings))
    server = MongoServer(tmp_path)
    server.start()
    for name in ("kafka_servers", "kafka_topic_prefix", "kafka_partitions", "blobs_folder"):
        monkeypatch.setenv(f"SWITCHROOM_{name.upper()}", str(getattr(settings, name)))
    monkeypatch.setenv("SWITCHROOM_MONGO_URL", server.url)

    found = await system.examine((), SystemClock())

    server.kill()
    assert {each.state for each in found} <= {State.OK, State.WARN}, found
    warned = {each.check for each in found if each.state is State.WARN}
    assert warned - {"disk space"} == {"replication", "MongoDB", "owner router.log/0", "owner router.log/1"}
