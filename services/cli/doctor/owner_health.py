"""Whether gRPC health answers at the address of a partition's owner."""

from typing import Any

import grpc
import grpc.aio
from grpc_health.v1 import health_pb2, health_pb2_grpc

from services.shared.channels import open_channel
from services.shared.tls_files import TlsFiles

WITHIN_S = 3.0


async def serves(address: str, tls: TlsFiles | None = None) -> bool:
    """Whether it says SERVING in time; with `tls`, to whoever has these certificates."""
    async with open_channel(address, tls) as channel:
        stub: Any = health_pb2_grpc.HealthStub(channel)
        try:
            answer = await stub.Check(health_pb2.HealthCheckRequest(), timeout=WITHIN_S)
        except grpc.aio.AioRpcError:
            return False
    return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)
