"""What the demonstration prints: for a person, or one JSON object a line for a program."""

import io
import json
import sys
from typing import Protocol

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from services.cli.demonstration.story import WITHOUT_ANSWER
from services.cli.demonstration.told import Invitation, Told

COLOURS = {
    "web_form": "cyan",
    "web_chat": "green",
    "email": "yellow",
    "voice": "magenta",
    "callback": "magenta",
    "sms": "green",
    "fax": "blue",
    "letter": "blue",
}
SUCCESS = "completed"
INDENT = 4


class Show(Protocol):
    """Where progress and stories go."""

    def step(self, words: str) -> None:
        """Something has been done on the way."""
        ...

    def doing(self, words: str) -> None:
        """Something is begun that takes its time."""
        ...

    def told(self, told: Told, asked: str, number: str = "") -> None:
        """A contact has ended; what the customer asked, and which of how many it is."""
        ...

    def invite(self, invitation: Invitation) -> None:
        """Everything is shown, and a seat is free."""
        ...

    def failed(self, words: str) -> None:
        """It can't go on; what is wrong and what to do."""
        ...


class JsonShow:
    """Stories to standard output, all else to standard error."""

    def step(self, words: str) -> None:
        sys.stderr.write(f"{words}\n")

    doing = failed = step

    def told(self, told: Told, asked: str, number: str = "") -> None:  # noqa: ARG002  # the object has no place for them
        sys.stdout.write(json.dumps(told.as_json(), ensure_ascii=False) + "\n")
        sys.stdout.flush()

    def invite(self, invitation: Invitation) -> None:
        self.step(f"A seat is free: {invitation.link}")


class PeopleShow:
    """Everything to the terminal, in words; what can't go on to standard error."""

    def __init__(self) -> None:
        if isinstance(sys.stdout, io.TextIOWrapper):
            # A terminal that lacks a letter shows a question mark, and the story goes on.
            sys.stdout.reconfigure(errors="replace")
        self._console = Console(highlight=False)
        self._errors = Console(highlight=False, stderr=True)

    def step(self, words: str) -> None:
        self._line(("✓ ", "green"), words)

    def doing(self, words: str) -> None:
        self._line((words, "bold"))

    def told(self, told: Told, asked: str, number: str = "") -> None:
        good = told.outcome == SUCCESS and bool(told.answer)
        self._line()
        self._line(
            (f"{number:>{INDENT - 1}} ", "dim"),
            (f"{told.channel:9}", f"bold {COLOURS.get(told.channel, 'white')}"),
            f"{told.caller} → {told.dialed}  ",
            (f"{told.queue} → {told.agent or 'nobody'}", "bold"),
            ("  " + told.outcome, "green" if good else "bold red"),
            f", waited {told.waited_ms / 1000:.1f} s",
        )
        facts = Table.grid(padding=(0, 1))
        facts.add_column(no_wrap=True, style="dim")
        facts.add_column(overflow="fold", style="dim")
        got = f"marked as {told.answer}" if told.channel in WITHOUT_ANSWER else told.answer or "no answer"
        for name, text in (("asked:", asked), ("why:", told.reason), ("got:", got)):
            facts.add_row(name, Text(text))
        self._console.print(Padding(facts, (0, 0, 0, INDENT)))

    def invite(self, invitation: Invitation) -> None:
        self._line()
        self._console.rule(Text("Your turn", "bold"), align="left", style="dim")
        self._line("Take the free seat: this link logs you in, once. A customer is offered to you within ten seconds.")
        self._line(("\n    " + invitation.link + "\n", "bold cyan"))
        if invitation.floor:
            self._line("Watch the floor: somebody makes contact every five seconds.")
            self._line((f"\n    {invitation.floor}\n", "cyan"))
        self._line(
            "Or be the customer: the agents answer. The topic “Tour” and the number +44 20 7946 0190 lead to your "
            "seat; a call is offered to you once there is nothing else on your desk."
        )
        self._line((f"\n    {invitation.be_the_customer}\n", "cyan"))
        self._line((f"Figures       {invitation.metrics}", "dim"))
        if invitation.log:
            self._line((f"Log           {invitation.log}", "dim"))
        self._line(("Another link  `switchroom demo` again, in another terminal", "dim"))
        self._line()

    def failed(self, words: str) -> None:
        self._errors.print(Text.assemble(("switchroom: ", "bold red"), words), soft_wrap=True)

    def _line(self, *parts: str | tuple[str, str]) -> None:
        self._console.print(Text.assemble(*parts), soft_wrap=True)
