"""A partition, its log and a few routers that run for it, with every fault; and an auditor that believes none of them.

The auditor folds the log itself, record by record as they land, and knows what each router proposed. A World is moved
by choosing an operation and a number; whoever chooses (a seeded generator, hypothesis) need not know what is possible.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from services.router.owner import Accepted, Append, BecameOwner, Owner, Stopped
from services.shared.event_log import LogRecord
from services.shared.fence import FORMAT, Barrier, Checkpoint, Fence, FenceStopped
from services.shared.log_codec import decode_record, judge_record

RECORD_BYTES_MAX = 4096
# In the quiet at the end: rounds of a second each. The longest back-off is 60 s.
QUIET_ROUNDS_MAX = 100
PROPOSALS_IN_QUIET = 3
LANDINGS_MAX = 2

OwnerKind = Callable[[str, int, Callable[[int], bytes]], Owner]
FenceKind = Callable[[], Fence]


class Violation(AssertionError):
    """What the routers did is not safe, or gets nowhere."""


@dataclass(eq=False)
class Message:
    """An append on its way: it may land now or later, up to twice or never; its sender is told once, or has died."""

    router: "Router"
    token: int
    record: bytes
    landed: int = 0
    told: bool = False


@dataclass(eq=False)
class Router:
    life: int
    owner: Owner
    assigned: bool = False
    paused: bool = False
    alive: bool = True
    proposals: int = 0
    released: int = 0


@dataclass
class World:
    rng: Random
    routers_count: int = 2
    owner_kind: OwnerKind = Owner
    fence_kind: FenceKind = Fence
    now_ms: int = 1_000_000
    log: list[LogRecord] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    history: list[Checkpoint] = field(default_factory=list)
    accepted: dict[bytes, int] = field(default_factory=dict)
    released: dict[bytes, int] = field(default_factory=dict)
    routers: list[Router] = field(default_factory=list)
    lives: int = 0

    def __post_init__(self) -> None:
        self.auditor = self.fence_kind()
        self.routers = [self._new_router() for _ in range(self.routers_count)]

    # --- what can happen; `choice` picks among what is there, and nothing happens where nothing is -----------------

    def read(self, choice: int) -> None:
        router = self._awake(choice)
        if router is not None:
            for _ in range(1 + choice // 8 % 3):
                self._read_next(router)

    def poll(self, choice: int) -> None:
        router = self._awake(choice)
        if router is not None:
            self._poll(router)

    def propose(self, choice: int) -> None:
        router = self._awake(choice)
        if router is not None and router.owner.may_propose:
            self._propose(router)

    def land(self, choice: int) -> None:
        message = self._message(choice)
        if message is not None:
            self._land(message)
            if message.landed == LANDINGS_MAX:
                message.told = True
                self.messages.remove(message)

    def fail(self, choice: int) -> None:
        message = self._message(choice)
        if message is not None:
            self._tell_failed(message)

    def acknowledge(self, choice: int) -> None:
        message = self._message(choice)
        if message is not None and message.landed:
            message.told = True

    def lose(self, choice: int) -> None:
        message = self._message(choice)
        if message is not None:
            self._tell_failed(message)
            self.messages.remove(message)

    def assign(self, choice: int) -> None:
        router = self._awake(choice)
        if router is not None:
            router.assigned = True
            router.owner.assigned(len(self.log))

    def unassign(self, choice: int) -> None:
        router = self._awake(choice)
        if router is not None:
            router.assigned = False
            router.owner.unassigned()

    def move_assignment(self, choice: int) -> None:
        """As a group does it; whoever sleeps has not heard of it."""
        for index in range(len(self.routers)):
            self.unassign(index)
        self.assign(choice)

    def pause(self, choice: int) -> None:
        """From here on it is a zombie: it acts again later, on what it believed."""
        self.routers[choice % len(self.routers)].paused = True

    def resume(self, choice: int) -> None:
        self.routers[choice % len(self.routers)].paused = False

    def crash(self, choice: int) -> None:
        """It starts again from the log's beginning; what it sent may still land."""
        index = choice % len(self.routers)
        self.routers[index].alive = False
        self.routers[index] = self._new_router()

    def pass_time(self, choice: int) -> None:
        self.now_ms += (1, 50, 300, 1_000, 5_000, 70_000)[choice % 6]

    # --- the end: faults stop, one router is assigned, and it has to get somewhere ------------------------------------

    def finish(self) -> None:
        """Check that the partition lives once faults have stopped, and that all readers agree."""
        chosen = self._stop_faults()
        before = chosen.released
        for _ in range(QUIET_ROUNDS_MAX):
            self.now_ms += 1_000
            for router in self.routers:
                self._quiet_round(router)
            if chosen.owner.may_propose:
                self._propose(chosen)
            if chosen.released - before >= PROPOSALS_IN_QUIET:
                break
        else:
            raise Violation(f"after {QUIET_ROUNDS_MAX} quiet seconds the router assigned got nothing decided")
        self._check_readers_agree()

    def _stop_faults(self) -> Router:
        self.rng.shuffle(self.messages)
        while self.messages:
            message = self.messages.pop()
            if self.rng.random() < 0.5:
                self._land(message)
            self._tell_failed(message)
        for router in self.routers:
            router.paused = False
        chosen = self.rng.randrange(len(self.routers))
        if self.rng.random() < 0.5 or not self.routers[chosen].assigned:
            self.move_assignment(chosen)
        for index, router in enumerate(self.routers):
            if index != chosen and router.assigned:
                self.unassign(index)
        return self.routers[chosen]

    def _quiet_round(self, router: Router) -> None:
        for _ in range(8):
            while router.owner.checkpoint.offset < len(self.log):
                self._read_next(router)
            self._poll(router)
            while self.messages:
                self._land(self.messages.pop(0))

    def _check_readers_agree(self) -> None:
        for router in self.routers:
            while router.owner.checkpoint.offset < len(self.log):
                self._read_next(router)
            self._require(router.owner.checkpoint == self.auditor.checkpoint, "a reader came to another end")

    # --- how it happens ---------------------------------------------------------------------------------------------

    def _new_router(self) -> Router:
        self.lives += 1
        owner = self.owner_kind(f"router-{self.lives}:8082", RECORD_BYTES_MAX, self.rng.randbytes)
        return Router(self.lives, owner)

    def _awake(self, choice: int) -> Router | None:
        router = self.routers[choice % len(self.routers)]
        return None if router.paused else router

    def _message(self, choice: int) -> Message | None:
        return self.messages[choice % len(self.messages)] if self.messages else None

    def _send(self, router: Router, append: Append) -> None:
        if isinstance(decode_record(append.record), Barrier):
            self._require(router.assigned, "a barrier without an assignment")
        self.messages.append(Message(router, append.token, append.record))

    def _tell_failed(self, message: Message) -> None:
        if not message.told and message.router.alive:
            message.router.owner.append_failed(message.token, self.now_ms)
        message.told = True

    def _poll(self, router: Router) -> None:
        while (append := router.owner.poll(self.now_ms)) is not None:
            self._send(router, append)

    def _propose(self, router: Router) -> None:
        router.proposals += 1
        digest = router.owner.checkpoint.digest
        decided = b"%d:%d:%s" % (router.life, router.proposals, digest.hex().encode())
        self._send(router, router.owner.propose(decided, FORMAT, self.now_ms))

    def _land(self, message: Message) -> None:
        message.landed += 1
        record = LogRecord(len(self.log), message.record, self.now_ms)
        self.log.append(record)
        before = self.auditor.checkpoint.digest
        try:
            verdict, envelope = judge_record(self.auditor, record)
        except FenceStopped as stopped:
            raise Violation(f"routers wrote what stops the fold: {stopped}") from None
        self.history.append(self.auditor.checkpoint)
        if verdict.name == "ACCEPTED":
            self._audit_accepted(envelope.decided, record.offset, before)  # type: ignore[union-attr]

    def _audit_accepted(self, decided: bytes, offset: int, before: bytes) -> None:
        self._require(decided not in self.accepted, "a batch was accepted twice")
        self._require(decided.endswith(before.hex().encode()), "a batch counts that was decided from another history")
        self.accepted[decided] = offset

    def _read_next(self, router: Router) -> None:
        offset = router.owner.checkpoint.offset
        if offset == len(self.log):
            return
        effect = router.owner.read(self.log[offset], self.now_ms)
        if isinstance(effect, Stopped):
            raise Violation(f"a router stopped: {effect.reason}")
        self._require(router.owner.checkpoint == self.history[offset], "a reader judged otherwise than the auditor")
        if isinstance(effect, BecameOwner):
            self._require(router.owner.owns, "a router became owner and does not know")
        if isinstance(effect, Accepted):
            self._audit_effects(router, effect)

    def _audit_effects(self, router: Router, effect: Accepted) -> None:
        self._require(self.accepted.get(effect.decided) == effect.offset, "effects of a batch that was not accepted")
        mine = effect.decided.startswith(b"%d:" % router.life)
        self._require(effect.own == mine, "the effects of an accepted batch did not leave where it was made")
        if effect.own:
            self._require(effect.decided not in self.released, "the effects of one batch left twice")
            self.released[effect.decided] = effect.offset
            router.released += 1

    def _require(self, holds: bool, otherwise: str) -> None:
        if not holds:
            raise Violation(otherwise)


# How often each thing happens, relative to the others, when it may happen at all in a schedule.
OPERATIONS: tuple[tuple[Callable[[World, int], None], int], ...] = (
    (World.read, 30),
    (World.poll, 15),
    (World.propose, 15),
    (World.land, 20),
    (World.fail, 6),
    (World.acknowledge, 6),
    (World.lose, 3),
    (World.assign, 2),
    (World.unassign, 1),
    (World.move_assignment, 2),
    (World.pause, 2),
    (World.resume, 4),
    (World.crash, 1),
    (World.pass_time, 5),
)
STEPS = 300


def run_schedule(seed: int, owner_kind: OwnerKind = Owner, fence_kind: FenceKind = Fence) -> World:
    """One schedule. Each seed leaves some faults out and makes others frequent, so that all mixtures come up."""
    rng = Random(seed)  # a seed has to give the same schedule
    world = World(rng, rng.choice((2, 2, 3)), owner_kind, fence_kind)
    operations = [operation for operation, _ in OPERATIONS]
    weights = [
        weight * rng.choice((0, 1, 1, 3)) if index > 3 else weight for index, (_, weight) in enumerate(OPERATIONS)
    ]
    world.move_assignment(rng.randrange(8))
    for operation in rng.choices(operations, weights, k=STEPS):
        operation(world, rng.randrange(1 << 16))
    world.finish()
    return world
