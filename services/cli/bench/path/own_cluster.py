"""A cluster that a bench starts and stops by itself: scripts/cluster, in a folder that is deleted in the end."""

import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[4] / "scripts" / "cluster"
WITHIN_S = 600


class NoCluster(Exception):
    """The cluster did not start; says why."""


@dataclass(frozen=True, slots=True)
class OwnCluster:
    """`variables` are all that its processes are told."""

    variables: Mapping[str, str]

    @property
    def kafka(self) -> str:
        """Its bootstrap servers."""
        return self.variables["SWITCHROOM_KAFKA_SERVERS"]

    @property
    def router(self) -> str:
        """Where gRPC of its router listens."""
        return f"127.0.0.1:{self.variables['SWITCHROOM_ROUTER_GRPC_PORT']}"


@contextmanager
def own_cluster(*words: str, brokers: int = 1) -> Iterator[OwnCluster]:
    """Processes and variables as `scripts/cluster start` takes them, until the end. Raises NoCluster."""
    with tempfile.TemporaryDirectory(prefix="switchroom-bench-") as folder:
        settings = [f"SWITCHROOM_CLUSTER={folder}", f"SWITCHROOM_CLUSTER_BROKERS={brokers}"]
        try:
            _run(*settings, str(SCRIPT), "start", *words)
            yield OwnCluster(_variables(Path(folder) / "cluster.env"))
        finally:
            _run(*settings, str(SCRIPT), "kill")


def _run(*words: str) -> None:
    if not SCRIPT.exists():
        raise NoCluster(f"there is no {SCRIPT}: this bench needs a checkout of the project")
    done = subprocess.run(["env", *words], stdout=sys.stderr, check=False, timeout=WITHIN_S)  # noqa: S603, S607  # our script
    if done.returncode:
        raise NoCluster("scripts/cluster failed: what it says stands above")


def _variables(file: Path) -> dict[str, str]:
    return dict(word.split("=", 1) for word in shlex.split(file.read_text()))
