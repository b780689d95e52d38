"""What stands in the topics of a cluster, read as every service reads it, and judged."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from services.ingest.envelopes import Arrived
from services.ingest.log_codec import decode
from services.shared.event_log import EventLog
from services.shared.kafka_event_log import KafkaEventLog, KafkaServers
from tests.integration.cluster import Cluster
from tests.system.log_audit import Audit, audit_log

LOOK_AGAIN_S = 0.5


@dataclass
class Found:
    """`arrived` counts the arrivals in contacts.inbound by contact: redeliveries come under the same id."""

    audit: Audit
    arrived: Counter[str] = field(default_factory=Counter)

    def nothing_lost_nothing_twice(self) -> None:
        """Raises AssertionError."""
        assert self.audit.accepted.keys() == self.arrived.keys(), "what arrived is not what the router has"
        assert set(self.audit.accepted.values()) <= {1}, "a contact began twice"
        assert self.audit.ended.keys() == self.audit.accepted.keys(), "a contact has not ended"


async def topics(cluster: Cluster) -> Found:
    """Read the topics from beginning to end."""
    async with _log(cluster, "router.log") as router_log, _log(cluster, "contacts.inbound") as inbound:
        found = Found(await audit_log(router_log))
        async for record in _records(inbound):
            envelope = decode(record)
            if isinstance(envelope.what, Arrived):
                found.arrived[envelope.contact_id] += 1
        return found


async def until_all_ended(cluster: Cluster, within_s: float) -> Found:
    """The same, once every contact has ended, or after that time."""
    loop = asyncio.get_running_loop()
    until_s = loop.time() + within_s
    found = await topics(cluster)
    while found.audit.ended.keys() < found.arrived.keys() and loop.time() < until_s:
        await asyncio.sleep(LOOK_AGAIN_S)
        found = await topics(cluster)
    return found


@asynccontextmanager
async def _log(cluster: Cluster, topic: str) -> AsyncIterator[KafkaEventLog]:
    log = await KafkaEventLog.open(KafkaServers(bootstrap=cluster.outside.kafka.bootstrap), topic)
    try:
        yield log
    finally:
        await log.close()


async def _records(log: EventLog) -> AsyncIterator[bytes]:
    for partition in range(log.partitions):
        end = await log.end(partition)
        if end:
            async for record in log.read(partition, 0):
                yield record.record
                if record.offset == end - 1:
                    break
