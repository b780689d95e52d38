"""From the topics as they are after a run to the auditor's judgement."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass

import httpx2

from services.cli.bench.takeover.audit import Audit
from services.cli.bench.takeover.log_reading import inbound_ids, judged, records_of
from services.cli.bench.takeover.replicas import END, hash_with_stops, hashes_at
from services.cli.bench.takeover.violation import Rule
from services.shared.event_log import EventLog, LogRecord

ASKED_WITHIN_S = 120.0


@dataclass(frozen=True, slots=True)
class ReplicaHash:
    """What a router said that its state adds up to, after the batch at that offset."""

    router: str
    partition: int
    offset: int
    hash: str


@dataclass
class Judged:
    """`commits`: batches that counted, `dropped`: records that did not, `hashes`: how many were compared."""

    audit: Audit
    commits: int = 0
    dropped: int = 0
    hashes: int = 0


async def hashes_of(routers: Mapping[str, str]) -> list[ReplicaHash]:
    """Ask each router, by name and the address of its HTTP, what its partitions add up to now."""
    found: list[ReplicaHash] = []
    async with httpx2.AsyncClient(timeout=ASKED_WITHIN_S) as http:
        for name, address in routers.items():
            answer = await http.get(f"{address}/state-hash")
            found.extend(
                ReplicaHash(name, each["partition"], each["offset"], each["hash"])
                for each in answer.raise_for_status().json()["partitions"]
            )
    return found


async def judge(inbound: EventLog, router_log: EventLog, replicas: Sequence[ReplicaHash], another: Executor) -> Judged:
    """Read both topics from beginning to end, partition by partition. Raises LogUnavailable, RecordsGone.

    `another` folds a second time: a process of its own has other hash seeds, and what hangs on them shows.
    """
    found = Judged(Audit())
    told = defaultdict(list)
    for replica in replicas:
        told[replica.partition].append(replica)
    for partition in range(router_log.partitions):
        records = await records_of(router_log, partition)
        arrived = inbound_ids(await records_of(inbound, partition))
        with_stops = asyncio.wrap_future(another.submit(hash_with_stops, records, partition))
        _judge_partition(found, partition, records, arrived)
        try:
            _compare(found, told[partition], records, await with_stops)
        except Exception as error:  # noqa: BLE001  # whatever folding fails with is a finding
            found.audit.violations.note(Rule.BROKEN, f"partition {partition} can't be folded: {error!r}")
    return found


def _judge_partition(found: Judged, partition: int, records: list[LogRecord], arrived: list[tuple[str, str]]) -> None:
    read = judged(partition, records)
    found.audit.partition(read.commits, read.claims, arrived)
    if read.stopped:
        found.audit.violations.note(Rule.BROKEN, f"partition {partition}: {read.stopped}")
    found.commits += len(read.commits)
    found.dropped += read.dropped


def _compare(found: Judged, told: Sequence[ReplicaHash], records: Sequence[LogRecord], with_stops: str) -> None:
    ours = hashes_at(records, {replica.offset for replica in told})
    note = found.audit.violations.note
    if with_stops != ours[END]:
        note(Rule.HASHES_DIFFER, f"a reader that stops and goes on has {with_stops}, one that does not {ours[END]}")
    for replica in told:
        if ours.get(replica.offset) != replica.hash:
            note(Rule.HASHES_DIFFER, f"{replica}; the log adds up to {ours.get(replica.offset)} there")
    found.hashes += 1 + len(told)
