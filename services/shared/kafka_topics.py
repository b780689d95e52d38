"""Topics that logs can stand on: made where they are missing, and checked where they are there.

Nothing is ever changed: partitions can't be without moving tenants, and the rest is for those to decide who run Kafka.
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, UnknownTopicOrPartitionError, for_code

from services.shared.event_log import LogUnavailable
from services.shared.kafka_logs import say_less
from services.shared.kafka_servers import KafkaServers

# Around records: a batch's header has 61 bytes and a record's at most 28.
OVERHEAD_BYTES = 1024
# Also where records are small, many of them go in one batch.
BATCH_BYTES_MIN = 1024 * 1024
WITHIN_S = 20.0
REQUEST_MS = 5_000
RETRY_S = 0.2
TOPIC_EXISTS = 36
# Refused for good: by what was asked for, not by the state of the cluster.
REFUSED = {17: "the name is invalid", 37: "so many partitions are refused", 38: "there are not so many brokers",
           40: "the configuration is refused", 44: "the cluster's policy refuses it"}  # fmt: skip


class TopicsWrong(Exception):
    """A topic is not such that a log can stand on it. Says what, why, and what to do, for each deviation."""


@dataclass(frozen=True, slots=True)
class Topic:
    """What a topic has to be. `retention_ms` None: for ever. `message_bytes_max`: the largest record of ours."""

    name: str
    partitions: int
    retention_ms: int | None
    replication: int = 1
    min_insync: int = 1
    message_bytes_max: int = 1024 * 1024

    def configuration(self) -> dict[str, str]:
        """What Kafka calls it."""
        return {
            "cleanup.policy": "delete",
            "message.timestamp.type": "LogAppendTime",
            "retention.ms": str(-1 if self.retention_ms is None else self.retention_ms),
            "retention.bytes": "-1",
            "min.insync.replicas": str(self.min_insync),
            "max.message.bytes": str(batch_bytes_max(self.message_bytes_max)),
            "unclean.leader.election.enable": "false",
        }


# Why each has to be so; the words follow "or".
REASONS = {
    "cleanup.policy": "records vanish from the middle of the log",
    "message.timestamp.type": "times are what each sender's clock says, and waits come out wrong",
    "retention.ms": "records are deleted too soon, or kept longer than was promised",
    "retention.bytes": "records are deleted for their number, however young they are",
    "min.insync.replicas": "what was acknowledged can be lost with one broker, or nothing can be appended without one",
    "max.message.bytes": "large records are refused",
    "unclean.leader.election.enable": "a replica that lacks records may become the log, and they are lost",
}


def batch_bytes_max(record_bytes_max: int) -> int:
    """The bytes of the largest batch, which Kafka takes whole or not at all: what max.message.bytes has to allow."""
    return max(record_bytes_max, BATCH_BYTES_MIN) + OVERHEAD_BYTES


async def ensure_topics(servers: KafkaServers, topics: Sequence[Topic]) -> None:
    """Make the topics that are missing, and check all. Raises TopicsWrong, LogUnavailable."""
    say_less()
    try:
        async with asyncio.timeout(WITHIN_S), _admin(servers) as admin:
            there = set(await admin.list_topics())
            await _make(admin, [topic for topic in topics if topic.name not in there])
            found = await _described(admin, topics)
            configurations = await _configurations(admin, [topic.name for topic in topics])
    except (KafkaError, OSError, TimeoutError) as error:
        raise LogUnavailable(f"Kafka was not asked for its topics: {error!r}") from error
    wrong = [says for topic in topics for says in deviations(topic, found[topic.name], configurations[topic.name])]
    if wrong:
        raise TopicsWrong("\n".join(wrong))


def deviations(topic: Topic, replicas: Sequence[int], configuration: Mapping[str, str]) -> Iterator[str]:
    """What is not as it must be; `replicas` has the number of replicas of each partition."""
    if len(replicas) != topic.partitions:
        yield (
            f"{topic.name} has {len(replicas)} partitions and must have {topic.partitions}, as tenants belong to "
            f"partitions by that number: ask for {len(replicas)}, or name other topics by a prefix"
        )
    if set(replicas) != {topic.replication}:
        yield (
            f"{topic.name} has partitions with {min(replicas)} replicas and must have {topic.replication}, or fewer "
            "brokers keep a record than was asked for: move them with kafka-reassign-partitions.sh, or ask for as many"
        )
    for name, wanted in topic.configuration().items():
        if not _as_wanted(name, configuration.get(name, ""), wanted):
            yield (
                f"{topic.name} has {name}={configuration.get(name, '(none)')} and must have {wanted}, or "
                f"{REASONS[name]}: kafka-configs.sh --alter --entity-type topics --entity-name {topic.name} "
                f"--add-config {name}={wanted}"
            )


def _as_wanted(name: str, found: str, wanted: str) -> bool:
    # A topic that takes more than we write is right, too.
    if name == "max.message.bytes":
        return found.isdigit() and int(found) >= int(wanted)
    return found == wanted


@asynccontextmanager
async def _admin(servers: KafkaServers) -> Any:
    admin = AIOKafkaAdminClient(**servers.client_options(REQUEST_MS))
    try:
        await admin.start()
        yield admin
    finally:
        await admin.close()


async def _make(admin: AIOKafkaAdminClient, missing: Iterable[Topic]) -> None:
    new = [
        NewTopic(topic.name, topic.partitions, topic.replication, topic_configs=topic.configuration())
        for topic in missing
    ]
    if not new:
        return
    answer = await admin.create_topics(new)
    for name, code, *message in answer.topic_errors:
        if code in REFUSED:
            says = "; ".join(str(word) for word in message)
            raise TopicsWrong(f"{name} can't be made: {REFUSED[code]} ({says}): ask for what fits this cluster")
        # Several processes start at once, and one of them is the first.
        if code not in (0, TOPIC_EXISTS):
            raise for_code(code)(f"{name} can't be made: {message}")


async def _described(admin: AIOKafkaAdminClient, topics: Sequence[Topic]) -> dict[str, list[int]]:
    """The number of replicas of each partition. What was made a moment ago is waited for."""
    names = {topic.name for topic in topics}
    while True:
        # Asked for all, brokers make none.
        described = {each["topic"]: each for each in await admin.describe_topics() if each["topic"] in names}
        if all(name in described and described[name]["partitions"] for name in names):
            return {name: [len(part["replicas"]) for part in described[name]["partitions"]] for name in names}
        await asyncio.sleep(RETRY_S)


async def _configurations(admin: AIOKafkaAdminClient, names: Sequence[str]) -> dict[str, dict[str, str]]:
    """What Kafka says of each topic, its own defaults included. What a broker has not heard of yet is waited for."""
    while True:
        try:
            return await _configurations_now(admin, names)
        except UnknownTopicOrPartitionError:
            await asyncio.sleep(RETRY_S)


async def _configurations_now(admin: AIOKafkaAdminClient, names: Sequence[str]) -> dict[str, dict[str, str]]:
    answers = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name) for name in names])
    found: dict[str, dict[str, str]] = {}
    for answer in answers:
        for code, message, _, name, entries in answer.resources:
            if code:
                raise for_code(code)(f"the configuration of {name} can't be read: {message}")
            found[name] = {entry[0]: entry[1] for entry in entries}
    return found


@dataclass(frozen=True, slots=True)
class FoundTopic:
    """A topic as it is: of each partition how many replicas there are, and how many of them are in sync now."""

    replicas: Sequence[int]
    in_sync: Sequence[int]
    configuration: Mapping[str, str]


async def look_at(servers: KafkaServers, names: Sequence[str]) -> dict[str, FoundTopic]:
    """Those of the topics that there are; nothing is made. Raises LogUnavailable."""
    say_less()
    try:
        async with asyncio.timeout(WITHIN_S), _admin(servers) as admin:
            described = {each["topic"]: each["partitions"] for each in await admin.describe_topics()}
            there = [name for name in names if described.get(name)]
            configurations = await _configurations(admin, there) if there else {}
    except (KafkaError, OSError, TimeoutError) as error:
        raise LogUnavailable(f"Kafka was not asked for its topics: {error!r}") from error
    return {name: _found(described[name], configurations[name]) for name in there}


def _found(parts: Sequence[Mapping[str, Any]], configuration: Mapping[str, str]) -> FoundTopic:
    return FoundTopic([len(part["replicas"]) for part in parts], [len(part["isr"]) for part in parts], configuration)
