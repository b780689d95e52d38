"""Whether gRPC health answers at the address of a partition's owner."""

from typing import Any

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

WITHIN_S = 3.0


async def serves(address: str) -> bool:
    """Whether it says SERVING in time."""
    async with grpc.aio.insecure_channel(address) as channel:
        stub: Any = health_pb2_grpc.HealthStub(channel)
        try:
            answer = await stub.Check(health_pb2.HealthCheckRequest(), timeout=WITHIN_S)
        except grpc.aio.AioRpcError:
            return False
    return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)
