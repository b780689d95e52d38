"""What a check says: how it stands, what it saw, why that matters, and what to do."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How it stands."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


# The exit status of the worst that was found.
STATUS = {State.OK: 0, State.WARN: 1, State.FAIL: 2}


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the table. `why` and `what_to_do` are empty where all is well."""

    check: str
    state: State
    saw: str
    why: str = ""
    what_to_do: str = ""


def ok(check: str, saw: str) -> Finding:
    """All is well, as far as `saw` tells."""
    return Finding(check, State.OK, saw)


def warn(check: str, saw: str, why: str, what_to_do: str) -> Finding:
    """It works, and promises less than it should."""
    return Finding(check, State.WARN, saw, why, what_to_do)


def fail(check: str, saw: str, why: str, what_to_do: str) -> Finding:
    """It does not work, or loses something when the next thing goes wrong."""
    return Finding(check, State.FAIL, saw, why, what_to_do)


def status(findings: Sequence[Finding]) -> int:
    """The exit status."""
    return max((STATUS[finding.state] for finding in findings), default=0)
