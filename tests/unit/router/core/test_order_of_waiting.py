"""Who comes first among those who wait: priority and value count as waiting, and nothing waits for ever."""

import pytest

from services.plan.compiled import CallerValue, Route, Urgency
from services.router.core.commands import AttachAgent, SetPresence
from services.router.core.events import ContactOffered, ContactQueued, Presence
from services.router.core.urgency import overtaken_for_ms
from tests.unit.router.core.builders import MINUTE, SECOND, T0, Core, agent, arrive, entry_point, plan, queue

URGENT = entry_point("urgent", Route("sales", priority=3), companies=("acme",), languages=("en",))
ONE_AGENT = {"agents": (agent("ann", units=1),), "entry_points": (URGENT,)}


def served(core: Core, count: int) -> list[str]:
    """The order in which one agent, who takes one thing at a time, is offered what waits."""
    events = [*core.do(AttachAgent("ann")), *core.do(SetPresence("ann", Presence.AVAILABLE))]
    order = [event.contact_id for event in events if isinstance(event, ContactOffered)]
    while len(order) < count:
        core.accept(order[-1])
        done = core.do(core.complete("ann", order[-1]))
        order += [event.contact_id for event in done if isinstance(event, ContactOffered)]
    return order


def test_a_point_of_priority_counts_as_much_waiting_as_the_plan_says() -> None:
    core = Core(plan(**ONE_AGENT, urgency=Urgency(priority_ms=MINUTE)))
    core.do(arrive("early", arrived_at_ms=T0))
    core.do(arrive("later", arrived_at_ms=T0 + 2 * MINUTE, language="en"))
    core.do(arrive("late", arrived_at_ms=T0 + 4 * MINUTE, language="en"))
    assert served(core, 3) == ["later", "early", "late"]


def test_nobody_is_overtaken_by_whom_comes_later_than_the_bound() -> None:
    urgency = Urgency(priority_ms=MINUTE)
    bound_ms = overtaken_for_ms(urgency, 3)
    core = Core(plan(**ONE_AGENT, urgency=urgency))
    core.do(arrive("plain", arrived_at_ms=T0))
    core.do(arrive("just", arrived_at_ms=T0 + bound_ms - 1, language="en"))
    core.do(arrive("beyond", arrived_at_ms=T0 + bound_ms, language="en"))
    assert bound_ms == 3 * MINUTE
    assert served(core, 3) == ["just", "plain", "beyond"]


def test_a_customers_value_counts_as_waiting_and_the_highest_class_counts() -> None:
    values = (CallerValue("list:vip", 5), CallerValue("prefix:+49", 1))
    core = Core(plan(**ONE_AGENT, urgency=Urgency(value_ms=MINUTE), caller_values=values))
    core.do(arrive("plain", arrived_at_ms=T0))
    events = core.do(arrive("vip", arrived_at_ms=T0 + 4 * MINUTE, caller_classes=("list:vip", "prefix:+49")))
    assert [event.value for event in events if isinstance(event, ContactQueued)] == [5]
    assert served(core, 2) == ["vip", "plain"]


def test_by_deadline_the_shorter_target_comes_first() -> None:
    queues = (
        queue("sales", service_level_ms=60 * SECOND),
        queue("billing", service_level_ms=10 * SECOND),
        queue("care", company="globex"),
    )
    billing = entry_point("billing", Route("billing"), companies=("acme",), languages=("en",))
    core = Core(plan(agent("ann", units=1), queues=queues, entry_points=(billing,), urgency=Urgency(by_deadline=True)))
    core.do(arrive("sales", arrived_at_ms=T0))
    core.do(arrive("billing", arrived_at_ms=T0 + 49 * SECOND, language="en"))
    core.do(arrive("too-late", arrived_at_ms=T0 + 51 * SECOND, language="en"))
    assert served(core, 3) == ["billing", "sales", "too-late"]


@pytest.mark.parametrize(("depth_ms", "first"), [(0, "alone"), (MINUTE, "one")])
def test_a_long_queue_gains_on_others_by_its_depth(depth_ms: int, first: str) -> None:
    billing = entry_point("billing", Route("billing"), companies=("acme",), languages=("en",))
    core = Core(plan(agent("ann", units=1), entry_points=(billing,), urgency=Urgency(depth_ms=depth_ms)))
    core.do(arrive("alone", arrived_at_ms=T0))
    core.do(arrive("one", arrived_at_ms=T0 + 30 * SECOND, language="en"))
    core.do(arrive("two", arrived_at_ms=T0 + 40 * SECOND, language="en"))
    assert served(core, 3)[0] == first
