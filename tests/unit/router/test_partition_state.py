import pytest

from services.router.core.commands import DONE
from services.router.core.events import AgentAttached, PlanActivated
from services.router.core.memory import recall_answer, was_seen
from services.router.core.snapshot import state_hash
from services.router.decided import NOTHING_READ, Decided, DecidedCommand
from services.router.partition_state import PartitionState
from tests.unit.router.core.builders import plan

ACTIVATED = DecidedCommand("harbour", "c-1", 100, DONE, (PlanActivated(plan()),))
ATTACHED = DecidedCommand("harbour", "c-2", 200, DONE, (AgentAttached("ann"),))
ARRIVED = DecidedCommand("harbour", "e-1", 300, None, (), "c1")
OWN = DecidedCommand("harbour", "", 300, DONE, ())


def folded(*commands: DecidedCommand, at_ms: int = 100, inbound_offset: int = 4) -> PartitionState:
    state = PartitionState()
    state.apply(Decided(at_ms, inbound_offset, commands))
    return state


def test_a_commit_is_folded_in_with_its_time_and_how_far_inbound_was_read() -> None:
    state = folded(ACTIVATED, ATTACHED)
    assert state.tenant("harbour").agents["ann"].attached
    assert (state.at_ms, state.inbound_offset) == (100, 4)


def test_answers_and_seen_arrivals_are_remembered() -> None:
    tenant = folded(ACTIVATED, ARRIVED).tenant("harbour")
    assert recall_answer(tenant, "c-1") == DONE
    assert was_seen(tenant, "e-1")
    assert recall_answer(tenant, "e-1") is None


def test_what_the_router_did_by_itself_is_not_remembered_as_an_answer() -> None:
    assert recall_answer(folded(OWN).tenant("harbour"), "") is None


def test_time_and_inbound_never_go_back() -> None:
    state = folded(at_ms=500, inbound_offset=9)
    state.apply(Decided(400, NOTHING_READ, ()))
    assert (state.at_ms, state.inbound_offset) == (500, 9)


def test_what_was_done_since_the_beginning_of_a_batch_can_be_undone_for_all_tenants() -> None:
    state = folded(ACTIVATED)
    before = state_hash(state.tenant("harbour"))
    state.begin()
    state.moved_to(900, 7)
    state.apply_command(ATTACHED)
    state.apply_command(DecidedCommand("lagoon", "c-3", 200, DONE, ()))
    state.undo()
    assert state_hash(state.tenant("harbour")) == before
    assert list(state.tenants) == ["harbour"]
    assert (state.at_ms, state.inbound_offset) == (100, 4)


def test_what_was_kept_stays_when_a_later_batch_is_undone() -> None:
    state = folded(ACTIVATED)
    state.begin()
    state.apply_command(ATTACHED)
    state.apply_command(DecidedCommand("lagoon", "c-3", 200, DONE, ()))
    state.keep()
    after = state_hash(state.tenant("harbour"))
    state.begin()
    state.apply_command(ARRIVED)
    state.undo()
    assert state_hash(state.tenant("harbour")) == after
    assert list(state.tenants) == ["harbour", "lagoon"]


@pytest.mark.parametrize("end", [PartitionState.undo, PartitionState.keep])
def test_without_a_batch_there_is_nothing_to_undo_or_to_keep(end: object) -> None:
    state = folded(ACTIVATED)
    before = state_hash(state.tenant("harbour"))
    end(state)  # type: ignore[operator]  # one of the two methods
    assert state_hash(state.tenant("harbour")) == before
