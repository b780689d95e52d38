"""Whether a partition's commits follow each other without a gap, and took every record of contacts.inbound once."""

from collections.abc import Sequence

from services.cli.bench.takeover.committed import Commit
from services.cli.bench.takeover.violation import Rule, Violations


class OrderAudit:
    """Takes one partition's commits in order. `inbound` has the (tenant, event id) of each record there, by offset."""

    def __init__(self, inbound: Sequence[tuple[str, str]], violations: Violations) -> None:
        self._inbound = inbound
        self._violations = violations
        self._epoch = self._seq = self._at_ms = 0
        self._taken_to = -1
        self._known: set[tuple[str, str]] = set()

    def take(self, commit: Commit) -> None:
        """The next one."""
        self._check_place(commit)
        self._check_inbound(commit)
        self._epoch, self._seq, self._at_ms = commit.epoch, commit.seq, commit.at_ms

    def finish(self) -> None:
        """There are no more: every record of contacts.inbound must have been taken."""
        for offset in range(self._taken_to + 1, len(self._inbound)):
            self._gap(f"record {offset} of contacts.inbound was never taken")

    def _check_place(self, commit: Commit) -> None:
        due = self._seq + 1 if commit.epoch == self._epoch else 1
        if commit.epoch < self._epoch or commit.seq != due:
            self._gap(f"{_place(commit)} has epoch {commit.epoch}, seq {commit.seq}; seq {due} was due")
        if commit.at_ms < self._at_ms:
            self._violations.note(Rule.BROKEN, f"{_place(commit)} goes back in time")

    def _check_inbound(self, commit: Commit) -> None:
        """The commands that stem from records must be those of the records it says it took, and in their order."""
        if commit.inbound_offset < self._taken_to or commit.inbound_offset >= len(self._inbound):
            self._gap(f"{_place(commit)} took contacts.inbound to {commit.inbound_offset} after {self._taken_to}")
            return
        due = self._new_records(commit.inbound_offset)
        decided = [(command.tenant, command.id) for command in commit.commands if command.of_inbound]
        if decided != due:
            self._gap(f"{_place(commit)} decided {len(decided)} records of contacts.inbound, and {len(due)} were due")
        self._taken_to = commit.inbound_offset

    def _new_records(self, to_offset: int) -> list[tuple[str, str]]:
        """Those up to there that were not delivered before: a redelivery decides nothing."""
        due = []
        for record in self._inbound[self._taken_to + 1 : to_offset + 1]:
            if record not in self._known:
                self._known.add(record)
                due.append(record)
        return due

    def _gap(self, words: str) -> None:
        self._violations.note(Rule.GAPS, words)


def _place(commit: Commit) -> str:
    return f"the batch at offset {commit.offset} of partition {commit.partition}"
