"""Three routers who share a few partitions by their group, while all of it fails: log, group and the routers.

Routers are killed, stopped and started, forgotten by the group while they live on, and told late what is theirs.
Programs ask whichever router they please, follow its word on whom to ask, and retry under the same id. One seed
makes all of it.
"""

import asyncio
from collections import Counter
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from services.router.batch import always
from services.router.caller_lists import CallerLists
from services.router.core.commands import DONE, ActivatePlan, Cancel
from services.router.core.events import ContactAccepted
from services.router.core.snapshot import state_hash
from services.router.effects import Answered
from services.router.intake import Overloaded
from services.router.log_codec import decode_decided
from services.router.partition_loop import NotOwner
from services.router.partition_state import PartitionState
from services.router.partitions import Partitions, Seat
from services.shared.connections import Connections
from services.shared.fence import Batch, Fence, Verdict
from services.shared.log_codec import judge_record
from services.shared.memory_event_log import MemoryEventLog
from services.shared.partition import partition_of
from switchroom.v1 import contact_pb2, inbound_pb2
from tests.fakes.faulty_event_log import Fault, FaultyEventLog
from tests.fakes.memory_blob_store import MemoryBlobStore
from tests.fakes.memory_group import MemoryGroup, MemoryGroups
from tests.fakes.virtual_time import VirtualClock, in_virtual_time
from tests.unit.router.core.builders import agent, arrive, plan

PARTITIONS = 4
TENANTS = tuple(f"tenant-{number}" for number in range(6))
ROUTERS = 3
CHAOS_S = 60.0
CALM_S_MAX = 600.0
ATTEMPT_S = 4.0005
FAULTS = tuple(fault for fault in Fault if fault not in {Fault.NONE, Fault.TOO_LARGE})


class Violation(AssertionError):
    """Something was lost, doubled or forgotten, or nobody gets anywhere."""


@dataclass(eq=False)
class Life:
    """One life of one router. A program that knows its address reaches it as long as it lives."""

    name: str
    log: FaultyEventLog
    group: MemoryGroup
    partitions: Partitions

    def kill(self) -> None:
        """Gone at once."""
        for task in (*self.partitions._tasks, *self.partitions._running.values()):
            task.cancel()


@dataclass
class World:
    """Made inside the virtual time loop."""

    seed: int
    counts: Counter[str] = field(default_factory=Counter)
    answers: dict[str, Answered] = field(default_factory=dict)
    arrivals: dict[str, list[str]] = field(default_factory=lambda: {tenant: [] for tenant in TENANTS})
    running: dict[str, Life] = field(default_factory=dict)
    calm: bool = False

    def __post_init__(self) -> None:
        self.rng = Random(self.seed)
        self.clock = VirtualClock()
        self.kept = MemoryEventLog(PARTITIONS, self.clock)
        self.inbound = MemoryEventLog(PARTITIONS, self.clock)
        self.fault_rate = self.rng.choice((0.0, 0.05, 0.2))
        self.groups = MemoryGroups(lambda: 0.0 if self.calm else self.rng.choice((0.0, 0.1, 2.0)))
        self.standbys = self.rng.choice((0, 1, 2))

    async def run(self) -> None:
        for number in range(ROUTERS):
            await self._start(f"router-{number}:8082")
        programs = [asyncio.create_task(self._program(tenant)) for tenant in TENANTS]
        await self._chaos()
        self._calm()
        _, late = await asyncio.wait(programs, timeout=CALM_S_MAX)
        _require(not late, f"{len(late)} programs have no answers after {CALM_S_MAX:.0f} quiet seconds")
        for program in programs:
            program.result()
        # What was said late in the chaos has arrived by then.
        await asyncio.sleep(10)
        await self._until_divided()
        claimed = await self._claimed()
        await asyncio.sleep(150)
        _require(await self._claimed() == claimed, "routers go on taking partitions from each other")
        await self._audit()
        for life in self.running.values():
            await life.partitions.stop()

    # Trouble.

    async def _chaos(self) -> None:
        until_s = asyncio.get_running_loop().time() + CHAOS_S
        while asyncio.get_running_loop().time() < until_s:
            await asyncio.sleep(self.rng.expovariate(0.3))
            trouble = self.rng.choice((self._kill, self._restart, self._forget, self._divide, self._stall))
            name = self.rng.choice(sorted(self.running))
            self.counts[trouble.__name__] += 1
            await trouble(name)

    def _calm(self) -> None:
        self.calm = True
        for life in self.running.values():
            life.log.is_away = False
            life.log.readable.set()

    async def _start(self, name: str) -> None:
        nothing: Any = None
        blobs = MemoryBlobStore()
        log = FaultyEventLog(self.kept, self._fault, delay_s=lambda: self.rng.uniform(0, 8))
        group = self.groups.group()
        connections = Connections(self.inbound, nothing, log, nothing, blobs, group=group)
        partitions = Partitions(connections, CallerLists(blobs, b"k" * 32), self.clock, Seat(name, self.standbys))
        self.running[name] = Life(name, log, group, partitions)
        await partitions.start()

    async def _kill(self, name: str) -> None:
        self.running.pop(name).kill()
        await asyncio.sleep(self.rng.uniform(0, 8))
        await self._start(name)

    async def _restart(self, name: str) -> None:
        """As a rolling restart does it: others take over first."""
        await self.running[name].partitions.stop()
        del self.running[name]
        await self._start(name)

    async def _forget(self, name: str) -> None:
        """The group does not hear of it any more; it lives, and believes what it believed, until it joins again."""
        life = self.running[name]
        life.group.lapse()
        await asyncio.sleep(self.rng.uniform(0, 10))
        life.group.join_again()

    async def _divide(self, _name: str) -> None:
        self.groups.divide()

    async def _stall(self, name: str) -> None:
        """It sees nothing new for a while."""
        life = self.running[name]
        life.log.readable.clear()
        await asyncio.sleep(self.rng.uniform(0, 6))
        life.log.readable.set()

    def _fault(self) -> Fault:
        strikes = not self.calm and self.rng.random() < self.fault_rate
        return self.rng.choice(FAULTS) if strikes else Fault.NONE

    # Programs.

    async def _program(self, tenant: str) -> None:
        await self._ask(tenant, f"{tenant}-plan", ActivatePlan(replace(plan(agent("ann")), tenant=tenant)))
        for number in range(12):
            await self._append(tenant, f"in-{number}")
            await self._ask(tenant, f"{tenant}-route-{number}", arrive(f"routed-{number}"))
            again = self.rng.randrange(number + 1)
            await self._ask(tenant, f"{tenant}-cancel-{again}", Cancel(f"routed-{again}"))
            await asyncio.sleep(self.rng.expovariate(0.25))

    async def _ask(self, tenant: str, command_id: str, command: Any) -> None:
        answered = await self._until_answered(tenant, command_id, command)
        first = self.answers.setdefault(command_id, answered)
        _require(answered.outcome == first.outcome, f"{command_id}: {first.outcome}, then {answered.outcome}")
        _require(command_id.find("cancel") > 0 or first.outcome == DONE, f"{command_id}: {first.outcome}")

    async def _until_answered(self, tenant: str, command_id: str, command: Any) -> Answered:
        while True:
            if self.running and (life := self._whom_to_ask(tenant)) is not None:
                try:
                    async with asyncio.timeout(ATTEMPT_S):
                        return await life.partitions.of(tenant).ask(tenant, command_id, always(command))
                except (NotOwner, Overloaded, TimeoutError):
                    self.counts["unknown"] += 1
            await asyncio.sleep(self.rng.uniform(0.05, 0.5))

    def _whom_to_ask(self, tenant: str) -> Life | None:
        """Any router, or whom that one names: a call is handed on once."""
        asked = self.running[self.rng.choice(sorted(self.running))]
        address = asked.partitions.where(tenant)
        if address:
            self.counts["handed on"] += 1
        return self.running.get(address) if address else asked

    async def _append(self, tenant: str, contact_id: str) -> None:
        envelope = inbound_pb2.InboundEnvelope(
            event_id=f"event-{contact_id}", tenant=tenant, company="acme", contact_id=contact_id
        )
        envelope.contact_arrived.channel = contact_pb2.CHANNEL_WEB_CHAT
        envelope.contact_arrived.direction = contact_pb2.DIRECTION_INBOUND
        envelope.contact_arrived.ready = True
        await self.inbound.append(partition_of(tenant, PARTITIONS), envelope.SerializeToString())
        self.arrivals[tenant].append(contact_id)

    # The audit.

    async def _until_divided(self) -> None:
        """Each partition has one who decides, and nobody two more than another."""
        try:
            async with asyncio.timeout(CALM_S_MAX):
                while not self._is_divided():  # noqa: ASYNC110  # a test asks from outside
                    await asyncio.sleep(0.5)
        except TimeoutError:
            raise Violation(f"after all was calm for long: {self._owned()}") from None

    def _is_divided(self) -> bool:
        counts = [len(owned) for owned in self._owned().values()]
        deciders = Counter(each for owned in self._owned().values() for each in owned)
        return deciders == Counter(range(PARTITIONS)) and max(counts) - min(counts) <= 1

    def _owned(self) -> dict[str, list[int]]:
        return {name: life.partitions._decided() for name, life in self.running.items()}

    async def _audit(self) -> None:
        for partition in range(PARTITIONS):
            fence, folded, times = await self._fold(partition)
            self.counts["epochs"] += fence.checkpoint.epoch
            twice = [command_id for command_id, count in times.items() if count > 1]
            _require(not twice, f"{twice} were decided more than once")
            for tenant in (each for each in TENANTS if partition_of(each, PARTITIONS) == partition):
                self._check_tenant(folded, tenant, times)
                self._check_replicas(partition, tenant, state_hash(folded.tenant(tenant)))

    async def _claimed(self) -> list[int]:
        return [(await self._fold(partition))[0].checkpoint.epoch for partition in range(PARTITIONS)]

    async def _fold(self, partition: int) -> tuple[Fence, PartitionState, Counter[str]]:
        fence, folded, times = Fence(), PartitionState(), Counter[str]()
        end = await self.kept.end(partition)
        async for record in self.kept.read(partition, 0):
            verdict, envelope = judge_record(fence, record)
            if verdict is Verdict.ACCEPTED and isinstance(envelope, Batch):
                decided = decode_decided(envelope.decided)
                folded.apply(decided)
                for command in decided.commands:
                    times[f"{command.tenant} {command.id}"] += bool(command.id)
                    accepted = [each for each in command.events if isinstance(each, ContactAccepted)]
                    times.update(f"{command.tenant} {event.contact_id}" for event in accepted)
            if record.offset == end - 1:
                break
        return fence, folded, times

    def _check_tenant(self, folded: PartitionState, tenant: str, times: Counter[str]) -> None:
        lost = [each for each in self.arrivals[tenant] if times[f"{tenant} {each}"] != 1]
        _require(not lost, f"of {tenant} {lost} did not arrive once")
        for command_id in (each for each in self.answers if each.startswith(f"{tenant}-")):
            _require(times[f"{tenant} {command_id}"] == 1, f"{command_id} was answered and is not in the log")

    def _check_replicas(self, partition: int, tenant: str, expected: str) -> None:
        for life in self.running.values():
            speculation = life.partitions._loops[partition]._speculation
            if partition in life.partitions._running and speculation.in_flight is None:
                found = state_hash(speculation.state.tenant(tenant))
                _require(found == expected, f"{life.name} has another state of {tenant}")
                self.counts["states compared"] += 1


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise Violation(otherwise)


@in_virtual_time
async def run_group_world(seed: int) -> World:
    """One world from beginning to end. Raises Violation."""
    world = World(seed)
    await world.run()
    return world
