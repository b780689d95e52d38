"""A caller who chooses to be called back: the call-back takes over the place of the call, once and wholly."""

from typing import Any

import pytest

from services.plan.compiled import Channel, Diversion, Route, Step
from services.router.core.commands import Arrive, Cancel, CustomerLeaves, TimePassed
from services.router.core.events import ContactEnded, ContactOffered, ContactOutcome, ContactQueued, CustomerTold, Event
from services.router.core.records import ContactStatus
from services.router.core.scan import position
from services.router.core.step_standing import PROMISED, step_standings
from tests.unit.router.core.builders import MINUTE, SECOND, T0, Core, arrive, entry_point, kinds, plan, skills

STEPS = (
    Step(after_ms=10 * SECOND, raise_priority=2, add_groups=("night",)),
    Step(after_ms=20 * SECOND, offer_callback=True),
    Step(after_ms=90 * SECOND, raise_priority=1),
    Step(after_ms=3 * MINUTE, divert=Diversion.VOICEMAIL),
)
KEPT = ("arrived_at_ms", "queue", "skills", "priority", "value", "groups", "entry_point", "routed_at_ms", "steps_taken")


def call(contact_id: str, at_ms: int = T0, **changes: Any) -> Arrive:
    return arrive(contact_id, **({"channel": Channel.VOICE, "dialed": "+49891", "arrived_at_ms": at_ms} | changes))


def back(contact_id: str = "b1", of: str = "c2", **changes: Any) -> Arrive:
    """The call-back that the caller chose; it arrives when it does."""
    base: dict[str, Any] = {
        "channel": Channel.CALLBACK,
        "arrived_at_ms": T0 + MINUTE,
        "previous_contact_id": of,
        "keeps_place_of": of,
    }
    return call(contact_id, **(base | changes))


def three_wait(core: Core, **second: Any) -> None:
    for number in range(3):
        core.do(call(f"c{number + 1}", T0 + number - SECOND, **(second if number == 1 else {})))
        core.pass_ms(1)


def a_minute_later(**second: Any) -> Core:
    """Three calls have waited for a minute and were offered a call-back. Nobody is on duty."""
    route = Route("billing", skills(german=5), 3, steps=STEPS)
    core = Core(plan(entry_points=(entry_point("calls", route, channels=(Channel.VOICE,)),)))
    three_wait(core, **second)
    core.wait_ms(MINUTE)
    return core


def ends(events: tuple[Event, ...]) -> list[tuple[str, str, str]]:
    return [
        (each.contact_id, str(each.outcome), each.joined_contact_id)
        for each in events
        if isinstance(each, ContactEnded)
    ]


def test_the_call_back_takes_over_the_place_and_the_way_so_far_and_the_call_ends_with_it() -> None:
    core = a_minute_later()
    before = core.contact("c2")
    assert before.steps_taken == (0, 1)
    events = core.do(back())
    assert kinds(events) == ["ContactAccepted", "PlaceKept", "ContactEnded", "ContactQueued"]
    assert ends(events) == [("c2", "callback", "b1")]
    after = core.contact("b1")
    assert [getattr(after, name) for name in KEPT] == [getattr(before, name) for name in KEPT]
    assert (after.channel, after.status, after.keeps_place_of) == (Channel.CALLBACK, ContactStatus.QUEUED, "c2")
    assert position(core.state, "b1") == 2
    assert core.replayed().contacts["b1"] == after


def test_the_steps_go_on_but_none_sends_away_who_was_promised_a_call() -> None:
    core = a_minute_later()
    core.do(back())
    events = core.wait_ms(10 * MINUTE)
    assert core.contact("b1").steps_taken == (0, 1, 2)
    assert core.contact("b1").status is ContactStatus.QUEUED
    assert [each[:2] for each in ends(events)] == [("c1", "diverted"), ("c3", "diverted")]
    assert not any(isinstance(each, CustomerTold) and each.contact_id == "b1" for each in events)


def test_a_step_that_stands_open_is_kept_and_one_that_would_send_it_away_is_not() -> None:
    steps = (
        Step(after_ms=SECOND, depth_over=3, raise_priority=1),
        Step(after_ms=SECOND, depth_over=3, divert=Diversion.VOICEMAIL),
    )
    core = Core(plan(entry_points=(), default_route=Route("sales", steps=steps)))
    three_wait(core)
    core.wait_ms(MINUTE)
    core.do(back())
    assert core.contact("b1").steps_open == (0,)
    core.do(call("c4"))
    core.do(call("c5"))
    assert (core.contact("b1").steps_taken, core.contact("b1").status) == ((0,), ContactStatus.QUEUED)


def test_a_new_plan_that_makes_an_open_step_a_diversion_sends_nobody_away_who_was_promised_a_call() -> None:
    steps = (Step(after_ms=SECOND, depth_over=3, raise_priority=1),)
    core = Core(plan(entry_points=(), default_route=Route("sales", steps=steps)))
    three_wait(core)
    core.wait_ms(MINUTE)
    core.do(back())
    away = (Step(after_ms=SECOND, depth_over=3, divert=Diversion.VOICEMAIL),)
    core.activate(plan(entry_points=(), default_route=Route("sales", steps=away)))
    diverted = ends((*core.do(call("c4")), *core.do(call("c5")), *core.wait_ms(MINUTE)))
    assert diverted
    assert all(outcome == "diverted" for _, outcome, _ in diverted)
    assert core.contact("b1").status is ContactStatus.QUEUED
    assert [each.waits_for for each in step_standings(core.state, core.contact("b1"))] == [(PROMISED,)]


def test_its_turn_comes_when_that_of_the_call_would_have_come() -> None:
    core = Core(plan(entry_points=(), default_route=Route("sales")))
    three_wait(core)
    core.wait_ms(MINUTE)
    core.do(back())
    offered = [
        each.contact_id for each in core.log_of(lambda: core.on_duty("ann", "bob")) if isinstance(each, ContactOffered)
    ]
    assert offered == ["c1", "b1"]


def test_a_call_that_is_on_offer_is_taken_off_the_desk_and_the_call_back_may_be_offered_instead() -> None:
    core = Core(plan(entry_points=(), default_route=Route("sales"))).on_duty("ann")
    core.do(call("c2"))
    assert core.contact("c2").status is ContactStatus.OFFERED
    events = core.do(back())
    assert kinds(events) == ["ContactAccepted", "PlaceKept", "ContactEnded", "ContactQueued", "ContactOffered"]
    assert core.desk("ann") == {"b1": ContactStatus.OFFERED}


def test_the_same_request_again_and_a_second_one_change_nothing_of_the_place() -> None:
    core = a_minute_later()
    core.do(back())
    assert core.do(back()) == ()
    assert "PlaceKept" not in kinds(core.do(back("b2", customer="k1")))
    assert (core.contact("b2").keeps_place_of, core.contact("b2").arrived_at_ms) == ("", T0 + MINUTE)
    assert position(core.state, "b1") == 2


def test_hanging_up_afterwards_is_no_abandoning() -> None:
    core = a_minute_later()
    core.do(back())
    assert core.do(CustomerLeaves("c2")) == ()
    assert core.contact("c2").outcome is ContactOutcome.CALLBACK
    assert core.contact("b1").status is ContactStatus.QUEUED


@pytest.mark.parametrize(
    "spoil",
    [
        lambda core: core.do(CustomerLeaves("c2")),
        lambda core: core.do(Cancel("c2")),
        lambda core: core.on_duty("ann") and core.accept("c2"),
    ],
    ids=["hung up", "was cancelled", "is with an agent"],
)
def test_where_the_call_does_not_wait_any_more_the_call_back_is_an_ordinary_one(spoil: Any) -> None:
    core = Core(plan(entry_points=(), default_route=Route("sales")))
    core.do(call("c2"))
    spoil(core)
    before = core.contact("c2")
    events = core.do(back())
    assert "PlaceKept" not in kinds(events)
    assert core.contact("b1").arrived_at_ms == T0 + MINUTE
    assert core.contact("c2") == before


@pytest.mark.parametrize("changes", [{"of": "nobody"}, {"company": "globex"}], ids=["unknown", "another company's"])
def test_nobody_takes_a_place_that_is_not_there_or_not_their_companys(changes: dict[str, str]) -> None:
    core = a_minute_later()
    before = core.contact("c2")
    assert kinds(core.do(back(**changes))) == ["ContactAccepted", "ContactQueued"]
    assert core.contact("c2") == before


def test_another_tenants_place_cannot_be_named() -> None:
    """A tenant's state is its own: an id of another one is an id that nobody has."""
    core, other = a_minute_later(), Core(plan())
    assert kinds(other.do(back())) == ["ContactAccepted", "ContactQueued"]
    assert core.contact("c2").status is ContactStatus.QUEUED


def test_a_call_back_that_was_left_before_it_came_takes_no_place() -> None:
    core = a_minute_later()
    core.do(CustomerLeaves("b1"))
    assert ends(core.do(back())) == [("b1", "abandoned", "")]
    assert core.contact("c2").status is ContactStatus.QUEUED


def test_who_waits_for_a_call_back_at_a_better_place_keeps_that_one() -> None:
    core = a_minute_later(customer="k1")
    core.do(back())
    core.do(call("c4", T0 + 2 * MINUTE, customer="k1"))
    core.do(back("b4", "c4", customer="k1"))
    assert core.contact("b4").status is ContactStatus.QUEUED, "the first one's number was withheld"
    core.do(call("c5", T0 + 3 * MINUTE, customer="k1"))
    events = core.do(back("b5", "c5", customer="k1"))
    assert ends(events) == [("b5", "joined", "b4"), ("c5", "callback", "b4")]


@pytest.mark.parametrize("later_ms", [0, 24 * 60 * MINUTE], ids=["waits at a worse place", "was asked for tomorrow"])
def test_a_call_back_at_a_worse_place_joins_the_one_that_keeps_the_calls(later_ms: int) -> None:
    core = a_minute_later(customer="k1")
    asked = {"previous_contact_id": "", "keeps_place_of": "", "customer": "k1"}
    core.do(back("b0", ready=not later_ms, queue_anyway_at_ms=T0 + later_ms, **asked))
    events = core.do(back(customer="k1"))
    assert ends(events) == [("c2", "callback", "b1"), ("b0", "joined", "b1")]
    assert position(core.state, "b1") == 2
    core.do(back("b9", customer="k1", previous_contact_id="", keeps_place_of=""))
    assert core.contact("b9").joined_contact_id == "b1"


def test_a_call_back_that_an_agent_is_making_is_the_one_that_the_customer_gets() -> None:
    core = Core(plan(entry_points=(), default_route=Route("sales"))).on_duty("ann")
    core.do(back("b0", of="", customer="k1"))
    core.accept("b0")
    core.do(call("c2", customer="k1"))
    assert ends(core.do(back(customer="k1"))) == [("b1", "joined", "b0"), ("c2", "callback", "b0")]


def test_the_agent_for_whom_the_call_was_kept_has_the_rest_of_their_time() -> None:
    route = Route("sales", agent="ann", patience_ms=MINUTE)
    core = Core(plan(entry_points=(), default_route=route)).on_duty("ann")
    core.do(call("c1"))
    core.do(call("c2", T0 + 1))
    assert core.contact("c2").preferred == "ann"
    queued = next(each for each in core.do(back()) if isinstance(each, ContactQueued))
    assert (queued.preferred, queued.preferred_until_ms) == ("ann", core.contact("b1").preferred_until_ms)
    core.wait_ms(2 * MINUTE)
    assert core.contact("b1").preferred == ""
    core.do(TimePassed())
