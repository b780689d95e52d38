"""The checks of the logs, made on any EventLog: what is on Kafka and what is in a folder are looked at alike."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence

from services.cli.doctor import log_checks
from services.cli.doctor.finding import Finding
from services.cli.doctor.guarded import findings
from services.cli.doctor.kept_checks import Names, kept, kept_aside
from services.cli.doctor.tail import newest_ms, tail_of
from services.shared.clock import Clock
from services.shared.event_log import EventLog

AT_ONCE = 4


async def partitions(
    router_log: EventLog,
    inbound: EventLog,
    aside: Names | None,
    serves: Callable[[str], Awaitable[bool]] | None,
) -> list[Finding]:
    """All that is said of each partition; `serves` None: owners are not asked."""
    some = asyncio.Semaphore(AT_ONCE)

    async def looked_at(partition: int) -> list[Finding]:
        async with some:
            return await findings(f"router.log/{partition}", _partition(router_log, inbound, aside, serves, partition))

    each = await asyncio.gather(*map(looked_at, range(router_log.partitions)))
    return [finding for of_one in each for finding in of_one]


async def clock(logs: Sequence[EventLog], now: Clock) -> Finding:
    """The log's clock beside this machine's. Raises LogUnavailable."""
    newest = [await newest_ms(log, partition) for log in logs for partition in range(log.partitions)]
    return log_checks.clock([at_ms for at_ms in newest if at_ms is not None], now.wall_ms())


async def _partition(
    router_log: EventLog,
    inbound: EventLog,
    aside: Names | None,
    serves: Callable[[str], Awaitable[bool]] | None,
    partition: int,
) -> Iterator[Finding]:
    tail = await tail_of(router_log, partition)
    owner = tail.owner()
    answers = await serves(owner.owner_address) if serves is not None and owner is not None else None
    known = await kept_aside(aside, partition) if aside is not None else None
    inbound_end = await inbound.end(partition) if partition < inbound.partitions else 0
    return iter(
        (
            log_checks.formats(tail),
            log_checks.owned(tail, answers),
            log_checks.behind(tail, inbound_end),
            kept(partition, tail.start, tail.end, known),
        )
    )
