"""Where the parts of reporting meet."""

from functools import partial

from fastapi import FastAPI

from services.reporting.http_api import make_http_api
from services.reporting.projector import Bounds, Projector
from services.reporting.settings import ReportingSettings
from services.shared.clock import Clock, SystemClock
from services.shared.connections import Connections
from services.shared.serve import Callers, HttpPart, Part, background
from services.shared.tokens import TokenChecker

CALLERS = ("agents",)


async def build(settings: ReportingSettings, connections: Connections, clock: Clock | None = None) -> list[Part]:
    """The parts of the service, in the order in which they start."""
    clock = clock or SystemClock()
    bounds = Bounds(settings.timelines_max, settings.wait_ms, settings.short_abandon_ms)
    projector = Projector(connections.router_log, connections.documents, bounds, connections.watch)
    api = make_http_api(projector, TokenChecker(settings.token_public_key.encode(), clock), clock)
    followers = [
        background(partial(projector.follow, each.partition), f"reporting-{each.partition}")
        for each in projector.partitions
    ]
    writers = [
        background(each.tables.keep_written, f"reporting-tables-{each.partition}") for each in projector.partitions
    ]
    http = HttpPart(api, settings.host, settings.port, next_free=settings.next_free_port)
    # Who watches a floor learns first that it ends, so that the server need not wait for their streams.
    floors = [each.floor for each in projector.partitions]
    return [*followers, *writers, http, *_internal(settings, connections, api), *floors]


def _internal(settings: ReportingSettings, connections: Connections, api: FastAPI) -> list[Part]:
    """The door for services, beside the one that people, programs and probes have."""
    if connections.tls is None:
        return []
    callers = Callers(connections.tls, CALLERS)
    return [HttpPart(api, settings.host, settings.internal_port, next_free=settings.next_free_port, callers=callers)]
