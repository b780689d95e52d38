"""scripts/cluster: what it starts is ready, what it kills is gone and comes back with its ports, and its data stays."""

import asyncio
import json
import os
from pathlib import Path
from typing import Any

import httpx2
import pytest

from services.shared.kafka_event_log import KafkaEventLog, KafkaServers
from tests.house_rules import ROOT

SCRIPT = ROOT / "scripts" / "cluster"

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]


class Script:
    """With a folder of its own, one broker and one router."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        own = {"SWITCHROOM_CLUSTER": str(folder), "SWITCHROOM_CLUSTER_BROKERS": "1", "SWITCHROOM_CLUSTER_ROUTERS": "1"}
        self._environment = os.environ | own

    async def run(self, *words: str) -> tuple[int, str]:
        """The exit status, and what it has said."""
        script = await asyncio.create_subprocess_exec(
            str(SCRIPT), *words, env=self._environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
        )
        said, _ = await script.communicate()
        assert script.returncode is not None
        return script.returncode, said.decode()

    async def do(self, *words: str) -> dict[str, dict[str, Any]]:
        """Have it done; what runs then, by name."""
        status, said = await self.run(*words)
        assert status == 0, said
        _, said = await self.run("status", "--json")
        return {each["name"]: each for each in json.loads(said)["processes"] if each["pid"]}


async def is_ready(router: dict[str, Any]) -> bool:
    async with httpx2.AsyncClient() as http:
        url = f"http://127.0.0.1:{router['ports']['router_http']}/readyz"
        return (await http.get(url)).status_code == 200


async def topics_end(process: dict[str, Any]) -> int:
    """Where router.log ends in the first partition."""
    log = await KafkaEventLog.open(KafkaServers(f"127.0.0.1:{process['ports']['kafka']}"), "router.log")
    try:
        return await log.end(0)
    finally:
        await log.close()


async def test_a_cluster_is_started_killed_in_parts_and_stopped_and_goes_on_where_it_was(tmp_path: Path) -> None:
    script = Script(tmp_path / "cluster")
    some = ("kafka-1", "mongo", "router-1")
    try:
        before = await script.do("start", *some, "SWITCHROOM_KAFKA_PARTITIONS=2")
        assert before.keys() == set(some)
        assert await is_ready(before["router-1"])
        assert (await script.do("kill", "router-1")).keys() == {"kafka-1", "mongo"}
        again = await script.do("start", "router-1")
        assert again["router-1"]["pid"] != before["router-1"]["pid"]
        assert again["router-1"]["ports"] == before["router-1"]["ports"]
        end = await topics_end(again["kafka-1"])
        assert await script.do("stop") == {}
        back = await script.do("start", *some)
        assert await is_ready(back["router-1"])
        assert await topics_end(back["kafka-1"]) > end > 0
    finally:
        await script.run("kill")
    assert '"stopped"' in (script.folder / "router-1.log").read_text()


async def test_what_cannot_be_done_is_said(tmp_path: Path) -> None:
    script = Script(tmp_path / "cluster")
    assert await script.run("stop") == (0, f"scripts/cluster: nothing was ever started in {script.folder}\n")
    assert (await script.run("status"))[0] == 1
    assert (await script.run("begin"))[0] == 2
    status, said = await script.run("start", "rooter-1")
    assert status == 1
    assert "there is no rooter-1; there are kafka-1, mongo, router-1" in said
