"""One service as a process of its own: settings checked, servers waited for, parts run, all of it ended in time."""

import asyncio
import logging
import os
import signal
import sys
import threading
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn, TypeVar

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from services.shared.connections import Connections
from services.shared.distributed import ConnectionWrong, OpenConnections, ServerAway, connect
from services.shared.environment import (
    EnvironmentSettings,
    ServiceSettings,
    SettingsWrong,
    check_environment,
    unknown_variables,
)
from services.shared.kafka_topics import TopicsWrong
from services.shared.logs import set_up_logs
from services.shared.serve import (
    HttpPart,
    Part,
    PartFailed,
    PortTaken,
    background,
    health_routes,
    run_until,
    signals_set,
)
from services.shared.settings import ConnectionSettings, ProcessSettings, TlsSettings, TracingSettings
from services.shared.tls_files import TlsFiles
from services.shared.tls_metrics import tls_of
from services.shared.traces import NoTraces, Traces

WRONG_SETTINGS = 2
FAILED = 1
# From the signal on: leaving and stopping, then closing, and all of it less than the 30 s that it may take.
STOPPED_WITHIN_S = 24.0
CLOSE_WITHIN_S = 4.0
RETRY_AFTER_S = "5"
GONE_WITHIN_S = 29.0
# What whoever started it can do something about; it is said in a line.
EXPECTED = (ConnectionWrong, PartFailed, PortTaken, ServerAway, TopicsWrong, OSError)

S = TypeVar("S", bound=ServiceSettings)
T = TypeVar("T")
Building = Callable[[Connections], Awaitable[list[Part]]]

log = structlog.get_logger(__name__)


def main(name: str, kind: type[S], build: Callable[[S, Connections], Awaitable[list[Part]]]) -> NoReturn:
    """Run a service until it is told to stop; ends the process.

    Its status is 0 after SIGTERM or SIGINT, 1 when it failed, and 2 when variables are missing or wrong.
    """
    _check(name, kind, ConnectionSettings, TlsSettings, TracingSettings)
    settings = kind()
    sys.exit(_status(_serve(name, settings, lambda connections: build(settings, connections))))


def main_alone(name: str, kind: type[S], build: Callable[[S], Sequence[Part]]) -> NoReturn:
    """The same for a service without connections."""
    _check(name, kind)
    sys.exit(_status(_serve_alone(build(kind()))))


def _check(name: str, *kinds: type[EnvironmentSettings]) -> None:
    """Check all that is in the environment, then set up the log; ends the process when it is wrong."""
    try:
        check_environment(*kinds, ProcessSettings)
    except SettingsWrong as wrong:
        print(f"{name} cannot start: {wrong}", file=sys.stderr)  # noqa: T201  # for whoever started it
        sys.exit(WRONG_SETTINGS)
    process = ProcessSettings()
    logging.captureWarnings(capture=True)
    set_up_logs(json=process.log_format == "json", least=logging.getLevelNamesMapping()[process.log_level.upper()])
    structlog.contextvars.bind_contextvars(service=name)
    for variable in unknown_variables(*kinds):
        log.warning("unknown_variable", variable=variable)


def _status(serving: Coroutine[Any, Any, None]) -> int:
    try:
        asyncio.run(serving)
    except EXPECTED as error:
        log.error("ended", error=str(error))
    except Exception:  # the top of the program
        log.exception("ended_unexpectedly")
    else:
        return 0
    finally:
        # Nothing is left to stop; a further signal must not make an orderly end look like another.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
    return FAILED


async def _serve(name: str, settings: ServiceSettings, build: Building) -> None:
    traces = _traces(name)
    try:
        with _told_to_stop() as stopping:
            await _serve_until(stopping, settings, build, traces)
    finally:
        traces.close()


async def _serve_until(stopping: asyncio.Event, settings: ServiceSettings, build: Building, traces: Traces) -> None:
    connections = await _connected(stopping, settings, traces, tls_of(TlsSettings()))
    if connections is None:
        return
    try:
        watching = background(connections.connections.watch.look_on, "followers")
        await _run(stopping, [watching, *await build(connections.connections)])
    finally:
        await _close(connections)


async def _serve_alone(parts: Sequence[Part]) -> None:
    with _told_to_stop() as stopping:
        await _run(stopping, parts)


async def _run(stopping: asyncio.Event, parts: Sequence[Part]) -> None:
    leave_s = ProcessSettings().leave_s
    within_s = STOPPED_WITHIN_S - leave_s
    await run_until(stopping, parts, started=lambda: log.info("started"), leave_s=leave_s, stop_within_s=within_s)
    log.info("stopped")


def _traces(name: str) -> Traces:
    if not TracingSettings().traced:
        return NoTraces()
    from services.shared.otlp_traces import OtlpTraces  # noqa: PLC0415  # who traces nothing does without its libraries

    return OtlpTraces(f"switchroom-{name}", ProcessSettings().trace_share)


async def _connected(
    stopping: asyncio.Event, settings: ServiceSettings, traces: Traces, tls: TlsFiles | None
) -> OpenConnections | None:
    """The connections; None when the process was told to stop before it had them. Health is answered meanwhile."""
    porch, within_s = _Porch(*settings.health_at), ProcessSettings().connect_within_s
    await porch.start()
    try:
        connecting = connect(ConnectionSettings(), within_s=within_s, waiting=porch.wait_for, traces=traces, tls=tls)
        return await _unless(stopping, connecting)
    finally:
        await porch.stop()


class _Porch:
    """Answers in the service's place, before it is there: alive, and not ready because of what is waited for."""

    def __init__(self, host: str, port: int) -> None:
        self._waits_for = "its connections"
        app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
        health_routes(app, self._reason)
        app.add_exception_handler(404, self._later)
        self._http = HttpPart(app, host, port, next_free=False)

    def wait_for(self, server: str) -> None:
        """Say so."""
        self._waits_for = server

    def _reason(self) -> str:
        return f"it waits for {self._waits_for}"

    async def _later(self, _request: Request, _error: Exception) -> Response:
        """To whoever wants what the service has: it is not that there is no such thing."""
        again = {"retry-after": RETRY_AFTER_S}
        return JSONResponse({"status": "not ready", "reason": self._reason()}, 503, again)

    async def start(self) -> None:
        """Listen where the service will. Raises PortTaken."""
        await self._http.start()

    async def stop(self) -> None:
        """Give the port back."""
        await self._http.stop()


async def _unless(stopping: asyncio.Event, making: Awaitable[T]) -> T | None:
    """What is made, or None when the process is told to stop first."""
    made, stopped = asyncio.ensure_future(making), asyncio.ensure_future(stopping.wait())
    try:
        await asyncio.wait([made, stopped], return_when=asyncio.FIRST_COMPLETED)
        return await made if made.done() else None
    finally:
        for task in (made, stopped):
            task.cancel()
        await asyncio.wait([made, stopped])


async def _close(connections: OpenConnections) -> None:
    try:
        async with asyncio.timeout(CLOSE_WITHIN_S):
            await connections.close()
    except TimeoutError:
        log.error("closing took too long: giving up", within_s=CLOSE_WITHIN_S)


@contextmanager
def _told_to_stop() -> Iterator[asyncio.Event]:
    """An event that SIGTERM and SIGINT set. From then on the process has so long, whatever its libraries do."""
    with signals_set() as stopping:
        alarm = asyncio.ensure_future(_set_alarm(stopping))
        try:
            yield stopping
        finally:
            alarm.cancel()
            _end_later()


async def _set_alarm(stopping: asyncio.Event) -> None:
    await stopping.wait()
    _end_later()


def _end_later() -> None:
    timer = threading.Timer(GONE_WITHIN_S, _end_by_force)
    timer.daemon = True
    timer.start()


def _end_by_force() -> None:
    log.critical("did not end in time: ended by force", within_s=GONE_WITHIN_S)
    os._exit(FAILED)
