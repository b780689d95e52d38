"""The index where it does what small contact centres never need, held against the plain scan."""

from dataclasses import replace
from random import Random

import pytest

from services.plan.compiled import Channel, Criterion, Plan, Policy, Route, Weight
from services.router.core.apply import apply
from services.router.core.commands import AttachAgent, SetPresence
from services.router.core.decide import carry_out
from services.router.core.events import ContactOffered, Presence, Why
from services.router.core.keep import put_agent, put_contact
from services.router.core.line_up import FrontsWrong, LineUp, Look
from services.router.core.lines import Asked, Line, asked_by
from services.router.core.pools import looking_at
from services.router.core.record import changed
from services.router.core.records import Contact
from services.router.core.row import Waiting
from services.router.core.scan import best_agent
from services.router.core.staff import CREWS_LOOKED_AT
from services.router.core.state import TenantState
from tests.unit.router.core.builders import TENANT, Core, agent, arrive, entry_point, plan, queue, skills

MANY = CREWS_LOOKED_AT + 6
PEOPLE = tuple(f"agent{number:03}" for number in range(MANY))


def many(policy: Policy) -> Plan:
    """More crews than are looked at one by one: everybody is able to do something else."""
    chance = Random(5)
    agents = [
        agent(each, skills=skills(german=chance.randint(3, 10), **{f"s{number}": 1}))
        for number, each in enumerate(PEOPLE)
    ]
    route = Route("sales", skills(german=3))
    return plan(*agents, queues=(queue("sales", policy=policy),), entry_points=(), default_route=route)


@pytest.mark.parametrize("policy", [each for each in Policy if each is not Policy.WEIGHTED])
def test_a_line_that_many_crews_serve_chooses_as_the_scan_does(policy: Policy) -> None:
    core = Core(many(policy), checked=False).on_duty(*PEOPLE)
    for number in range(30):
        contact_id = f"c{number}"
        core.do(arrive(contact_id))
        chosen = next(event for event, _ in reversed(core.log) if isinstance(event, ContactOffered))
        assert before_the_offer(core, contact_id) == (chosen.agent, chosen.why)
        core.accept(contact_id)
        if number % 3:
            core.do(core.complete(chosen.agent, contact_id))


def test_two_lines_that_the_same_many_crews_serve_choose_as_the_scan_does() -> None:
    elsewhere = entry_point("elsewhere", Route("billing", skills(german=3)), languages=("de",))
    both = replace(many(Policy.LONGEST_IDLE), queues=(queue("sales"), queue("billing")), entry_points=(elsewhere,))
    core = Core(both, checked=False).on_duty(*PEOPLE)
    for number in range(20):
        contact_id = f"c{number}"
        core.do(arrive(contact_id, language="de" if number % 2 else ""))
        chosen = next(event for event, _ in reversed(core.log) if isinstance(event, ContactOffered))
        assert before_the_offer(core, contact_id) == (chosen.agent, chosen.why)
        core.accept(contact_id)
    assert {core.contact(f"c{number}").queue for number in range(20)} == {"sales", "billing"}


def test_who_gets_an_ability_that_nobody_had_is_found_by_it() -> None:
    core = Core(plan(), checked=False).on_duty("ann", "bob")
    core.do(arrive("c1"))
    core.do(arrive("c2", company="globex"))
    wanted = changed(core.contact("c2"), company="acme", queue="sales", skills=skills(law=3))
    assert core.state.index.best_agent(wanted) is None
    put_agent(core.state, changed(core.agent("bob"), profile=agent("bob", skills=skills(law=5))))
    found = core.state.index.best_agent(wanted)
    assert found is not None
    assert found.agent == "bob"


def test_who_came_to_the_front_by_what_was_undone_is_not_taken_for_the_first() -> None:
    core = Core(plan())
    core.do(arrive("c1"))
    core.do(arrive("c2"))
    put_agent(core.state, changed(core.agent("ann"), attached=True, presence=Presence.AVAILABLE))
    assert first_for(core, "ann") == "c1"
    mark = core.state.savepoint()
    put_contact(core.state, changed(core.contact("c2"), priority=9))
    assert first_for(core, "ann") == "c2"
    core.state.rollback(mark)
    assert first_for(core, "ann") == "c1"
    assert core.contact("c2").priority == 0


def test_who_is_as_urgent_again_as_before_by_what_was_undone_is_counted_once() -> None:
    core = Core(plan(entry_points=(), default_route=Route("sales", priority=9)))
    carry_out(core.state, arrive("c1"), core.at_ms)
    carry_out(core.state, arrive("c2"), core.at_ms)
    put_contact(core.state, changed(core.contact("c2"), priority=0))
    mark = core.state.savepoint()
    put_contact(core.state, changed(core.contact("c1"), priority=0))
    core.state.rollback(mark)
    assert core.state.index.standing_in_queue(core.contact("c2")) == 2


def first_for(core: Core, agent_id: str) -> str:
    """The contact that the index has for the agent first."""
    found = core.state.index.best_contact(core.agent(agent_id))
    return found.id if found else ""


def test_who_leaves_the_roster_is_found_no_more_and_may_be_dropped_again() -> None:
    core = Core(plan()).on_duty("ann", "bob")
    core.activate(plan(agent("bob")))
    core.do(arrive("c1"))
    core.state.index.drop_agent("ann")
    core.do(arrive("c2"))
    assert [event.agent for event, _ in core.log if isinstance(event, ContactOffered)] == ["bob", "bob"]


def test_who_is_nobody_here_gets_nothing() -> None:
    core = Core(plan())
    core.do(arrive("c1"))
    on_duty = changed(core.agent("ann"), attached=True, presence=Presence.AVAILABLE)
    put_agent(core.state, on_duty)
    assert first_for(core, "ann") == "c1"
    assert core.state.index.best_contact(changed(on_duty, id="zoe")) is None


def test_whose_profile_is_new_but_not_what_it_enables_to_is_found_by_it() -> None:
    """The tier alone decides, and the higher comes first."""
    by_tier = queue("sales", policy=Policy.WEIGHTED, weights=(Weight(Criterion.TIER, 1),))
    core = Core(plan(queues=(by_tier,), entry_points=()), checked=False)
    core.do(arrive("c1"))
    wanted = changed(core.contact("c1"), id="c2")
    core.on_duty("ann", "bob")
    before = core.state.index.best_agent(wanted)
    put_agent(core.state, changed(core.agent("bob"), profile=agent("bob", tier=2)))
    found = core.state.index.best_agent(wanted)
    assert before is not None
    assert found is not None
    assert (before.agent, found.agent, found.runner_up) == ("ann", "bob", "ann")


def before_the_offer(core: Core, contact_id: str) -> tuple[str, Why]:
    """Whom the scan picks for the contact when it waits, and why."""
    state = TenantState(TENANT)
    for event, at_ms in core.log:
        if isinstance(event, ContactOffered) and event.contact_id == contact_id:
            break
        apply(state, event, at_ms)
    found = best_agent(state, state.contacts[contact_id])
    assert found is not None
    return found.agent.id, found.why


def test_who_comes_into_the_roster_with_an_ability_that_nobody_had_is_found() -> None:
    core = Core(plan(agent("ann"), entry_points=(), default_route=Route("sales", skills(law=3))))
    core.do(arrive("c1"))
    both = (agent("ann"), agent("bob", skills=skills(law=5)))
    core.activate(plan(*both, entry_points=(), default_route=Route("sales", skills(law=3))))
    core.do(AttachAgent("bob"))
    events = core.do(SetPresence("bob", Presence.AVAILABLE))
    assert [event.agent for event in events if isinstance(event, ContactOffered)] == ["bob"]


def test_equal_numbers_go_by_the_id_across_crews() -> None:
    """Nobody has been offered anything, so that in turn all are equal."""
    agents = tuple(agent(each, skills=skills(**{each: 1})) for each in ("cyd", "ann", "bob"))
    core = Core(plan(*agents, queues=(queue("sales", policy=Policy.ROUND_ROBIN),), entry_points=()))
    core.on_duty("cyd", "bob", "ann")
    first = next(event for event in core.do(arrive("c1")) if isinstance(event, ContactOffered))
    assert (first.agent, first.why.runner_up, first.why.decided_by) == ("ann", "bob", "id")


def test_what_waits_in_a_queue_that_is_in_no_plan_is_for_nobody() -> None:
    core = Core(plan()).on_duty("ann")
    core.do(arrive("c1"))
    lost = changed(core.contact("c1"), id="elsewhere", queue="nowhere")
    assert core.state.index.best_agent(lost) is None
    assert best_agent(core.state, lost) is None


def test_who_is_undone_does_not_stand_at_the_front_of_a_line() -> None:
    core = Core(plan(), checked=False)
    core.do(arrive("c0"))
    mark = core.state.savepoint()
    carry_out(core.state, arrive("c1", language="de"), core.at_ms)
    line = core.state.index._line_up.line_of(core.contact("c1"))
    core.state.index.able_on_duty(core.contact("c1"))
    assert _front(line) == "c1"
    core.state.rollback(mark)
    assert _front(line) is None


def test_who_is_kept_for_somebody_does_not_stand_at_the_front_any_more() -> None:
    core = Core(plan(), checked=False)
    core.do(arrive("c1"))
    line = core.state.index._line_up.line_of(core.contact("c1"))
    core.state.index.able_on_duty(core.contact("c1"))
    assert _front(line) == "c1"
    put_contact(core.state, changed(core.contact("c1"), held_for="bob", held_until_ms=core.at_ms + 1))
    assert _front(line) is None


def _front(line: Line) -> str | None:
    first = line.first()
    return first.id if first else None


def test_who_moves_to_another_line_does_not_stand_at_the_front_of_the_old_one() -> None:
    core = Core(plan(), checked=False)
    core.do(arrive("c1"))
    line = core.state.index._line_up.line_of(core.contact("c1"))
    core.state.index.able_on_duty(core.contact("c1"))
    assert _front(line) == "c1"
    put_contact(core.state, changed(core.contact("c1"), groups=("others",)))
    assert _front(line) is None


def test_the_front_of_a_line_is_told_right_when_whoever_came_before_it_is_kept_for_somebody() -> None:
    core = Core(plan(), checked=False)
    c0, c1 = (_waiting(core, each) for each in ("c0", "c1"))
    fronts: list[int] = []
    kept: dict[str, None] = {}

    def who_stands(_: Line, waiting: Waiting, apart: bool) -> Contact | None:  # as the line-up's own
        return core.contact(waiting[1]) if (waiting[1] in kept) is apart else None

    line = Line(fronts, asked_by(c1.errand), _order, who_stands)
    line.add(c1.order, c1, apart=False)
    assert _front(line) == "c1"
    line.add(c0.order, c0, apart=False)
    kept["c0"] = None
    line.add(c0.order, c0, apart=True)
    assert (_front(line), fronts) == ("c1", [c1.order])


class Lying(Line):
    """Tells that somebody is at its front, and gives out nobody."""

    def first(self) -> Contact | None:
        return None


def test_a_line_that_tells_another_front_than_it_has_is_a_bug_that_is_told_and_not_looked_at_for_ever() -> None:
    line_up = LineUp(TenantState(TENANT))
    line_up._fronts.append(1)
    asked = Asked("sales", "acme", Channel.VOICE, (), ())
    lying = Lying([], asked, _order, lambda _line, _waiting, _apart: None)
    with pytest.raises(FrontsWrong):
        line_up.first(Look([lying], looking_at([0])))


def _waiting(core: Core, contact_id: str) -> Contact:
    core.do(arrive(contact_id))
    return core.contact(contact_id)


def _order(_: Line, contact: Contact) -> int:
    return contact.order
