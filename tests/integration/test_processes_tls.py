"""Processes with TLS everywhere inside: contacts reach their agents, and nobody gets in by a side door."""

from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import grpc
import httpx2
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from services.cli.authority import Authority
from services.shared.channels import open_channel
from services.shared.document_store import StoreUnavailable
from services.shared.mongo_document_store import MongoDocumentStore
from tests.fakes.papers import files_in, put_papers
from tests.integration.cluster import HOST
from tests.integration.people import people_connected
from tests.integration.tls_cluster import DATABASE, tls_cluster
from tests.system.plans import TWO_COMPANIES

pytestmark = [pytest.mark.integration, pytest.mark.timeout(900)]


async def health(channel: grpc.aio.Channel) -> None:
    stub: Any = health_pb2_grpc.HealthStub(channel)
    await stub.Check(health_pb2.HealthCheckRequest(), timeout=20)


async def test_contacts_reach_desks_with_tls_everywhere_and_a_user_for_each_service(tmp_path: Path) -> None:
    authority = Authority.new()
    async with tls_cluster(tmp_path, authority) as system:
        programs = files_in(tmp_path / "programs")
        # Desks go over the router's gRPC, floors over reporting's internal port.
        async with people_connected(system, programs) as people, AsyncExitStack() as again:
            await people.on_duty()
            contact_id = await people.form()
            assert await people.until_offered() == contact_id
            for service in ("router", "agents", "reporting", "programs"):
                put_papers(tmp_path / service, authority, service)
            await people.activate(TWO_COMPANIES)
            await people.connect(again)

        address = f"{HOST}:{system.ports['router_grpc']}"
        async with grpc.aio.insecure_channel(address) as plain:
            with pytest.raises(grpc.aio.AioRpcError, match="UNAVAILABLE"):
                await health(plain)
        async with open_channel(address, files_in(tmp_path / "ingest")) as channel:
            with pytest.raises(grpc.aio.AioRpcError, match="PERMISSION_DENIED"):
                await health(channel)
        with pytest.raises(StoreUnavailable):
            await MongoDocumentStore.open(f"mongodb://{HOST}:{system.outside.mongo.port}/", DATABASE)
        # The metrics of a process say until when its certificates are valid.
        async with httpx2.AsyncClient() as http:
            measured = (await http.get(system.url("router_http", "/metrics"))).text
        for of in ("services", "kafka"):
            assert f'switchroom_tls_certificate_left_seconds{{of="{of}"}}' in measured
