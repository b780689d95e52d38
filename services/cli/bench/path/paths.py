"""The two paths that are compared, ready to take contacts: through the router, and through the relay."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import grpc.aio
from pydantic import TypeAdapter

from services.cli.bench.path.appending import KafkaAppends
from services.cli.bench.path.contacts import TENANT, Appends, Contacts, Seen, at_rate, endings
from services.cli.bench.path.desks import Desks, activate
from services.cli.bench.path.own_cluster import OwnCluster
from services.cli.bench.path.relay import METHOD, SERVICE
from services.shared.clock import SystemClock
from services.shared.kafka_servers import KafkaServers
from services.shared.kafka_topics import Topic, ensure_topics
from services.shared.key_settings import PrivateKeyPem
from services.shared.partition import partition_of
from services.shared.tokens import TokenMaker

RELAYED = ("bench.relay.inbound", "bench.relay.log")
# What leaves is taken from the agents long before so many contacts a second could wait for it.
ENDING_S = 1.0


class Path(Protocol):
    """Takes so many contacts at a rate (0: as fast as it goes), and says when each went in and came out."""

    async def round(self, count: int, per_s: int) -> Seen: ...


@dataclass(slots=True)
class RouterPath:
    """Contacts go in by contacts.inbound, and come out as offers on a Desk stream."""

    contacts: Contacts
    log: Appends
    desks: Desks

    async def round(self, count: int, per_s: int) -> Seen:
        await self.desks.attach()
        self.desks.seen = seen = Seen()
        ids = self.contacts.some(count)
        await at_rate(self.log, seen, ids, per_s)
        self.desks.seen = Seen()
        await self._end(ids)
        return seen

    async def _end(self, ids: Sequence[str]) -> None:
        """Nobody has anything on the desk when the next round begins."""
        await asyncio.gather(*(self.log.append(record) for record in endings(ids)))
        await self.desks.until_quiet(ENDING_S)


@dataclass(slots=True)
class RelayPath:
    """The same records, through the relay."""

    contacts: Contacts
    log: KafkaAppends
    seen: Seen

    async def round(self, count: int, per_s: int) -> Seen:
        self.seen = seen = Seen()
        await at_rate(self.log, seen, self.contacts.some(count), per_s)
        return seen

    async def read(self, address: str) -> None:
        """Read the relay's stream until cancelled."""
        async with grpc.aio.insecure_channel(address) as channel:
            follow: Any = channel.unary_stream(f"/{SERVICE}/{METHOD}")
            async for message in follow(b"", wait_for_ready=True):
                self.seen.note(message)


@asynccontextmanager
async def router_path(router: str, tokens: TokenMaker, contacts: Contacts, log: Appends) -> AsyncIterator[RouterPath]:
    """The plan is in force, and the agents' stream is read."""
    await activate(router, tokens)
    desks = Desks(router, tokens)
    async with _meanwhile(desks.read()):
        yield RouterPath(contacts, log, desks)


@asynccontextmanager
async def kafka_appends(cluster: OwnCluster) -> AsyncIterator[KafkaAppends]:
    """Into contacts.inbound, where the bench's tenant is."""
    partition = partition_of(TENANT, int(cluster.variables["SWITCHROOM_KAFKA_PARTITIONS"]))
    async with KafkaAppends(cluster.kafka, "contacts.inbound", partition) as log:
        yield log


def tokens_of(cluster: OwnCluster) -> TokenMaker:
    """What the cluster's router takes."""
    key = TypeAdapter(PrivateKeyPem).validate_python(cluster.variables["SWITCHROOM_AGENTS_PRIVATE_KEY"])
    return TokenMaker(key.get_secret_value().encode(), SystemClock())


@asynccontextmanager
async def relay_path(cluster: OwnCluster, contacts: Contacts, port: int) -> AsyncIterator[RelayPath]:
    """The relay's process and its topics are there."""
    await ensure_topics(KafkaServers(cluster.kafka), [Topic(name, 1, None) for name in RELAYED])
    words = ("-m", "services.cli.bench.path.relay", cluster.kafka, *RELAYED, str(port))
    relay = subprocess.Popen([sys.executable, *words])  # noqa: ASYNC220, S603  # it is begun, and not waited for
    try:
        async with KafkaAppends(cluster.kafka, RELAYED[0], 0) as log:
            path = RelayPath(contacts, log, Seen())
            async with _meanwhile(path.read(f"127.0.0.1:{port}")):
                yield path
    finally:
        relay.kill()
        relay.wait()


@asynccontextmanager
async def _meanwhile(reading: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    task = asyncio.create_task(reading)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
