"""How long each agent's desk was taken by something that stands alone: what it interrupts takes that much longer."""

from collections import defaultdict


class Interruptions:
    """Times in ms of log time."""

    def __init__(self) -> None:
        self._before_ms: defaultdict[str, int] = defaultdict(int)
        self._since_ms: dict[str, int] = {}

    def begin(self, agent: str, at_ms: int) -> None:
        self._since_ms[agent] = at_ms

    def end(self, agent: str, at_ms: int) -> None:
        self._before_ms[agent] += at_ms - self._since_ms.pop(agent, at_ms)

    def until_ms(self, agent: str, at_ms: int) -> int:
        """All such time of the agent up to then."""
        return self._before_ms[agent] + at_ms - self._since_ms.get(agent, at_ms)
