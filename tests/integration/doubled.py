"""A cluster with two of ingest and of agents, side by side on the same Kafka, MongoDB and S3.

Before each pair stands what gives every connection to the next of the two, whoever makes it: harder on them than an
ingress that keeps a client on one pod. It has the address that one alone would have. What ingest hands to the mail
relay is read on its way.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path

from tests.fakes.tcp_gate import TcpGate
from tests.integration.cluster import Cluster, cluster
from tests.integration.ports import block_of_ports

BOTH = (1, 2)
# The variables of the ports that each has for itself; the first is where it says whether it is ready.
PORTS = {
    "agents": {"agents": "SWITCHROOM_AGENTS_PORT"},
    "ingest": {"ingest": "SWITCHROOM_INGEST_HTTP_PORT", "smtp": "SWITCHROOM_INGEST_SMTP_PORT"},
}


class Doubled:
    """`cluster` is as it would be with one of each; the processes are called "agents 1", "ingest 2" and so on."""

    def __init__(self, cluster: Cluster, relay: TcpGate) -> None:
        self.cluster = cluster
        self._relay = relay
        self._told: dict[str, dict[str, str]] = {}

    @property
    def mails(self) -> bytes:
        """All that ingest's two have said to the mail relay, as it came."""
        return b"".join(self._relay.asked)

    @property
    def names(self) -> tuple[str, ...]:
        """Of the processes that there are two of."""
        return tuple(f"{name} {number}" for name in PORTS for number in BOTH)

    async def start(self, one: str) -> None:
        """Start a process, for the first time or again; returns when it is ready."""
        name, number = one.split()
        if one not in self._told:
            ports = block_of_ports(len(PORTS[name]))
            self.cluster.ports |= {f"{port} {number}": own for port, own in zip(PORTS[name], ports, strict=True)}
            own = {variable: str(port) for variable, port in zip(PORTS[name].values(), ports, strict=True)}
            self._told[one] = own | self._of_ingest(number) if name == "ingest" else own
        await self.cluster.start_with(name, one, self.cluster.ports[one], self._told[one])

    async def kill_and_start(self, one: str, away_s: float) -> None:
        """SIGKILL, and after a while there again."""
        await self.cluster.kill(one)
        await asyncio.sleep(away_s)
        await self.start(one)

    def _of_ingest(self, number: str) -> dict[str, str]:
        """Customers and the carrier reach it at the front; the folder of documents belongs to the first."""
        front = self.cluster.url("ingest")
        more = {"SWITCHROOM_INGEST_PUBLIC_URL": front, "SWITCHROOM_INGEST_RELAY_PORT": str(self._relay.port)}
        return more if number == "1" else more | {"SWITCHROOM_INGEST_DOCUMENTS_FOLDER": ""}


@asynccontextmanager
async def doubled(folder: Path) -> AsyncIterator[Doubled]:
    """All of it started and ready."""
    async with cluster(folder, services=("router", "reporting")) as one:
        with ExitStack() as fronts:
            both = Doubled(one, _front(fronts, block_of_ports(1)[0], one.ports["relay"]))
            for name in both.names:
                await both.start(name)
            for port in ("agents", "ingest", "smtp"):
                _front(fronts, one.ports[port], *(one.ports[f"{port} {number}"] for number in BOTH))
            yield both


def _front(fronts: ExitStack, port: int, *behind: int) -> TcpGate:
    gate = TcpGate(*behind, port=port)
    gate.open()
    fronts.callback(gate.end)
    return gate
