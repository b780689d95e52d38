"""What the demonstration prints: for a person, or one JSON object a line for a program."""

import json
import sys
from typing import Protocol

from rich.console import Console
from rich.text import Text

from services.cli.demonstration.floor import Told

COLOURS = {"web_form": "cyan", "web_chat": "green", "email": "yellow"}


class Show(Protocol):
    """Where progress and stories go."""

    def progress(self, words: str) -> None:
        """What is being done."""
        ...

    def told(self, told: Told) -> None:
        """A contact has ended."""
        ...


class JsonShow:
    """Stories to standard output, all else to standard error."""

    def progress(self, words: str) -> None:
        sys.stderr.write(f"{words}\n")

    def told(self, told: Told) -> None:
        sys.stdout.write(json.dumps(told.as_json(), ensure_ascii=False) + "\n")
        sys.stdout.flush()


class PeopleShow:
    """Everything to the terminal, in words."""

    def __init__(self) -> None:
        self._console = Console(highlight=False)

    def progress(self, words: str) -> None:
        self._console.print(words, soft_wrap=True)

    def told(self, told: Told) -> None:
        line = Text.assemble(
            (f"{told.channel:9}", f"bold {COLOURS.get(told.channel, 'white')}"),
            f" {told.caller} -> {told.dialed}  ",
            (f"{told.queue} -> {told.agent or 'nobody'}", "bold"),
            f"  {told.outcome}, waited {told.waited_ms / 1000:.1f} s\n",
            (f"          why: {told.reason}\n", "dim"),
            (f"          customer got: {told.answer}", "dim"),
        )
        self._console.print(line, soft_wrap=True)
