"""The demonstration's plan and its simulated agents on a cluster, without its customers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.resources import files

import httpx2

from services.cli.demonstration.floor import Floor
from services.cli.demonstration.mailbox import Mailbox
from services.cli.demonstration.people import ADMIN, Keys, make_keys
from services.cli.demonstration.persistence import Persistence
from services.cli.demonstration.seats import Places, Seat, log_in
from services.cli.grpc_client import RouterClient
from services.shared.mongo_document_store import MongoDocumentStore
from tests.integration.cluster import HOST, Cluster
from tests.integration.ending import end

OUTAGE_S = 120.0


@dataclass(frozen=True, slots=True)
class OnDuty:
    """Who works there."""

    http: httpx2.AsyncClient
    keys: Keys
    agents_url: str

    async def log_in_again(self) -> httpx2.Response:
        """What the agents service says to an agent's program that wants a token."""
        return await self.http.post(f"{self.agents_url}/v1/login", json={"key": self.keys.by_person["ana"]})


@asynccontextmanager
async def agents_on_duty(cluster: Cluster) -> AsyncIterator[OnDuty]:
    """The plan is in force and everybody is free; until the end they work on whatever comes, and mail is delivered."""
    async with _mailbox(cluster), httpx2.AsyncClient(timeout=30) as http:
        keys = await _keys(cluster)
        token = await log_in(http, cluster.url("agents"), keys.by_person[ADMIN])
        await _activate(cluster, token)
        floor = Floor(cluster.url("reporting"), http, token, Persistence(OUTAGE_S))
        router = f"{HOST}:{cluster.ports['router_grpc']}"
        places = Places(cluster.url("agents"), router, cluster.url("carrier"), _control_key(cluster))
        seats = [asyncio.create_task(Seat(*seat, places, http).run()) for seat in keys.simulated().items()]
        try:
            for agent in keys.simulated():
                await floor.until_free(agent)
            yield OnDuty(http, keys, cluster.url("agents"))
        finally:
            await end(seats)


@asynccontextmanager
async def _mailbox(cluster: Cluster) -> AsyncIterator[None]:
    mailbox = Mailbox(HOST, cluster.ports["relay"], next_free=False)
    await mailbox.start()
    try:
        yield
    finally:
        await mailbox.stop()


async def _keys(cluster: Cluster) -> Keys:
    documents = await MongoDocumentStore.open(cluster.outside.mongo.url, "switchroom")
    try:
        return await make_keys(documents)
    finally:
        await documents.close()


async def _activate(cluster: Cluster, token: str) -> None:
    plan = files("services.plan").joinpath("demonstration.yaml").read_bytes()
    async with RouterClient(f"{HOST}:{cluster.ports['router_grpc']}", lambda: token) as router:
        activated = await router.activate_plan(plan)
    assert not activated.defects


def _control_key(cluster: Cluster) -> str:
    return cluster.environment["SWITCHROOM_CARRIER_CONTROL_KEY"]
