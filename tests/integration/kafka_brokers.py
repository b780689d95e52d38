"""Real Kafka brokers on loopback, as scripts/kafka runs them, for the tests of a module."""

import asyncio
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

from aiokafka.admin import AIOKafkaAdminClient

from services.shared.kafka_event_log import KafkaEventLog, KafkaServers
from services.shared.kafka_topics import Topic, ensure_topics

SCRIPT = Path(__file__).parent.parent.parent / "scripts" / "kafka"


class KafkaBrokers:
    """Brokers 1 to n."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.bootstrap = _run("start", "--brokers", str(number)).removeprefix("bootstrap=")
        self.servers = KafkaServers(self.bootstrap)

    def kill(self, *brokers: int) -> None:
        """End them as a lost machine ends."""
        for broker in brokers:
            _run("kill", str(broker))

    @contextmanager
    def paused(self, broker: int) -> Iterator[None]:
        """It takes connections and answers nothing meanwhile."""
        _run("pause", str(broker))
        try:
            yield
        finally:
            _run("resume", str(broker))

    async def up(self, *brokers: int) -> None:
        """Start them again, all at once, as those of a quorum wait for each other."""
        await asyncio.gather(*(asyncio.to_thread(_run, "up", str(broker)) for broker in brokers))

    async def leader(self, topic: str, partition: int) -> int:
        """The broker that leads a partition."""
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap.split(","))
        await admin.start()
        (described,) = await admin.describe_topics([topic])
        await admin.close()
        return next(int(each["leader"]) for each in described["partitions"] if each["partition"] == partition)

    def stop(self) -> None:
        """End all, and forget what they have."""
        _run("stop")


async def new_topic(brokers: KafkaBrokers, partitions: int = 1, record_bytes_max: int = 1024 * 1024) -> str:
    """A topic that no other test has, on as many brokers as there are."""
    name = f"test.{uuid4().hex}"
    in_sync = 2 if brokers.number == 3 else 1
    await ensure_topics(
        brokers.servers, [Topic(name, partitions, None, brokers.number, in_sync, message_bytes_max=record_bytes_max)]
    )
    return name


@asynccontextmanager
async def opened(brokers: KafkaBrokers, topic: str, **options: Any) -> AsyncIterator[KafkaEventLog]:
    """A log that is closed also when the test fails, so that it is not the next one that does."""
    log = await KafkaEventLog.open(brokers.servers, topic, **options)
    try:
        yield log
    finally:
        await log.close()


async def everything(log: KafkaEventLog, partition: int = 0) -> list[bytes]:
    """What is in a partition."""
    end = await log.end(partition)
    if end == 0:
        return []
    records: list[bytes] = []
    async for record in log.read(partition, 0):
        records.append(record.record)
        if record.offset == end - 1:
            break
    return records


def _run(*arguments: str) -> str:
    done = subprocess.run(["/bin/sh", str(SCRIPT), *arguments], capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise RuntimeError(f"scripts/kafka {' '.join(arguments)}: {done.stderr}")
    return done.stdout.strip()
