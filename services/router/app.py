"""Where the router's objects meet."""

from fastapi import FastAPI

from services.router.caller_lists import CallerLists
from services.router.grpc_api.server import GrpcPart
from services.router.partitions import Partitions, Seat
from services.router.settings import RouterSettings
from services.router.state_hash_api import state_hash_route
from services.shared.clock import Clock, SystemClock
from services.shared.connections import Connections
from services.shared.serve import HttpPart, Part, health_routes


async def build(settings: RouterSettings, connections: Connections, clock: Clock | None = None) -> list[Part]:
    """The parts of the router in the order in which they start."""
    clock = clock or SystemClock()
    lists = CallerLists(connections.blobs, bytes.fromhex(settings.customers_key.get_secret_value()))
    owner_address = settings.owner_address or f"{settings.grpc_host}:{settings.grpc_port}"
    seat = Seat(owner_address, settings.standbys)
    partitions = Partitions(connections, lists, clock, seat, settings.snapshot_rules)
    http = FastAPI(title="Switchroom router", docs_url=None, redoc_url=None, openapi_url=None)
    health_routes(http, partitions.not_ready)
    if settings.tells_state_hash:
        state_hash_route(http, partitions.followed)
    return [
        partitions,
        GrpcPart(settings, partitions, lists, clock, connections.tls),
        HttpPart(http, settings.http_host, settings.http_port, next_free=settings.next_free_port),
    ]
