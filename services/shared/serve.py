"""What every service is started, watched and stopped by: parts, signals, ports, health."""

import asyncio
import contextlib
import errno
import signal
import socket
import ssl
from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence
from typing import Any, Protocol, runtime_checkable

import structlog
import uvicorn
from fastapi import FastAPI, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from services.shared.service_names import may_call
from services.shared.tls_files import LiveContext, TlsFiles

STOP_S = 30.0
HTTP_STOP_S = 5
# Longer than the usual proxies and clients keep a connection that nobody uses (60 s): they must close it, and not we,
# or a request on its way meets a closed door.
HTTP_IDLE_S = 75
WS_MESSAGE_BYTES_MAX = 65_536
HTTP_CONNECTIONS_MAX = 2048
PORTS_TRIED = 100
RESTART_AFTER_S = 0.5
RESTART_AFTER_S_MAX = 30.0
QUIET_S = 60.0
POLL_S = 0.01
# Where a request's scope says that the server is about to stop.
LEAVING = "switchroom.leaving"

log = structlog.get_logger(__name__)


class PortTaken(Exception):
    """Another program listens on the port."""


class PartFailed(Exception):
    """A part could not be started, or ended by itself."""


class Part(Protocol):
    """Something that runs from `start` to `stop`; both are awaited, `stop` also after a start that failed half-way."""

    async def start(self) -> None:
        """Returns when it is ready to work."""
        ...

    async def stop(self) -> None:
        """Returns when it has ended."""
        ...


@runtime_checkable
class WatchedPart(Part, Protocol):
    """A part that can end by itself."""

    async def ended(self) -> None:
        """Returns or raises when it no longer runs."""
        ...


@runtime_checkable
class LeavingPart(Part, Protocol):
    """A part that tells others in advance that it will stop, so that they ask elsewhere."""

    def about_to_stop(self) -> None:
        """Say so from now on to whoever asks, and work on."""
        ...


async def run(parts: Sequence[Part], *, started: Callable[[], None] = lambda: None) -> None:
    """Start the parts in order, wait for SIGTERM, SIGINT or a part that ends by itself, stop them in reverse order.

    `started` is called when all of them work. Raises what a part raised that failed.
    """
    with signals_set() as stopping:
        await run_until(stopping, parts, started=started)


async def run_until(
    stopping: asyncio.Event,
    parts: Sequence[Part],
    *,
    started: Callable[[], None] = lambda: None,
    leave_s: float = 0,
    stop_within_s: float = STOP_S,
) -> None:
    """As `run`, until `stopping`; the parts leave for so many seconds before they are stopped."""
    running: list[Part] = []
    try:
        for part in parts:
            running.append(part)
            await part.start()
        started()
        await _first_end(running, stopping)
        await _leave(running, leave_s)
    finally:
        await stop_all(running, stop_within_s)


async def _leave(parts: Sequence[Part], leave_s: float) -> None:
    for part in parts:
        if isinstance(part, LeavingPart):
            part.about_to_stop()
    await asyncio.sleep(leave_s)


async def stop_all(parts: Sequence[Part], within_s: float = STOP_S) -> None:
    """Stop the parts in reverse order; what does not end in time, or fails to, is logged and left."""
    try:
        async with asyncio.timeout(within_s):
            for part in reversed(parts):
                await _stop(part)
    except TimeoutError:
        log.error("stopping took too long: giving up", within_s=within_s)  # the traceback says no more


async def _stop(part: Part) -> None:
    try:
        await part.stop()
    except Exception:  # the top of the program: one part's trouble must not keep the others from stopping
        log.exception("a part did not stop cleanly", part=type(part).__name__)


@contextlib.contextmanager
def signals_set() -> Iterator[asyncio.Event]:
    """An event that SIGTERM and SIGINT set; however often they come."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    try:
        yield stopping
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)


async def _first_end(parts: Sequence[Part], stopping: asyncio.Event) -> None:
    watched = [asyncio.ensure_future(part.ended()) for part in parts if isinstance(part, WatchedPart)]
    tasks: list[asyncio.Future[Any]] = [asyncio.ensure_future(stopping.wait()), *watched]
    done, rest = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in rest:
        task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)
    for task in done:
        task.result()


def bind(host: str, port: int, *, next_free: bool) -> socket.socket:
    """A listening socket; with `next_free` on the first free port from that one on. Port 0: any. Raises PortTaken."""
    for candidate in range(port, port + (PORTS_TRIED if next_free and port else 1)):
        with contextlib.suppress(PortTaken):
            return _listen(host, candidate)
    raise PortTaken(f"port {port} on {host} is taken by another program: stop it, or set another port")


def _listen(host: str, port: int) -> socket.socket:
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    # Without the protocol asyncio would not know that it is TCP, nor set TCP_NODELAY: answers would wait 40 ms.
    listening = socket.socket(family, kind, protocol)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        # At once: two sockets may be bound to one port as long as neither listens.
        listening.listen(1024)
    except OSError as error:
        listening.close()
        if error.errno == errno.EADDRINUSE:
            raise PortTaken(str(port)) from error
        raise
    listening.setblocking(False)
    return listening


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield  # `run` alone answers to signals


class Callers:
    """Which services may call an HTTP port; each shows its certificate when it connects."""

    def __init__(self, tls: TlsFiles, services: Collection[str]) -> None:
        self.protocol = _protocol_for(services)
        self._tls = tls

    def context(self, *_: object) -> ssl.SSLContext:
        """What uvicorn asks for."""
        return LiveContext(self._tls, ssl.PROTOCOL_TLS_SERVER)


def _protocol_for(services: Collection[str]) -> type[asyncio.Protocol]:
    class KnownCallers(H11Protocol):
        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in H11Protocol
            names = [
                name for kind, name in transport.get_extra_info("peercert").get("subjectAltName", ()) if kind == "DNS"
            ]
            if may_call(services, names):
                super().connection_made(transport)
            else:
                log.warning("caller_refused", names=names[:4])
                self.transport = transport
                transport.abort()

    return KnownCallers


class HttpPart:
    """An ASGI application, served by uvicorn in this event loop. Once started, `port` is where it listens.

    With `callers` it speaks TLS, and with these services alone.
    """

    def __init__(self, app: Any, host: str, port: int, *, next_free: bool, callers: Callers | None = None) -> None:
        self._app = app
        self._host = host
        self._next_free = next_free
        self.port = port
        self._leaving = False
        self._callers = callers
        self._server: _Server | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Listen. Raises PortTaken, PartFailed."""
        listening = bind(self._host, self.port, next_free=self._next_free)
        self.port = listening.getsockname()[1]
        self._server = _Server(_http_limits(self._answer, self._callers))
        self._task = asyncio.create_task(self._serve(listening), name=f"http-{self.port}")
        while not self._server.started:
            if self._task.done():
                await self._task
            await asyncio.sleep(POLL_S)

    def about_to_stop(self) -> None:
        """From now on /readyz says that this is about to stop."""
        self._leaving = True

    async def stop(self) -> None:
        """Finish the requests that run (5 s), then close."""
        if self._server is not None and self._task is not None:
            self._server.should_exit = True
            await asyncio.wait([self._task])

    async def ended(self) -> None:
        """When the server has ended. Raises what it failed with."""
        if self._task is not None:
            await asyncio.shield(self._task)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope[LEAVING] = self._leaving
        await self._app(scope, receive, send)

    async def _serve(self, listening: socket.socket) -> None:
        server = self._server
        if server is None:
            raise PartFailed("the HTTP server was not made: call start")
        try:
            await server.serve(sockets=[listening])
        except SystemExit as error:  # uvicorn's way to say that the application did not start
            listening.close()
            raise PartFailed("the HTTP application could not start: see the log") from error


def _http_limits(app: Any, callers: Callers | None) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        interface="asgi3",
        http=callers.protocol if callers else "h11",
        ssl_context_factory=callers.context if callers else None,
        ws="websockets-sansio",
        ws_max_size=WS_MESSAGE_BYTES_MAX,
        ws_per_message_deflate=False,
        limit_concurrency=HTTP_CONNECTIONS_MAX,
        timeout_keep_alive=HTTP_IDLE_S,
        timeout_graceful_shutdown=HTTP_STOP_S,
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
    )


class _Background:
    """A coroutine that is begun again, later and later, whenever it fails."""

    def __init__(self, make: Callable[[], Awaitable[None]], name: str) -> None:
        self._make = make
        self._name = name
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = asyncio.create_task(self._supervise(), name=self._name)

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _supervise(self) -> None:
        loop = asyncio.get_running_loop()
        after_s = RESTART_AFTER_S
        while True:
            began_s = loop.time()
            try:
                await self._make()
            except Exception:  # the top of this task: whatever it was, it is logged and tried again
                log.exception("a background task failed: it is started again", task=self._name, after_s=after_s)
            else:
                return
            after_s = RESTART_AFTER_S if loop.time() - began_s > QUIET_S else after_s
            await asyncio.sleep(after_s)
            after_s = min(after_s * 2, RESTART_AFTER_S_MAX)


def background(make: Callable[[], Awaitable[None]], name: str) -> Part:
    """A part that runs `make()`; when that fails it is logged and begun again with back-off; returning ends it."""
    return _Background(make, name)


def health_routes(app: FastAPI, ready: Callable[[], str | None]) -> None:
    """Add /healthz, /readyz (503 with the reason that `ready` returns) and /metrics."""

    @app.get("/healthz", include_in_schema=False)
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/readyz", include_in_schema=False)
    async def readyz(request: Request, response: Response) -> dict[str, str]:
        reason = "it is about to stop" if request.scope.get(LEAVING) else ready()
        if reason is None:
            return {"status": "ready"}
        response.status_code = 503
        return {"status": "not ready", "reason": reason}

    @app.get("/metrics", include_in_schema=False)
    async def metrics() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
