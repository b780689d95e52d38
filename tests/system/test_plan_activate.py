"""`switchroom plan activate`: a file put in force in a running system, what is odd about it, and why it may fail."""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

from services.shared.tokens import Role
from tests.system.plans import TWO_COMPANIES
from tests.system.running import Running

ODD = TWO_COMPANIES.replace("skills: [billing]", "skills: [billing, farsi]")


async def put(system: Running, file: Path, key: str, *words: str) -> tuple[int, str, str]:
    """The command as a process of its own: its status, and what it said."""
    command = (sys.executable, "-m", "services.cli", "plan", "activate", str(file), *words)
    where = ("--agents", system.agents(""), "--router", f"{system.addresses.host}:{system.addresses.router_grpc}")
    pipe = asyncio.subprocess.PIPE
    environment = {**os.environ, "SWITCHROOM_KEY": key}
    process = await asyncio.create_subprocess_exec(*command, *where, stdout=pipe, stderr=pipe, env=environment)
    said, complaints = await process.communicate()
    return process.returncode or 0, said.decode(), complaints.decode()


async def test_a_plan_file_is_put_in_force_by_the_command_line(system: Running, tmp_path: Path) -> None:
    file, key = tmp_path / "plan.yaml", await system.key(Role.ADMIN)
    file.write_text(ODD, encoding="utf-8")
    status, said, _ = await put(system, file, key)
    assert status == 0
    assert 'warning: skills[1]: nobody has skill "farsi"' in said
    assert said.splitlines()[-1] == "plan 1 is in force"

    file.write_text(ODD.replace("default: {queue: acme-support}", "default: {queue: nowhere}"), encoding="utf-8")
    status, said, _ = await put(system, file, key, "--json")
    told: dict[str, Any] = json.loads(said)
    assert (status, told["version"], [each["where"] for each in told["defects"]]) == (1, 0, ["default.queue"])

    for wrong_key, why in (("", "there is no key"), ("nonsense", "did not take a key")):
        status, said, complaints = await put(system, file, wrong_key)
        assert (status, said) == (1, "")
        assert why in complaints
        assert "Traceback" not in complaints
