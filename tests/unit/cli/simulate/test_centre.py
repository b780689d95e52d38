"""The simulated contact centre does what was drawn for it, and leaves the deciding to the router's core."""

from dataclasses import replace

from services.cli.simulate.centre import Centre, Shift
from services.cli.simulate.journeys import Journey, Journeys
from services.cli.simulate.visits import Entry, Visit
from services.plan.compiled import Channel, ChannelRule, Diversion, Plan, Route, Step
from services.router.core.events import ContactOutcome
from tests.unit.cli.simulate.floors import CHAT, T0, S, on_duty, plan_of, question, visit


def simulated(plan: Plan, shifts: list[Shift], *visits: Visit) -> dict[str, Journey]:
    journeys = Journeys(last_ms=T0)
    journeys.close(Centre(plan, shifts, journeys.note).run(visits, T0))
    return journeys.contacts


def test_one_agent_takes_calls_one_after_the_other() -> None:
    found = simulated(plan_of("ana"), [on_duty("ana")], visit("a", 10), visit("b", 20), visit("c", 500))
    assert [found[each].wait_ms for each in "abc"] == [0, 90 * S, 0]
    assert [found[each].ended_at_ms - T0 for each in "abc"] == [110 * S, 210 * S, 600 * S]
    assert {each.outcome for each in found.values()} == {ContactOutcome.COMPLETED}


def test_a_customer_gives_up_when_their_patience_ends() -> None:
    found = simulated(plan_of("ana"), [on_duty("ana")], visit("a", 10), visit("b", 20, patience_s=30))
    assert found["b"].outcome is ContactOutcome.ABANDONED
    assert found["b"].wait_ms == 30 * S


def test_patience_ends_no_conversation() -> None:
    found = simulated(plan_of("ana"), [on_duty("ana")], visit("a", 10, patience_s=30))
    assert found["a"].outcome is ContactOutcome.COMPLETED
    assert found["a"].handled_ms == 100 * S


def test_an_agent_answers_after_their_response_time_and_wraps_up() -> None:
    calls = (visit("a", 10, response_s=4, wrap_up_s=20), visit("b", 20))
    found = simulated(plan_of("ana"), [on_duty("ana")], *calls)
    assert (found["a"].wait_ms, found["a"].handled_ms, found["a"].wrap_up_ms) == (4 * S, 100 * S, 20 * S)
    assert found["b"].answered_at_ms - T0 == 134 * S


def test_wrapping_up_ends_when_the_plan_says_so() -> None:
    found = simulated(plan_of("ana", wrap_up_ms=15 * S), [on_duty("ana")], visit("a", 10, wrap_up_s=40))
    assert found["a"].wrap_up_ms == 15 * S


def test_a_declined_call_goes_to_the_next_agent() -> None:
    found = simulated(plan_of("ana", "ben"), [on_duty("ana"), on_duty("ben")], visit("a", 10, response_s=2, declines=1))
    assert found["a"].declines == 1
    assert found["a"].wait_ms == 4 * S


def test_an_offer_that_nobody_answers_in_time_runs_out() -> None:
    shifts = [on_duty("ana"), on_duty("ben")]
    found = simulated(plan_of("ana", "ben", offer_ms=5 * S), shifts, visit("a", 10, response_s=30, patience_s=60))
    assert found["a"].outcome is ContactOutcome.ABANDONED


def test_nobody_answers_before_their_shift_or_after_it() -> None:
    shifts = [on_duty("ana", 100, 200), on_duty("ana", 300, 400)]
    found = simulated(plan_of("ana"), shifts, visit("a", 10), visit("b", 205), visit("c", 500, patience_s=60))
    assert [found[each].wait_ms // S for each in "abc"] == [90, 95, 60]
    assert found["c"].outcome is ContactOutcome.ABANDONED


def test_a_call_that_runs_when_the_shift_ends_is_finished() -> None:
    found = simulated(plan_of("ana"), [on_duty("ana", 0, 50)], visit("a", 10))
    assert found["a"].handled_ms == 100 * S


def test_the_same_is_simulated_again() -> None:
    calls = [visit(f"v{number}", number * 7, handling_s=30 + number % 50) for number in range(200)]
    plan, shifts = plan_of("ana", "ben", "chen"), [on_duty(each) for each in ("ana", "ben", "chen")]
    assert simulated(plan, shifts, *calls) == simulated(plan, shifts, *calls)


def test_steps_of_the_plan_are_taken_when_they_are_due() -> None:
    voicemail = Step(after_ms=30 * S, divert=Diversion.VOICEMAIL)
    plan = replace(plan_of("ana"), default_route=Route("calls", steps=(voicemail,)))
    found = simulated(plan, [on_duty("ana")], visit("a", 10), visit("b", 20), visit("c", 90))
    assert [found[each].outcome for each in "abc"] == [
        ContactOutcome.COMPLETED,
        ContactOutcome.DIVERTED,
        ContactOutcome.COMPLETED,
    ]
    assert found["b"].wait_ms == 30 * S


def test_steps_are_taken_when_everybody_has_gone_home() -> None:
    voicemail = Step(after_ms=3000 * S, divert=Diversion.VOICEMAIL)
    plan = replace(plan_of("ana"), default_route=Route("calls", steps=(voicemail,)))
    found = simulated(plan, [on_duty("ana", 0, 5)], visit("a", 10))
    assert found["a"].outcome is ContactOutcome.DIVERTED


def test_an_agent_who_missed_an_offer_is_back_after_a_minute_but_not_after_the_shift() -> None:
    calls = (visit("a", 10, response_s=30, patience_s=20), visit("b", 40), visit("c", 250, patience_s=100))
    found = simulated(plan_of("ana", offer_ms=5 * S), [on_duty("ana", 0, 200)], *calls)
    assert found["b"].wait_ms == (15 + 60 - 40) * S
    missed = simulated(plan_of("ana", offer_ms=5 * S), [on_duty("ana", 0, 20)], *calls[:2])
    assert not missed["b"].answered_at_ms


def test_what_a_call_interrupts_takes_as_much_longer() -> None:
    mail = Entry("acme", Channel.EMAIL)
    rule = ChannelRule(Channel.EMAIL, 5, alone=False, offer_ms=20 * S, wrap_up_ms=0, interruptible=True)
    plan = plan_of("ana")
    plan = replace(plan, channels=(*plan.channels, rule))
    calls = (
        visit("mail", 10, entry=mail, handling_s=200),
        visit("a", 50, handling_s=60),
        visit("b", 120, handling_s=30),
    )
    found = simulated(plan, [on_duty("ana")], *calls)
    assert [found[each].wait_ms for each in ("mail", "a", "b")] == [0, 0, 0]
    assert found["mail"].handled_ms == (200 + 60 + 30) * S
    patient = replace(plan, channels=(*plan.channels[:1], replace(rule, interruptible=False)))
    assert simulated(patient, [on_duty("ana")], *calls)["mail"].handled_ms == 200 * S


def test_who_is_no_agent_of_the_plan_is_not_there() -> None:
    found = simulated(plan_of("ana"), [on_duty("zoe"), on_duty("ana", 50)], visit("a", 10))
    assert found["a"].wait_ms == 40 * S


CHATS = ChannelRule(Channel.WEB_CHAT, 10, alone=False, offer_ms=30 * S, wrap_up_ms=60 * S)


def asked(*visits: Visit, plan: Plan | None = None, agents: tuple[str, ...] = ("ana", "ben")) -> Journeys:
    """Chats that take a whole desk, and what the agents on duty asked one another."""
    given = replace(plan or plan_of("ana", "ben", "chen"), channels=(CHATS,))
    journeys = Journeys(last_ms=T0)
    journeys.close(Centre(given, [on_duty(each) for each in agents], journeys.note).run(visits, T0))
    return journeys


def test_whoever_is_asked_gives_it_time_in_which_others_wait() -> None:
    found = asked(
        visit("a", 10, entry=CHAT, questions=(question(20, 50, response_s=5),)),
        visit("b", 40, entry=CHAT),
    )

    assert found.contacts["a"].handled_ms == 100 * S
    assert found.contacts["b"].answered_at_ms - T0 == (10 + 20 + 5 + 50) * S
    assert [each.agent for each in found.consultations.values()] == ["ben"]
    assert found.agents["ben"].busy_ms == 50 * S + found.contacts["b"].handled_ms


def test_a_question_ends_with_the_contact_that_it_is_about() -> None:
    found = asked(visit("a", 10, entry=CHAT, questions=(question(90, 500),)))

    assert [each.ended_at_ms - each.accepted_at_ms for each in found.consultations.values()] == [10 * S]


def test_whoever_declines_is_asked_no_more() -> None:
    found = asked(visit("a", 10, entry=CHAT, questions=(question(20, 50, declines=1),)), agents=("ana", "ben", "chen"))

    assert [(each.declines, each.agent) for each in found.consultations.values()] == [(1, "chen")]


def test_for_a_colleague_who_is_not_there_somebody_else_is_asked_and_where_there_is_nobody_nobody() -> None:
    named = visit("a", 10, entry=CHAT, questions=(question(20, 50, "chen"),))

    assert [each.agent for each in asked(named).consultations.values()] == ["ben"]
    assert [each.agent for each in asked(named, agents=("ana",)).consultations.values()] == [""]


def test_a_queue_that_the_plan_does_not_have_is_not_asked() -> None:
    plan = plan_of("ana", "ben")
    without = replace(plan, queues=plan.queues[1:], default_route=Route("vip"))

    found = asked(visit("a", 10, entry=CHAT, questions=(question(20, 50),)), plan=without)

    assert found.consultations == {}
    assert found.contacts["a"].handled_ms == 100 * S
