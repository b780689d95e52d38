"""What the auditor finds wrong: by which rule, and where."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

WORDS_KEPT = 20


class Rule(StrEnum):
    """What must hold, by the name of its figure."""

    LOST = "lost"
    UNFINISHED = "unfinished"
    DOUBLE_OFFERS = "double_offers"
    GAPS = "gaps"
    BROKEN = "broken"
    NOT_IN_LOG = "not_in_log"
    HASHES_DIFFER = "hashes_differ"


@dataclass
class Violations:
    """How often each rule was broken, and in words the first few times."""

    counts: Counter[Rule] = field(default_factory=Counter)
    words: list[str] = field(default_factory=list)

    def note(self, rule: Rule, words: str) -> None:
        """A rule was broken once."""
        self.counts[rule] += 1
        if self.counts[rule] <= WORDS_KEPT:
            self.words.append(f"{rule}: {words}")

    def note_each(self, rule: Rule, what: Iterable[object], words: str) -> None:
        """Once for each of them, in order."""
        for each in sorted(map(str, what)):
            self.note(rule, f"{each} {words}")
