"""The load against one real router on logs in memory: its contacts come, are taken and end, and the audit has them."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from services.cli.bench.takeover.arrivals import Arrivals
from services.cli.bench.takeover.committed import ContactKey
from services.cli.bench.takeover.judging import hashes_of, judge
from services.cli.bench.takeover.load import RunningLoad
from services.cli.bench.takeover.plan_file import plan_file, tenants_of
from services.cli.bench.takeover.routers import RouterFailed, RouterProcess, free_ports
from services.cli.bench.takeover.sizes import Load
from services.plan.check import check_plan
from services.plan.read import read_plan
from services.router.app import build
from services.router.settings import RouterSettings
from services.shared.connections import Connections
from services.shared.memory_event_log import MemoryEventLog
from services.shared.partition import partition_of
from services.shared.serve import stop_all
from services.shared.tokens import make_key_pair
from tests.fakes.faulty_event_log import Fault, FaultyEventLog, script
from tests.fakes.memory_blob_store import MemoryBlobStore
from tests.fakes.memory_document_store import MemoryDocumentStore
from tests.fakes.virtual_time import in_virtual_time

LOAD = Load(partitions=2, tenants_each=2, agents_each=2, contacts_per_s=40, redelivered=3)
CONTACTS = 30


@dataclass
class OneRouter:
    """`private` signs the tokens that it takes."""

    inbound: MemoryEventLog
    log: MemoryEventLog
    address: str
    http: str
    private: bytes


@asynccontextmanager
async def one_router() -> AsyncIterator[OneRouter]:
    inbound, log = MemoryEventLog(LOAD.partitions), MemoryEventLog(LOAD.partitions)
    private, public = make_key_pair()
    grpc_port, http_port = free_ports(2)
    settings = RouterSettings(
        grpc_port=grpc_port,
        http_port=http_port,
        token_public_key=public.decode(),
        customers_key="ab" * 32,
        tells_state_hash=True,
    )
    connections = Connections(inbound, MemoryEventLog(), log, MemoryDocumentStore(), MemoryBlobStore())
    parts = await build(settings, connections)
    try:
        for part in parts:
            await part.start()
        yield OneRouter(inbound, log, f"127.0.0.1:{grpc_port}", f"http://127.0.0.1:{http_port}", private)
    finally:
        await stop_all(parts)


async def test_all_contacts_of_a_load_end_and_its_audit_finds_nothing_wrong() -> None:
    async with one_router() as router:
        load = RunningLoad(router.inbound, [router.address], router.private, LOAD, seed=1)
        await load.begin()
        while len(load.arrivals.acknowledged) < CONTACTS:  # as many as the test wants
            load.check()
            await asyncio.sleep(0.05)
        await load.until_all_ended()
        replicas = await hashes_of({"router-1": router.http})
        await load.end()
        with ThreadPoolExecutor(1) as another:
            found = await judge(router.inbound, router.log, replicas, another)
    found.audit.finish(load.arrivals.acknowledged, load.seen)

    assert not found.audit.violations.words
    assert found.audit.contacts.ended.keys() == load.arrivals.acknowledged.keys() == load.seen.completed.keys()
    assert {len(load.seen.accepted), len(load.seen.offers)} == {len(load.arrivals.acknowledged)}
    assert load.seen.at_ms.keys() == {0, 1}
    assert found.hashes == 2 * LOAD.partitions
    assert sum([await router.inbound.end(partition) for partition in (0, 1)]) > len(load.arrivals.acknowledged)


def test_tenants_are_spread_evenly_over_the_partitions_and_have_plans_without_defects() -> None:
    load = Load(partitions=12, tenants_each=2)
    tenants = tenants_of(load)
    assert len(set(tenants)) == load.tenants
    assert sorted(partition_of(tenant, 12) for tenant in tenants) == sorted([*range(12), *range(12)])
    assert check_plan(read_plan(plan_file(tenants[0], load))) == []


@in_virtual_time
async def test_a_contact_that_the_log_refused_is_sent_again_and_acknowledged_only_then() -> None:
    kept = MemoryEventLog()
    refused = FaultyEventLog(kept, script(Fault.REFUSED, Fault.UNACKNOWLEDGED))
    arrivals = Arrivals(refused, ["acme"], per_s=1, redelivered=1_000_000, seed=1)
    stopping = asyncio.Event()
    running = asyncio.create_task(arrivals.run(stopping))
    await asyncio.sleep(0)
    stopping.set()
    await running
    assert arrivals.acknowledged.keys() == {ContactKey("acme", "contact-0")}
    assert len(refused.asked) == 3
    assert await kept.end(0) == 2


async def test_a_router_that_does_not_come_up_is_told_of_with_what_it_wrote_last(tmp_path: Path) -> None:
    router = RouterProcess("router-1", tmp_path, {"SWITCHROOM_LEAVE_S": "no number"}, (1, 2))
    await router.start()
    with pytest.raises(RouterFailed, match=r"router-1 ended at its start\n.*cannot start"):
        await router.until_up()
    assert not router.runs
    assert await router.terminate() == 2
