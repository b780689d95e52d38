"""What the router remembers, for how long, and how much of it at most."""

from services.router.core import limits
from services.router.core.commands import DONE, CustomerLeaves, Outcome, Refusal
from services.router.core.invariants import check
from services.router.core.memory import recall_answer, remember_answer, remember_seen, was_seen
from services.router.core.state import TenantState
from tests.unit.router.core.builders import HOUR, MINUTE, T0, TENANT, Core, arrive, plan

REFUSED = Outcome(Refusal.NOT_NOW, "what", "do")


def test_a_retry_gets_the_first_answer() -> None:
    state = TenantState(TENANT)
    assert recall_answer(state, "k1") is None
    remember_answer(state, "k1", REFUSED, T0)
    remember_answer(state, "k1", DONE, T0 + 1)
    assert recall_answer(state, "k1") == REFUSED


def test_an_answer_is_kept_for_15_minutes() -> None:
    state = TenantState(TENANT)
    remember_answer(state, "k1", DONE, T0)
    remember_answer(state, "k2", DONE, T0 + 15 * MINUTE - 1)
    assert recall_answer(state, "k1") == DONE
    remember_answer(state, "k3", DONE, T0 + 15 * MINUTE)
    assert recall_answer(state, "k1") is None
    assert recall_answer(state, "k2") == DONE
    check(state)


def test_there_are_never_more_answers_than_the_limit() -> None:
    state = TenantState(TENANT)
    for number in range(10 * limits.ANSWERS_MAX):
        remember_answer(state, str(number), DONE, T0)
    assert len(state.answers) == limits.ANSWERS_MAX
    assert recall_answer(state, str(9 * limits.ANSWERS_MAX - 1)) is None
    assert recall_answer(state, str(9 * limits.ANSWERS_MAX)) == DONE


def test_an_event_is_remembered_until_48_hours_after_its_contacts_end() -> None:
    core = Core(plan())
    core.do(arrive())
    assert not was_seen(core.state, "e1")
    remember_seen(core.state, "e1", "c1", core.at_ms)
    remember_seen(core.state, "e1", "c1", core.at_ms)
    core.wait_ms(100 * HOUR)
    assert was_seen(core.state, "e1")
    core.do(CustomerLeaves("c1"))
    core.wait_ms(48 * HOUR - 1)
    assert was_seen(core.state, "e1")
    core.wait_ms(1)
    assert not was_seen(core.state, "e1")
    assert len(core.state.seen_of) == 0


def test_an_event_of_a_contact_that_left_before_it_came_is_remembered_with_it() -> None:
    core = Core(plan())
    core.do(CustomerLeaves("c1"))
    remember_seen(core.state, "e1", "c1", core.at_ms)
    core.wait_ms(48 * HOUR)
    assert not was_seen(core.state, "e1")


def test_an_event_of_an_unknown_contact_is_remembered_for_48_hours() -> None:
    state = TenantState(TENANT)
    remember_seen(state, "e1", "unknown", T0)
    remember_seen(state, "e2", "unknown", T0 + 48 * HOUR - 1)
    assert was_seen(state, "e1")
    remember_seen(state, "e3", "unknown", T0 + 48 * HOUR)
    assert not was_seen(state, "e1")
    assert was_seen(state, "e2")
    check(state)


def test_an_event_that_was_heard_of_before_its_contact_stays_with_it() -> None:
    core = Core(plan())
    remember_seen(core.state, "e1", "c1", core.at_ms)
    core.do(arrive())
    core.pass_ms(48 * HOUR)
    remember_seen(core.state, "e2", "c2", core.at_ms)
    assert was_seen(core.state, "e1")
    assert core.state.seen_of["c1"] == ("e1",)


def test_a_long_conversation_is_not_remembered_without_end() -> None:
    core = Core(plan())
    core.do(arrive())
    for number in range(10 * limits.SEEN_PER_CONTACT_MAX):
        remember_seen(core.state, f"e{number}", "c1", core.at_ms)
    assert not was_seen(core.state, f"e{9 * limits.SEEN_PER_CONTACT_MAX - 1}")
    assert was_seen(core.state, f"e{9 * limits.SEEN_PER_CONTACT_MAX}")
    assert len(core.state.seen) == limits.SEEN_PER_CONTACT_MAX


def test_events_of_unknown_contacts_are_not_remembered_without_end() -> None:
    state = TenantState(TENANT)
    for number in range(10 * limits.STRAYS_MAX):
        remember_seen(state, str(number), "unknown", T0)
    assert len(state.seen) == limits.STRAYS_MAX
    assert not was_seen(state, str(9 * limits.STRAYS_MAX - 1))
