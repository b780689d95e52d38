"""Real Apache Kafka for one cluster of a test: on ports that are free, and stay the same."""

from pathlib import Path

from scripts import cluster_kafka
from scripts.cluster_ports import block_of_ports

SCRIPT, USUAL_HOME, STARTED_WITHIN_S = cluster_kafka.SCRIPT, cluster_kafka.JARS, cluster_kafka.WITHIN_S


class ClusterKafka(cluster_kafka.ClusterKafka):
    """`number` brokers. The data outlives a kill. Calls block for as long as they take."""

    def __init__(self, home: Path, number: int) -> None:
        # A broker takes two.
        super().__init__(home, number, block_of_ports(2 * number)[0])
