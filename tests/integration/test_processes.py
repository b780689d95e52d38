"""The services as processes on real servers: ready, measured, quiet about what is private, and gone when told to."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import aiosmtplib
import httpx2
import pytest

from tests.fakes.otlp_receiver import OtlpReceiver
from tests.integration.cluster import HEALTH_PORTS, SERVICES, Cluster, cluster
from tests.integration.people import people_connected

pytestmark = [pytest.mark.integration, pytest.mark.timeout(400)]

EDGE_TO_DESK = ("receive Arrived", "decide", "offer", "reach the desk")


@pytest.fixture
def collector() -> Iterator[OtlpReceiver]:
    """Takes traces."""
    with OtlpReceiver().listening() as listening:
        yield listening


@pytest.fixture
async def system(tmp_path: Path, collector: OtlpReceiver) -> AsyncIterator[Cluster]:
    """Blobs are in a folder here."""
    more = {"SWITCHROOM_S3_BUCKET": "", "SWITCHROOM_S3_ACCESS_KEY": "", "SWITCHROOM_S3_SECRET_KEY": ""}
    more |= {"SWITCHROOM_BLOBS_FOLDER": str(tmp_path / "blobs"), "SWITCHROOM_LEAVE_S": "2"}
    more |= {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.endpoint, "OTEL_BSP_SCHEDULE_DELAY": "200"}
    async with cluster(tmp_path, more=more) as started:
        yield started


def lines(system: Cluster, name: str) -> list[dict[str, Any]]:
    """The log of a process; each line of it is a JSON object."""
    return [json.loads(line) for line in system.log(name).splitlines()]


async def test_each_service_is_alive_ready_and_measured(system: Cluster) -> None:
    async with httpx2.AsyncClient() as http:
        for name in SERVICES:
            for page in ("healthz", "readyz", "metrics"):
                assert (await http.get(system.url(HEALTH_PORTS[name], f"/{page}"))).status_code == 200
    for name in SERVICES:
        assert {line["service"] for line in lines(system, name) if "service" in line} == {name}


async def test_told_to_stop_each_says_so_then_ends_in_time_with_people_connected_to_it(system: Cluster) -> None:
    async with people_connected(system):
        for name in ("agents", "ingest", "reporting", "router"):
            started_s = asyncio.get_running_loop().time()
            ending = asyncio.create_task(system.stop(name))
            assert await unready_because(system, name) == "it is about to stop"
            assert await ending == 0
            assert asyncio.get_running_loop().time() - started_s < 30
            assert [line["event"] for line in lines(system, name)][-1] == "stopped"
            assert "Traceback" not in system.log(name)


async def unready_because(system: Cluster, name: str) -> str:
    """What /readyz says, once it says that the service is not ready."""
    async with asyncio.timeout(60), httpx2.AsyncClient() as http:
        while True:
            with contextlib.suppress(httpx2.TransportError):
                answer = await http.get(system.url(HEALTH_PORTS[name], "/readyz"))
                if answer.status_code == 503:
                    reason: str = answer.json()["reason"]
                    return reason
            await asyncio.sleep(0.02)


async def test_told_to_stop_while_its_servers_are_away_each_ends_in_time_all_the_same(system: Cluster) -> None:
    async with people_connected(system):
        await asyncio.gather(system.kill("kafka"), system.kill("mongo"))
        await asyncio.sleep(3)
        started_s = asyncio.get_running_loop().time()
        assert await asyncio.gather(*(system.stop(name) for name in SERVICES)) == [0] * len(SERVICES)
        assert asyncio.get_running_loop().time() - started_s < 30
    for name in SERVICES:
        assert "did not end in time" not in system.log(name)


async def test_servers_that_come_later_are_waited_for(system: Cluster) -> None:
    for name in SERVICES:
        await system.stop(name)
    await system.kill("mongo")
    for name in SERVICES:
        await system.begin(name)
    for name in SERVICES:
        await until_it_waits_for(system, name, "MongoDB")
        await until_it_says(system, name, "waiting_for_server")
    await system.start("mongo")
    for name in SERVICES:
        await system.until_ready(name)


async def test_a_contact_is_one_trace_through_all_processes_and_no_restart_tells_it_again(
    system: Cluster, collector: OtlpReceiver
) -> None:
    async with people_connected(system) as people:
        await people.on_duty()
        contact_id = await people.form()
        assert await people.until_offered() == contact_id
        await collector.until(lambda: set(EDGE_TO_DESK) <= {span.name for span in collector.of(contact_id)})
        told = {span.name: span for span in collector.of(contact_id)}
        for name in ("router", "agents", "ingest", "reporting"):
            await system.kill_and_start(name)
        later = await people.form()
        await collector.until(lambda: "decide" in {span.name for span in collector.of(later)})
    by_service = {name: told[name].service for name in EDGE_TO_DESK}
    assert list(by_service.values()) == ["switchroom-ingest", *["switchroom-router"] * 2, "switchroom-agents"]
    again = collector.of(contact_id)
    assert len({span.trace_id for span in again}) == 1
    assert len({span.span_id for span in again}) == len(again)


async def until_it_waits_for(system: Cluster, name: str, server: str) -> None:
    async with asyncio.timeout(60):
        while await unready_because(system, name) != f"it waits for {server}":  # noqa: ASYNC110  # asked over HTTP
            await asyncio.sleep(0.1)


async def until_it_says(system: Cluster, name: str, event: str) -> None:
    async with asyncio.timeout(60):
        while event not in {line["event"] for line in lines(system, name)}:  # noqa: ASYNC110  # it is in a file
            await asyncio.sleep(0.1)


async def test_logs_and_traces_hold_nothing_private(system: Cluster, collector: OtlpReceiver) -> None:
    async with people_connected(system) as people:
        await people.form(message="canary-form", email_or_phone="canary-a@customer.example")
        await aiosmtplib.send(canary_mail(), hostname="127.0.0.1", port=system.ports["smtp"])
        await people.chat.send(json.dumps({"say": {"id": "1", "text": "canary-chat"}}))
        await people.chat.send(json.dumps({"nonsense": "canary-nonsense"}))
        await system.kill_and_start("kafka")
        await system.kill_and_start("mongo")
        await system.kill_and_start("router")
        await people.until_waiting(3)
    for name in SERVICES:
        assert lines(system, name)
        log = system.log(name)
        assert not [word for word in ("canary", *people.secrets, *keys_of(system)) if word in log], name
    assert len(collector.spans) > 3
    assert b"canary" not in collector.raw


def canary_mail() -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "canary-b@customer.example", "support@acme.example", "canary-subject"
    mail["Message-ID"] = "<canary-id@customer.example>"
    mail.set_content("canary-mail")
    return mail


def keys_of(system: Cluster) -> list[str]:
    """The secrets that the processes were started with."""
    named = ("KEY", "SECRET", "TOKEN")
    environment = system.environment.items()
    return [value for name, value in environment if name.startswith("SWITCHROOM") and name.endswith(named) and value]
