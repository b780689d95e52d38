"""Where the parts of reporting meet."""

from functools import partial

from services.reporting.http_api import make_http_api
from services.reporting.projector import Bounds, Projector
from services.reporting.settings import ReportingSettings
from services.shared.clock import Clock, SystemClock
from services.shared.connections import Connections
from services.shared.serve import HttpPart, Part, background
from services.shared.tokens import TokenChecker


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
    return [*followers, *writers, http, *(each.floor for each in projector.partitions)]
