"""What is tried as a transferred contact waits: the steps of the first entry point that leads to its queue."""

from services.plan.compiled import Channel, Route, Step
from services.router.core.commands import ActivatePlan, Consult, DetachAgent, HandOver, TransferContact
from services.router.core.events import StepTaken
from services.router.core.step_standing import step_standings
from tests.unit.router.core.builders import MINUTE, SECOND, Core, agent, arrive, entry_point, plan

FIRST = Route("billing", steps=(Step(after_ms=10 * SECOND, raise_priority=1),))
SECOND_ONE = Route("billing", steps=(Step(after_ms=SECOND, raise_priority=9),))
IN_SALES = Route("sales", steps=(Step(after_ms=20 * SECOND, raise_priority=2),))
PLAN = plan(
    agent("ann"),
    entry_points=(
        entry_point("form", FIRST, channels=(Channel.WEB_FORM,)),
        entry_point("mail", SECOND_ONE, channels=(Channel.EMAIL,)),
    ),
    default_route=IN_SALES,
)


def talking() -> Core:
    """Ann has a contact that came by the default route; nobody else is there."""
    core = Core(PLAN).on_duty("ann")
    core.do(arrive())
    core.accept()
    return core


def transferred(core: Core, queue: str = "") -> Core:
    core.do(core.away("ann"))
    core.do(TransferContact("ann", "c1", queue))
    return core


def test_a_transferred_contact_takes_the_steps_of_the_first_entry_point_into_its_queue() -> None:
    core = transferred(talking(), "billing")
    assert core.wait_ms(9 * SECOND) == ()
    [step] = core.wait_ms(SECOND)
    assert isinstance(step, StepTaken)
    assert (step.step, core.contact().priority) == (0, 1)
    assert core.replayed().contacts["c1"] == core.contact()


def test_the_default_route_is_the_last_that_leads_to_a_queue() -> None:
    core = transferred(talking())
    core.wait_ms(20 * SECOND)
    assert core.contact().priority == 2


def test_a_queue_to_which_nothing_leads_has_no_steps() -> None:
    core = Core(plan(agent("ann"), entry_points=(), default_route=IN_SALES)).on_duty("ann")
    core.do(arrive())
    core.accept()
    assert step_standings(core.state, transferred(core, "billing").contact()) == ()


def test_each_transfer_begins_anew_also_within_one_queue() -> None:
    core = transferred(talking(), "billing")
    core.wait_ms(MINUTE)
    core.on_duty("ann")
    core.accept()
    core.pass_ms(MINUTE)
    transferred(core)
    assert core.contact().steps_taken == ()
    core.wait_ms(10 * SECOND)
    assert core.contact().priority == 2


def test_who_was_handed_it_over_and_is_gone_leaves_it_to_the_steps_of_where_it_went() -> None:
    core = Core(plan(agent("ann"), agent("bob"), entry_points=PLAN.entry_points, default_route=IN_SALES)).on_duty("ann")
    core.do(arrive())
    core.accept()
    core.on_duty("bob")
    core.do(Consult("ann", "c1", "billing"))
    core.accept(core.contact().consultation)
    core.do(HandOver("ann", "c1"))
    core.do(core.away("ann"))
    core.do(DetachAgent("bob"))
    core.wait_ms(5 * MINUTE)
    assert core.contact().priority == 1


def test_the_steps_are_those_of_the_plan_in_force() -> None:
    core = transferred(talking(), "billing")
    core.do(ActivatePlan(plan(agent("ann"), entry_points=PLAN.entry_points[1:], default_route=IN_SALES)))
    core.wait_ms(2 * SECOND)
    assert core.contact().priority == 9
