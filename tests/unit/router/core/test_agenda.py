"""Timers in order, and what is said of one that cannot be."""

import pytest

from services.router.core.commands import TimePassed
from services.router.core.invariants import InvariantBroken
from services.router.core.records import TimerKind
from tests.unit.router.core.builders import T0, Core, arrive, plan


def test_a_timer_that_fires_and_stays_armed_is_a_bug_of_the_core() -> None:
    core = Core(plan(), checked=False)
    core.do(arrive("c1"))
    core.state.contact_timers["c1"] = {TimerKind.STEP: T0}
    core.state.agenda.note(TimerKind.STEP, "c1", T0)
    with pytest.raises(InvariantBroken, match="has fired and is still armed"):
        core.do(TimePassed())


def test_what_is_due_comes_in_the_order_of_its_time_and_then_of_its_kind() -> None:
    core = Core(plan(), checked=False)
    for kind, whose, due_ms in (
        (TimerKind.STEP, "b", T0 + 5),
        (TimerKind.OFFER, "z", T0 + 5),
        (TimerKind.STEP, "a", T0),
    ):
        core.state.contact_timers[whose] = {kind: due_ms}
        core.state.agenda.note(kind, whose, due_ms)
    order = []
    while (due := core.state.agenda.due(T0 + 5)) is not None:
        order.append((due.kind, due.id))
        del core.state.contact_timers[due.id]
    assert order == [(TimerKind.STEP, "a"), (TimerKind.OFFER, "z"), (TimerKind.STEP, "b")]
    assert core.state.agenda.next_ms() is None
