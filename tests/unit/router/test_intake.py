import asyncio
from typing import Any

import pytest

from services.router.batch import Batch, Look, Request, always
from services.router.core.commands import ActivatePlan, AttachAgent, ChangeOwner, SetPresence
from services.router.core.events import OfferReturned, OwnerChanged, Presence
from services.router.effects import Position
from services.router.envelopes import Envelope, Left
from services.router.inbound_reader import Arrival, InboundReader
from services.router.intake import DECIDING_MS_MAX, PER_BATCH_MAX, WAITING_MAX, Intake, Overloaded
from services.router.log_codec import decode_decided
from services.router.partition_state import PartitionState
from services.shared.memory_event_log import MemoryEventLog
from tests.fakes.manual_clock import ManualClock
from tests.unit.router.core.builders import T0, TENANT, agent, arrive, plan

MANY_BYTES = 10_000_000


class Bench:
    def __init__(self, in_force: Any = None) -> None:
        self.clock = ManualClock()
        self.inbound = InboundReader(MemoryEventLog(), 0, lambda _: None)
        self.intake = Intake(self.inbound, self.request_of, self.clock.monotonic_ms)
        self.state = PartitionState()
        self.told: list[Any] = []
        self.deciding_ms = 0
        self.put("plan", ActivatePlan(in_force or plan()))
        self.fill()
        self.told.clear()

    def request_of(self, arrival: Arrival) -> Request:
        assert isinstance(arrival.envelope, Envelope)
        return Request(TENANT, arrival.envelope.event_id, always(arrive()), "c1", arrival.offset)

    def request(self, id: str, command: Any) -> Request:
        def build(_state: object, _at_ms: int) -> Any:
            self.clock.pass_ms(self.deciding_ms)
            return command

        return Request(TENANT, id, build, answer=lambda answered: self.told.append((id, answered is not None)))

    def put(self, id: str, command: Any) -> None:
        self.intake.put(self.request(id, command))

    def put_look(self, look: Any = lambda state, _: state.tenant) -> None:
        self.intake.put_look(Look(TENANT, look, lambda saw, position: self.told.append((saw, position is not None))))

    def come_in(self, *event_ids: str) -> None:
        """Arrivals with these event ids; without an id: one that nobody can read."""
        for event_id in event_ids:
            envelope = Envelope(event_id, TENANT, "acme", "c1", Left()) if event_id else None
            self.inbound.waiting.append(Arrival(len(self.inbound.waiting), T0, envelope))

    def fill(self, at_ms: int = T0, bytes_max: int = MANY_BYTES) -> Batch:
        self.state.begin()
        batch = Batch(self.state, at_ms, bytes_max)
        self.intake.fill(batch)
        for release in batch.releases():
            release.tell(Position(0, 1))
        self.state.keep()
        return batch


def ids(batch: Batch) -> list[str]:
    return [command.id for command in decode_decided(batch.encoded()).commands]


def test_what_was_put_first_is_decided_first_and_looks_see_the_end() -> None:
    bench = Bench()
    bench.put_look(lambda state, _: state.agents["bob"].attached)
    bench.put("a", AttachAgent("ann"))
    bench.put("b", AttachAgent("bob"))
    bench.intake.put_own(bench.request("own", AttachAgent("ann")))
    bench.come_in("e-0")
    assert ids(bench.fill()) == ["a", "b", "own", "e-0"]
    assert bench.told == [("a", True), ("b", True), ("own", True), (True, True)]
    assert bench.intake.is_empty()


def test_the_change_of_owner_comes_before_what_time_brings() -> None:
    bench = Bench(plan(agent("ann")))
    bench.put("a", AttachAgent("ann"))
    bench.put("b", SetPresence("ann", Presence.AVAILABLE))
    bench.put("c", arrive())
    bench.fill()
    bench.intake.put_first(Request(TENANT, "", always(ChangeOwner())))
    batch = bench.fill(at_ms=T0 + 3_600_000)
    events = [event for command in decode_decided(batch.encoded()).commands for event in command.events]
    assert isinstance(events[0], OwnerChanged)
    assert not [event for event in events if isinstance(event, OfferReturned)]


def test_nothing_is_decided_before_the_owner_has_changed_for_every_tenant() -> None:
    bench = Bench()
    for number in range(60):
        bench.intake.put_first(Request(f"tenant-{number}", "", always(ChangeOwner())))
    bench.put("a", AttachAgent("ann"))
    bench.come_in("e-0")
    tenants: list[str] = []
    while bench.intake._first:
        batch = bench.fill(bytes_max=300)
        tenants += [command.tenant for command in decode_decided(batch.encoded()).commands]
    changed = [f"tenant-{number}" for number in range(60)]
    assert tenants[:60] == changed


def test_what_is_due_is_fired_whoever_asks_for_what() -> None:
    bench = Bench(plan(agent("ann")))
    bench.put("a", AttachAgent("ann"))
    bench.put("b", SetPresence("ann", Presence.AVAILABLE))
    bench.put("c", arrive())
    bench.fill()
    batch = bench.fill(at_ms=T0 + 3_600_000)
    assert next(type(event) for event in decode_decided(batch.encoded()).commands[0].events) is OfferReturned


def test_a_batch_takes_so_many_requests_and_arrivals_and_leaves_the_rest() -> None:
    bench = Bench()
    for number in range(PER_BATCH_MAX + 1):
        bench.put(f"a{number}", AttachAgent("ann"))
        bench.put_look()
    bench.come_in(*(f"e-{number}" for number in range(PER_BATCH_MAX + 1)))
    assert len(ids(bench.fill())) == 2 * PER_BATCH_MAX
    assert len(bench.told) == 2 * PER_BATCH_MAX
    assert ids(bench.fill()) == [f"e-{PER_BATCH_MAX}", f"a{PER_BATCH_MAX}"], "this time arrivals came first"
    assert bench.intake.is_empty()


def test_deciding_gives_everybody_else_a_turn_after_a_while() -> None:
    bench = Bench()
    bench.deciding_ms = DECIDING_MS_MAX // 2
    for number in range(5):
        bench.put(f"a{number}", AttachAgent("ann"))
    bench.come_in("e-0", "")
    bench.put_look()
    assert ids(bench.fill()) == ["a0", "a1"]
    assert (TENANT, True) in bench.told, "who only looks does not wait longer than a batch"
    assert ids(bench.fill()) == ["e-0", "a2", "a3"]
    assert ids(bench.fill()) == ["a4"]


def test_slow_timers_end_a_batch_too() -> None:
    bench = Bench(plan(agent("ann")))
    for tenant in (TENANT, "lagoon"):
        for command in (
            ActivatePlan(plan(agent("ann"), tenant=tenant)),
            AttachAgent("ann"),
            SetPresence("ann", Presence.AVAILABLE),
            arrive(),
        ):
            bench.intake.put_own(Request(tenant, "", always(command)))
    bench.fill()
    bench.put("a", AttachAgent("ann"))
    ticks = iter(range(0, 10_000, DECIDING_MS_MAX))
    bench.intake._now_ms = lambda: next(ticks)
    tenants = [
        [command.tenant for command in decode_decided(bench.fill(at_ms=T0 + 3_600_000).encoded()).commands]
        for _ in range(3)
    ]
    assert tenants == [[TENANT], ["lagoon"], [TENANT]]


def test_an_unreadable_arrival_moves_inbound_on() -> None:
    bench = Bench()
    bench.come_in("", "")
    decided = decode_decided(bench.fill().encoded())
    assert (decided.inbound_offset, decided.commands) == (1, ())
    assert bench.intake.is_empty()


@pytest.mark.parametrize("what", ["requests", "arrivals"])
def test_what_finds_no_room_in_the_record_comes_with_the_next(what: str) -> None:
    bench = Bench()
    for number in range(8):
        if what == "requests":
            bench.put(f"a{number}", AttachAgent("nobody"))
    if what == "arrivals":
        bench.come_in(*(f"e-{number}" for number in range(8)))
    batches = [ids(bench.fill(bytes_max=120)) for _ in range(12)]
    prefix = "a" if what == "requests" else "e-"
    assert [each for batch in batches for each in batch] == [f"{prefix}{number}" for number in range(8)]
    assert len(batches[0]) < 8


def test_more_than_is_taken_is_refused_but_for_what_the_router_does_itself() -> None:
    bench = Bench()
    for _ in range(WAITING_MAX - 1):
        bench.put("a", AttachAgent("ann"))
    bench.put_look()
    for _ in range(9 * WAITING_MAX):
        with pytest.raises(Overloaded, match="4096"):
            bench.put("b", AttachAgent("ann"))
    with pytest.raises(Overloaded):
        bench.put_look()
    bench.intake.put_own(bench.request("own", AttachAgent("ann")))
    bench.intake.put_first(bench.request("first", AttachAgent("ann")))


async def test_what_is_cleared_is_told_that_it_is_not_known() -> None:
    bench = Bench()
    bench.put("a", AttachAgent("ann"))
    bench.put_look()
    bench.come_in("e-0")
    bench.intake.put_first(bench.request("first", AttachAgent("ann")))
    bench.intake.clear()
    await asyncio.sleep(0)
    assert bench.told == [("first", False), ("a", False), (None, False)]
    assert bench.intake.is_empty()
