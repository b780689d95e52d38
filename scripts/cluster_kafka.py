"""The brokers of one cluster, by scripts/kafka: with data and ports of their own, and the jars of all."""

# ruff: noqa: INP001  # a part of scripts/cluster

import os
import subprocess
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

SCRIPT = Path(__file__).with_name("kafka")
JARS = Path(os.environ.get("SWITCHROOM_KAFKA_JARS", "~/.cache/switchroom/kafka")).expanduser()
WITHIN_S = 300


class KafkaFailed(Exception):
    """scripts/kafka did not do it; says what it said."""


class ClusterKafka:
    """Brokers 1 to `number`, on two ports each from `port` on. Data and ports outlive a kill. Calls block."""

    def __init__(self, home: Path, number: int, port: int) -> None:
        self.number = number
        self._home = home
        self._port = port

    @property
    def all(self) -> range:
        """The numbers of the brokers."""
        return range(1, self.number + 1)

    @property
    def addresses(self) -> tuple[str, ...]:
        """Where clients reach each."""
        return tuple(f"127.0.0.1:{self.port_of(broker)}" for broker in self.all)

    @property
    def bootstrap(self) -> str:
        """Where clients reach them."""
        return ",".join(self.addresses)

    def port_of(self, broker: int) -> int:
        """Where clients reach it."""
        return self._port + 2 * (broker - 1)

    def log_of(self, broker: int) -> Path:
        """What it has written since its last start."""
        return self._home / f"broker-{broker}" / "server.log"

    def start(self) -> None:
        """Start those that do not run; returns when all answer. Raises KafkaFailed."""
        self._script("start", "--brokers", str(self.number))

    def up(self, brokers: Iterable[int]) -> None:
        """Start these, all at once, as those of a quorum wait for each other."""
        self._each("up", brokers)

    def down(self, brokers: Iterable[int]) -> None:
        """SIGTERM to these; returns when they have ended."""
        self._each("down", brokers)

    def kill(self, brokers: Iterable[int] = ()) -> None:
        """SIGKILL to these, or to all."""
        self._each("kill", tuple(brokers) or self.all)

    def pause(self, brokers: Iterable[int]) -> None:
        """SIGSTOP."""
        self._each("pause", brokers)

    def resume(self, brokers: Iterable[int]) -> None:
        """SIGCONT."""
        self._each("resume", brokers)

    def pids(self) -> dict[int, int]:
        """The process numbers of those that run, by broker."""
        said = (line.split() for line in self._script("status").splitlines())
        return {int(broker): int(pid) for broker, pid in said}

    def end(self) -> None:
        """Kill them; their data is gone."""
        self._script("stop")

    def _each(self, command: str, brokers: Iterable[int]) -> None:
        with ThreadPoolExecutor() as at_once:
            list(at_once.map(lambda broker: self._script(command, str(broker)), brokers))

    def _script(self, *words: str) -> str:
        own = {"HOME": str(self._home), "PORT": str(self._port), "JARS": str(JARS)}
        ended = subprocess.run(  # noqa: S603  # our own script
            [str(SCRIPT), *words],
            env=os.environ | {f"SWITCHROOM_KAFKA_{name}": value for name, value in own.items()},
            capture_output=True,
            text=True,
            timeout=WITHIN_S,
            check=False,
        )
        if ended.returncode:
            raise KafkaFailed(ended.stderr.strip()[-2000:] or f"scripts/kafka {' '.join(words)} failed")
        return ended.stdout
