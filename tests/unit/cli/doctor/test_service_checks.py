"""What is said of services that answer, lag, have another time, or are away."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import grpc
import pytest
from fastapi import FastAPI
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from services.cli.doctor.finding import Finding, State
from services.cli.doctor.owner_health import serves
from services.cli.doctor.service_checks import followers, service, skew_s
from services.shared.clock import SystemClock
from services.shared.serve import HttpPart, health_routes
from tests.fakes.manual_clock import ManualClock
from tests.fakes.server_process import free_port

DATE, DATE_MS = "Mon, 23 Nov 2026 02:00:00 GMT", 1_795_399_200_000
METRICS = """
# TYPE switchroom_follower_behind_records gauge
switchroom_follower_behind_records{follower="filing",partition="0"} 12.0
switchroom_follower_behind_records{follower="tables",partition="0"} 0.0
# TYPE switchroom_follower_standing_still_seconds gauge
switchroom_follower_standing_still_seconds{follower="filing",partition="0"} %f
"""


@asynccontextmanager
async def answering(ready: Callable[[], str | None]) -> AsyncIterator[str]:
    app = FastAPI()
    health_routes(app, ready)
    part = HttpPart(app, "127.0.0.1", 0, next_free=False)
    await part.start()
    try:
        yield f"http://127.0.0.1:{part.port}"
    finally:
        await part.stop()


def states(findings: list[Finding]) -> dict[str, State]:
    return {finding.check.split(" ")[0]: finding.state for finding in findings}


async def test_a_service_that_is_ready_and_has_our_time_is_well() -> None:
    async with answering(lambda: None) as url:
        found = await service(url, SystemClock())
    assert states(found)["service"] is State.OK
    assert states(found)["clock"] is State.OK


async def test_one_that_is_not_ready_fails_with_its_reason() -> None:
    async with answering(lambda: "it waits for Kafka") as url:
        found = await service(url, SystemClock())
    assert (found[0].state, found[0].saw) == (State.FAIL, "not ready: it waits for Kafka")


@pytest.mark.parametrize(("off_ms", "word"), [(60_000, "behind"), (-60_000, "ahead")])
async def test_one_with_another_time_fails(off_ms: int, word: str) -> None:
    async with answering(lambda: None) as url:
        found = await service(url, ManualClock(SystemClock().wall_ms() + off_ms))
    assert states(found)["clock"] is State.FAIL
    assert word in found[1].saw


async def test_one_that_is_away_fails() -> None:
    (finding,) = await service(f"http://127.0.0.1:{free_port()}", SystemClock())
    assert (finding.state, finding.saw) == (State.FAIL, "no answer (ConnectError)")


@pytest.mark.parametrize(
    ("asked_ms", "answered_ms", "skew"),
    [(0, 999, 0.0), (-500, -400, 0.4), (900, 950, 0.0), (3_000, 3_100, -2.0), (-3_100, -3_000, 3.0)],
)
def test_the_seconds_of_a_date_header_are_no_skew(asked_ms: int, answered_ms: int, skew: float) -> None:
    assert skew_s(DATE, DATE_MS + asked_ms, DATE_MS + answered_ms) == skew


def test_without_a_date_no_skew_is_known() -> None:
    assert skew_s("", 0, 0) is None


def test_a_follower_that_stands_still_is_a_warning_and_one_at_work_is_not() -> None:
    (standing,) = followers("http://x", METRICS % 61)
    assert (standing.state, standing.check) == (State.WARN, "follower filing/0 of http://x")
    (at_work,) = followers("http://x", METRICS % 3)
    assert at_work.saw == "2 follow, none stands still, the last is 12 records behind"
    assert list(followers("http://x", "")) == []


async def test_an_owner_serves_if_its_health_says_so() -> None:
    server, servicer = grpc.aio.server(), health.aio.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
    address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    await server.start()
    await servicer.set("", health_pb2.HealthCheckResponse.SERVING)
    assert await serves(address)
    await servicer.set("", health_pb2.HealthCheckResponse.NOT_SERVING)
    assert not await serves(address)
    await server.stop(None)
    assert not await serves(address)
