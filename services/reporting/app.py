"""Where the parts of reporting meet."""

from functools import partial

from services.reporting.http_api import make_http_api
from services.reporting.projector import Projector
from services.reporting.settings import ReportingSettings
from services.shared.clock import Clock, SystemClock
from services.shared.connections import Connections
from services.shared.serve import HttpPart, Part, background
from services.shared.tokens import TokenChecker


async def build(settings: ReportingSettings, connections: Connections, clock: Clock | None = None) -> list[Part]:
    """The parts of the service, in the order in which they start; the last one is its HttpPart."""
    clock = clock or SystemClock()
    projector = Projector(connections.router_log, settings.timelines_max, settings.wait_ms)
    api = make_http_api(projector, TokenChecker(settings.token_public_key.encode(), clock), clock)
    followers = [
        background(partial(projector.follow, each.partition), f"reporting-{each.partition}")
        for each in projector.partitions
    ]
    return [*followers, HttpPart(api, settings.host, settings.port, next_free=settings.next_free_port)]
