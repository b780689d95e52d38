"""A router's shell for tests: one partition's loop on logs in memory, and a reader of what it decided."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from random import Random
from typing import Any

from services.plan.compiled import Plan
from services.router.batch import always
from services.router.caller_lists import CallerLists
from services.router.core.commands import ActivatePlan, AttachAgent, Command, Outcome, SetPresence
from services.router.core.events import Presence
from services.router.core.records import ContactStatus
from services.router.core.state import TenantState
from services.router.decided import Decided, DecidedCommand
from services.router.effects import Answered, Commit
from services.router.log_codec import decode_decided
from services.router.partition_logs import PartitionLogs
from services.router.partition_loop import PartitionLoop
from services.shared.clock import Clock
from services.shared.fence import FORMAT, Barrier, Batch, Fence, Verdict
from services.shared.log_codec import encode_record, judge_record
from services.shared.memory_event_log import MemoryEventLog
from switchroom.v1 import contact_pb2, inbound_pb2
from tests.fakes.faulty_event_log import FaultyEventLog
from tests.fakes.memory_blob_store import MemoryBlobStore
from tests.fakes.virtual_time import VirtualClock, until
from tests.unit.router.core.builders import TENANT, plan

OTHER_CLAIM = b"O" * 16
CUSTOMERS_KEY = b"k" * 32


class Shell:
    """`kept` is the log itself; `log` is the loop's way to it. `begin` and `kill` are a process's life."""

    def __init__(
        self, kept: MemoryEventLog | None = None, inbound: MemoryEventLog | None = None, seed: int = 1
    ) -> None:
        self.clock: Clock = VirtualClock()
        self.kept = kept or MemoryEventLog(clock=self.clock)
        self.inbound = inbound or MemoryEventLog(clock=self.clock)
        self.log = FaultyEventLog(self.kept)
        self.blobs = MemoryBlobStore()
        self.random = Random(seed)
        self.lists = CallerLists(self.blobs, CUSTOMERS_KEY)
        self.loop = self._new_loop()
        self.task: asyncio.Task[None] | None = None

    def _new_loop(self) -> PartitionLoop:
        logs = PartitionLogs(self.inbound, self.log, 0)
        loop = PartitionLoop(logs, self.lists, self.clock, "router:8082", self.random.randbytes)
        loop.assign()
        return loop

    async def begin(self, in_force: Plan | None = None) -> "Shell":
        """Run a new loop until it decides; with a plan in force if one is given."""
        self.loop = self._new_loop()
        self.task = asyncio.create_task(self.loop.run())
        await until(lambda: self.loop.deciding)
        if in_force is not None:
            await self.do(ActivatePlan(in_force))
        return self

    async def kill(self) -> None:
        """End the loop where it stands, as if its process were gone."""
        if self.task is not None:
            self.task.cancel()
            await asyncio.wait([self.task])

    async def ask(self, command: Command, command_id: str = "") -> Answered:
        """The answer to a command."""
        return await self.loop.ask(TENANT, command_id, always(command))

    async def do(self, command: Command, command_id: str = "") -> Answered:
        """The answer to a command that is not refused."""
        answered = await self.ask(command, command_id)
        assert answered.outcome == Outcome(), answered.outcome
        return answered

    async def on_duty(self, *agents: str) -> None:
        for agent in agents:
            await self.do(AttachAgent(agent))
            await self.do(SetPresence(agent, Presence.AVAILABLE))

    def asking(self, command: Command, command_id: str = "") -> "asyncio.Task[Answered]":
        """The command, asked for; its answer may be long in coming."""
        return asyncio.create_task(self.ask(command, command_id))

    async def write(self, record: bytes | Barrier | Batch) -> None:
        """Somebody else appends to router.log."""
        await self.kept.append(0, record if isinstance(record, bytes) else encode_record(record))

    async def depose(self) -> None:
        """Another router claims the partition."""
        fence, _ = await self.read_all()
        await self.write(Barrier(fence.checkpoint.epoch + 1, OTHER_CLAIM, "other:8082", FORMAT))

    async def write_as_other(self, decided: bytes) -> None:
        """The other router, which has claimed the partition, decides something."""
        at = (await self.read_all())[0].checkpoint
        await self.write(Batch(at.epoch, OTHER_CLAIM, at.seq + 1, at.digest, FORMAT, decided))

    async def read_all(self) -> tuple[Fence, list[Decided]]:
        """What the log says, as any reader sees it."""
        fence = Fence()
        decided: list[Decided] = []
        end = await self.kept.end(0)
        if end == 0:
            return fence, decided
        async for record in self.kept.read(0, 0):
            verdict, envelope = judge_record(fence, record)
            if verdict is Verdict.ACCEPTED and isinstance(envelope, Batch):
                decided.append(decode_decided(envelope.decided))
            if record.offset == end - 1:
                break
        return fence, decided

    async def commands(self) -> list[DecidedCommand]:
        """All that was decided, in order."""
        return [command for decided in (await self.read_all())[1] for command in decided.commands]

    async def events(self, kind: type | None = None) -> list[Any]:
        """All events, or those of one kind."""
        events = [event for command in await self.commands() for event in command.events]
        return [event for event in events if kind is None or isinstance(event, kind)]

    async def arrive(self, contact_id: str = "c1", event_id: str = "", **fields: Any) -> None:
        """A contact comes in."""
        envelope = inbound_pb2.InboundEnvelope(
            event_id=event_id or f"event-{contact_id}", tenant=TENANT, company="acme", contact_id=contact_id
        )
        facts: dict[str, Any] = {
            "channel": contact_pb2.CHANNEL_WEB_CHAT,
            "direction": contact_pb2.DIRECTION_INBOUND,
            "ready": True,
        }
        envelope.contact_arrived.CopyFrom(inbound_pb2.ContactArrived(**(facts | fields)))
        await self.inbound.append(0, envelope.SerializeToString())


class Recorder:
    """A listener that keeps what it is told."""

    def __init__(self) -> None:
        self.commits: list[Commit] = []
        self.at_s: list[float] = []
        self.deposals = 0

    def committed(self, commit: Commit) -> None:
        self.commits.append(commit)
        self.at_s.append(asyncio.get_running_loop().time())

    def deposed(self) -> None:
        self.deposals += 1


@asynccontextmanager
async def deciding(in_force: Plan | None = None, **settings: Any) -> AsyncIterator[Shell]:
    """A shell that decides, with a plan in force."""
    shell = Shell(**settings)
    await shell.begin(in_force or plan())
    try:
        yield shell
    finally:
        await shell.kill()


def status_of(contact_id: str) -> Callable[[TenantState, int], ContactStatus]:
    """What a look at the state asks for."""
    return lambda state, _at_ms: state.contacts[contact_id].status
