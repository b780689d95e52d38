"""Two router processes over one faulty log, with clients that retry; and an auditor that reads the log and no more.

One seed makes all of it: which appends fail and how, when processes are killed, cut off or deposed, what is asked.
Everything runs in one event loop in virtual time, so a seed that fails fails again.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import TypeVar

from services.router.batch import BuildCommand, always
from services.router.caller_lists import CallerLists
from services.router.core.commands import (
    AcceptOffer,
    ActivatePlan,
    AttachAgent,
    Cancel,
    Command,
    CompleteContact,
    DeclineOffer,
    SetPresence,
)
from services.router.core.events import ContactAccepted, Presence
from services.router.core.invariants import check
from services.router.core.records import Contact, ContactStatus
from services.router.core.snapshot import state_hash
from services.router.core.state import TenantState
from services.router.decided import Decided, DecidedCommand
from services.router.effects import Answered, Commit
from services.router.intake import Overloaded
from services.router.log_codec import decode_decided
from services.router.owner import RELEASE_MS
from services.router.partition_logs import PartitionLogs
from services.router.partition_loop import NotOwner, PartitionLoop
from services.router.partition_state import PartitionState
from services.router.snapshots.due import SnapshotRules
from services.router.snapshots.keeper import SnapshotKeeper
from services.router.snapshots.reading import verify
from services.router.snapshots.shelf import Shelf
from services.router.snapshots.starting import Restored
from services.shared.event_log import EventLog
from services.shared.fence import FORMAT, Barrier, Batch, Fence, Verdict
from services.shared.log_codec import encode_record, judge_record
from services.shared.memory_event_log import MemoryEventLog
from switchroom.v1 import contact_pb2, inbound_pb2
from tests.fakes.faulty_event_log import Fault, FaultyEventLog
from tests.fakes.memory_blob_store import MemoryBlobStore
from tests.fakes.memory_object_store import MemoryObjectStore
from tests.fakes.virtual_time import VirtualClock, in_virtual_time
from tests.unit.router.core.builders import TENANT, agent, arrive, plan

AGENTS = ("ann", "bob", "cyd")
ROUTERS = 2
CHAOS_S = 40.0
# The longest back-off is 60 s, and two that depose each other need a few.
CALM_S_MAX = 600.0
# No whole ms, so that no back-off ends at the very same moment.
ATTEMPT_S = 4.0005
FAULTS = tuple(fault for fault in Fault if fault not in {Fault.NONE, Fault.TOO_LARGE})

T = TypeVar("T")


class Violation(AssertionError):
    """A router did what it must not, or gets nowhere."""


@dataclass(eq=False)
class Process:
    """One life of one router."""

    name: str
    log: FaultyEventLog
    loop: PartitionLoop
    task: "asyncio.Task[None]"
    epochs: list[int] = field(default_factory=list)

    def committed(self, commit: Commit) -> None:
        self.epochs.append(commit.epoch)

    def deposed(self) -> None:
        """Clients notice by themselves."""


@dataclass(frozen=True)
class Told:
    """An answer that reached a client."""

    command_id: str
    answered: Answered
    process: Process
    at_s: float


class World:
    """Made inside the virtual time loop; `run` goes through chaos and calm and audits the log."""

    def __init__(self, seed: int) -> None:
        self.rng = Random(seed)
        self.clock = VirtualClock()
        self.kept = MemoryEventLog(clock=self.clock)
        self.inbound = MemoryEventLog(clock=self.clock)
        self.blobs = MemoryBlobStore()
        self.calm = False
        self.objects = MemoryObjectStore(lambda: self._strikes(0.1))
        self.fault_rate = self.rng.choice((0.02, 0.1, 0.3))
        self.lives: list[Process] = []
        self.running: list[Process] = []
        self.told: list[Told] = []
        self.arrivals: list[str] = []
        self.counts: Counter[str] = Counter()
        self.asked: dict[str, tuple[Command, Answered]] = {}
        self._ids = 0

    async def run(self) -> None:
        self.running = [self._process(f"router-{number}") for number in range(ROUTERS)]
        await self._command(ActivatePlan(plan(*(agent(name) for name in AGENTS))))
        clients = [self._agent(name) for name in AGENTS] + [self._caller(), self._edge()]
        working = [asyncio.create_task(client) for client in clients]
        await self._chaos()
        await self._finish(working)
        await self._audit()
        for process in self.running:
            await self._kill(process)

    # Processes, and what becomes of them.

    def _process(self, name: str) -> Process:
        log = FaultyEventLog(
            self.kept, self._fault, delay_s=lambda: self.rng.uniform(0, 8), read_fails=lambda: self._strikes(0.1)
        )
        loop = PartitionLoop(
            PartitionLogs(self.inbound, log, 0, snapshots=_Keeper(self, log)),
            CallerLists(self.blobs, b"k" * 32),
            self.clock,
            f"{name}:8082",
            self.rng.randbytes,
        )
        loop.assign()
        process = Process(name, log, loop, asyncio.create_task(loop.run()))
        loop.listeners.add(process)
        self.lives.append(process)
        return process

    def _strikes(self, share: float = 1.0) -> bool:
        return not self.calm and self.rng.random() < self.fault_rate * share

    def _fault(self) -> Fault:
        fault = self.rng.choice(FAULTS) if self._strikes() else Fault.NONE
        self.counts[fault.name] += 1
        return fault

    async def _chaos(self) -> None:
        until_s = asyncio.get_running_loop().time() + CHAOS_S
        while asyncio.get_running_loop().time() < until_s:
            await asyncio.sleep(self.rng.expovariate(0.4))
            trouble = self.rng.choice((self._restart, self._restart, self._cut_off, self._foreign_barrier, self._stall))
            await trouble(self.rng.randrange(ROUTERS))

    async def _restart(self, number: int) -> None:
        self.counts["restarts"] += 1
        await self._kill(self.running[number])
        self.running[number] = self._process(self.running[number].name)

    async def _kill(self, process: Process) -> None:
        process.task.cancel()
        await asyncio.wait([process.task])
        if not process.task.cancelled():
            raise Violation(f"{process.name} ended by itself: {process.task.exception()!r}")

    async def _cut_off(self, number: int) -> None:
        process = self.running[number]
        process.log.is_away = True
        await asyncio.sleep(self.rng.uniform(0, 6))
        process.log.is_away = False

    async def _stall(self, number: int) -> None:
        """It sees nothing new for a while, and believes what it believed."""
        process = self.running[number]
        process.log.readable.clear()
        await asyncio.sleep(self.rng.uniform(0, 6))
        process.log.readable.set()

    async def _foreign_barrier(self, _number: int) -> None:
        self.counts["foreign barriers"] += 1
        epoch = (await self._fold())[0].checkpoint.epoch
        barrier = Barrier(epoch + 1, self.rng.randbytes(16), "stranger:8082", FORMAT)
        await self.kept.append(0, encode_record(barrier))

    async def _finish(self, working: list["asyncio.Task[None]"]) -> None:
        self.calm = True
        for process in self.running:
            process.log.is_away = False
            process.log.readable.set()
        _, late = await asyncio.wait(working, timeout=CALM_S_MAX)
        if late:
            raise Violation(f"{len(late)} clients have no answers after {CALM_S_MAX} quiet seconds")
        for client in working:
            client.result()
        await asyncio.sleep(30)

    # Clients: each retries with the same id, at whichever router, until it has an answer.

    async def _command(self, command: Command) -> Answered:
        self._ids += 1
        command_id = f"command-{self._ids}"
        answered = await self._until_answered(command_id, always(command))
        self.asked[command_id] = (command, answered)
        if self.rng.random() < 0.3:
            await self._ask_again(self.rng.choice(list(self.asked)))
        return answered

    async def _ask_again(self, command_id: str) -> None:
        command, first = self.asked[command_id]
        again = await self._until_answered(command_id, always(command))
        _require(again.outcome == first.outcome, f"{command_id} was answered {first.outcome}, then {again.outcome}")

    async def _until_answered(self, command_id: str, build: BuildCommand) -> Answered:
        while True:
            process = self.rng.choice(self.running)
            try:
                async with asyncio.timeout(ATTEMPT_S):
                    answered = await process.loop.ask(TENANT, command_id, build)
            except (NotOwner, Overloaded, TimeoutError) as unknown:
                _require(_may_be_waited_for(process, unknown), f"{command_id} was left waiting by a router that lost")
                self.counts["unknown"] += 1
                await asyncio.sleep(self.rng.uniform(0.05, 0.5))
                continue
            self.told.append(Told(command_id, answered, process, asyncio.get_running_loop().time()))
            return answered

    async def _look(self, look: Callable[[TenantState], T]) -> T:
        while True:
            process = self.rng.choice(self.running)
            try:
                async with asyncio.timeout(ATTEMPT_S):
                    seen, _ = await process.loop.look(TENANT, lambda state, _at_ms: look(state))
            except (NotOwner, Overloaded, TimeoutError) as unknown:
                _require(_may_be_waited_for(process, unknown), "a look was left waiting by a router that lost")
                await asyncio.sleep(self.rng.uniform(0.05, 0.5))
                continue
            return seen

    async def _agent(self, name: str) -> None:
        for _ in range(12):
            await self._command(AttachAgent(name))
            await self._command(SetPresence(name, Presence.AVAILABLE))
            contact = await self._look(lambda state: _item_of(state, name))
            if contact is None:
                await asyncio.sleep(self.rng.uniform(0.2, 3))
            elif contact.status is ContactStatus.OFFERED:
                answer = AcceptOffer if self.rng.random() < 0.8 else DeclineOffer
                await self._command(answer(name, contact.id, contact.offer_id))
            else:
                await self._command(CompleteContact(name, contact.id, "solved"))

    async def _caller(self) -> None:
        for number in range(10):
            # Too early by half; and what was refused once stays refused.
            await self._command(Cancel(f"routed-{number + self.rng.randrange(2)}"))
            await self._command(arrive(f"routed-{number}"))
            if self.rng.random() < 0.5:
                await self._command(Cancel(f"routed-{number}"))
            await asyncio.sleep(self.rng.expovariate(0.5))

    async def _edge(self) -> None:
        for number in range(15):
            contact_id = f"in-{number}"
            self.arrivals.append(contact_id)
            for _ in range(self.rng.choice((1, 1, 2, 3))):
                await self.inbound.append(0, _envelope(contact_id))
            await asyncio.sleep(self.rng.expovariate(0.5))

    # The audit.

    async def _fold(self) -> tuple[Fence, list[tuple[int, Batch]]]:
        fence = Fence()
        batches: list[tuple[int, Batch]] = []
        end = await self.kept.end(0)
        if not end:
            return fence, batches
        async for record in self.kept.read(0, 0):
            verdict, envelope = judge_record(fence, record)
            if verdict is Verdict.ACCEPTED and isinstance(envelope, Batch):
                batches.append((record.offset, envelope))
            if record.offset == end - 1:
                break
        return fence, batches

    async def _audit(self) -> None:
        fence, batches = await self._fold()
        self.counts["epochs"] = fence.checkpoint.epoch
        decided = [(offset, decode_decided(batch.decided)) for offset, batch in batches]
        commands = [(offset, command) for offset, each in decided for command in each.commands]
        self._check_answers(commands)
        self._check_release(batches)
        self._check_arrivals([command for _, command in commands])
        self._check_epochs()
        folded = PartitionState()
        for _, each in decided:
            folded.apply(each)
        check(folded.tenant(TENANT))
        await self._check_states(state_hash(folded.tenant(TENANT)))
        await self._check_snapshots(decided)

    async def _check_snapshots(self, decided: list[tuple[int, Decided]]) -> None:
        """Each is the fold of the log up to its place: nothing in it was speculated, and nothing is missing."""
        self.calm = True
        shelf = Shelf(self.objects, 0)
        for kept in await shelf.all():
            manifest = await verify(shelf, kept)
            folded = PartitionState()
            for _, each in [each for each in decided if each[0] < kept.offset]:
                folded.apply(each)
            _require(
                {name: state_hash(state) for name, state in folded.tenants.items()} == manifest.tenants
                and (folded.at_ms, folded.inbound_offset) == (manifest.at_ms, manifest.inbound_offset),
                f"the snapshot at {kept.offset} is not what the log says",
            )
            self.counts["snapshots"] += 1

    def _check_answers(self, commands: list[tuple[int, DecidedCommand]]) -> None:
        """Every answered command is in the log exactly once, with that very answer, no later than it was told."""
        times = Counter(command.id for _, command in commands if command.id)
        twice = [command_id for command_id, count in times.items() if count > 1]
        _require(not twice, f"{twice} were decided more than once")
        logged = {command.id: (offset, command.outcome) for offset, command in commands}
        for told in self.told:
            offset, outcome = logged.get(told.command_id, (-1, None))
            _require(outcome == told.answered.outcome, f"{told} but the log says {outcome}")
            _require(offset <= told.answered.position.offset, f"{told} and it stands at {offset}")

    def _check_release(self, batches: list[tuple[int, Batch]]) -> None:
        """Each answer left within 3 s of the sending of a batch of that process that counts."""
        accepted = {encode_record(batch) for _, batch in batches}
        for told in self.told:
            sent_s = [at_s for at_s, record in told.process.log.asked if record in accepted and at_s <= told.at_s]
            _require(bool(sent_s), f"{told}: its router had decided nothing that counts")
            _require(told.at_s - max(sent_s) <= RELEASE_MS / 1_000 + 0.002, f"{told}: it left too late")

    def _check_arrivals(self, commands: list[DecidedCommand]) -> None:
        accepted = Counter(
            event.contact_id for command in commands for event in command.events if isinstance(event, ContactAccepted)
        )
        _require(all(accepted[contact_id] == 1 for contact_id in self.arrivals), f"arrivals: {accepted}")

    def _check_epochs(self) -> None:
        told: dict[int, Process] = {}
        for process in self.lives:
            _require(process.epochs == sorted(process.epochs), f"{process.name} told of an old epoch after a new one")
            for epoch in process.epochs:
                _require(told.setdefault(epoch, process) is process, f"two processes told of epoch {epoch}")

    async def _check_states(self, expected: str) -> None:
        for process in self.running:
            speculation = process.loop._speculation
            if speculation.in_flight is None:
                _require(state_hash(speculation.state.tenant(TENANT)) == expected, f"{process.name} has another state")
                self.counts["states compared"] += 1


class _Keeper(SnapshotKeeper):
    """Makes many, and keeps all of them."""

    def __init__(self, world: World, log: EventLog) -> None:
        rules = SnapshotRules(commits=9, minutes=1, kept=1_000)
        super().__init__(Shelf(world.objects, 0), log, rules, world.clock)
        self._counts = world.counts

    async def restored(self) -> Restored | None:
        found = await super().restored()
        self._counts["begun at a snapshot"] += found is not None
        return found


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise Violation(otherwise)


def _may_be_waited_for(process: Process, unknown: Exception) -> bool:
    """Only a router that decides may leave somebody waiting: one that has lost the partition tells them at once."""
    return not isinstance(unknown, TimeoutError) or process.loop.deciding


def _item_of(state: TenantState, name: str) -> Contact | None:
    known = state.agents.get(name)
    return state.contacts[known.items[0]] if known and known.items else None


def _envelope(contact_id: str) -> bytes:
    envelope = inbound_pb2.InboundEnvelope(
        event_id=f"event-{contact_id}", tenant=TENANT, company="acme", contact_id=contact_id
    )
    envelope.contact_arrived.channel = contact_pb2.CHANNEL_WEB_CHAT
    envelope.contact_arrived.direction = contact_pb2.DIRECTION_INBOUND
    envelope.contact_arrived.ready = True
    return envelope.SerializeToString()


@in_virtual_time
async def run_world(seed: int) -> World:
    """One world from beginning to end. Raises Violation."""
    world = World(seed)
    await world.run()
    return world
