from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from services.shared.channels import open_channel

SERVING = health_pb2.HealthCheckResponse.SERVING


@asynccontextmanager
async def serving() -> AsyncIterator[tuple[grpc.aio.Server, str]]:
    server = grpc.aio.server()
    servicer = health.aio.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
    await servicer.set("", SERVING)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        yield server, f"127.0.0.1:{port}"
    finally:
        await server.stop(0)


async def says(channel: grpc.aio.Channel) -> int:
    stub: Any = health_pb2_grpc.HealthStub(channel)
    answer = await stub.Check(health_pb2.HealthCheckRequest(), timeout=20, wait_for_ready=True)
    return int(answer.status)


async def test_of_several_addresses_another_answers_when_one_is_gone() -> None:
    async with serving() as (one, first), serving() as (_, second), open_channel(f"{first},{second}") as channel:
        assert await says(channel) == SERVING
        await one.stop(0)
        assert await says(channel) == SERVING


async def test_one_that_never_was_there_is_passed_over() -> None:
    async with serving() as (_, there), open_channel(f"127.0.0.1:1,{there}") as channel:
        assert await says(channel) == SERVING
