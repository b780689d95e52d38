"""A thousand agents on one Work.Desk stream, whose messages are looked through as they are read, and not decoded."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from typing import Any

import grpc.aio

from services.agents.desk import Attach, DeskRequest, Presence, SetPresence
from services.agents.grpc_client import CHANNEL_OPTIONS, request_message
from services.cli.bench.path.contacts import COMPANY, PAGE, TENANT, Seen
from services.cli.grpc_client import RouterClient
from services.shared.tokens import Role, TokenMaker

AGENTS, UNITS = 1_000, 4
# So many may be offered something at once.
ROOM = AGENTS * UNITS
AT_ONCE = 100
# A beat has an epoch, a number and a time; a desk has an agent and more.
BEAT_BYTES = 40
ANSWERED = re.compile(rb"bench-command-\d{9}")
PLAN = f"""
format: 1
tenant: {TENANT}
time_zone: Europe/Berlin
companies:
  - id: {COMPANY}
    name: Bench
    addresses: [{{channel: web_form, address: {PAGE}}}]
    dispositions: [{{id: solved, name: Solved}}]
channels:
  web_form: {{units: 1, offer_s: 3600}}
queues:
  - {{id: bench, company: {COMPANY}, name: Bench, policy: longest_idle}}
default: {{queue: bench}}
agents:
"""


class DesksMissing(Exception):
    """The router did not put the bench's plan in force, or did not attach its agents; says why."""


def plan() -> bytes:
    """All agents may take everything."""
    return (PLAN + "".join(f"  - {{id: {each}, companies: {COMPANY}, units: {UNITS}}}\n" for each in agents())).encode()


def agents() -> list[str]:
    """Their ids."""
    return [f"agent-{number:04}" for number in range(AGENTS)]


async def activate(router: str, tokens: TokenMaker) -> None:
    """Put the plan in force. Raises DesksMissing."""
    token = tokens.make(TENANT, (), Role.ADMIN, "", "bench")
    async with RouterClient(router, lambda: token) as client:
        activated = await client.activate_plan(plan())
    if activated.defects:
        raise DesksMissing(f"the bench's plan is wrong: {activated.defects[0].what}")


@dataclass(slots=True)
class Desks:
    """All agents on one stream; `seen` is told of every message."""

    router: str
    tokens: TokenMaker
    seen: Seen = field(default_factory=Seen)
    _commands: int = 0
    _said: int = 1
    _unanswered: set[bytes] = field(default_factory=set)
    _outgoing: "asyncio.Queue[bytes]" = field(default_factory=asyncio.Queue)
    _answered: asyncio.Event = field(default_factory=asyncio.Event)

    async def read(self) -> None:
        """Read the stream until cancelled."""
        async with grpc.aio.insecure_channel(self.router, options=CHANNEL_OPTIONS) as channel:
            # Without codecs: bytes go up and come down.
            desk: Any = channel.stream_stream("/switchroom.v1.Work/Desk")
            async for message in desk(self._requests()):
                self.seen.note(message)
                self._said += len(message) > BEAT_BYTES
                if self._unanswered:
                    self._unanswered.difference_update(ANSWERED.findall(message))
                    self._answered.set()

    async def attach(self) -> None:
        """Attach all, or renew their tokens, and have them take work."""
        await self._ask((agent, Attach(self._token(agent))) for agent in agents())
        await self._ask((agent, SetPresence(Presence.AVAILABLE)) for agent in agents())

    async def until_quiet(self, quiet_s: float) -> None:
        """Wait until the stream has brought nothing but beats for so long."""
        while self._said:
            self._said = 0
            await asyncio.sleep(quiet_s)

    async def _ask(self, commands: Iterable[tuple[str, Attach | SetPresence]]) -> None:
        for agent, command in commands:
            self._commands += 1
            command_id = f"bench-command-{self._commands:09}"
            self._unanswered.add(command_id.encode())
            self._outgoing.put_nowait(request_message(DeskRequest(command_id, agent, command)).SerializeToString())
            await self._until_unanswered(AT_ONCE)
        await self._until_unanswered(0)

    async def _until_unanswered(self, count: int) -> None:
        while len(self._unanswered) > count:
            self._answered.clear()
            async with asyncio.timeout(60):
                await self._answered.wait()

    def _token(self, agent: str) -> str:
        return self.tokens.make(TENANT, (), Role.AGENT, agent, agent)

    async def _requests(self) -> AsyncIterator[bytes]:
        while True:
            yield await self._outgoing.get()
