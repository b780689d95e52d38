"""When a partition's next snapshot is due. Pure: it is told what happened and what time it is."""

from dataclasses import dataclass

# After a failure it is tried again so much later.
RETRY_MS = 60_000
# Of the time, a snapshot may be in the making for one part of so many.
PARTS = 20
MS_PER_MINUTE = 60_000


@dataclass(frozen=True, slots=True)
class SnapshotRules:
    """A snapshot after so many commits, or so many minutes if anything was committed; the newest `kept` stay.

    `log_kept_ms`: records of router.log older than that are archived and then deleted there; 0: never.
    """

    commits: int = 10_000
    minutes: int = 15
    kept: int = 3
    log_kept_ms: int = 7 * 24 * 3_600_000


class Due:
    """Counts commits since the newest snapshot. All times are of one monotonic clock."""

    def __init__(self, rules: SnapshotRules, now_ms: int) -> None:
        self._rules = rules
        self._commits = 0
        self._since_ms = now_ms
        self._not_before_ms = now_ms

    def committed(self) -> None:
        """One more commit was folded in."""
        self._commits += 1

    def is_due(self, now_ms: int) -> bool:
        """Whether a snapshot should be taken now."""
        if now_ms < self._not_before_ms or not self._commits:
            return False
        late = now_ms - self._since_ms >= self._rules.minutes * MS_PER_MINUTE
        return late or self._commits >= self._rules.commits

    def taken(self, now_ms: int) -> None:
        """One is being made of what was folded in up to now."""
        self._commits = 0
        self._since_ms = now_ms

    def made(self, now_ms: int) -> None:
        """It is made; the longer that took, the later comes the next one."""
        self._not_before_ms = now_ms + (PARTS - 1) * (now_ms - self._since_ms)

    def failed(self, now_ms: int) -> None:
        """It could not be made."""
        self._commits = max(self._commits, self._rules.commits)
        self._not_before_ms = now_ms + RETRY_MS
