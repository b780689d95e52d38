"""docs/simulation.md shows what its example really brings."""

import re
import shlex
from pathlib import Path

from typer.testing import CliRunner

from services.cli.app import app

DOCS = Path(__file__).parents[4] / "docs"


def test_the_example_brings_what_the_page_shows(tmp_path: Path) -> None:
    blocks = re.findall(r"```(\w*)\n(.*?)```", (DOCS / "simulation.md").read_text(), re.DOTALL)
    files = {text.split("\n", 1)[0][2:]: text for kind, text in blocks if kind == "yaml"}
    files["new.yaml"] = with_lines(files["today.yaml"], files["new.yaml"])
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    command = next(text for _, text in blocks if text.startswith("switchroom simulate --plan new.yaml"))
    words = [str(tmp_path / word) if "." in word else word for word in shlex.split(command)[1:]]
    ran = CliRunner().invoke(app, words)
    assert ran.stdout.strip() == next(text for kind, text in blocks if kind == "text").strip()
    assert (tmp_path / "skills.svg").read_text() == (DOCS / "pictures" / "simulated-plans.svg").read_text()


def with_lines(today: str, changed: str) -> str:
    """Today's file with each agent's line as it is in the other one."""
    for line in changed.splitlines()[1:]:
        agent = re.findall(r"id: (\w+)", line)[0]
        today = re.sub(rf"^.*id: {agent}.*$", line, today, flags=re.MULTILINE)
    return today
