"""Contacts that come at an even pace, and which of them were acknowledged."""

import asyncio
import random
from collections.abc import Sequence

from services.cli.bench.takeover.committed import ContactKey
from services.cli.bench.takeover.plan_file import COMPANY, PAGE
from services.ingest.envelopes import Arrived, Envelope
from services.ingest.log_codec import encode
from services.plan.compiled import Channel
from services.shared.clock import SystemClock
from services.shared.event_log import EventLog, LogUnavailable
from services.shared.partition import partition_of

RETRY_S = 0.5


class Arrivals:
    """Appends to contacts.inbound as ingest does. `acknowledged` has when the append of each contact returned, ms."""

    def __init__(self, inbound: EventLog, tenants: Sequence[str], per_s: int, redelivered: int, seed: int) -> None:
        self.acknowledged: dict[ContactKey, int] = {}
        self._inbound = inbound
        self._tenants = tenants
        self._pace_s = 1 / per_s
        self._redelivered = redelivered
        self._chance = random.Random(seed)  # noqa: S311  # from a seed, so that a run can be had again
        self._clock = SystemClock()

    async def run(self, stopping: asyncio.Event) -> None:
        """Until told to stop; returns when all that came were acknowledged."""
        loop = asyncio.get_running_loop()
        due_s = loop.time()
        async with asyncio.TaskGroup() as tasks:
            number = 0
            while not stopping.is_set():
                tasks.create_task(self._arrive(self._tenants[number % len(self._tenants)], number))
                number += 1
                due_s += self._pace_s
                await asyncio.sleep(max(0.0, due_s - loop.time()))

    async def _arrive(self, tenant: str, number: int) -> None:
        contact_id = f"contact-{number}"
        record = encode(
            Envelope(
                event_id=f"{contact_id}-arrived",
                tenant=tenant,
                company=COMPANY,
                contact_id=contact_id,
                seen_at_ms=self._clock.wall_ms(),
                what=Arrived(Channel.WEB_FORM, dialed=PAGE),
            )
        )
        twice = self._chance.randrange(self._redelivered) == 0
        await self._append(tenant, record)
        self.acknowledged[ContactKey(tenant, contact_id)] = self._clock.wall_ms()
        if twice:
            await self._append(tenant, record)

    async def _append(self, tenant: str, record: bytes) -> None:
        """As a sender does that is answered 503: again, until it is taken."""
        while True:
            try:
                await self._inbound.append(partition_of(tenant, self._inbound.partitions), record)
            except LogUnavailable:
                await asyncio.sleep(RETRY_S)
            else:
                return
