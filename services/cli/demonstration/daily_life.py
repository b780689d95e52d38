"""What goes on after the first contacts: another customer every few seconds, for whoever looks at the floor."""

import asyncio
import itertools

import structlog

from services.cli.demonstration.customers import Customers
from services.cli.demonstration.story import Visit

EVERY_S = 5.0
# Customers who are not served would pile up; their places are for those who are.
AT_A_TIME_MAX = 20
# A chat that nobody answers, a call that nobody takes.
PATIENCE_S = 300.0

log = structlog.get_logger(__name__)


class DailyLife:
    """Customers in turn, each by themselves. `run` it until cancelled."""

    def __init__(
        self, customers: Customers, visits: tuple[Visit, ...], misfortunes: tuple[type[BaseException], ...]
    ) -> None:
        self._customers = customers
        self._visits = visits
        self._misfortunes = misfortunes
        self._there: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """One every five seconds; what goes wrong with one is logged."""
        try:
            for visit in itertools.cycle(self._visits):
                await asyncio.sleep(EVERY_S)
                if len(self._there) < AT_A_TIME_MAX:
                    self._send(visit)
        finally:
            for task in tuple(self._there):
                task.cancel()
            await asyncio.gather(*self._there, return_exceptions=True)

    def _send(self, visit: Visit) -> None:
        task = asyncio.create_task(self._one(visit))
        self._there.add(task)
        task.add_done_callback(self._there.discard)

    async def _one(self, visit: Visit) -> None:
        try:
            async with asyncio.timeout(PATIENCE_S):
                await self._customers.visit(visit)
        except self._misfortunes as error:
            log.warning("a_customer_was_lost", channel=visit.channel, why=type(error).__name__)
