"""The figures of a run, against counts made by hand."""

from dataclasses import replace

import pytest

from services.cli.simulate.centre import Centre
from services.cli.simulate.figures import Figures, figures_of, jain, within_told
from services.cli.simulate.journeys import Journeys
from services.cli.simulate.scenario import Trial, play
from services.cli.simulate.visits import Entry
from services.plan.compiled import Channel
from services.router.core.events import ContactQueued, Event
from tests.unit.cli.simulate.floors import CALL, T0, S, on_duty, plan_of, visit

PLAN = plan_of("ana", "ben")


def played() -> Figures:
    """Ana is there for 1000 s. She takes a at once, b after 15 s, c after 65 s; d gives up after 50 s, e after 4 s."""
    calls = [
        visit("a", 0, handling_s=100),
        visit("b", 85, handling_s=100),
        visit("c", 135, handling_s=100),
        visit("d", 205, patience_s=50),
        visit("e", 230, patience_s=4),
    ]
    trial = Trial("plan", PLAN, (on_duty("ana", 0, 1000),))
    return figures_of(play(trial, calls, T0), PLAN)


def test_service_level_counts_those_answered_in_time_of_those_who_did_not_leave_at_once() -> None:
    assert played()["service_level"] == 2 / 4


def test_waits_and_leavers_are_counted() -> None:
    figures = played()
    assert figures["contacts"] == 5
    assert figures["asa_s"] == pytest.approx((0 + 15 + 65) / 3)
    assert figures["abandon_rate"] == 2 / 5
    assert figures["p99_wait_s"] == 65


def test_who_is_left_waiting_was_not_served_well() -> None:
    trial = Trial("plan", PLAN, (on_duty("ana", 0, 100),))
    figures = figures_of(play(trial, [visit("a", 0), visit("b", 10), visit("c", 50, patience_s=500)], T0), PLAN)
    assert figures["left_waiting"] == 1 / 3
    assert figures["service_level"] == 1 / 3
    assert figures["p99_wait_s"] == 540


def test_occupancy_is_the_time_at_work_of_the_time_on_duty() -> None:
    assert played()["occupancy"] == pytest.approx(300 / 1000)


def test_work_after_the_shift_counts_as_staffed() -> None:
    trial = Trial("plan", PLAN, (on_duty("ana", 0, 100),))
    assert figures_of(play(trial, [visit("a", 50)], T0), PLAN)["occupancy"] == pytest.approx(100 / 150)


def test_jains_index_is_one_for_equals_and_one_by_n_for_a_single_worker() -> None:
    assert jain([3.0, 3.0, 3.0]) == pytest.approx(1)
    assert jain([5.0, 0.0, 0.0, 0.0]) == pytest.approx(0.25)
    assert jain([0.0]) is None


def test_waits_are_told_by_priority_where_there_are_several() -> None:
    vip = Entry("acme", Channel.VOICE, caller_classes=("list:vip",))
    calls = [visit("a", 0), visit("b", 10, entry=CALL), visit("c", 20, entry=vip)]
    figures = figures_of(play(Trial("plan", PLAN, (on_duty("ana"),)), calls, T0), PLAN)
    assert (figures["p99_wait_s.0"], figures["p99_wait_s.5"]) == (190, 80)
    assert "p99_wait_s.0" not in played()


def test_what_was_told_is_held_against_the_waits_of_those_who_were_told_something() -> None:
    journeys = Journeys(last_ms=T0)
    told = {"a": (0, 0), "b": (20 * S, 30 * S), "c": (40 * S, 60 * S)}

    def note(event: Event, at_ms: int) -> None:
        if isinstance(event, ContactQueued):
            p50, p90 = told[event.contact_id]
            event = saying(event, p50, p90)
        journeys.note(event, at_ms)

    calls = [visit("a", 0, handling_s=30), visit("b", 5, handling_s=60), visit("c", 10)]
    journeys.close(Centre(PLAN, [on_duty("ana")], note).run(calls, T0))
    figures = figures_of(journeys, PLAN)
    # b waits 25 s, c waits 80 s.
    assert figures["expected_wait_error_s"] == pytest.approx((5 + 40) / 2)
    assert (figures["told_p50"], figures["told_p90"]) == (0, 0.5)


def saying(event: ContactQueued, p50_ms: int, p90_ms: int) -> ContactQueued:
    """The event as a router would have written it that said so."""
    return replace(event, expected_wait_ms=p50_ms, expected_wait_p90_ms=p90_ms)


def test_who_gave_up_is_counted_as_far_as_they_waited() -> None:
    """Kaplan and Meier, by hand: of four 1/4 is within at once; of the two left after one who gave up 1/2."""
    waits = [(10, 100, True), (20, 100, False), (50, 100, True), (300, 100, True)]
    assert within_told(waits) == pytest.approx(1 - 3 / 4 * 1 / 2)
    assert within_told([(10, 100, True), (200, 100, False)]) == 0.5
    assert within_told([(0, 0, True), (1, 0, True)]) == 0.5
    assert within_told([]) is None


def test_a_run_without_contacts_says_nothing() -> None:
    figures = figures_of(play(Trial("plan", PLAN, (on_duty("ana"),)), [], T0), PLAN)
    assert figures["service_level"] is None
    assert figures["asa_s"] is None
    assert figures["contacts"] == 0
