"""What is counted of Kafka, in each process that uses it. The label is a topic of ours."""

from prometheus_client import Counter, Histogram

APPEND_S = Histogram(
    "switchroom_kafka_append_seconds",
    "From the call of an append to its acknowledgement",
    ["topic"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 4),
)
APPENDS_FAILED = Counter(
    "switchroom_kafka_appends_failed_total", "Records whose append failed or is unknown", ["topic"]
)
READS_FAILED = Counter("switchroom_kafka_reads_failed_total", "Readers that ended as brokers did not answer", ["topic"])
