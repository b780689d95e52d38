"""What aiokafka says, but not forty times a second: each of its clients says each thing again with each try."""

import logging
import time
from collections.abc import Callable

AGAIN_AFTER_S = 10.0
# A filter holds for what a logger itself is told, not for what comes from those below it.
LOGGERS = (
    "aiokafka",
    "aiokafka.admin.client",
    "aiokafka.cluster",
    "aiokafka.conn",
    "aiokafka.consumer.consumer",
    "aiokafka.consumer.fetcher",
    "aiokafka.consumer.group_coordinator",
    "aiokafka.consumer.subscription_state",
    "aiokafka.coordinator.assignors.abstract",
    "aiokafka.coordinator.assignors.roundrobin",
    "aiokafka.producer.producer",
    "aiokafka.producer.sender",
)


class FewWords(logging.Filter):
    """Lets a message pass if none of its kind (its words, whatever is filled in) has passed for AGAIN_AFTER_S."""

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._now_s = now_s
        self._said_at_s: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether it is said."""
        now_s, kind = self._now_s(), str(record.msg)
        if now_s - self._said_at_s.get(kind, -AGAIN_AFTER_S) < AGAIN_AFTER_S:
            return False
        self._said_at_s[kind] = now_s
        return True


_few_words = FewWords()


def say_less() -> None:
    """Have the library say less; calling it again changes nothing."""
    for name in LOGGERS:
        logging.getLogger(name).addFilter(_few_words)
