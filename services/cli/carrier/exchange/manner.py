"""What a telephone does by itself when it is called."""

from dataclasses import dataclass
from enum import StrEnum


class Habit(StrEnum):
    """How it takes calls; `manual`: somebody answers or rejects by hand; `unknown`: there is no such number."""

    ANSWERS = "answers"
    BUSY = "busy"
    NO_ANSWER = "no-answer"
    REJECTS = "rejects"
    UNKNOWN = "unknown"
    MANUAL = "manual"


@dataclass(frozen=True, slots=True)
class Manner:
    """`after_ms`: how long it rings before it answers or rejects; `hangs_up_after_ms`: after answering; 0: never."""

    habit: Habit = Habit.ANSWERS
    after_ms: int = 0
    hangs_up_after_ms: int = 0
    # Whether messages reach it.
    takes_texts: bool = True


AT_ONCE = Manner()
