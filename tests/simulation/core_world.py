"""Two routers, one log, and everything that can go wrong between a decision and its answer; one seed makes all of it.

The core runs inside the real batches, codec and fold. What the log accepted is judged by the auditor, once, as the
standby folds it in; clients hear nothing that does not stand there.

Some routers are of a newer version, whose records hold fields that the others don't know and have to read past. A kind
of event that a reader does not know stops it (its tests are those of the codec); two versions that decide differently
are not simulated.
"""

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from services.router.batch import REJECTED, Request, always
from services.router.core.apply import apply
from services.router.core.commands import (
    Arrive,
    ChangeOwner,
    Command,
    CustomerLeaves,
    CustomerWrites,
    Outcome,
    Refine,
    TimePassed,
)
from services.router.core.decide import decide
from services.router.core.desk import is_on_duty
from services.router.core.events import ContactForgotten, ContactOffered
from services.router.core.invariants import check
from services.router.core.scan import best_agent, unfit
from services.router.core.state import TenantState
from services.router.core.table import Line, Table
from services.router.decided import Decided, DecidedCommand
from services.router.effects import Answered
from tests.simulation.core_auditor import Auditor
from tests.simulation.core_books import Complaint, must
from tests.simulation.core_router import Picture, Router
from tests.simulation.core_workload import AGENTS, TENANT, Workload

CHECKED_EACH_EVENTS = 100
PICTURE_EACH_EVENTS = 1_000
# Of the picture that a crashed router begins with: 1 for the newest.
AGES = (1, 1, 2, 3)
DECIDED_BYTES_MAX = 8 * 1024 * 1024
# Answers are kept for fifteen minutes; nobody asks again later than that.
ASKED_AGAIN_MS = 10 * 60_000
COMING_IN = (Arrive, Refine, CustomerWrites, CustomerLeaves)
TROUBLE_AGAIN = 0.3
BATCHES = (1, 1, 1, 2, 3, 8)


@dataclass(frozen=True, slots=True)
class Asked:
    """A command that somebody waits for, or an envelope that came in."""

    id: str
    command: Command
    at_ms: int

    @property
    def comes_in(self) -> bool:
        return isinstance(self.command, COMING_IN)


class World:
    def __init__(self, seed: int, agents: int = AGENTS) -> None:
        self._random = Random(-1 - seed)
        self._rate = self._random.choice((0.0, 0.02, 0.08))
        self._skewed = self._random.random() < 0.3
        self.workload = Workload(seed, agents)
        self.auditor = Auditor()
        self.log: list[bytes] = []
        self.counts: Counter[str] = Counter()
        self.events = 0
        self._names = 0
        self._next_check = self._next_picture = 0
        self._pictures: list[Picture | None] = [None]
        self._unfinished: set[int] = set()
        self._decided: dict[str, Outcome | None] = {}
        # By contact.
        self._came_in: defaultdict[str, dict[str, Outcome | None]] = defaultdict(dict)
        self._told: dict[str, Outcome] = {}
        self._asked: list[Asked] = []
        self.owner, self.standby = self._router(), self._router()
        self.take_over()

    @property
    def state(self) -> TenantState:
        return self.owner.state.tenant(TENANT)

    def run(self, operations: int) -> None:
        """The day with all that goes wrong. Raises Complaint, InvariantBroken."""
        commands = self.workload.commands(self.state, operations - 1, now=lambda: self.state)
        batch: list[Asked] = []
        size = 1
        for number, command in enumerate(commands):
            batch.append(Asked(f"q{number}", command, self.workload.at_ms))
            if len(batch) >= size:
                self._commit(self._delivered(batch))
                batch, size = [], self._random.choice(BATCHES)
                # A clock that jumps: only when nobody waits, for answers are not kept for so long.
                self.workload.at_ms += 3_600_000 if self._random.random() < self._rate / 50 else 0
        self._commit(batch)
        self._check()
        self._check_rebuilt()

    def ask(self, *commands: Command, calm: bool = True) -> None:
        """Commands in one batch. Calm: nothing goes wrong."""
        asked = []
        for command in commands:
            self._names += 1
            asked.append(Asked(f"calm{self._names}", command, self.workload.at_ms))
        if asked:
            self._commit(asked, calm=calm)

    # Batches

    def _delivered(self, batch: list[Asked]) -> list[Asked]:
        """What came in may come twice, and in another order; whoever had no answer asks again."""
        again = [each for each in batch if self._random.random() < self._rate]
        now_ms = self._now()
        recent = [each for each in self._asked[-30:] if now_ms - each.at_ms < ASKED_AGAIN_MS]
        if recent and self._random.random() < self._rate:
            again.append(self._random.choice(recent))
        if again:
            self.counts["delivered again"] += len(again)
            batch = [*batch, *again]
            self._random.shuffle(batch)
        return batch

    def _now(self) -> int:
        return max(self.owner.state.at_ms, self.workload.at_ms)

    def _commit(self, asked: list[Asked], *, calm: bool = False, in_trouble: bool = False) -> None:
        """Until all of it stands in the log, whatever happens on the way; trouble seldom comes alone."""
        self._asked = [*self._asked[-30:], *asked]
        rate = TROUBLE_AGAIN if in_trouble and self._rate else self._rate
        goes_wrong = not calm and self._random.random() < rate
        trouble = self._random.choice(self._troubles()) if goes_wrong else self._append
        if trouble(asked):
            return
        self.take_over()
        self._commit(asked, calm=calm, in_trouble=True)

    def _troubles(self) -> tuple[Callable[[list[Asked]], bool], ...]:
        return (
            self._crash_before,
            self._crash_after,
            self._zombie,
            self._append_failed,
            self._append_twice,
            self._foreign_barrier,
            self._late_barrier,
        )

    def _decide(self, asked: list[Asked]) -> bytes:
        """Decide them on what is certain, as one batch in flight."""
        batch = self.owner.speculation.begin(self._now(), DECIDED_BYTES_MAX)
        for each in asked:
            must(batch.add(self._request(each)), "a batch is full that should not be")
            if batch.answers[-1][1] == REJECTED:
                decide(self.state, each.command, batch.at_ms)  # raises what was caught
                raise Complaint(f"{each} was rejected")
        if batch.unfinished:
            self._unfinished.add(len(self.log))
        return self.owner.record(batch.encoded())

    def _request(self, asked: Asked) -> Request:
        contact_id = getattr(asked.command, "contact_id", "") if asked.comes_in else ""
        return Request(
            TENANT, asked.id, always(asked.command), contact_id, answer=lambda answered: self._hear(asked, answered)
        )

    def _hear(self, asked: Asked, answered: Answered | None) -> None:
        """An answer leaves the router: what it says stands in the log, and is what was said before."""
        if answered is None or asked.comes_in or not asked.id:
            return
        must(asked.id in self._decided, f"{asked.id} was answered and does not stand in the log")
        outcome = answered.outcome
        must(self._decided[asked.id] == outcome, f"{asked.id} was answered otherwise than the log says")
        must(self._told.setdefault(asked.id, outcome) == outcome, f"{asked.id} was answered in two ways")

    # What can go wrong with one. True: it stands in the log, and its answers left.

    def _append(self, asked: list[Asked]) -> bool:
        self.log.append(self._decide(asked))
        return self._read_back()

    def _crash_before(self, asked: list[Asked]) -> bool:
        self._decide(asked)
        return self._crash("crash before the append")

    def _crash_after(self, asked: list[Asked]) -> bool:
        self.log.append(self._decide(asked))
        return self._crash("crash after the append")

    def _zombie(self, asked: list[Asked]) -> bool:
        """It was stopped with its batch in hand; when it goes on another owns the partition."""
        record = self._decide(asked)
        self.log.append(self.standby.barrier())
        self.log.append(record)
        self.counts["zombie"] += 1
        return self._lose()

    def _append_failed(self, asked: list[Asked]) -> bool:
        self._decide(asked)
        self.counts["append failed"] += 1
        return self._lose()

    def _append_twice(self, asked: list[Asked]) -> bool:
        """And a record of long ago comes late."""
        record = self._decide(asked)
        late = self._random.choice(self.log[-8:])
        self.log += [record, record, late]
        self.counts["append twice"] += 1
        return self._read_back()

    def _foreign_barrier(self, asked: list[Asked]) -> bool:
        """Somebody claims the partition and is never heard of again."""
        self._decide(asked)
        self.log.append(self.standby.barrier())
        self.counts["foreign barrier"] += 1
        return self._lose()

    def _late_barrier(self, asked: list[Asked]) -> bool:
        """A claim for an epoch that is over counts for nobody."""
        self.log += [self._decide(asked), self._old_barrier]
        self.counts["late barrier"] += 1
        return self._read_back()

    def _crash(self, what: str) -> bool:
        """The owner is gone with all that it knew; it is built up again from a picture and what came after."""
        self.counts[what] += 1
        self.owner = self._router(self._pictures[-min(self._random.choice(AGES), len(self._pictures))])
        self.owner.follow()
        return False

    def _lose(self) -> bool:
        self.owner.speculation.drop()
        self.owner.follow()
        return False

    def _read_back(self) -> bool:
        """The owner reads its own record; the standby has folded it in, and the auditor seen it."""
        self.standby.follow(self._fold)
        batch = self.owner.speculation.in_flight
        offset = self.owner.fence.checkpoint.offset
        accepted = [number for number, _ in self.owner.read()]
        assert batch is not None
        must(accepted == [offset], "the owner's own batch does not count, or something else does")
        self.owner.speculation.read_back(batch, offset, self.owner.fence.checkpoint)
        self.owner.speculation.release()
        if self.events >= self._next_check:
            self._check()
        if self.events >= self._next_picture:
            self._next_picture = self.events + PICTURE_EACH_EVENTS
            self._pictures.append(self.owner.picture())
        if batch.unfinished:
            self._append([Asked("", TimePassed(match_all=True), self._now())])
        return True

    # Owners

    def _router(self, picture: Picture | None = None) -> Router:
        self._names += 1
        is_newer = self._skewed and self._random.random() < 0.5
        self.counts["newer routers"] += is_newer
        return Router(f"router{self._names}", self.log, picture, is_newer=is_newer)

    def take_over(self) -> None:
        """The standby reads to the end and claims; the first that it decides is that it is the new owner."""
        self.counts["takeovers"] += 1
        self.standby.follow(self._fold)
        self.owner, self.standby = self.standby, self.owner
        self._old_barrier = self.owner.barrier()
        self.log.append(self._old_barrier)
        self.owner.follow()
        self.standby.follow()
        self._agree()
        self.workload.at_ms += self._random.choice((0, 0, 0, -5_000, -60_000, 7_000)) if self._rate else 0
        self.log.append(self._decide([Asked("", ChangeOwner(), self._now())]))
        self._read_back()

    # What is looked at

    def _fold(self, offset: int, decided: Decided) -> None:
        """As PartitionState.apply, with the plain scan and the auditor looking on."""
        state = self.standby.state
        for command in decided.commands:
            tenant = state.tenant(command.tenant)
            for event in command.events:
                if isinstance(event, ContactOffered):
                    _scan_agrees(tenant, event)
                apply(tenant, event, command.at_ms)
            state.remember(command)
            self._decide_once(command)
            self.events += len(command.events)
            self.auditor.audit(command.events, command.at_ms, unfinished=offset in self._unfinished)
        state.moved_to(decided.at_ms, decided.inbound_offset)

    def _decide_once(self, command: DecidedCommand) -> None:
        """An envelope is known as long as its contact is, a command for longer than anybody asks again."""
        for event in command.events:
            if isinstance(event, ContactForgotten):
                self._came_in.pop(event.contact_id, None)
        known = self._came_in[command.contact_id] if command.contact_id else self._decided
        must(not command.id or command.id not in known, f"{command.id} was decided twice")
        if command.id:
            known[command.id] = command.outcome

    def _check(self) -> None:
        self._next_check = self.events + CHECKED_EACH_EVENTS
        check(self.state)
        self._agree()
        self._check_index()
        self._check_expected_waits()

    def _agree(self) -> None:
        """Whoever folds the log has the state of who decided it, row by row, and what follows from the rows too."""
        wrong = _differing(self.state, self.standby.state.tenant(TENANT))
        must(not wrong, f"who folds the log has other {wrong} than who decided it")

    def _check_index(self) -> None:
        """Who is able, on duty and free is the same to the index as to the plain scan."""
        for contact in [self.state.contacts[contact_id] for contact_id in list(self.state.waiting)[:5]]:
            agents = self.state.agents.values()
            able = [agent for agent in agents if not unfit(self.state, agent, contact)]
            index = self.state.index
            wrong = [each.id for each in agents if not each.retired and index.is_able(each, contact) != (each in able)]
            must(not wrong, f"{contact.id}: the index is wrong about whether {wrong} are able to take it")
            on_duty = sum(1 for agent in able if is_on_duty(agent))
            must(index.able_on_duty(contact) == on_duty, f"{contact.id}: the index counts others on duty")

    def _check_expected_waits(self) -> None:
        for contact_id in list(self.state.waiting)[:3]:
            waits = [self.state.index.expected_wait(self.state.contacts[contact_id], place) for place in range(1, 12)]
            must(all(each.median_ms <= each.ninetieth_ms for each in waits), "half wait longer than nine tenths")
            ordered = [sorted(each) for each in zip(*waits, strict=True)]
            must([list(each) for each in zip(*waits, strict=True)] == ordered, "a later place waits for less")

    def _check_rebuilt(self) -> None:
        """A picture and the records after it give the same, whichever picture it is."""
        for picture in {id(each): each for each in (self._random.choice(self._pictures), self._pictures[-1])}.values():
            rebuilt = self._router(picture)
            rebuilt.follow()
            tenant = rebuilt.state.tenant(TENANT)
            wrong = _differing(tenant, self.state)
            must(not wrong, f"a snapshot and what came after give other {wrong}")
            check(tenant)


def _differing(ours: TenantState, theirs: TenantState) -> list[str]:
    """Of all that is remembered or derived."""
    mine, other = vars(ours), vars(theirs)
    wrong = [name for name, table in mine.items() if isinstance(table, Table) and table != other[name]]
    wrong += [name for name, line in mine.items() if isinstance(line, Line) and line.rows != other[name].rows]
    return wrong


def _scan_agrees(state: TenantState, event: ContactOffered) -> None:
    found = best_agent(state, state.contacts[event.contact_id])
    must(found is not None, f"{event.contact_id} was offered to {event.agent}, and the scan finds nobody")
    assert found is not None
    must(
        (found.agent.id, found.why) == (event.agent, event.why), f"{event.contact_id}: the scan chose {found.agent.id}"
    )
