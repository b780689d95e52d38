"""What is heard of aiokafka while brokers are away."""

import logging

import pytest

from services.shared.event_log import LogUnavailable
from services.shared.kafka_event_log import KafkaEventLog, KafkaServers
from services.shared.kafka_logs import AGAIN_AFTER_S, LOGGERS, FewWords
from tests.fakes.kafka_cluster import KafkaCluster


def said(words: str, *filled_in: object) -> logging.LogRecord:
    return logging.LogRecord("aiokafka.client", logging.ERROR, "", 1, words, filled_in, None)


def test_a_kind_of_message_passes_once_in_a_while() -> None:
    now_s = 100.0
    few = FewWords(lambda: now_s)
    assert few.filter(said("no connection to %s", 1))
    assert not few.filter(said("no connection to %s", 2))
    assert few.filter(said("no answer"))
    now_s += AGAIN_AFTER_S
    assert few.filter(said("no connection to %s", 3))


def test_every_logger_of_the_library_is_known() -> None:
    # The modules of the log, imported above, import all of the library that is used.
    loggers = logging.Logger.manager.loggerDict.items()
    speaking = {name for name, logger in loggers if isinstance(logger, logging.Logger)}
    assert {name for name in speaking if name.split(".")[0] == "aiokafka"} == set(LOGGERS)


async def test_an_outage_does_not_fill_the_log(caplog: pytest.LogCaptureFixture) -> None:
    cluster = KafkaCluster()
    cluster.make_topic("log", 1)
    log = await KafkaEventLog.open(KafkaServers(cluster.bootstrap), "log", append_within_s=2)
    with cluster.down():
        with pytest.raises(LogUnavailable):
            await log.append(0, b"x")
        await log.close()
    cluster.close()
    said_by_library = [record.msg for record in caplog.records if record.name.startswith("aiokafka")]
    assert len(said_by_library) == len(set(said_by_library))
