"""The whole load: plans put in force, agents at their desks, contacts coming."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from services.agents.bells import Bells
from services.agents.desk_links import DeskLinks
from services.cli.bench.takeover.agents import Agent, identity_of
from services.cli.bench.takeover.arrivals import Arrivals
from services.cli.bench.takeover.noting_stream import Doors
from services.cli.bench.takeover.plan_file import agents_of, plan_file, tenants_of
from services.cli.bench.takeover.seen import Seen
from services.cli.bench.takeover.sizes import Load
from services.cli.grpc_client import CallFailed, RouterClient
from services.shared.clock import SystemClock
from services.shared.event_log import EventLog
from services.shared.tokens import Role, TokenMaker

ACTIVATED_WITHIN_S = 120.0
ENDED_WITHIN_S = 300.0
ASK_AGAIN_S = 0.5


class NotActivated(Exception):
    """No router put a plan in force in time."""


class RunningLoad:
    """Made by `begin`; ended by `end`."""

    def __init__(self, inbound: EventLog, addresses: Sequence[str], private_key: bytes, load: Load, seed: int) -> None:
        self.seen = Seen()
        self._load = load
        self._seed = seed
        self._addresses = addresses
        self._tokens = TokenMaker(private_key, SystemClock())
        self._tenants = tenants_of(load)
        self.arrivals = Arrivals(inbound, self._tenants, load.contacts_per_s, load.redelivered, seed)
        self._bells = Bells()
        self._doors = Doors(addresses, self.seen)
        self._links = DeskLinks(self._doors.connect, self._tokens, self._bells, SystemClock())
        self._no_more = asyncio.Event()
        self._coming: asyncio.Task[None] | None = None
        self._agents: list[asyncio.Task[None]] = []

    async def begin(self) -> None:
        """Plans, agents, contacts. Raises NotActivated."""
        for tenant in self._tenants:
            await self._activate(tenant)
        for tenant in self._tenants:
            self._agents.extend(self._sit_down(tenant))
        self._coming = asyncio.create_task(self.arrivals.run(self._no_more))

    def check(self) -> None:
        """Raises what an agent, or whoever makes contacts come, failed with."""
        for task in (*self._agents, self._coming):
            if task is not None and task.done() and not task.cancelled() and (failed := task.exception()):
                raise failed

    async def until_all_ended(self) -> None:
        """No more contacts come; wait for the end of all that did, or for as long as that may take."""
        self._no_more.set()
        if self._coming is not None:
            await self._coming
        with suppress(TimeoutError):
            async with asyncio.timeout(ENDED_WITHIN_S):
                while self.arrivals.acknowledged.keys() - self.seen.completed.keys():
                    self.check()
                    await asyncio.sleep(ASK_AGAIN_S)

    async def end(self) -> None:
        """Everybody goes home."""
        tasks = [*self._agents, *([] if self._coming is None else [self._coming])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._links.stop()
        await self._doors.close()

    def _sit_down(self, tenant: str) -> list[asyncio.Task[None]]:
        link = self._links.of(tenant)
        names = agents_of(self._load)
        agents = [
            Agent(link, self._bells, identity_of(tenant, name), self.seen, self._seed + place)
            for place, name in enumerate(names)
        ]
        return [asyncio.create_task(agent.run(), name=f"agent of {tenant}") for agent in agents]

    async def _activate(self, tenant: str) -> None:
        """Ask one router after the other until one does it."""
        loop = asyncio.get_running_loop()
        until_s, why, place = loop.time() + ACTIVATED_WITHIN_S, "", 0
        while loop.time() < until_s:
            address = self._addresses[place % len(self._addresses)]
            async with RouterClient(address, lambda: self._admin(tenant)) as router:
                try:
                    activated = await router.activate_plan(plan_file(tenant, self._load))
                except CallFailed as failed:
                    why, place = str(failed), place + 1
                    await asyncio.sleep(ASK_AGAIN_S)
                    continue
            if activated.version:
                return
            raise NotActivated(f"the plan of the load is wrong: {activated.defects}")
        raise NotActivated(f"no router put the plan of {tenant} in force within {ACTIVATED_WITHIN_S:.0f} s: {why}")

    def _admin(self, tenant: str) -> str:
        return self._tokens.make(tenant, (), Role.ADMIN, "", "bench")
