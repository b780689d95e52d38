"""Real Apache Kafka for one cluster, by scripts/kafka: brokers with data and ports of their own."""

import os
import shutil
import subprocess
from pathlib import Path

from tests.house_rules import ROOT
from tests.integration.ports import block_of_ports

SCRIPT = ROOT / "scripts" / "kafka"
USUAL_HOME = Path(os.environ.get("SWITCHROOM_KAFKA_HOME", "~/.cache/switchroom/kafka")).expanduser()
STARTED_WITHIN_S = 300


class ClusterKafka:
    """`number` brokers. The data outlives a kill; the ports stay the same. Calls block for as long as they take."""

    def __init__(self, home: Path, number: int) -> None:
        self.number = number
        self.bootstrap = ""
        self._home = home
        # A broker takes two.
        self._port = block_of_ports(2 * number)[0]

    def start(self) -> None:
        """Start those that do not run; returns when they answer."""
        self._borrow_jars()
        said = self._script("start", "--brokers", str(self.number))
        self.bootstrap = said.strip().rpartition("bootstrap=")[2]
        self._lend_jars()

    def kill(self) -> None:
        """SIGKILL to all."""
        for broker in range(1, self.number + 1):
            self._script("kill", str(broker))

    def end(self) -> None:
        """End them; their data is gone."""
        self._script("stop")

    def _borrow_jars(self) -> None:
        """Fetching them once is enough for all tests of a machine."""
        if (USUAL_HOME / "jars.stamp").exists() and not self._home.exists():
            self._home.mkdir(parents=True)
            (self._home / "jars").symlink_to(USUAL_HOME / "jars")
            shutil.copy(USUAL_HOME / "jars.stamp", self._home)

    def _lend_jars(self) -> None:
        if not (USUAL_HOME / "jars.stamp").exists():
            shutil.copytree(self._home / "jars", USUAL_HOME / "jars", dirs_exist_ok=True)
            shutil.copy(self._home / "jars.stamp", USUAL_HOME)

    def _script(self, *words: str) -> str:
        own = {"SWITCHROOM_KAFKA_HOME": str(self._home), "SWITCHROOM_KAFKA_PORT": str(self._port)}
        ended = subprocess.run(  # noqa: S603  # our own script
            [str(SCRIPT), *words],
            env=os.environ | own,
            capture_output=True,
            text=True,
            timeout=STARTED_WITHIN_S,
            check=False,
        )
        if ended.returncode:
            raise RuntimeError(f"scripts/kafka {' '.join(words)}: {ended.stderr[-2000:]}")
        return ended.stdout
