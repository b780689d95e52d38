"""Services as processes of their own: what stops them at the start, what they say while they wait, how they end."""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from services.cli.key_file import key_file
from services.shared.serve import bind

ROOT = Path(__file__).parents[3]
PATIENCE_S = 60
NOBODY = "127.0.0.1:1"
AWAY = {
    "SWITCHROOM_KAFKA_SERVERS": NOBODY,
    "SWITCHROOM_MONGO_URL": f"mongodb://user:canary@{NOBODY}/",
    "SWITCHROOM_BLOBS_FOLDER": "blobs",
}


class Ran:
    """A process, and what it said."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self.said = ""

    async def end(self) -> int:
        """Its status, once it has ended."""
        async with asyncio.timeout(PATIENCE_S):
            _, said = await self.process.communicate()
            self.said += said.decode()
            status = self.process.returncode
            assert status is not None
            return status

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.said.splitlines()]


@asynccontextmanager
async def running(service: str, folder: Path, **variables: str) -> AsyncIterator[Ran]:
    """`python -m` a service, with these variables alone."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **variables}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", service, cwd=folder, env=environment, stdout=PIPE, stderr=PIPE
    )
    try:
        yield Ran(process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


def keys() -> dict[str, str]:
    lines = key_file(with_carrier=True).splitlines()
    return dict(line.split("=", 1) for line in lines if not line.startswith("#"))


def free_port() -> int:
    with bind("127.0.0.1", 0, next_free=False) as listening:
        port: int = listening.getsockname()[1]
        return port


async def until(url: str, good: Callable[[httpx2.Response], bool]) -> httpx2.Response:
    """Ask until the answer is good."""
    async with asyncio.timeout(PATIENCE_S), httpx2.AsyncClient(trust_env=False) as http:
        while True:
            try:
                if good(answer := await http.get(url)):
                    return answer
            except httpx2.TransportError:
                pass
            await asyncio.sleep(0.05)


@pytest.mark.parametrize(
    ("service", "missing"),
    [
        ("services.ingest", {"SWITCHROOM_INGEST_IDS_KEY"}),
        ("services.router", {"SWITCHROOM_ROUTER_TOKEN_PUBLIC_KEY", "SWITCHROOM_ROUTER_CUSTOMERS_KEY"}),
        (
            "services.agents",
            {"SWITCHROOM_AGENTS_PRIVATE_KEY", "SWITCHROOM_AGENTS_PUBLIC_KEY", "SWITCHROOM_AGENTS_SESSION_SECRET"},
        ),
        ("services.reporting", {"SWITCHROOM_REPORTING_TOKEN_PUBLIC_KEY"}),
    ],
)
async def test_a_service_without_settings_names_them_all_and_ends(
    service: str, missing: set[str], tmp_path: Path
) -> None:
    async with running(service, tmp_path) as ran:
        assert await ran.end() == 2
    named = {line.split()[0] for line in ran.said.splitlines()[1:]}
    assert named == missing | set(AWAY)
    assert "Traceback" not in ran.said


async def test_the_carrier_needs_no_connections(tmp_path: Path) -> None:
    async with running("services.cli.carrier", tmp_path) as ran:
        assert await ran.end() == 2
    assert {line.split()[0] for line in ran.said.splitlines()[1:]} == {
        "SWITCHROOM_CARRIER_ACCOUNT_SID",
        "SWITCHROOM_CARRIER_AUTH_TOKEN",
    }


async def test_while_kafka_is_away_it_is_alive_but_not_ready_and_gives_up_in_the_end(tmp_path: Path) -> None:
    port = free_port()
    settings = {"SWITCHROOM_REPORTING_PORT": str(port), "SWITCHROOM_CONNECT_WITHIN_S": "8"}
    async with running("services.reporting", tmp_path, **keys(), **AWAY, **settings) as ran:
        await until(f"http://127.0.0.1:{port}/healthz", lambda answer: answer.status_code == 200)
        unready = await until(f"http://127.0.0.1:{port}/readyz", lambda answer: answer.status_code == 503)
        assert await ran.end() == 1
    assert unready.json()["reason"] == "it waits for Kafka"
    ours = [line for line in ran.lines() if line.get("service") == "reporting"]
    assert {"waiting_for_server", "ended"} <= {line["event"] for line in ours}
    assert "Kafka could not be reached within 8 s" in ours[-1]["error"]
    assert "Traceback" not in ran.said
    assert "canary" not in ran.said


async def test_a_process_that_waits_can_be_stopped(tmp_path: Path) -> None:
    port = free_port()
    settings = {"SWITCHROOM_ROUTER_HTTP_PORT": str(port)}
    async with running("services.router", tmp_path, **keys(), **AWAY, **settings) as ran:
        await until(f"http://127.0.0.1:{port}/healthz", lambda answer: answer.status_code == 200)
        ran.process.send_signal(signal.SIGTERM)
        assert await ran.end() == 0
    assert "Traceback" not in ran.said


async def test_a_port_that_is_taken_ends_it_in_a_line(tmp_path: Path) -> None:
    with bind("127.0.0.1", 0, next_free=False) as taken:
        port = taken.getsockname()[1]
        settings = {"SWITCHROOM_REPORTING_PORT": str(port)}
        async with running("services.reporting", tmp_path, **keys(), **AWAY, **settings) as ran:
            assert await ran.end() == 1
    assert f"port {port} on 127.0.0.1 is taken" in ran.lines()[-1]["error"]
    assert "Traceback" not in ran.said


async def test_a_misspelt_variable_is_told_of(tmp_path: Path) -> None:
    port = free_port()
    settings = {"SWITCHROOM_REPORTING_PORT": str(port), "SWITCHROOM_REPORTING_PROT": "1"}
    async with running("services.reporting", tmp_path, **keys(), **AWAY, **settings) as ran:
        await until(f"http://127.0.0.1:{port}/healthz", lambda answer: answer.status_code == 200)
        ran.process.send_signal(signal.SIGINT)
        assert await ran.end() == 0
    told = [line["variable"] for line in ran.lines() if line["event"] == "unknown_variable"]
    assert told == ["SWITCHROOM_REPORTING_PROT"]


async def test_told_to_stop_it_first_says_that_it_is_not_ready_then_ends_however_often_it_is_told(
    tmp_path: Path,
) -> None:
    port = free_port()
    ready = f"http://127.0.0.1:{port}/readyz"
    settings = {"SWITCHROOM_CARRIER_PORT": str(port), "SWITCHROOM_LEAVE_S": "4"}
    async with running("services.cli.carrier", tmp_path, **keys(), **settings) as ran:
        await until(ready, lambda answer: answer.status_code == 200)
        ran.process.send_signal(signal.SIGTERM)
        leaving = await until(ready, lambda answer: answer.status_code == 503)
        ran.process.send_signal(signal.SIGTERM)
        assert await ran.end() == 0
    assert leaving.json()["reason"] == "it is about to stop"
    assert [line["event"] for line in ran.lines()] == ["started", "stopped"]
