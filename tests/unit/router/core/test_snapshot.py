"""Snapshots: equal states have equal bytes, and a state comes back whole."""

import json

import pytest

from services.router.core.commands import (
    DONE,
    AcceptOffer,
    CustomerLeaves,
    DeclineOffer,
    FinishConversation,
    Outcome,
    Refusal,
)
from services.router.core.invariants import check
from services.router.core.memory import remember_answer, remember_seen
from services.router.core.snapshot import UnreadableSnapshot, restore, snapshot, state_hash
from services.router.core.state import TenantState
from tests.unit.router.core.builders import TENANT, Core, arrive, not_ready, plan


def busy_core() -> Core:
    core = Core(plan()).on_duty("ann", "bob")
    for contact_id in ("c1", "c2", "c3", "c4"):
        core.do(arrive(contact_id, caller_classes=("list:vip",), customer="k"))
    core.do(DeclineOffer(core.contact("c1").agent, "c1", "c1.1"))
    core.accept("c2")
    core.do(FinishConversation(core.contact("c2").agent, "c2"))
    core.do(CustomerLeaves("c3"))
    core.do(CustomerLeaves("before"))
    core.do(not_ready("c5", queue_anyway_at_ms=core.at_ms + 1))
    remember_answer(core.state, "k1", DONE, core.at_ms)
    remember_answer(core.state, "k2", Outcome(Refusal.NOT_NOW, "what", "do"), core.at_ms)
    remember_seen(core.state, "e1", "c1", core.at_ms)
    remember_seen(core.state, "e2", "unknown", core.at_ms)
    return core


def test_a_restored_state_is_the_same_and_goes_on_the_same() -> None:
    core = busy_core()
    restored = restore(snapshot(core.state))
    assert snapshot(restored) == snapshot(core.state)
    check(restored)
    twin = Core()
    twin.state, twin.at_ms = restored, core.at_ms
    command = AcceptOffer(core.contact("c4").agent, "c4", core.contact("c4").offer_id)
    for each in (command, arrive("c9"), CustomerLeaves("before")):
        assert twin.do(each) == core.do(each)
    assert twin.wait_ms(3_600_000) == core.wait_ms(3_600_000)
    assert state_hash(twin.state) == state_hash(core.state)


def test_an_empty_state_comes_back_empty() -> None:
    state = restore(snapshot(TenantState(TENANT)))
    assert (state.tenant, state.plan, len(state.contacts)) == (TENANT, None, 0)


def test_a_snapshot_does_not_tell_in_which_order_things_were_written() -> None:
    core = busy_core()
    again = busy_core()
    mark = again.state.savepoint()
    for contact_id in list(again.state.contacts):
        del again.state.contacts[contact_id]
    again.state.rollback(mark)
    assert list(again.state.contacts) != list(core.state.contacts)
    assert state_hash(again.state) == state_hash(core.state)


def test_savepoints_of_a_state_nest_and_what_is_kept_stays() -> None:
    core = busy_core()
    before = state_hash(core.state)
    batch = core.state.savepoint()
    core.do(arrive("c7"))
    kept = state_hash(core.state)
    command = core.state.savepoint()
    core.do(arrive("c8"))
    core.state.rollback(command)
    assert state_hash(core.state) == kept
    core.state.forget(core.state.savepoint())
    core.state.rollback(batch)
    assert state_hash(core.state) == before


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"\xff", b'{"format":1}'])
def test_what_is_no_snapshot_is_said_to_be_none(content: bytes) -> None:
    with pytest.raises(UnreadableSnapshot):
        restore(content)


def test_a_snapshot_of_another_format_is_refused() -> None:
    plain = json.loads(snapshot(busy_core().state))
    with pytest.raises(UnreadableSnapshot, match="format is 99"):
        restore(json.dumps(plain | {"format": 99}).encode())
