"""How far the router is behind: what stands in contacts.inbound and was taken into account by no decision yet.

Both numbers are kept here, so that asking costs nothing: the log's end is looked up now and then and counted on with
our own appends; what was decided is heard from whoever follows router.log.
"""

import asyncio
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field

from services.ingest.fair_shares import FairShares
from services.ingest.metrics import ROUTER_LAG
from services.shared.event_log import EventLog
from services.shared.partition import partition_of

LOOK_EVERY_S = 1.0
LOOKS_PER_TURN = 5
# So many times `records_max` is too much whoever sends.
FULL = 2


@dataclass(slots=True)
class RouterLag:
    """Behind is a tenant whose partition has more than `records_max` records that are not decided.

    Tenants that send less than others there go on until there are twice as many: who floods is refused first.

    Until router.log was read (`not_ready_because` says so) nobody is: what was decided is not known yet.
    """

    inbound: EventLog
    records_max: int
    not_ready_because: Callable[[], str | None] = lambda: None
    # Per partition: the log's end when it was looked up, our appends since, and the offset after the last decided.
    _ends: dict[int, int] = field(default_factory=dict)
    _appended: dict[int, int] = field(default_factory=dict)
    _decided: dict[int, int] = field(default_factory=dict)
    _shares: dict[int, FairShares] = field(default_factory=dict)

    def is_behind(self, tenant: str) -> bool:
        """Whether new contacts of this tenant should come later."""
        if self.not_ready_because() is not None:
            return False
        partition = partition_of(tenant, self.inbound.partitions)
        lag_records = self.lag_records(partition)
        if lag_records <= self.records_max or lag_records > FULL * self.records_max:
            return lag_records > self.records_max
        return not self._sharing(partition).is_modest(tenant)

    def lag_records(self, partition: int) -> int:
        """Records of a partition that no decision has taken into account. Never below 0."""
        end = self._ends.get(partition, 0) + self._appended.get(partition, 0)
        return max(0, end - self._decided.get(partition, 0))

    def appended(self, partition: int, tenant: str) -> None:
        """One record more was appended here, of this tenant."""
        self._sharing(partition).sent(tenant)
        self._appended[partition] = self._appended.get(partition, 0) + 1

    def decided(self, partition: int, inbound_offset: int) -> None:
        """A commit took account of all up to that offset."""
        self._decided[partition] = max(self._decided.get(partition, 0), inbound_offset + 1)

    async def watch(self) -> None:
        """Look up the log's ends until cancelled. Raises LogUnavailable: call it again."""
        for look in itertools.count(1):
            for partition in range(self.inbound.partitions):
                await self._look(partition)
            if look % LOOKS_PER_TURN == 0:
                self._turn()
            await asyncio.sleep(LOOK_EVERY_S)

    def _turn(self) -> None:
        for shares in self._shares.values():
            shares.turn()

    def _sharing(self, partition: int) -> FairShares:
        return self._shares.setdefault(partition, FairShares())

    async def _look(self, partition: int) -> None:
        # Appends of ours that land while the log is asked may count twice until the next look: that errs to the safe
        # side, and not for long.
        before = self._appended.get(partition, 0)
        self._ends[partition] = await self.inbound.end(partition)
        self._appended[partition] = self._appended.get(partition, 0) - before
        ROUTER_LAG.labels(str(partition)).set(self.lag_records(partition))
