"""The gRPC server: the three services, health and reflection, on one port."""

import asyncio

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from services.router.caller_lists import CallerLists
from services.router.grpc_api.callers import CallersChecked, server_credentials
from services.router.grpc_api.calls import Calls
from services.router.grpc_api.door import Door
from services.router.grpc_api.forwarding import Forwarding, Peers
from services.router.grpc_api.plans import PlansService
from services.router.grpc_api.routing import RoutingService
from services.router.grpc_api.work import WorkService
from services.router.partitions import Partitions
from services.router.settings import RouterSettings
from services.shared.channels import open_channel
from services.shared.clock import Clock
from services.shared.serve import PortTaken, bind
from services.shared.tls_files import TlsFiles
from services.shared.tokens import TokenChecker
from switchroom.v1 import plans_pb2, plans_pb2_grpc, routing_pb2, routing_pb2_grpc, work_pb2, work_pb2_grpc

GRACE_S = 3.0
# A router that is gone is noticed within 5 s, and asked again soon after it is back.
PEER_OPTIONS = (
    ("grpc.keepalive_time_ms", 10_000),
    ("grpc.keepalive_timeout_ms", 5_000),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 1_000),
    ("grpc.max_receive_message_length", -1),
)
HEALTH_EVERY_S = 0.5
SERVICES = tuple(
    file.DESCRIPTOR.services_by_name[name].full_name
    for file, name in ((routing_pb2, "Routing"), (work_pb2, "Work"), (plans_pb2, "Plans"))
)


class GrpcPart:
    """A part. Once started, `port` is where it listens."""

    def __init__(
        self,
        settings: RouterSettings,
        partitions: Partitions,
        lists: CallerLists,
        clock: Clock,
        tls: TlsFiles | None = None,
    ) -> None:
        self.port = settings.grpc_port
        self._settings = settings
        self._partitions = partitions
        self._lists = lists
        self._clock = clock
        self._tls = tls
        self._calls = Calls(partitions)
        self._peers = Peers(lambda address: open_channel(address, tls, PEER_OPTIONS))
        self._health = health.aio.HealthServicer()
        self._server: grpc.aio.Server | None = None
        self._watch: asyncio.Task[None] | None = None
        self._leaving = False

    async def start(self) -> None:
        """Listen. Raises PortTaken."""
        door = Door(TokenChecker(self._settings.token_public_key.encode(), self._clock), self._clock)
        forwarding = Forwarding(self._partitions.where, door, self._peers, self._calls.open)
        checks = (CallersChecked(),) if self._tls else ()
        self._server = grpc.aio.server(options=_options(self._settings), interceptors=(*checks, forwarding))
        self._add_services(self._server, door)
        self.port = _listen(self._server, self._settings, self._tls)
        await self._server.start()
        self._watch = asyncio.create_task(self._tell_health())

    def about_to_stop(self) -> None:
        """From now on the health service says that this router does not serve."""
        self._leaving = True

    async def stop(self) -> None:
        """Say that this router serves no more, end what waits, give other calls GRACE_S seconds, end."""
        if self._server is None or self._watch is None:
            return
        await self._health.enter_graceful_shutdown()
        await self._partitions.handed_over()
        self._watch.cancel()
        self._calls.open.close()
        await self._server.stop(GRACE_S)
        await self._peers.close()

    def _add_services(self, server: grpc.aio.Server, door: Door) -> None:
        calls = self._calls
        work_pb2_grpc.add_WorkServicer_to_server(WorkService(calls, door), server)
        routing_pb2_grpc.add_RoutingServicer_to_server(RoutingService(calls, door, self._partitions), server)
        plans_pb2_grpc.add_PlansServicer_to_server(PlansService(calls, door, self._lists, self._clock), server)
        health_pb2_grpc.add_HealthServicer_to_server(self._health, server)
        reflection.enable_server_reflection((*SERVICES, health.SERVICE_NAME, reflection.SERVICE_NAME), server)

    async def _tell_health(self) -> None:
        status = health_pb2.HealthCheckResponse
        while True:
            serves = not self._leaving and self._partitions.not_ready() is None
            state = status.SERVING if serves else status.NOT_SERVING
            for name in ("", *SERVICES):
                await self._health.set(name, state)
            await asyncio.sleep(HEALTH_EVERY_S)


def _options(settings: RouterSettings) -> list[tuple[str, int]]:
    return [
        ("grpc.so_reuseport", 0),
        ("grpc.max_receive_message_length", settings.message_bytes_max),
        ("grpc.max_concurrent_streams", settings.streams_max),
        # A client whose machine is gone is noticed within 20 s, and its agents are detached.
        ("grpc.keepalive_time_ms", 10_000),
        ("grpc.keepalive_timeout_ms", 10_000),
        ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.max_metadata_size", 16 * 1024),
    ]


def _listen(server: grpc.aio.Server, settings: RouterSettings, tls: TlsFiles | None) -> int:
    # gRPC binds by itself, and is loud about a port that is taken: so look for a free one first.
    free = bind(settings.grpc_host, settings.grpc_port, next_free=settings.next_free_port)
    port: int = free.getsockname()[1]
    free.close()
    address = f"{settings.grpc_host}:{port}"
    try:
        return server.add_secure_port(address, server_credentials(tls)) if tls else server.add_insecure_port(address)
    except RuntimeError as error:
        raise PortTaken(f"port {port} on {settings.grpc_host} was taken at this moment: start again") from error
