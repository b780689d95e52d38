"""The figures of a run."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.cli.bench.figure import Figure
from services.cli.bench.takeover.audit import Audit
from services.cli.bench.takeover.pauses import FaultKind, Pause
from services.cli.bench.takeover.violation import Rule


@dataclass(frozen=True, slots=True)
class Result:
    """What was done, what the auditor says, and how long offers paused."""

    faults: dict[FaultKind, int]
    contacts: int
    commits: int
    hashes: int
    audit: Audit
    pauses: Sequence[Pause]

    @property
    def is_safe(self) -> bool:
        """Whether no rule was broken."""
        return not self.audit.violations.counts.total()

    def figures(self) -> Iterable[Figure]:
        """One for each name."""
        names = {FaultKind.CRASH: "kills", FaultKind.ZOMBIE: "zombies", FaultKind.GRACEFUL: "restarts"}
        for kind, name in names.items():
            yield Figure(f"takeover.{name}", self.faults[kind], "times", self.faults[kind])
        yield Figure("takeover.contacts", self.contacts, "contacts", self.contacts)
        for rule, n in self._looked_at().items():
            yield Figure(f"takeover.{rule}", self.audit.violations.counts[rule], "times", n)
        for kind in FaultKind:
            struck = [pause for pause in self.pauses if pause.fault.kind is kind and pause.struck]
            yield from self._p99(f"takeover.{kind}_p99_s", struck)
        # What agents notice of it whose partition was another router's.
        yield from self._p99("takeover.elsewhere_p99_s", [pause for pause in self.pauses if not pause.struck])

    def _looked_at(self) -> dict[Rule, int]:
        """Of how many things each rule was asked."""
        offers = len(self.audit.contacts.offers)
        return {
            Rule.LOST: self.contacts,
            Rule.UNFINISHED: self.contacts,
            Rule.DOUBLE_OFFERS: offers,
            Rule.GAPS: self.commits,
            Rule.BROKEN: self.commits,
            Rule.NOT_IN_LOG: offers,
            Rule.HASHES_DIFFER: self.hashes,
        }

    def _p99(self, name: str, found: Sequence[Pause]) -> Iterable[Figure]:
        """Of pauses into which no other fault came: those say how long two takeovers last."""
        seconds = sorted(pause.ms / 1000 for pause in found if not pause.again)
        if seconds:
            yield Figure(name, seconds[_place_of_99(len(seconds))], "s", len(seconds))


def _place_of_99(count: int) -> int:
    """The smallest place that 99 of 100 don't pass: for fewer than 100 the last one."""
    return -(-99 * count // 100) - 1
