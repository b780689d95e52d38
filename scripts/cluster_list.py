"""What scripts/cluster.yaml lists, with the ports and secrets of one cluster filled in."""

# ruff: noqa: INP001  # a part of scripts/cluster

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any

import yaml

LIST = Path(__file__).with_name("cluster.yaml")
HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Listed:
    """A process. `ready` is a page that answers 200 when it is; without one it is ready when it listens on its port."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    ports: Mapping[str, int]
    ready: str


def words(folder: Path, ports: Mapping[str, int], brokers: Sequence[str]) -> dict[str, str | int]:
    """What is put for ${…}, but for the secrets."""
    replicas, in_sync = min(3, len(brokers)), min(2, len(brokers))
    routers = ",".join(f"127.0.0.1:{port}" for name, port in ports.items() if name.split("-")[0] == "router_grpc")
    where: dict[str, str | int] = {"folder": str(folder), "kafka": ",".join(brokers), "routers": routers}
    return {**ports, **where, "replication": replicas, "min_insync": in_sync}


class ClusterList:
    """The list, before anything is filled in."""

    def __init__(self) -> None:
        self._whole: dict[str, Any] = yaml.safe_load(LIST.read_text())

    def names(self, routers: int = 0) -> tuple[str, ...]:
        """Of the processes in the order of the list; with so many routers, or as many as there can be."""
        return tuple(name for name, _, _ in self._each(routers))

    def ports(self) -> tuple[str, ...]:
        """The names of all ports; those of router-2 and later have its number behind them."""
        of_processes = (_port(port, number) for _, number, what in self._each() for port in what["ports"])
        return (*of_processes, *self._whole["outside"]["ports"])

    def processes(self, words: Mapping[str, str | int]) -> dict[str, Listed]:
        """All of them by name; `words` are what is put for ${…}, the ports among them."""
        return {name: _filled_in(name, number, what, words) for name, number, what in self._each()}

    def environment(self, words: Mapping[str, str | int]) -> dict[str, str]:
        """What programs are told that use the cluster: all that its processes are, and more. Of routers the first."""
        listed = reversed(self.processes(words).values())
        told = {name: value for each in listed for name, value in each.environment.items()}
        return {**told, **_variables(self._whole["outside"], words)}

    def _each(self, routers: int = 0) -> Iterator[tuple[str, int, dict[str, Any]]]:
        for name, what in self._whole["processes"].items():
            if "at_most" not in what:
                yield name, 1, what
            else:
                for number in range(1, (routers or what["at_most"]) + 1):
                    yield f"{name}-{number}", number, what


def _port(name: str, number: int) -> str:
    return name if number == 1 else f"{name}-{number}"


def _filled_in(name: str, number: int, what: dict[str, Any], words: Mapping[str, str | int]) -> Listed:
    ports = {port: int(words[_port(port, number)]) for port in what["ports"]}
    words = {**words, **ports}
    command = tuple(Template(word).substitute(words) for word in what["command"].split())
    ready = Template(what.get("ready", "")).substitute(words)
    return Listed(name, command, _variables(what, words), ports, ready)


def _variables(what: dict[str, Any], words: Mapping[str, str | int]) -> dict[str, str]:
    return {name: Template(value).substitute(words) for name, value in what.get("environment", {}).items()}
