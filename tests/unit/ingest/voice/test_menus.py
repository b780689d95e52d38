from dataclasses import replace

import pytest

from services.ingest.voice.menus import STEPS_MAX, Asked, Closed, Queued, Whereabouts, enter, press
from tests.unit.ingest.voice.telephony import MAIN, MORE, OFFICE, the_plan

NOW_MS = 1_790_000_000_000
AT_MAIN = Whereabouts("main", "en")
PLAN = the_plan()


def test_a_key_that_ends_the_menu_queues_the_caller() -> None:
    turn = press(PLAN, "acme", AT_MAIN, "1", NOW_MS)
    assert turn.then == Queued("en")
    assert turn.choice is not None
    assert turn.choice.id == "bills"


def test_a_key_with_a_menu_leads_there_and_may_change_the_language() -> None:
    turn = press(PLAN, "acme", AT_MAIN, "3", NOW_MS)
    assert turn.then == Asked(MORE, Whereabouts("more", "de", 1))


@pytest.mark.parametrize("keys", ["9", "", "11", "१", "1 ", "A", "1" * 16])
def test_what_is_no_choice_is_asked_again_twice_and_then_the_caller_is_queued(keys: str) -> None:
    first = press(PLAN, "acme", AT_MAIN, keys, NOW_MS)
    assert first.choice is None
    assert first.then == Asked(MAIN, replace(AT_MAIN, failed=1), pressed_nothing=not keys)
    second = press(PLAN, "acme", replace(AT_MAIN, failed=1), keys, NOW_MS)
    assert second.then == Asked(MAIN, replace(AT_MAIN, failed=2), pressed_nothing=not keys)
    third = press(PLAN, "acme", replace(AT_MAIN, failed=2), keys, NOW_MS)
    assert third.then == Queued("en")


def test_after_a_choice_the_tries_are_counted_anew() -> None:
    turn = press(PLAN, "acme", replace(AT_MAIN, failed=2), "2", NOW_MS)
    assert turn.then == Asked(MORE, Whereabouts("more", "en", 1, 0))


def test_a_menu_whose_hours_are_closed_ends_the_call_and_an_open_one_does_not() -> None:
    assert enter(PLAN, "acme", Whereabouts("office", "en"), NOW_MS) == Closed(OFFICE, "en")
    assert enter(PLAN, "acme", Whereabouts("office", "en"), 999) == Asked(OFFICE, Whereabouts("office", "en"))


def test_hours_that_the_plan_does_not_know_any_more_turn_nobody_away() -> None:
    assert enter(PLAN, "acme", Whereabouts("office", "en"), 10**15) == Asked(OFFICE, Whereabouts("office", "en"))


def test_a_menu_that_a_new_plan_took_away_queues_the_caller() -> None:
    assert press(the_plan(MORE), "acme", AT_MAIN, "1", NOW_MS).then == Queued("en")
    assert enter(the_plan(MORE), "acme", AT_MAIN, NOW_MS) == Queued("en")
    assert enter(None, "acme", AT_MAIN, NOW_MS) == Queued("en")
    assert press(PLAN, "acme", AT_MAIN, "4", NOW_MS).then == Queued("en")


def test_another_companys_menu_is_none() -> None:
    assert press(PLAN, "globex", AT_MAIN, "1", NOW_MS).then == Queued("en")


def test_whoever_goes_round_in_circles_is_queued_in_the_end() -> None:
    at, steps = AT_MAIN, 0
    while isinstance(then := press(PLAN, "acme", at, "2" if at.menu == "main" else "*", NOW_MS).then, Asked):
        at, steps = then.at, steps + 1
    assert then == Queued("en")
    assert steps == STEPS_MAX - 1
