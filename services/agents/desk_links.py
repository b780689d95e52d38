"""The links of all tenants: one stream each, because a command on it names its agent and not its tenant."""

import asyncio
from collections.abc import Callable

import structlog

from services.agents.bells import Bells
from services.agents.desk_link import DeskLink, DeskStream, LinkTimes
from services.shared.clock import Clock
from services.shared.tokens import TokenMaker

log = structlog.get_logger()
RESTART_S = 1


class DeskLinks:
    """Opens a tenant's link when its first agent comes."""

    def __init__(
        self,
        connect: Callable[[], DeskStream],
        tokens: TokenMaker,
        bells: Bells,
        clock: Clock,
        times: LinkTimes = LinkTimes(),  # noqa: B008  # frozen
    ) -> None:
        self._connect = connect
        self._tokens = tokens
        self._bells = bells
        self._clock = clock
        self._times = times
        self._links: dict[str, DeskLink] = {}
        self._tasks: list[asyncio.Task[None]] = []

    def of(self, tenant: str) -> DeskLink:
        """The tenant's link."""
        if tenant not in self._links:
            link = self._links[tenant] = DeskLink(self._connect, self._tokens, self._bells, self._clock, self._times)
            self._tasks.append(asyncio.create_task(_keep_running(link), name=f"desk link of {tenant}"))
        return self._links[tenant]

    async def start(self) -> None:
        """Nothing: links open as agents come."""

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        self._links.clear()


async def _keep_running(link: DeskLink) -> None:
    while True:
        try:
            await link.run()
        except Exception:  # one tenant's link must not stay down for a fault that the next try may not meet
            log.exception("desk_link_failed")
        await asyncio.sleep(RESTART_S)
