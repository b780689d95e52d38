"""A Kafka cluster with faults at will: librdkafka's mock cluster, which the confluent-kafka wheel brings along.

It speaks the protocol over TCP on loopback, in threads of its own. It keeps whatever times producers send (no
LogAppendTime), knows no configuration of topics, checks no size, and replicates nothing.
"""

import ctypes
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import IntEnum
from pathlib import Path

import confluent_kafka

PRODUCER = 0
WORDS_BYTES = 512


class Api(IntEnum):
    """Kafka's numbers of its requests."""

    PRODUCE = 0
    FETCH = 1
    LIST_OFFSETS = 2
    METADATA = 3
    INIT_PRODUCER_ID = 22


class Fault(IntEnum):
    """What brokers can answer; DISCONNECT closes the connection instead."""

    DISCONNECT = -195
    NONE = 0
    OFFSET_OUT_OF_RANGE = 1
    CORRUPT_MESSAGE = 2
    NOT_LEADER = 6
    REQUEST_TIMED_OUT = 7
    MESSAGE_TOO_LARGE = 10
    COORDINATOR_LOADING = 14
    NOT_ENOUGH_REPLICAS = 19
    NOT_ENOUGH_REPLICAS_AFTER_APPEND = 20
    TOPIC_AUTHORIZATION_FAILED = 29
    OUT_OF_ORDER_SEQUENCE = 45
    # A code that aiokafka has no name for.
    FENCED_INSTANCE_ID = 82


class KafkaCluster:
    """Brokers 1 to n. Ended by `close`."""

    def __init__(self, brokers: int = 1) -> None:
        self._library = library = _library()
        words = ctypes.create_string_buffer(WORDS_BYTES)
        settings = ctypes.c_void_p(library.rd_kafka_conf_new())
        # It would warn that it has no brokers: it makes some.
        library.rd_kafka_conf_set(settings, b"log_level", b"0", words, WORDS_BYTES)
        client = library.rd_kafka_new(PRODUCER, settings, words, WORDS_BYTES)
        if not client:
            raise OSError(words.value.decode())
        self._client = ctypes.c_void_p(client)
        self._cluster = ctypes.c_void_p(library.rd_kafka_mock_cluster_new(self._client, brokers))
        self.brokers = range(1, brokers + 1)
        self.bootstrap: str = library.rd_kafka_mock_cluster_bootstraps(self._cluster).decode()

    def close(self) -> None:
        """End the brokers."""
        self._library.rd_kafka_mock_cluster_destroy(self._cluster)
        self._library.rd_kafka_destroy(self._client)

    def make_topic(self, name: str, partitions: int, replication: int = 1) -> None:
        """Make a topic; the mock gives what is asked for and has no more to say about it."""
        self._done(self._library.rd_kafka_mock_topic_create(self._cluster, name.encode(), partitions, replication))

    def advertise(self, broker: int, host: str, port: int) -> None:
        """Where clients are told to find a broker."""
        self._library.rd_kafka_mock_broker_set_host_port(self._cluster, broker, host.encode(), port)

    def lead(self, topic: str, partition: int, broker: int) -> None:
        """Make a broker the leader of a partition."""
        library = self._library
        self._done(library.rd_kafka_mock_partition_set_leader(self._cluster, topic.encode(), partition, broker))

    def delete_before(self, topic: str, partition: int, offset: int) -> None:
        """Delete the records below an offset."""
        library, below = self._library, ctypes.c_int64(offset)
        self._done(library.rd_kafka_mock_partition_delete_records(self._cluster, topic.encode(), partition, below))

    def fail(self, api: Api, faults: Sequence[Fault]) -> None:
        """The next requests of that kind are answered so, one each, by whichever broker, and not carried out."""
        codes = (ctypes.c_int * len(faults))(*faults)
        self._library.rd_kafka_mock_push_request_errors_array(
            self._cluster, ctypes.c_int16(api), ctypes.c_size_t(len(faults)), codes
        )

    def heal(self, api: Api) -> None:
        """Forget the faults that have not come true yet."""
        self._library.rd_kafka_mock_clear_request_errors(self._cluster, ctypes.c_int16(api))

    def answer_late(self, broker: int, api: Api, after_ms: int, times: int = 1) -> None:
        """The next requests of that kind are carried out, and answered only after that time."""
        pairs = [ctypes.c_int(number) for _ in range(times) for number in (Fault.NONE, after_ms)]
        self._done(
            self._library.rd_kafka_mock_broker_push_request_error_rtts(
                self._cluster, ctypes.c_int32(broker), ctypes.c_int16(api), ctypes.c_size_t(times), *pairs
            )
        )

    def set_delay(self, broker: int, ms: int) -> None:
        """How long a broker takes for each answer."""
        self._done(self._library.rd_kafka_mock_broker_set_rtt(self._cluster, broker, ms))

    @contextmanager
    def down(self, *brokers: int) -> Iterator[None]:
        """Those brokers, or all if none is named, drop their connections and take no others meanwhile."""
        for broker in brokers or self.brokers:
            self._done(self._library.rd_kafka_mock_broker_set_down(self._cluster, broker))
        try:
            yield
        finally:
            for broker in brokers or self.brokers:
                self._done(self._library.rd_kafka_mock_broker_set_up(self._cluster, broker))

    def _done(self, code: int) -> None:
        if code:
            raise OSError(f"the mock cluster refused: error {code}")


def _library() -> ctypes.CDLL:
    library = ctypes.CDLL(str(_library_path()))
    for name in ("rd_kafka_conf_new", "rd_kafka_new", "rd_kafka_mock_cluster_new"):
        getattr(library, name).restype = ctypes.c_void_p
    library.rd_kafka_mock_cluster_bootstraps.restype = ctypes.c_char_p
    return library


def _library_path() -> Path:
    """Where the wheel keeps librdkafka: beside the package on Linux, inside it on macOS."""
    package = Path(confluent_kafka.__file__).parent
    found = [*package.parent.glob("confluent_kafka.libs/librdkafka*"), *package.glob(".dylibs/librdkafka*")]
    if not found:
        raise OSError("this confluent-kafka comes without librdkafka: install it from its wheel")
    return found[0]
