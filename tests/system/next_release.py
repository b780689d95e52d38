"""The next release as a copy of this one: it knows a second format, with one more kind of event."""

import shutil
import subprocess
import sys
from pathlib import Path

from services.shared.fence import FORMAT
from tests.house_rules import ROOT

NEXT_FORMAT = FORMAT + 1
COPIED_FOLDERS = ("services", "switchroom", "tests", "protos")
KIND = "AgentGreeted"
IMPORT = f"from services.router.core.events import {KIND}\n"
# The places where a kind of event is added, and what the next release has there.
CORE = "services/router/core/"
PROTO = "protos/switchroom/v1/events.proto"
ONEOF = "message Event {\n  oneof kind {\n"
RECORD = "@record\nclass AgentAttached:"
DETACHED = "        case AgentDetached():\n"
ATTACHES = "                draft.add(AgentAttached(agent.id))\n"
MESSAGE = f"message {KIND} {{\n  string agent = 1;\n}}\n\n"
APPLIED = f"""        case {KIND}():
            put_agent(state, changed(state.agents[event.agent], reason="greeted"))
"""
GREETS = f"""                if may_write(draft.state, {KIND}):
                    draft.add({KIND}(agent.id))
"""
CHANGES = (
    ("services/shared/fence.py", f"\nFORMAT = {FORMAT}\n", f"\nFORMAT = {NEXT_FORMAT}\n"),
    (PROTO, ONEOF, f"{MESSAGE}{ONEOF}    {KIND} agent_greeted = 200;\n"),
    (f"{CORE}events.py", RECORD, f"@record\nclass {KIND}:\n    agent: str\n\n\n{RECORD}"),
    (f"{CORE}events.py", "\n    | AgentAttached\n", f"\n    | {KIND}\n    | AgentAttached\n"),
    (f"{CORE}formats.py", "[type, int] = {}", f"[type, int] = {{{KIND}: {NEXT_FORMAT}}}"),
    (f"{CORE}formats.py", "from services.router.core.state", f"{IMPORT}from services.router.core.state"),
    (f"{CORE}apply_agent.py", "AgentEvent = ", f"{IMPORT}AgentEvent = {KIND} | "),
    (f"{CORE}apply_agent.py", DETACHED, f"{APPLIED}{DETACHED}"),
    (f"{CORE}decide_agent.py", ATTACHES, f"{ATTACHES}{GREETS}"),
    (
        f"{CORE}decide_agent.py",
        "\nAttendanceCommand = ",
        f"\n{IMPORT}from services.router.core.formats import may_write\nAttendanceCommand = ",
    ),
)


def make_next_release(folder: Path) -> None:
    """Copy this release there and change the copy. Fails when a row does not fit the code any more."""
    for name in COPIED_FOLDERS:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "golden"))
    for name, old, new in CHANGES:
        file = folder / name
        text = file.read_text()
        assert text.count(old) == 1, f"{name} has this {text.count(old)} times; write the row anew:\n{old}"
        file.write_text(text.replace(old, new))
    generate = [sys.executable, "-m", "grpc_tools.protoc", "-Iprotos", "--python_out=."]
    subprocess.run([*generate, "protos/switchroom/v1/events.proto"], cwd=folder, check=True)  # noqa: S603
