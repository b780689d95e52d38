"""What is tried as a contact waits, one condition and one action at a time."""

from dataclasses import replace
from typing import Any

import pytest

from services.plan.compiled import Channel, Diversion, Plan, Prompt, Route, SkillLevel, Step
from services.router.core.commands import DONE, ActivatePlan, CustomerLeaves, DetachAgent, TimePassed
from services.router.core.events import (
    ContactDiverted,
    ContactEnded,
    ContactOffered,
    ContactOutcome,
    ContactQueued,
    CustomerTold,
    Event,
    StepOpened,
    StepTaken,
)
from services.router.core.step_standing import step_standings
from tests.unit.router.core.builders import MINUTE, SECOND, T0, Core, agent, arrive, entry_point, kinds, plan, skills


def with_steps(*steps: Step, agents: tuple[Any, ...] = (), asked: tuple[SkillLevel, ...] = ()) -> Plan:
    return plan(*agents, entry_points=(), default_route=Route("sales", asked, steps=steps))


def taken(events: tuple[Event, ...]) -> list[tuple[int, str]]:
    return [(event.step, event.because) for event in events if isinstance(event, StepTaken)]


def test_a_step_is_taken_when_its_time_has_come_and_once_only() -> None:
    core = Core(with_steps(Step(after_ms=30 * SECOND, raise_priority=2)))
    core.do(arrive())
    assert taken(core.wait_ms(29 * SECOND)) == []
    assert taken(core.wait_ms(2 * SECOND)) == [(0, "30 s have passed")]
    assert core.contact().priority == 2
    assert taken(core.wait_ms(10 * MINUTE)) == []
    assert core.replayed().contacts["c1"] == core.contact()


def test_a_lower_level_lets_somebody_take_it_at_once() -> None:
    steps = Step(after_ms=30 * SECOND, skills=skills(german=3))
    novice = agent("ann", skills=skills(german=4))
    core = Core(with_steps(steps, agents=(novice,), asked=skills(german=6))).on_duty("ann")
    assert "ContactOffered" not in kinds(core.do(arrive()))
    events = core.wait_ms(31 * SECOND)
    assert kinds(events)[:2] == ["StepTaken", "ContactOffered"]
    offer = next(event for event in events if isinstance(event, ContactOffered))
    assert (offer.agent, offer.why.steps, offer.why.skills) == ("ann", (0,), skills(german=3))


def test_a_dropped_skill_is_asked_for_no_more() -> None:
    core = Core(with_steps(Step(after_ms=SECOND, drop_skills=("law",)), asked=skills(law=2, german=1)))
    core.do(arrive())
    core.wait_ms(2 * SECOND)
    assert core.contact().skills == skills(german=1)


def test_another_group_is_joined_in_when_load_rises() -> None:
    """R10: the step stands open until more than two wait, and then brings in the group for all who wait."""
    step = Step(after_ms=SECOND, depth_over=2, add_groups=("backup",))
    helper = agent("zoe", companies=("acme",), groups=("backup",))
    own = plan(agent("ann", groups=("front",)), helper, entry_points=(), default_route=Route("sales", steps=(step,)))
    queues = tuple(
        each if each.id != "sales" else type(each)(each.id, each.company, each.name, each.policy, ("front",))
        for each in own.queues
    )
    core = Core(plan(*own.agents, queues=queues, entry_points=(), default_route=own.default_route)).on_duty("zoe")
    core.do(arrive("c1"))
    core.do(arrive("c2"))
    assert kinds(core.wait_ms(2 * SECOND)) == ["StepOpened", "StepOpened"]
    events = core.do(arrive("c3"))
    assert [each[1] for each in taken(events)] == ["1 s have passed, 3 are waiting, more than 2"] * 2
    assert [event.agent for event in events if isinstance(event, ContactOffered)] == ["zoe", "zoe"]


def test_a_step_stands_open_until_nobody_is_on_duty() -> None:
    step = Step(after_ms=10 * SECOND, nobody_on_duty=True, divert=Diversion.VOICEMAIL)
    core = Core(with_steps(step, agents=(agent("ann", units=1),))).on_duty("ann")
    core.do(arrive("c1"))
    core.accept("c1")
    core.do(arrive("c2"))
    assert kinds(core.wait_ms(11 * SECOND)) == ["StepOpened"]
    assert kinds(core.do(DetachAgent("ann"))) == ["AgentDetached"], "a lost connection may come back"
    events = core.wait_ms(31 * SECOND)
    ended = [event for event in events if isinstance(event, ContactEnded)]
    assert [(each.contact_id, each.outcome) for each in ended] == [("c2", ContactOutcome.DIVERTED)]
    assert any(isinstance(event, ContactDiverted) and event.to is Diversion.VOICEMAIL for event in events)


def test_an_open_step_is_taken_at_once_in_the_queue_that_another_one_led_to() -> None:
    steps = (Step(nobody_on_duty=True, queue="billing"), Step(nobody_on_duty=True, divert=Diversion.VOICEMAIL))
    core = Core(with_steps(*steps, agents=(agent("ann", units=1),))).on_duty("ann")
    core.do(arrive("c1"))
    core.accept("c1")
    core.do(arrive("c2"))
    events = core.do(core.away("ann"))
    assert [step for step, _ in taken(events)] == [0, 1]
    assert core.contact("c2").outcome is ContactOutcome.DIVERTED


def test_the_customer_is_told_again_and_again_where_they_stand() -> None:
    core = Core(with_steps(Step(after_ms=20 * SECOND, tell=True, every_ms=30 * SECOND)))
    core.do(arrive("c1"))
    core.pass_ms(1)
    core.do(arrive("c2", arrived_at_ms=T0 + 1))
    told = [event for event in core.wait_ms(81 * SECOND) if isinstance(event, CustomerTold)]
    assert [event.position for event in told if event.contact_id == "c2"] == [2, 2, 2]
    core.do(CustomerLeaves("c1"))
    told = [event for event in core.wait_ms(30 * SECOND) if isinstance(event, CustomerTold)]
    assert [(event.contact_id, event.position) for event in told] == [("c2", 1)]


def announcing(*steps: Step, every_ms: int = MINUTE) -> Plan:
    own = with_steps(*steps)
    return replace(own, queues=tuple(replace(each, announce_every_ms=every_ms) for each in own.queues))


def places_told(events: tuple[Event, ...]) -> list[tuple[str, int]]:
    return [(event.contact_id, event.position) for event in events if isinstance(event, CustomerTold)]


def test_whoever_holds_the_line_is_told_their_place_anew_every_minute_and_nobody_else_is() -> None:
    core = Core(announcing())
    core.do(arrive("c1", channel=Channel.VOICE))
    core.pass_ms(1)
    core.do(arrive("c2", channel=Channel.VOICE, arrived_at_ms=T0 + 1))
    core.do(arrive("c3", channel=Channel.EMAIL, arrived_at_ms=T0 + 1))
    assert places_told(core.wait_ms(59 * SECOND)) == []
    assert places_told(core.wait_ms(2 * SECOND)) == [("c1", 1), ("c2", 2)]
    core.do(CustomerLeaves("c1"))
    assert places_told(core.wait_ms(MINUTE)) == [("c2", 1)]
    assert core.replayed().contacts["c2"] == core.contact("c2")


def test_a_minute_counts_from_what_was_said_last_whatever_said_it() -> None:
    core = Core(announcing(Step(after_ms=40 * SECOND, tell=True), Step(after_ms=130 * SECOND, queue="billing")))
    core.do(arrive(channel=Channel.VOICE))
    told_at_s = []
    for second in range(1, 260):
        told_at_s += [second] * len(places_told(core.wait_ms(SECOND)))
    # By the step; a minute after it; anew in the other queue, which says the place as it is queued there.
    assert told_at_s == [40, 100, 190, 250]


def test_another_plan_announces_as_it_says_from_then_on() -> None:
    core = Core(announcing(every_ms=0))
    core.do(arrive(channel=Channel.VOICE))
    assert places_told(core.wait_ms(3 * MINUTE)) == []
    assert places_told(core.do(ActivatePlan(announcing()))) == [("c1", 1)]
    assert places_told(core.wait_ms(MINUTE)) == [("c1", 1)]


def test_an_overflow_goes_to_the_other_queue_and_the_steps_go_on() -> None:
    steps = (
        Step(after_ms=10 * SECOND, queue="billing"),
        Step(after_ms=20 * SECOND, offer_callback=True),
        Step(after_ms=30 * SECOND, divert=Diversion.MESSAGE, divert_to="Please come back tomorrow."),
    )
    core = Core(with_steps(*steps))
    core.do(arrive())
    moved = core.wait_ms(11 * SECOND)
    assert [event.queue for event in moved if isinstance(event, ContactQueued)] == ["billing"]
    assert core.contact().routed_at_ms == T0
    assert [event.callback_offered for event in core.wait_ms(10 * SECOND) if isinstance(event, CustomerTold)] == [True]
    assert kinds(core.wait_ms(10 * SECOND)) == ["StepTaken", "ContactDiverted", "ContactEnded"]


@pytest.mark.parametrize(
    ("language", "said"),
    [("de", ("Morgen.", "de")), ("de-at", ("Morgen.", "de")), ("fr", ("Tomorrow.", "en")), ("", ("Tomorrow.", "en"))],
)
def test_a_message_is_in_the_language_of_the_contact_or_in_the_first_that_there_is(
    language: str, said: tuple[str, str]
) -> None:
    texts = (Prompt("en", "Tomorrow."), Prompt("de", "Morgen."))
    core = Core(with_steps(Step(divert=Diversion.MESSAGE, divert_to="Tomorrow.", messages=texts)))
    events = core.do(arrive(language=language))
    assert [(each.address, each.language) for each in events if isinstance(each, ContactDiverted)] == [said]


def test_a_message_of_one_text_is_for_all_languages() -> None:
    core = Core(with_steps(Step(divert=Diversion.MESSAGE, divert_to="Tomorrow.")))
    events = core.do(arrive(language="de"))
    assert [(each.address, each.language) for each in events if isinstance(each, ContactDiverted)] == [
        ("Tomorrow.", "")
    ]


def test_a_step_that_is_due_at_once_is_taken_with_the_arrival() -> None:
    core = Core(with_steps(Step(tell=True)))
    assert kinds(core.do(arrive())) == ["ContactAccepted", "ContactQueued", "StepTaken", "CustomerTold"]


def test_who_finds_an_agent_at_once_takes_no_step() -> None:
    core = Core(with_steps(Step(tell=True))).on_duty("ann")
    assert kinds(core.do(arrive())) == ["ContactAccepted", "ContactQueued", "ContactOffered"]


def test_a_contact_that_comes_back_from_an_agent_goes_on_with_its_steps() -> None:
    core = Core(with_steps(Step(after_ms=10 * SECOND, raise_priority=1))).on_duty("ann")
    core.do(arrive(channel=Channel.WEB_CHAT))
    core.accept()
    core.wait_ms(20 * SECOND)
    core.do(DetachAgent("ann"))
    events = core.wait_ms(6 * MINUTE)
    assert taken(events) == [(0, "10 s have passed")]


def test_a_new_plan_gives_what_waits_the_steps_of_its_entry_point() -> None:
    core = Core(plan(entry_points=(entry_point("all", Route("sales"), companies=("acme",)),)))
    core.do(arrive())
    core.wait_ms(MINUTE)
    step = Step(after_ms=30 * SECOND, raise_priority=7)
    core.activate(plan(entry_points=(entry_point("all", Route("sales", steps=(step,)), companies=("acme",)),)))
    assert core.contact().priority == 7


RAISE, LATER, TELL = Step(raise_priority=1), Step(after_ms=30 * SECOND, raise_priority=10), Step(tell=True)


@pytest.mark.parametrize(
    ("before", "after", "taken_after", "priority"),
    [
        pytest.param((RAISE,), (TELL, RAISE), [1, 0], 1, id="one put before it"),
        pytest.param((TELL, RAISE), (RAISE,), [0], 1, id="one before it taken out"),
        pytest.param((RAISE, LATER), (LATER, RAISE), [1, 0], 11, id="another order"),
        pytest.param((RAISE,), (Step(raise_priority=5),), [0], 1, id="changed where it stands"),
        pytest.param((RAISE, TELL), (TELL,), [0], 1, id="the first taken out"),
    ],
)
def test_what_was_taken_is_not_taken_again_wherever_a_new_plan_puts_it(
    before: tuple[Step, ...], after: tuple[Step, ...], taken_after: list[int], priority: int
) -> None:
    core = Core(with_steps(*before))
    core.do(arrive())
    core.activate(with_steps(*after))
    core.wait_ms(MINUTE)
    assert list(core.contact().steps_taken) == taken_after
    assert core.contact().priority == priority
    assert core.replayed().contacts["c1"] == core.contact()


def test_steps_that_were_taken_are_known_when_their_entry_point_comes_back() -> None:
    in_force = plan(entry_points=(entry_point("all", Route("sales", steps=(RAISE,)), companies=("acme",)),))
    core = Core(in_force)
    core.do(arrive())
    core.activate(plan(entry_points=()))
    core.activate(in_force)
    assert (core.contact().steps_taken, core.contact().priority) == ((0,), 1)


def test_a_step_is_due_at_the_very_beginning_of_time() -> None:
    core = Core(with_steps(RAISE), at_ms=0)
    assert taken(core.do(arrive(arrived_at_ms=0))) == [(0, "0 s have passed")]


def test_steps_raise_the_priority_to_the_highest_that_a_plan_can_give_and_no_higher() -> None:
    core = Core(with_steps(Step(raise_priority=90), Step(raise_priority=90)))
    core.do(arrive())
    assert (core.contact().priority, core.contact().steps_taken) == (100, (0, 1))


ENDLESS = Step(after_ms=SECOND, expected_wait_over_ms=1000, raise_priority=1)


def test_while_somebody_is_on_duty_and_nothing_was_completed_no_wait_is_expected_to_be_long() -> None:
    core = Core(with_steps(ENDLESS, agents=(agent("ann", units=1),))).on_duty("ann")
    core.do(arrive("c0"))
    core.do(arrive("c1"))
    core.accept("c0")
    assert taken(core.wait_ms(MINUTE)) == []
    assert "an expected wait over 1 s (now 0 s)" in step_standings(core.state, core.contact("c1"))[0].waits_for


def test_with_nobody_on_duty_the_expected_wait_is_over_every_bound() -> None:
    core = Core(with_steps(ENDLESS, agents=(agent("ann", units=1),))).on_duty("ann")
    core.do(arrive("c0"))
    core.do(arrive("c1"))
    core.accept("c0")
    core.wait_ms(2 * SECOND)
    assert taken(core.do(DetachAgent("ann"))) == [], "a lost connection may come back"
    assert step_standings(core.state, core.contact("c1"))[0].waits_for == ("an expected wait over 1 s (now 0 s)",)
    assert taken(core.wait_ms(MINUTE)) == [(0, "1 s have passed, no end of the wait is in sight, more than 1 s")]


@pytest.mark.parametrize(
    "step",
    [
        Step(after_ms=SECOND, depth_over=1, tell=True),
        Step(after_ms=SECOND, service_level_under=50, tell=True),
    ],
)
def test_a_condition_that_does_not_hold_leaves_the_step_open(step: Step) -> None:
    core = Core(with_steps(step))
    core.do(arrive())
    assert [type(event) for event in core.wait_ms(MINUTE)] == [StepOpened]


def test_a_falling_service_level_opens_the_way() -> None:
    step = Step(after_ms=SECOND, service_level_under=97, raise_priority=1)
    core = Core(with_steps(step))
    for number in range(3):
        core.do(arrive(f"c{number}", arrived_at_ms=T0))
    core.wait_ms(MINUTE)
    events = core.do(CustomerLeaves("c0"))
    assert taken(events) == [(0, "1 s have passed, 96 % were on time")] * 2


@pytest.mark.parametrize("action", [{"raise_priority": 1}, {"divert": Diversion.VOICEMAIL}, {"tell": True}])
def test_a_crowd_takes_an_open_step_in_portions(action: dict[str, Any]) -> None:
    step = Step(after_ms=SECOND, depth_over=1100, **action)
    core = Core(with_steps(step), checked=False)
    for number in range(1100):
        core.do(arrive(f"c{number:04}"))
    while core.wait_ms(2 * SECOND):
        pass
    decision = core.decide(arrive("last"))
    assert decision.outcome == DONE
    steps = len(taken(decision.events))
    while decision.unfinished:
        decision = core.decide(TimePassed(match_all=True))
        assert len(decision.events) <= 1000
        steps += len(taken(decision.events))
    # Whoever goes to voicemail makes the queue shorter: the condition holds for the first alone.
    assert steps == (1 if "divert" in action else 1100)
