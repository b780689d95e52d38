"""Two routers that both believe the partition is theirs, on a slow log: does either of them get anything done?"""

from services.router.owner import Accepted, Append, BecameOwner, RandomBytes
from services.shared.event_log import LogRecord
from services.shared.fence import FORMAT
from tests.simulation.ownership_world import RECORD_BYTES_MAX, OwnerKind

TICK_MS = 100
# An append is read back this late, and a new owner takes this long until it has its first batch.
LATENCY_MS = 500
PREPARATION_MS = 4_000


class Duel:
    def __init__(self, owner_kind: OwnerKind, random_bytes: RandomBytes) -> None:
        self.owners = [owner_kind(f"router-{number}:8082", RECORD_BYTES_MAX, random_bytes) for number in (1, 2)]
        self.ready_at_ms = [0, 0]
        self.on_the_way: list[tuple[int, bytes]] = []
        self.now_ms = 0
        self.records = 0
        self.decided = 0
        for owner in self.owners:
            owner.assigned(0)

    def run(self, minutes: int) -> int:
        """How many batches counted."""
        while self.now_ms < minutes * 60_000:
            self.now_ms += TICK_MS
            self.step()
        return self.decided

    def step(self) -> None:
        """What is due now."""
        self._land()
        for index in range(2):
            self._act(index)

    def _land(self) -> None:
        while self.on_the_way and self.on_the_way[0][0] <= self.now_ms:
            record = LogRecord(self.records, self.on_the_way.pop(0)[1], self.now_ms)
            self.records += 1
            for index, owner in enumerate(self.owners):
                effect = owner.read(record, self.now_ms)
                if isinstance(effect, BecameOwner):
                    self.ready_at_ms[index] = self.now_ms + PREPARATION_MS
                self.decided += isinstance(effect, Accepted) and effect.own

    def _act(self, index: int) -> None:
        owner = self.owners[index]
        while (append := owner.poll(self.now_ms)) is not None:
            self._send(append)
        if owner.may_propose and self.now_ms >= self.ready_at_ms[index]:
            self._send(owner.propose(b"a decision", FORMAT, self.now_ms))

    def _send(self, append: Append) -> None:
        self.on_the_way.append((self.now_ms + LATENCY_MS, append.record))
