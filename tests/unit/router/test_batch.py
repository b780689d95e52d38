from typing import Any

import pytest

from services.router.batch import BATCH_BYTES_MAX, REJECTED, TOO_LARGE, Batch, Look, LookFailed, Request, always
from services.router.core.commands import (
    DONE,
    AcceptOffer,
    ActivatePlan,
    AttachAgent,
    Cancel,
    ChangeOwner,
    Command,
    Refusal,
    SetPresence,
    TimePassed,
)
from services.router.core.events import ContactAccepted, ContactOffered, PlanActivated, Presence
from services.router.core.state import TenantState
from services.router.decided import DecidedCommand
from services.router.effects import Answered, Position
from services.router.log_codec import decode_decided
from services.router.partition_state import PartitionState
from tests.unit.router.core.builders import T0, TENANT, agent, arrive, plan

DECIDED_BYTES_MAX = 1_000_000
HERE = Position(0, 7)


class Bench:
    """A partition's state and the batch being made."""

    def __init__(self, *commands: Command, decided_bytes_max: int = DECIDED_BYTES_MAX) -> None:
        self.state = PartitionState()
        self.decided_bytes_max = decided_bytes_max
        self.batch = Batch(self.state, T0, decided_bytes_max)
        self.answers: list[Answered | None] = []
        for command in commands:
            assert self.add(command)
        self.batch = self.next()
        self.answers.clear()

    def next(self) -> Batch:
        self.state.begin()
        return Batch(self.state, T0, self.decided_bytes_max)

    def add(self, command: Command, id: str = "", **fields: Any) -> bool:
        return self.batch.add(Request(TENANT, id, always(command), answer=self.answers.append, **fields))

    def add_inbound(self, command: Command, offset: int, id: str = "e-1", contact_id: str = "c1") -> bool:
        return self.batch.add(Request(TENANT, id, always(command), contact_id, offset))

    def release(self) -> list[Answered | None]:
        for release in self.batch.releases():
            release.tell(HERE)
        return self.answers

    def decided(self) -> tuple[DecidedCommand, ...]:
        return decode_decided(self.batch.encoded()).commands


def on_duty(*profiles: Any) -> Bench:
    bench = Bench(ActivatePlan(plan(*profiles)))
    for each in profiles:
        bench.add(AttachAgent(each.id))
        bench.add(SetPresence(each.id, Presence.AVAILABLE))
    bench.batch = bench.next()
    bench.answers.clear()
    return bench


def test_each_command_is_decided_on_what_the_ones_before_it_did() -> None:
    bench = on_duty(agent("ann"))
    bench.add(arrive(), "a")
    bench.add(AcceptOffer("ann", "c1", "c1.1"), "b")
    bench.add(Cancel("c1"), "c")
    outcomes = [answered.outcome.refusal for answered in bench.release() if answered]
    assert outcomes == [None, None, Refusal.NOT_NOW]
    assert [command.id for command in bench.decided()] == ["a", "b", "c"]


def test_nobody_is_told_anything_before_the_batch_is_released_and_then_with_its_place() -> None:
    bench = Bench(ActivatePlan(plan()))
    bench.add(AttachAgent("ann"), "a")
    assert bench.answers == []
    assert bench.release() == [Answered(DONE, HERE)]


def test_whoever_waits_for_a_batch_that_is_lost_is_told_that_it_is_not_known() -> None:
    bench, seen = Bench(ActivatePlan(plan())), list[Any]()
    bench.add(AttachAgent("ann"), "a")
    bench.batch.look(Look(TENANT, lambda state, _: state.tenant, lambda *saw: seen.append(saw)))
    for release in bench.batch.releases():
        release.lose()
    assert bench.answers == [None]
    assert seen == [(None, None)]


def test_a_request_that_wants_no_answer_gets_none() -> None:
    bench = Bench(ActivatePlan(plan()))
    request = Request(TENANT, "a", always(AttachAgent("ann")))
    bench.batch.add(request)
    assert bench.batch.releases() == []
    request.lose()


def test_a_retry_is_answered_from_memory_also_within_the_batch() -> None:
    bench = Bench(ActivatePlan(plan()))
    bench.add(AttachAgent("ann"), "a")
    bench.add(Cancel("nothing"), "b")
    bench.add(Cancel("nothing"), "b")
    bench.add(Cancel("nothing"), "a")
    outcomes = [answered.outcome.refusal for answered in bench.release() if answered]
    assert outcomes == [None, Refusal.NOT_FOUND, Refusal.NOT_FOUND, None]
    assert len(bench.decided()) == 2


def test_what_the_router_does_by_itself_is_logged_only_if_it_brings_something() -> None:
    bench = Bench(ActivatePlan(plan()))
    bench.add(TimePassed())
    assert bench.decided() == ()
    bench.add(ChangeOwner())
    assert [command.id for command in bench.decided()] == [""]


def test_an_arrival_is_decided_once_and_moves_inbound_on_each_time() -> None:
    bench = Bench(ActivatePlan(plan()))
    bench.add_inbound(arrive(), 3)
    bench.add_inbound(arrive(), 4)
    bench.batch.pass_over(5)
    decided = decode_decided(bench.batch.encoded())
    assert decided.inbound_offset == 5
    assert [(command.id, command.contact_id, command.outcome) for command in decided.commands] == [("e-1", "c1", None)]


def test_a_command_that_the_core_fails_on_is_rejected_logged_and_changes_nothing() -> None:
    def build(_state: TenantState, _at_ms: int) -> Command:
        raise ZeroDivisionError

    bench = Bench(ActivatePlan(plan()))
    bench.batch.add(Request(TENANT, "a", build, answer=bench.answers.append))
    bench.batch.add(Request(TENANT, "e-1", build, "c1", 3))
    assert bench.release() == [Answered(REJECTED, HERE)]
    assert [(command.outcome, command.events) for command in bench.decided()] == [(REJECTED, ()), (REJECTED, ())]


def test_a_command_that_cannot_be_written_down_is_rejected() -> None:
    bench = Bench(ActivatePlan(plan()))
    bench.add(arrive(dialed="\udcff"), "a")
    assert bench.release() == [Answered(REJECTED, HERE)]
    assert bench.decided()[0].events == ()
    assert not bench.state.tenant(TENANT).contacts


def test_a_command_that_no_record_holds_is_refused_and_the_next_one_decided() -> None:
    bench = Bench(ActivatePlan(plan()), decided_bytes_max=2_000)
    bench.add(arrive(dialed="x" * 2_000), "a")
    bench.add(arrive("c2"), "b")
    outcomes = [answered.outcome for answered in bench.release() if answered]
    assert outcomes == [TOO_LARGE, DONE]
    assert [command.outcome for command in bench.decided()] == [TOO_LARGE, DONE]
    assert list(bench.state.tenant(TENANT).contacts) == ["c2"]


def test_an_arrival_that_no_record_holds_is_told_of_in_the_log() -> None:
    bench = Bench(ActivatePlan(plan()), decided_bytes_max=2_000)
    bench.add_inbound(arrive(dialed="x" * 2_000), 3)
    assert [command.outcome for command in bench.decided()] == [TOO_LARGE]


@pytest.mark.parametrize("decided_bytes_max", [2_000, DECIDED_BYTES_MAX])
def test_a_full_batch_leaves_the_next_request_untouched_and_always_fits(decided_bytes_max: int) -> None:
    bench = Bench(ActivatePlan(plan()), decided_bytes_max=decided_bytes_max)
    step = decided_bytes_max // 20
    number = 0
    while bench.add(arrive(f"c{number}", dialed="x" * (number * 97 % step)), f"a{number}"):
        number += 1
    assert len(bench.decided()) == len(bench.batch.answers) == number
    assert f"c{number}" not in bench.state.tenant(TENANT).contacts
    size = len(bench.batch.encoded())
    assert size <= min(BATCH_BYTES_MAX, decided_bytes_max)
    assert size > min(BATCH_BYTES_MAX, decided_bytes_max) - 2 * step


def test_a_single_command_may_be_larger_than_batches_usually_are() -> None:
    bench = Bench(ActivatePlan(plan()))
    assert bench.add(arrive(dialed="x" * BATCH_BYTES_MAX), "a")
    assert not bench.add(arrive("c2"), "b")
    assert BATCH_BYTES_MAX < len(bench.batch.encoded()) <= DECIDED_BYTES_MAX


def test_a_look_sees_what_the_batch_has_done_so_far() -> None:
    bench, seen = Bench(ActivatePlan(plan())), list[Any]()
    bench.add(arrive(), "a")
    bench.batch.look(Look(TENANT, lambda state, at_ms: (list(state.contacts), at_ms), lambda *saw: seen.append(saw)))
    assert seen == []
    bench.release()
    assert seen == [((["c1"], T0), HERE)]


def test_a_look_that_fails_is_told_so() -> None:
    bench, seen = Bench(ActivatePlan(plan())), list[Any]()
    bench.batch.look(Look(TENANT, lambda state, _: state.contacts["nobody"], lambda saw, _: seen.append(saw)))
    bench.release()
    assert [type(saw) for saw in seen] == [LookFailed]


def test_every_desk_that_changes_is_touched_and_no_other() -> None:
    bench = on_duty(agent("ann", units=1), agent("bob", units=1))
    bench.add(arrive(), "a")
    holder = bench.state.tenant(TENANT).contacts["c1"].agent
    assert bench.batch.touched == {(TENANT, holder)}

    bench.batch = bench.next()
    bench.add(SetPresence(holder, Presence.AWAY), "b")
    other = bench.state.tenant(TENANT).contacts["c1"].agent
    assert bench.batch.touched == {(TENANT, holder), (TENANT, other)}
    assert holder != other

    bench.batch = bench.next()
    bench.add(Cancel("c1"), "c")
    assert bench.batch.touched == {(TENANT, other)}, "who had it, though the event names nobody"


def test_a_request_says_whose_desk_is_to_be_told_though_nothing_changed() -> None:
    bench = on_duty(agent("ann"))
    bench.add(AttachAgent("ann"), touches=(TENANT, "ann"))
    assert bench.decided() == ()
    assert bench.batch.touched == {(TENANT, "ann")}


@pytest.mark.parametrize("command", [ActivatePlan(plan(agent("bob"), agent("cyd"))), ChangeOwner()])
def test_a_new_plan_and_a_new_owner_touch_every_desk(command: Command) -> None:
    bench = on_duty(agent("ann"), agent("bob"))
    bench.add(command)
    assert {(TENANT, "ann"), (TENANT, "bob")} <= bench.batch.touched
    assert ((TENANT, "cyd") in bench.batch.touched) == isinstance(command, ActivatePlan)
    assert bench.batch.activated == ({TENANT} if isinstance(command, ActivatePlan) else set())


def test_events_of_a_batch_stand_with_their_commands() -> None:
    bench = Bench()
    bench.add(ActivatePlan(plan(agent("ann"))), "a")
    bench.add(AttachAgent("ann"), "b")
    bench.add(SetPresence("ann", Presence.AVAILABLE), "c")
    bench.add(arrive(), "d")
    kinds = [{type(event) for event in command.events} for command in bench.decided()]
    assert PlanActivated in kinds[0]
    assert {ContactAccepted, ContactOffered} <= kinds[3]
