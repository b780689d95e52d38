"""Topics as Kafka has them, beside what the settings ask for."""

from collections.abc import Iterable, Iterator, Mapping

from services.cli.doctor.finding import Finding, fail, ok, warn
from services.shared.kafka_topics import FoundTopic, Topic, deviations

# With fewer brokers that keep a record, one machine that dies takes contacts with it.
REPLICATION_MIN, IN_SYNC_MIN = 3, 2


def topics(asked: Iterable[Topic], found: Mapping[str, FoundTopic]) -> Iterator[Finding]:
    """All that can be said of the topics."""
    for topic in asked:
        if topic.name in found:
            yield from configured(topic, found[topic.name])
            yield in_sync(topic, found[topic.name])
        else:
            yield missing(topic)


def missing(topic: Topic) -> Finding:
    """There is no such topic."""
    return fail(
        f"topic {topic.name}",
        "it is not there",
        "no service can start that may not make topics",
        "start a service that may, or make it as docs/operations.md says; see that the prefix of topics is right",
    )


def configured(topic: Topic, found: FoundTopic) -> Iterator[Finding]:
    """Whether it is as the settings ask for: partitions, replicas, retention, cleanup, times."""
    check, wrong = f"topic {topic.name}", list(deviations(topic, found.replicas, found.configuration))
    for says in wrong:
        yield fail(check, *_parted(says))
    if not wrong:
        yield ok(check, f"{topic.partitions} partitions of {topic.replication} replicas, configured as it must be")


def in_sync(topic: Topic, found: FoundTopic) -> Finding:
    """Whether every partition has its replicas now."""
    check, least = f"in sync {topic.name}", min(found.in_sync)
    behind = sum(1 for now, all_ in zip(found.in_sync, found.replicas, strict=True) if now < all_)
    saw = f"{behind} of {len(found.in_sync)} partitions lack replicas in sync, the worst has {least}"
    what_to_do = "bring back the brokers that are away; kafka-topics.sh --describe --under-replicated-partitions"
    if least < topic.min_insync:
        return fail(check, saw, f"nothing can be appended there below {topic.min_insync}", what_to_do)
    if behind:
        return warn(check, saw, "the next broker that fails may stop appends", what_to_do)
    return ok(check, f"all replicas of all {len(found.in_sync)} partitions are in sync")


def replication(topic: Topic) -> Finding:
    """Whether the settings ask for enough to outlive a machine."""
    saw = f"{topic.replication} replicas, of which {topic.min_insync} must have a record before it is acknowledged"
    if topic.replication >= REPLICATION_MIN and topic.min_insync >= IN_SYNC_MIN:
        return ok("replication", saw)
    return warn(
        "replication",
        saw,
        "one machine that dies may take acknowledged contacts with it, or stop all appends",
        "with three brokers or more set SWITCHROOM_KAFKA_REPLICATION=3 and SWITCHROOM_KAFKA_MIN_INSYNC=2, and move the "
        "partitions with kafka-reassign-partitions.sh",
    )


def _parted(says: str) -> tuple[str, str, str]:
    """A deviation is one sentence: what there is, why it must not be, and after the last colon what to do."""
    what, _, what_to_do = says.rpartition(": ")
    saw, between, why = what.partition(", or ") if ", or " in what else what.partition(", as ")
    return saw, why if between else "", what_to_do
