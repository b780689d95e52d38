"""A whole Switchroom as processes on this machine, as scripts/cluster.yaml lists them, with Kafka, MongoDB and S3.

Everything has free ports and a folder of its own, and can be killed and started again by name.
"""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2

from scripts.cluster_folder import make_keys
from scripts.cluster_list import ClusterList, words
from tests.fakes.mongo_server import MongoServer
from tests.fakes.s3_server import S3Server
from tests.integration.cluster_kafka import ClusterKafka
from tests.integration.ports import block_of_ports

HOST, BUCKET = "127.0.0.1", "switchroom"
SERVICES = ("router", "ingest", "reporting", "agents")
# What the list calls otherwise: here there is one router, unless router-2 and router-3 are started too.
LISTED = {"router": "router-1"}
# Those that answer to /healthz and /readyz, by the name of their port.
HEALTH_PORTS = {
    "router": "router_http",
    "router-2": "router_http-2",
    "router-3": "router_http-3",
    "ingest": "ingest",
    "reporting": "reporting",
    "agents": "agents",
}
# What tests want otherwise than the list.
USUAL = {
    "SWITCHROOM_KAFKA_PARTITIONS": "4",
    "SWITCHROOM_INGEST_VOICE_UNHEARD_MS": "10000",
    "SWITCHROOM_BLOBS_FOLDER": "",
}
READY_WITHIN_S = 120.0
ANSWERS_WITHIN_S = 5.0
OK = "ok"
STOPPED_WITHIN_S = 35.0
POLL_S = 0.1


@dataclass(frozen=True, slots=True)
class Outside:
    """What the services connect to."""

    kafka: ClusterKafka
    mongo: MongoServer
    s3: S3Server

    def server(self, name: str) -> ClusterKafka | MongoServer:
        """One that can be killed and has its data when it is started again."""
        servers: dict[str, ClusterKafka | MongoServer] = {"kafka": self.kafka, "mongo": self.mongo}
        return servers[name]

    def variables(self) -> dict[str, str]:
        """Where blobs are."""
        return {
            "SWITCHROOM_S3_BUCKET": BUCKET,
            "SWITCHROOM_S3_ENDPOINT": self.s3.endpoint,
            "SWITCHROOM_S3_REGION": self.s3.region,
            "SWITCHROOM_S3_ACCESS_KEY": self.s3.access_key,
            "SWITCHROOM_S3_SECRET_KEY": self.s3.secret_key,
        }

    def start(self) -> None:
        """Start all, and make the bucket."""
        self.kafka.start()
        self.mongo.start()
        self.s3.start()
        httpx2.put(f"{self.s3.endpoint}/{BUCKET}").raise_for_status()

    def end(self) -> None:
        """End all."""
        self.kafka.end()
        self.mongo.kill()
        self.s3.end()


class Cluster:
    """Names are those of SERVICES, "carrier", "kafka" and "mongo"; the log of each is a file in the folder."""

    def __init__(self, folder: Path, outside: Outside, more: Mapping[str, str]) -> None:
        self.folder = folder
        self.outside = outside
        listed = ClusterList()
        names = listed.ports()
        self.ports = dict(zip(names, block_of_ports(len(names)), strict=True)) | {"mongo": outside.mongo.port}
        filled_in = {**words(folder, self.ports, outside.kafka.addresses), **make_keys()}
        self._more = {**USUAL, **outside.variables(), **more}
        self._listed = listed.processes(filled_in)
        self.environment = {**_without_ours(), **listed.environment(filled_in), **self._more}
        self._running: dict[str, asyncio.subprocess.Process] = {}

    async def start(self, *names: str) -> None:
        """Start processes; returns when they are ready."""
        for name in names:
            await self.begin(name)
        for name in names:
            await self.until_ready(name)

    async def begin(self, name: str) -> None:
        """Start a process, and don't wait for it."""
        if name in HEALTH_PORTS or name == "carrier":
            await self._start(name, name, {})
        else:
            await asyncio.to_thread(self.outside.server(name).start)

    async def stop(self, name: str) -> int:
        """SIGTERM; the exit status."""
        return await self._end(name, signal.SIGTERM)

    async def kill(self, name: str) -> None:
        """SIGKILL."""
        if name in self._running:
            await self._end(name, signal.SIGKILL)
        else:
            await asyncio.to_thread(self.outside.server(name).kill)

    async def kill_and_start(self, name: str, away_s: float = 0.0) -> None:
        """As an orchestrator sees it: gone, and after a while there again."""
        await self.kill(name)
        await asyncio.sleep(away_s)
        await self.start(name)

    async def until_ready(self, name: str) -> None:
        """Wait until it says so. Raises AssertionError when it has ended instead."""
        if name in HEALTH_PORTS:
            await self._until_ready(name, HEALTH_PORTS[name])

    async def _until_ready(self, name: str, port: str) -> None:
        said = "nothing"
        try:
            async with asyncio.timeout(READY_WITHIN_S):
                while (said := await self._says(port, "readyz")) != OK:
                    assert self._running[name].returncode is None, f"{name} has ended:\n{self.log(name)[-4000:]}"
                    await asyncio.sleep(POLL_S)
        except TimeoutError:
            raise AssertionError(f"{name} was not ready within {READY_WITHIN_S:.0f} s: {said}") from None

    async def is_alive(self, name: str) -> bool:
        """Whether /healthz answers 200 in time."""
        return await self._says(HEALTH_PORTS[name], "healthz") == OK

    def url(self, name: str, path: str = "") -> str:
        """Of a port by its name."""
        return f"http://{HOST}:{self.ports[name]}{path}"

    def log(self, name: str) -> str:
        """What a process has written."""
        return self._log_path(name).read_text(errors="replace")

    async def end(self) -> None:
        """Kill everything that runs."""
        for name in tuple(self._running):
            await self.kill(name)

    async def start_beside(self, name: str, database: str) -> str:
        """Another process of a service that listens on one port, with a database of its own; its name, once ready."""
        beside, port = f"{name}-{database}", block_of_ports(1)[0]
        more = {f"SWITCHROOM_{name.upper()}_PORT": str(port), "SWITCHROOM_MONGO_DATABASE": database}
        await self.start_with(name, beside, port, more)
        return beside

    async def start_with(self, name: str, beside: str, port: int, more: Mapping[str, str]) -> None:
        """One more process of a service, under another name; returns when it says on its port that it is ready."""
        self.ports[beside] = port
        await self._start(beside, name, more)
        await self._until_ready(beside, beside)

    async def _start(self, name: str, service: str, more: Mapping[str, str]) -> None:
        listed = self._listed[LISTED.get(service, service)]
        variables = {**_without_ours(), **listed.environment, **self._more, **more}
        with self._log_path(name).open("ab") as output:
            self._running[name] = await asyncio.create_subprocess_exec(
                sys.executable, *listed.command[1:], env=variables, stdout=output, stderr=output
            )

    async def _end(self, name: str, number: signal.Signals) -> int:
        process = self._running.pop(name)
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(number)
        async with asyncio.timeout(STOPPED_WITHIN_S):
            return await process.wait()

    async def _says(self, port: str, page: str) -> str:
        """OK, or what it says else."""
        try:
            async with httpx2.AsyncClient(timeout=ANSWERS_WITHIN_S) as http:
                answer = await http.get(self.url(port, f"/{page}"))
        except httpx2.HTTPError as error:
            return f"{type(error).__name__}: {error}"
        return OK if answer.status_code == 200 else answer.text

    def _log_path(self, name: str) -> Path:
        return self.folder / f"{name}.log"


def _without_ours() -> dict[str, str]:
    """What the caller's environment has for any program."""
    return {name: value for name, value in os.environ.items() if not name.startswith("SWITCHROOM_")}


@asynccontextmanager
async def cluster(
    folder: Path, *, brokers: int = 1, more: Mapping[str, str] | None = None, services: Sequence[str] = SERVICES
) -> AsyncIterator[Cluster]:
    """Everything started and ready; `more` are further variables. In the end everything is killed."""
    outside = Outside(
        ClusterKafka(folder / "kafka", brokers), MongoServer(folder, port=block_of_ports(1)[0]), S3Server(folder)
    )
    try:
        await asyncio.to_thread(outside.start)
        started = Cluster(folder, outside, more or {})
        try:
            await started.start("carrier", *services)
            yield started
        finally:
            await started.end()
    finally:
        await asyncio.to_thread(outside.end)
