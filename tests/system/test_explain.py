"""Why a contact waits or who got it: the same answer over HTTP and by the command line, while the system runs."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from services.shared.tokens import Role
from tests.system.plans import TWO_COMPANIES
from tests.system.running import Running, bearer


async def why(system: Running, contact_id: str, **who: Any) -> tuple[int, dict[str, Any]]:
    token = await system.token(Role.SUPERVISOR, **who)
    answer = await system.http.get(system.agents(f"/v1/floor/contacts/{contact_id}/why"), headers=bearer(token))
    return answer.status_code, answer.json()


async def explained(*words: str) -> dict[str, Any]:
    """What the command prints, as a process of its own."""
    command = (sys.executable, "-m", "services.cli", *words)
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    printed, _ = await process.communicate()
    assert process.returncode == 0
    told: dict[str, Any] = json.loads(printed)
    return told


async def test_a_waiting_contact_is_explained_alike_over_http_and_by_the_command_line(
    system: Running, tmp_path: Path
) -> None:
    await system.activate(TWO_COMPANIES)
    await system.mail("ivy@customer.example", "support@acme.example")
    (contact,) = await system.contacts(lambda found: any(each["queue"] for each in found))
    status, told = await why(system, contact["contact_id"])
    assert (status, told["moment"], told["explanation"]["queue"]) == (200, "now", "acme-support")
    assert told["explanation"]["eligible"] == 0
    assert told["explanation"]["mends"]
    assert "ivy" not in json.dumps(told)

    said = await explained("explain", contact["contact_id"], "--data", str(tmp_path / "data"), "--json")
    assert said["explanation"]["mends"] == told["explanation"]["mends"]
    assert said["explanation"]["agents"] == told["explanation"]["agents"]
    assert (await why(system, contact["contact_id"], companies=("globex",)))[0] == 404
