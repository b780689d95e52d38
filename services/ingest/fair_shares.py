"""Who sends how much, of late: of tenants that share a partition, those are told apart that send more than others."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class FairShares:
    """Counts what each tenant of one partition sends, and forgets it after one to two turns."""

    _now: Counter[str] = field(default_factory=Counter)
    _before: Counter[str] = field(default_factory=Counter)
    # Of all tenants, in the same two turns.
    _total_now: int = 0
    _total_before: int = 0

    def sent(self, tenant: str) -> None:
        """One more of this tenant."""
        self._now[tenant] += 1
        self._total_now += 1

    def turn(self) -> None:
        """Time has passed: what was sent before the last turn is forgotten."""
        self._before, self._now = self._now, Counter()
        self._total_before, self._total_now = self._total_now, 0

    def is_modest(self, tenant: str) -> bool:
        """Whether the tenant sends less than each would if all sent equally. One alone does not."""
        sent = self._now[tenant] + self._before[tenant]
        tenants = max(len(self._now), len(self._before)) + (not sent)
        return sent * tenants < self._total_now + self._total_before
