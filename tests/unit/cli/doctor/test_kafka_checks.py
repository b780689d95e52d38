"""What is said of topics: as they must be, missing, otherwise configured, with brokers away."""

from dataclasses import replace

import pytest

from services.cli.doctor import kafka_checks
from services.cli.doctor.finding import Finding, State, status
from services.shared.kafka_topics import FoundTopic, Topic

TOPIC = Topic("router.log", 3, None, replication=3, min_insync=2)
WELL = FoundTopic([3, 3, 3], [3, 3, 3], TOPIC.configuration())


def found(topic: FoundTopic) -> list[Finding]:
    return list(kafka_checks.topics([TOPIC], {TOPIC.name: topic}))


def test_a_topic_as_it_must_be_is_well() -> None:
    assert status(found(WELL)) == 0
    assert status([kafka_checks.replication(TOPIC)]) == 0


def test_a_topic_that_is_not_there_fails() -> None:
    (finding,) = kafka_checks.topics([TOPIC], {})
    assert (finding.state, finding.saw) == (State.FAIL, "it is not there")


@pytest.mark.parametrize("name", TOPIC.configuration())
def test_each_setting_that_differs_fails_and_says_why_and_what_to_do(name: str) -> None:
    wrong = found(replace(WELL, configuration={**TOPIC.configuration(), name: "7"}))[0]
    assert wrong.state is State.FAIL
    assert wrong.saw.startswith(f"router.log has {name}=7 and must have ")
    assert wrong.why
    assert wrong.what_to_do.startswith("kafka-configs.sh --alter")


def test_another_number_of_partitions_fails_and_says_why_and_what_to_do() -> None:
    wrong = found(FoundTopic([3, 3], [3, 3], TOPIC.configuration()))[0]
    assert (wrong.state, wrong.saw) == (State.FAIL, "router.log has 2 partitions and must have 3")
    assert wrong.why == "tenants belong to partitions by that number"
    assert wrong.what_to_do.startswith("ask for 2")


def test_a_replica_that_is_away_is_a_warning_and_too_many_are_a_failure() -> None:
    assert [finding.state for finding in found(replace(WELL, in_sync=[3, 2, 3]))] == [State.OK, State.WARN]
    assert [finding.state for finding in found(replace(WELL, in_sync=[3, 1, 3]))] == [State.OK, State.FAIL]


@pytest.mark.parametrize(("replicas", "in_sync"), [(1, 1), (2, 2), (3, 1)])
def test_less_than_two_of_three_is_a_warning(replicas: int, in_sync: int) -> None:
    asked = replace(TOPIC, replication=replicas, min_insync=in_sync)
    assert kafka_checks.replication(asked).state is State.WARN
