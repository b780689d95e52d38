"""scripts/cluster itself: starts, stops, kills and shows the processes of a cluster on one machine."""

# ruff: noqa: INP001  # a command

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

from scripts.cluster_folder import ClusterFolder
from scripts.cluster_kafka import KafkaFailed
from scripts.cluster_process import POLL_S, ClusterProcess

ROOT = Path(__file__).resolve().parent.parent
READY_WITHIN_S = 180.0
STOPPED_WITHIN_S = 35.0
KAFKA = "kafka-"
WRONG = 2


class Wrong(Exception):
    """What was asked for can't be done; says why."""


@dataclass(frozen=True, slots=True)
class Row:
    """What `status` says of a process; `pid` is 0 when it does not run."""

    name: str
    pid: int
    ports: Mapping[str, int]
    log: str

    def __str__(self) -> str:
        runs = f"pid {self.pid}" if self.pid else "does not run"
        return f"{self.name:<12} {runs:<14} {' '.join(f'{name}={port}' for name, port in self.ports.items())}"


class Cluster:
    """The processes of a folder."""

    def __init__(self, folder: ClusterFolder, routers: int) -> None:
        self._folder = folder
        self._processes = {name: ClusterProcess(folder.path, listed) for name, listed in folder.processes().items()}
        self._brokers = {f"{KAFKA}{number}": number for number in folder.kafka.all}
        self._usual = (*self._brokers, *folder.list.names(routers))

    def start(self, names: Sequence[str]) -> None:
        """Start these, or all; returns when they are ready."""
        wanted = self._named(names) or [name for name in self._usual if not self._has_another(name)]
        brokers, others = self._parted(wanted)
        self._see_to_mongo(others)
        stores = [each for each in others if not each.listed.ready]
        with ThreadPoolExecutor() as at_once:
            starting = at_once.submit(self._start_brokers, brokers)
            self._begin(stores)
            starting.result()
        self._begin(others)

    def stop(self, names: Sequence[str]) -> None:
        """SIGTERM to these, or to all that run: services first."""
        brokers, others = self._parted(self._named(names) or self._running())
        services, stores = ([each for each in others if bool(each.listed.ready) is ready] for ready in (True, False))
        for some in (services, stores):
            for each in some:
                each.send(signal.SIGTERM)
            for each in some:
                each.until_gone(STOPPED_WITHIN_S)
        self._folder.kafka.down(brokers)

    def signal(self, names: Sequence[str], number: signal.Signals, to_brokers: Callable[[Iterable[int]], None]) -> None:
        """Send it to these, or to all that run."""
        brokers, others = self._parted(self._named(names) or self._running())
        for each in others:
            each.send(number)
        if running := [broker for broker in brokers if broker in self._folder.kafka.pids()]:
            to_brokers(running)
        if number is signal.SIGKILL:
            for each in others:
                each.until_gone(STOPPED_WITHIN_S)

    def kill(self, names: Sequence[str]) -> None:
        """SIGKILL; returns when they are gone."""
        self.signal(names, signal.SIGKILL, self._folder.kafka.kill)

    def pause(self, names: Sequence[str]) -> None:
        """SIGSTOP."""
        self.signal(names, signal.SIGSTOP, self._folder.kafka.pause)

    def resume(self, names: Sequence[str]) -> None:
        """SIGCONT."""
        self.signal(names, signal.SIGCONT, self._folder.kafka.resume)

    def status(self) -> list[Row]:
        """What there is: the usual ones, and more that run."""
        brokers = self._folder.kafka.pids()
        rows = [self._row(name, brokers.get(number, 0)) for name, number in self._brokers.items()]
        others = ((name, process.pid()) for name, process in self._processes.items())
        return rows + [self._row(name, pid) for name, pid in others if pid or name in self._usual]

    def _row(self, name: str, pid: int) -> Row:
        if name not in self._brokers:
            process = self._processes[name]
            return Row(name, pid, process.listed.ports, str(process.log))
        number, kafka = self._brokers[name], self._folder.kafka
        return Row(name, pid, {"kafka": kafka.port_of(number)}, str(kafka.log_of(number)))

    def _running(self) -> list[str]:
        brokers = self._folder.kafka.pids()
        running = [name for name, number in self._brokers.items() if number in brokers]
        return running + [name for name, process in self._processes.items() if process.pid()]

    def _named(self, names: Sequence[str]) -> list[str]:
        known = (*self._brokers, *self._processes)
        if unknown := [name for name in names if name not in known]:
            raise Wrong(f"there is no {', '.join(unknown)}; there are {', '.join(known)}")
        return list(names)

    def _parted(self, names: Iterable[str]) -> tuple[list[int], list[ClusterProcess]]:
        names = list(names)
        brokers = [number for name, number in self._brokers.items() if name in names]
        return brokers, [process for name, process in self._processes.items() if name in names]

    def _has_another(self, name: str) -> bool:
        return name == "mongo" and "SWITCHROOM_MONGO_URL" in self._folder.kept.variables

    def _see_to_mongo(self, processes: Iterable[ClusterProcess]) -> None:
        program = Path(sys.executable).with_name("secantusd-py")
        if not program.exists() and any(each.listed.name == "mongo" for each in processes):
            raise Wrong(
                f"there is no {program.name}, which has no wheel for this Python or machine: make .venv anew with "
                "Python 3.11 to 3.13, or give SWITCHROOM_MONGO_URL=mongodb://... of a server of your own"
            )

    def _start_brokers(self, brokers: list[int]) -> None:
        if brokers == list(self._folder.kafka.all):
            self._folder.kafka.start()
        else:
            self._folder.kafka.up(brokers)

    def _begin(self, processes: Iterable[ClusterProcess]) -> None:
        for each in processes:
            each.start(self._folder.told_to(each.listed.name))
        self._until_ready(processes)

    def _until_ready(self, processes: Iterable[ClusterProcess]) -> None:
        until_s = time.monotonic() + READY_WITHIN_S
        for process in processes:
            while why := process.why_not_ready():
                if not process.pid():
                    raise Wrong(
                        f"{process.listed.name} has ended; its log {process.log} ends so:\n{process.last_words()}"
                    )
                if time.monotonic() > until_s:
                    raise Wrong(
                        f"{process.listed.name} is not ready after {READY_WITHIN_S:.0f} s: {why}; see {process.log}"
                    )
                time.sleep(POLL_S)


def main(command: str, words: Sequence[str]) -> int:
    """The exit status."""
    try:
        return _do(command, words)
    except (Wrong, KafkaFailed, RuntimeError, ValueError) as failed:
        sys.stderr.write(f"scripts/cluster: {failed}\n")
        return 1


def _do(command: str, words: Sequence[str]) -> int:
    told = os.environ.get
    path = Path(told("SWITCHROOM_CLUSTER") or ROOT / "build" / "cluster")
    folder = ClusterFolder(
        path, int(told("SWITCHROOM_CLUSTER_BROKERS", "3")), int(told("SWITCHROOM_CLUSTER_PORT", "0"))
    )
    names = [word for word in words if "=" not in word and not word.startswith("-")]
    if command == "start":
        folder.keep(dict(word.split("=", 1) for word in words if "=" in word))
    elif not folder.exists:
        sys.stderr.write(f"scripts/cluster: nothing was ever started in {folder.path}\n")
        return 0 if command in {"stop", "kill"} else 1
    cluster = Cluster(folder, int(told("SWITCHROOM_CLUSTER_ROUTERS", "3")))
    if command != "status":
        getattr(cluster, command)(names)
    if command in {"start", "status"}:
        _show(folder, cluster.status(), as_json="--json" in words)
    return 0


def _show(folder: ClusterFolder, rows: list[Row], *, as_json: bool) -> None:
    environment = folder.path / "cluster.env"
    if as_json:
        processes = [asdict(row) for row in rows]
        whole = {"kafka": folder.kafka.bootstrap, "environment": str(environment), "processes": processes}
        sys.stdout.write(json.dumps(whole) + "\n")
    else:
        sys.stdout.write("".join(f"{row}\n" for row in rows))
        sys.stdout.write(f"ports are of 127.0.0.1; all variables, secrets among them: {environment}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
