"""What a cluster keeps in its folder: ports, secrets and variables, made at its first start."""

# ruff: noqa: INP001  # a part of scripts/cluster

import json
import os
import shlex
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from scripts.cluster_kafka import ClusterKafka
from scripts.cluster_list import ClusterList, Listed, words
from scripts.cluster_ports import block_of_ports
from services.cli.key_file import key_file

BLOCK = 100


@dataclass(frozen=True, slots=True)
class Kept:
    """`variables` are told to all services, instead of what the list says."""

    brokers: int
    ports: Mapping[str, int]
    kafka_port: int
    keys: Mapping[str, str]
    variables: Mapping[str, str] = field(default_factory=dict)


class ClusterFolder:
    """Raises RuntimeError when ports that it is to have are taken."""

    def __init__(self, path: Path, brokers: int = 3, first_port: int = 0) -> None:
        self.path = path.absolute()
        self.list = ClusterList()
        self._file = self.path / "cluster.json"
        self.kept = (
            Kept(**json.loads(self._file.read_text())) if self._file.exists() else self._made(brokers, first_port)
        )
        self.kafka = ClusterKafka(self.path / "kafka", self.kept.brokers, self.kept.kafka_port)

    @property
    def exists(self) -> bool:
        """Whether the cluster was ever started."""
        return self._file.exists()

    def keep(self, variables: Mapping[str, str]) -> None:
        """Write it, with more variables; only its owner can read it."""
        self.path.mkdir(parents=True, exist_ok=True)
        (self.path / "documents").mkdir(exist_ok=True)
        self.kept = replace(self.kept, variables={**self.kept.variables, **variables})
        _write(self._file, json.dumps(asdict(self.kept), indent=1))
        _write(
            self.path / "cluster.env",
            "".join(f"{name}={shlex.quote(value)}\n" for name, value in self.environment().items()),
        )

    def processes(self) -> dict[str, Listed]:
        """All that there can be, by name."""
        return self.list.processes(self._words())

    def environment(self) -> dict[str, str]:
        """What a program is told that uses the cluster."""
        return {**self.list.environment(self._words()), **self.kept.variables}

    def told_to(self, name: str) -> dict[str, str]:
        """The whole environment of a process."""
        caller = {name: value for name, value in os.environ.items() if not name.startswith("SWITCHROOM_")}
        listed = self.processes()[name].environment
        return {**caller, **listed, **(self.kept.variables if listed else {})}

    def _words(self) -> dict[str, str | int]:
        return {**words(self.path, self.kept.ports, self.kafka.addresses), **self.kept.keys}

    def _made(self, brokers: int, first_port: int) -> Kept:
        names = self.list.ports()
        block = block_of_ports(BLOCK, first_port)
        return Kept(brokers, dict(zip(names, block, strict=False)), block[len(names)], make_keys())


def make_keys() -> dict[str, str]:
    """New secrets by variable."""
    lines = (line for line in key_file(with_carrier=True).splitlines() if not line.startswith("#"))
    return dict(line.split("=", 1) for line in lines)


def _write(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
