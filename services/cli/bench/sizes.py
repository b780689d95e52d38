"""How large the bench's contact centres are, and how long it measures."""

from dataclasses import dataclass

from services.plan.compiled import Policy

LARGE_AGENTS = 10_000


@dataclass(frozen=True, slots=True)
class Size:
    """A contact centre of the workload. `policies` go round the queues."""

    agents: int
    waiting: int
    policies: tuple[Policy, ...]
    free_percent: int = 20
    queues: int = 20
    signatures: int = 500

    @property
    def profiles(self) -> int:
        """200 for a thousand agents, 500 from ten thousand on; small centres share five agents to a profile."""
        wanted = 500 if self.agents >= LARGE_AGENTS else 200
        return max(1, min(wanted, self.agents // 5))


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is measured. `shrink` divides every size and every number of decisions: for tests."""

    rounds: int = 7
    shrink: int = 1

    def some(self, number: int, at_least: int = 1) -> int:
        return max(at_least, number // self.shrink)

    def size(self, agents: int, waiting: int, *policies: Policy, free_percent: int = 20) -> Size:
        """A size of the catalogue, or a small picture of it."""
        if self.shrink == 1:
            return Size(agents, waiting, policies, free_percent)
        return Size(self.some(agents, 40), self.some(waiting, 40), policies, free_percent, queues=4, signatures=12)
