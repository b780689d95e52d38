"""What the routers need: three brokers of Apache Kafka and MongoDB, as scripts/cluster starts them."""

import asyncio
import json
from pathlib import Path

from services.cli.bench.takeover.routers import HOST

SCRIPT = Path(__file__).parents[4] / "scripts" / "cluster"


class ServersMissing(Exception):
    """The servers could not be started; says what scripts/cluster said."""


class Servers:
    """A cluster without services, in a folder of its own. Ended by `end`; its data is whoever's folder it is."""

    def __init__(self, folder: Path, brokers: int) -> None:
        self.brokers = brokers
        self.bootstrap = ""
        self.mongo_url = ""
        self._own = [f"SWITCHROOM_CLUSTER={folder / 'cluster'}", f"SWITCHROOM_CLUSTER_BROKERS={brokers}"]

    async def start(self) -> None:
        """Returns when all answer. Raises ServersMissing."""
        if not SCRIPT.exists():
            raise ServersMissing(f"{SCRIPT} is not there: run this in a checkout")
        names = [*(f"kafka-{number}" for number in range(1, self.brokers + 1)), "mongo"]
        started = json.loads(await self._script("start", *names, "--json"))
        ports = {process["name"]: process["ports"] for process in started["processes"]}
        self.bootstrap = started["kafka"]
        self.mongo_url = f"mongodb://{HOST}:{ports['mongo']['mongo']}/"

    async def end(self) -> None:
        """Kill them."""
        await self._script("kill")

    async def _script(self, *words: str) -> str:
        script = await asyncio.create_subprocess_exec(
            "env", *self._own, str(SCRIPT), *words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        said, wrong = await script.communicate()
        if script.returncode:
            raise ServersMissing(wrong.decode(errors="replace").strip()[-2000:])
        return said.decode()
