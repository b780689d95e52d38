"""A whole router on logs in memory, behind its real gRPC server on a free port, and programs that call it."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import grpc
from pydantic import SecretStr

from services.plan.compiled import Plan
from services.router import app
from services.router.batch import always
from services.router.core.commands import DONE, ActivatePlan, Arrive, AttachAgent
from services.router.decided import DecidedCommand
from services.router.grpc_api.server import GrpcPart
from services.router.intake import Overloaded
from services.router.log_codec import decode_decided
from services.router.partition_loop import PartitionLoop
from services.router.partitions import Partitions
from services.router.settings import RouterSettings
from services.shared.clock import SystemClock
from services.shared.connections import Connections
from services.shared.fence import FORMAT, Barrier, Batch, Fence, Verdict
from services.shared.group import Group, LoneGroup
from services.shared.log_codec import encode_record, judge_record
from services.shared.memory_event_log import MemoryEventLog
from services.shared.serve import Part
from services.shared.tokens import Role, TokenMaker, make_key_pair
from switchroom.v1 import plans_pb2_grpc, routing_pb2_grpc, work_pb2, work_pb2_grpc
from tests.fakes.faulty_event_log import FaultyEventLog
from tests.fakes.memory_blob_store import MemoryBlobStore
from tests.unit.router.core.builders import TENANT, agent, arrive, plan

DEADLINE_S = 30.0
ANN_BOB_CYD = (agent("ann"), agent("bob"), agent("cyd"))


class SkewedClock(SystemClock):
    """The machine's clocks; its wall clock can be set."""

    skew_ms = 0

    def wall_ms(self) -> int:
        return super().wall_ms() + self.skew_ms


@dataclass(frozen=True, slots=True)
class Shared:
    """What several routers have in common."""

    clock: SkewedClock = field(default_factory=SkewedClock)
    blobs: MemoryBlobStore = field(default_factory=MemoryBlobStore)
    keys: tuple[bytes, bytes] = field(default_factory=make_key_pair)
    kept: MemoryEventLog = field(default_factory=lambda: MemoryEventLog(clock=SkewedClock()))
    inbound: MemoryEventLog = field(default_factory=lambda: MemoryEventLog(clock=SkewedClock()))


class Scene:
    def __init__(self, shared: Shared | None = None, group: Group | None = None, port: int = 0) -> None:
        shared = shared or Shared()
        self.clock, self.blobs, self.kept = shared.clock, shared.blobs, shared.kept
        self.log = FaultyEventLog(self.kept)
        self.private, public = shared.keys
        nothing: Any = None  # the router has no documents
        self.connections = Connections(
            shared.inbound, MemoryEventLog(), self.log, nothing, self.blobs, group=group or LoneGroup()
        )
        self.settings = RouterSettings(
            grpc_port=port,
            http_port=0,
            token_public_key=public.decode(),
            customers_key=SecretStr("ab" * 32),
            message_bytes_max=64 * 1024,
        )
        self.parts: list[Part] = []
        self.channel: grpc.aio.Channel

    async def start(self) -> None:
        """Returns when it decides for its share."""
        await self.begin()
        await until(lambda: self.loop.deciding)

    async def begin(self) -> None:
        # Without its HTTP, which no call of this folder needs.
        self.parts = (await app.build(self.settings, self.connections, self.clock))[:2]
        for part in self.parts:
            await part.start()
        self.channel = grpc.aio.insecure_channel(f"127.0.0.1:{self.server.port}")

    async def stop(self) -> None:
        await self.channel.close()
        for part in reversed(self.parts):
            await part.stop()

    @property
    def server(self) -> GrpcPart:
        return next(part for part in self.parts if isinstance(part, GrpcPart))

    @property
    def loop(self) -> PartitionLoop:
        return next(part for part in self.parts if isinstance(part, Partitions)).of(TENANT)

    # Those who call.

    def token(self, agent: str = "", role: Role = Role.AGENT, **fields: Any) -> str:
        who: dict[str, Any] = {"tenant": TENANT, "companies": (), "subject": agent or role.value}
        return TokenMaker(self.private, self.clock).make(role=role, agent=agent, **(who | fields))

    def metadata(self, agent: str = "", role: Role = Role.AGENT, **fields: Any) -> tuple[tuple[str, str], ...]:
        return (("authorization", f"Bearer {self.token(agent, role, **fields)}"),)

    async def call(self, method: str, request: Any, who: str = "ann", deadline_s: float | None = DEADLINE_S) -> Any:
        """A unary call, by an agent, or by somebody of a role."""
        role = Role(who) if who in set(Role) else Role.AGENT
        metadata = self.metadata("" if who in set(Role) else who, role)
        for stub in (work_pb2_grpc.WorkStub, routing_pb2_grpc.RoutingStub, plans_pb2_grpc.PlansStub):
            if hasattr(made := stub(self.channel), method):
                return await getattr(made, method)(request, timeout=deadline_s, metadata=metadata)
        raise AttributeError(method)

    def desk(self) -> "Desk":
        return Desk(self)

    def pull(self, agent: str, **fields: Any) -> Any:
        stub = work_pb2_grpc.WorkStub(self.channel)
        return stub.PullWork(work_pb2.PullWorkRequest(), metadata=self.metadata(agent, **fields))

    # What happens behind.

    async def activate(self, in_force: Plan) -> None:
        assert (await self.loop.ask(TENANT, "", always(ActivatePlan(in_force)))).outcome == DONE

    async def arrive(self, contact_id: str = "c1", **fields: Any) -> None:
        command: Arrive = arrive(contact_id, **fields)
        assert (await self.loop.ask(TENANT, "", always(command))).outcome == DONE

    async def depose(self) -> None:
        """Another router claims the partition."""
        fence = (await self.read_all())[0]
        await self.kept.append(0, encode_record(Barrier(fence.checkpoint.epoch + 1, b"O" * 16, "other:1", FORMAT)))

    async def read_all(self) -> tuple[Fence, list[DecidedCommand]]:
        """What the log says."""
        fence = Fence()
        commands: list[DecidedCommand] = []
        end = await self.kept.end(0)
        async for record in self.kept.read(0, 0):
            verdict, envelope = judge_record(fence, record)
            if verdict is Verdict.ACCEPTED and isinstance(envelope, Batch):
                commands += decode_decided(envelope.decided).commands
            if record.offset == end - 1:
                break
        return fence, commands

    async def events(self, kind: type) -> list[Any]:
        commands = (await self.read_all())[1]
        return [event for command in commands for event in command.events if isinstance(event, kind)]


class Desk:
    """A program at a Desk stream."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.call = work_pb2_grpc.WorkStub(scene.channel).Desk()
        self.desks: dict[str, work_pb2.AgentDesk] = {}
        self.messages: list[work_pb2.DeskResponse] = []

    async def send(self, agent: str = "", command_id: str = "", **command: Any) -> str:
        command_id = command_id or secrets.token_hex(8)
        await self.call.write(work_pb2.DeskRequest(command_id=command_id, agent=agent, **command))
        return command_id

    async def attach(self, agent: str, **fields: Any) -> work_pb2.Answer:
        token = self.scene.token(agent, **fields)
        return await self.answer(await self.send(attach=work_pb2.Attach(token=token)))

    async def ask(self, agent: str, command_id: str = "", **command: Any) -> work_pb2.Answer:
        return await self.answer(await self.send(agent, command_id, **command))

    async def message(self) -> work_pb2.DeskResponse:
        """The next message."""
        async with asyncio.timeout(DEADLINE_S):
            message: Any = await self.call.read()
        if message is grpc.aio.EOF:
            raise EOFError(await self.call.code())
        self.messages.append(message)
        self.desks |= {desk.agent: desk for desk in message.desks}
        return work_pb2.DeskResponse.FromString(message.SerializeToString())

    async def answer(self, command_id: str) -> work_pb2.Answer:
        """The answer to that command; what comes before it is taken note of."""
        while True:
            for answer in (await self.message()).answers:
                if answer.command_id == command_id:
                    return answer

    async def until_desk(self, agent: str, holds: Callable[[work_pb2.AgentDesk], object]) -> work_pb2.AgentDesk:
        while agent not in self.desks or not holds(self.desks[agent]):
            await self.message()
        return self.desks[agent]

    async def end(self) -> grpc.StatusCode:
        """Read to the end; how it ended."""
        try:
            while True:
                await self.message()
        except (EOFError, grpc.aio.AioRpcError):
            return await self.call.code()


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(DEADLINE_S):
        while not condition():  # noqa: ASYNC110  # a test asks from outside
            await asyncio.sleep(0.005)


async def fill_up(scene: Scene) -> None:
    """Let as many commands wait as the router takes; nothing may be readable."""
    scene.loop.put(TENANT, "", always(ActivatePlan(plan(*ANN_BOB_CYD))))
    await until(lambda: not scene.loop._owner.may_propose)
    with suppress(Overloaded):
        while True:
            scene.loop.put(TENANT, "", always(AttachAgent("nobody")))


@asynccontextmanager
async def on_stage(in_force: Plan | None = None) -> AsyncIterator[Scene]:
    """A router that decides, with a plan for ann, bob and cyd in force."""
    scene = Scene()
    await scene.start()
    try:
        await scene.activate(in_force or plan(*ANN_BOB_CYD))
        yield scene
    finally:
        await scene.stop()
