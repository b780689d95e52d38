"""`switchroom upgrade --system` on a real broker: what it reads there, and whom its word reaches."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.cli.app import app
from services.cli.upgrade import logs_of_system, say_finished
from services.router.envelopes import UpgradeFinished
from services.router.log_codec import decode_envelope
from services.shared.distributed import topics_of
from services.shared.fence import FORMAT, Barrier
from services.shared.kafka_event_log import KafkaEventLog
from services.shared.kafka_topics import ensure_topics
from services.shared.log_codec import encode_record
from services.shared.settings import ConnectionSettings
from tests.integration.kafka_brokers import KafkaBrokers

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]
PARTITIONS = 2


@pytest.fixture(scope="module")
def brokers() -> Iterator[KafkaBrokers]:
    brokers = KafkaBrokers(1)
    yield brokers
    brokers.stop()


@pytest.fixture
async def system(brokers: KafkaBrokers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> KafkaBrokers:
    """The topics of a system that the environment tells of, with a claim in partition 1."""
    variables = {
        "KAFKA_SERVERS": brokers.servers.bootstrap,
        "KAFKA_PARTITIONS": str(PARTITIONS),
        "MONGO_URL": "mongodb://nobody",
        "BLOBS_FOLDER": str(tmp_path),
    }
    for name, value in variables.items():
        monkeypatch.setenv(f"SWITCHROOM_{name}", value)
    await ensure_topics(brokers.servers, topics_of(ConnectionSettings()))
    log = await KafkaEventLog.open(brokers.servers, "router.log")
    await log.append(1, encode_record(Barrier(1, b"A" * 16, "router-1:8082", FORMAT)))
    await log.close()
    return brokers


async def test_an_operator_reads_the_format_of_each_partition_and_the_word_reaches_each(system: KafkaBrokers) -> None:
    said: list[str] = []
    async with logs_of_system() as logs:
        assert await say_finished(logs, said.append, 1, FORMAT + 1) == 1
    assert said[:2] == [
        f"partition 0: format {FORMAT}, claimed by nobody yet",
        f"partition 1: format {FORMAT}, claimed last by router-1:8082",
    ]
    inbound = await KafkaEventLog.open(system.servers, "contacts.inbound")
    for partition in range(PARTITIONS):
        word = await anext(inbound.read(partition, 0))
        assert decode_envelope(word.record) == UpgradeFinished(FORMAT + 1)
    await inbound.close()


@pytest.mark.usefixtures("system")
def test_the_command_finds_the_system_in_the_environment() -> None:
    run = CliRunner().invoke(app, ["upgrade", "status", "--system"])
    assert run.exit_code == 0, run.output
    assert f"this release reads the formats up to {FORMAT}" in run.output
