"""Sticky queues, named agents, transfers to somebody; spreading over queues; calls that interrupt."""

from dataclasses import replace

import pytest

from services.plan.compiled import Channel, Hours, Interval, Plan, Route, Share, Site, SpreadBy
from services.router.core.commands import CustomerLeaves, DeclineOffer, Refusal, SetPresence, TransferContact
from services.router.core.events import ContactOffered, ContactQueued, Presence
from tests.unit.router.core.builders import (
    HOUR,
    MINUTE,
    RULES,
    SECOND,
    T0,
    Core,
    agent,
    arrive,
    entry_point,
    kinds,
    plan,
    queue,
    skills,
)

STICKY = plan(queues=(queue("sales", sticky_ms=30 * SECOND), queue("care", company="globex")), entry_points=())


def served_by_bob(in_force: Plan) -> Core:
    """A customer whom bob has served, and both on duty again."""
    core = Core(in_force).on_duty("bob", "ann")
    core.do(arrive("before", customer="k1"))
    assert core.contact("before").agent == "bob"
    core.accept("before")
    core.do(core.complete("bob", "before"))
    return core


def offer(core: Core, contact_id: str) -> ContactOffered:
    return [event for event, _ in core.log if isinstance(event, ContactOffered) and event.contact_id == contact_id][-1]


def test_a_sticky_queue_offers_a_customer_to_whom_they_know() -> None:
    core = served_by_bob(STICKY)
    core.do(arrive("again", customer="k1"))
    assert (offer(core, "again").agent, offer(core, "again").why.preferred) == ("bob", True)


def test_whom_the_customer_knows_has_a_while_and_then_anybody_may() -> None:
    core = served_by_bob(STICKY)
    for number in range(3):
        core.do(arrive(f"busy{number}", customer="k1", channel=Channel.WEB_FORM))
        core.accept(f"busy{number}")
    assert set(core.desk("bob")) == {"busy0", "busy1", "busy2"}
    assert "ContactOffered" not in kinds(core.do(arrive("again", customer="k1", channel=Channel.WEB_FORM)))
    assert "ContactOffered" not in kinds(core.wait_ms(29 * SECOND))
    assert "ContactOffered" in kinds(core.wait_ms(2 * SECOND))
    assert (offer(core, "again").agent, offer(core, "again").why.preferred) == ("ann", False)


def test_nobody_waits_for_an_agent_who_is_off_duty() -> None:
    core = Core(STICKY).on_duty("bob")
    core.do(arrive("before", customer="k1"))
    core.accept("before")
    core.do(core.complete("bob", "before"))
    core.do(core.away("bob"))
    core.on_duty("ann")
    core.do(arrive("again", customer="k1"))
    assert offer(core, "again").agent == "ann"


def test_another_company_does_not_know_whom_its_customer_spoke_with() -> None:
    companies = ("acme", "globex")
    both = replace(STICKY, agents=(agent("ann", companies=companies), agent("bob", companies=companies)))
    core = served_by_bob(replace(both, default_route=Route("sales")))
    core.do(arrive("again", customer="k1", company="globex"))
    assert not offer(core, "again").why.preferred


def test_whom_the_customer_knows_is_still_preferred_after_the_decline_of_another() -> None:
    patient = queue("sales", sticky_ms=5 * MINUTE)
    core = served_by_bob(replace(STICKY, queues=(patient, queue("care", company="globex"))))
    for number in range(3):
        core.do(arrive(f"busy{number}", customer="k1", channel=Channel.WEB_FORM))
        core.accept(f"busy{number}")
    core.do(arrive("again", customer="k1", channel=Channel.WEB_FORM))
    core.do(core.away("bob"))
    assert offer(core, "again").agent == "ann"
    core.do(DeclineOffer("ann", "again", core.contact("again").offer_id))
    core.do(core.away("ann"))
    assert "DeclineLapsed" in kinds(core.wait_ms(31 * SECOND))
    core.do(core.complete("bob", "busy0"))
    core.do(SetPresence("bob", Presence.AVAILABLE))
    core.do(SetPresence("ann", Presence.AVAILABLE))
    assert (offer(core, "again").agent, offer(core, "again").why.preferred) == ("bob", True)


def test_a_route_may_name_an_agent() -> None:
    named = entry_point("named", Route("sales", agent="bob", patience_ms=10 * SECOND), companies=("acme",))
    core = Core(plan(entry_points=(named,))).on_duty("ann", "bob")
    core.do(arrive())
    assert offer(core, "c1").agent == "bob"


def test_a_transfer_may_name_a_colleague_who_gets_it_first() -> None:
    core = Core(plan(agent("ann"), agent("bob"), agent("cyd"))).on_duty("ann", "cyd", "bob")
    core.do(arrive())
    core.accept()
    core.do(TransferContact("ann", "c1", "", to_agent="bob"))
    assert (offer(core, "c1").agent, offer(core, "c1").why.preferred) == ("bob", True)
    core.accept()
    core.do(TransferContact("bob", "c1", "sales", to_agent="ann"))
    assert offer(core, "c1").agent == "ann"


@pytest.mark.parametrize(("named", "refusal"), [("nobody", "INVALID"), ("ann", "INVALID"), ("bob", "NOT_NOW")])
def test_a_transfer_to_who_cannot_take_it_is_refused(named: str, refusal: str) -> None:
    core = Core(plan()).on_duty("ann")
    core.do(arrive())
    core.accept()
    outcome = core.refuse(TransferContact("ann", "c1", "sales", to_agent=named))
    assert outcome.refusal is Refusal[refusal]


def test_a_transfer_may_ask_for_a_skill() -> None:
    core = Core(plan(agent("ann"), agent("bob"), agent("cyd", skills=skills(law=4)))).on_duty("ann", "bob", "cyd")
    core.do(arrive())
    core.accept()
    core.do(TransferContact("ann", "c1", "billing", skills=skills(law=3)))
    assert (core.contact().queue, offer(core, "c1").agent) == ("billing", "cyd")


def spread_plan(by: SpreadBy | None = None, **more: object) -> Plan:
    """Two sites with a queue and an agent each."""
    route = Route("sales", spread=(Share("sales", 2), Share("billing", 1)), spread_by=by)
    queues = (queue("sales", site="munich"), queue("billing", site="busan"), queue("care", company="globex"))
    agents = (agent("ann", site="munich", units=1), agent("bob", site="busan", units=1))
    sites = (Site("munich"), Site("busan", hours="office"))
    hours = (Hours("office", (Interval(T0, T0 + HOUR),), T0 + 24 * HOUR),)
    fields = {"queues": queues, "sites": sites, "hours": hours, "entry_points": (), "default_route": route} | more
    return plan(*agents, **fields)


def queues_of(core: Core, *contact_ids: str) -> list[str]:
    queued = {}
    for contact_id in contact_ids:
        for event in core.do(arrive(contact_id)):
            if isinstance(event, ContactQueued):
                queued[contact_id] = event.queue
    return list(queued.values())


def test_a_spread_by_share_gives_each_queue_its_parts() -> None:
    core = Core(spread_plan()).on_duty("ann", "bob")
    queued = queues_of(core, *(f"c{number}" for number in range(9)))
    assert (queued.count("sales"), queued.count("billing")) == (6, 3)


@pytest.mark.parametrize("shares", [(3, 1), (2, 2), (5, 1), (7, 3)])
def test_whatever_the_shares_a_round_gives_each_queue_exactly_its_own(shares: tuple[int, int]) -> None:
    route = Route("sales", spread=(Share("sales", shares[0]), Share("billing", shares[1])))
    core = Core(spread_plan(default_route=route)).on_duty("ann", "bob")
    for first in range(0, 2 * sum(shares), sum(shares)):
        queued = queues_of(core, *(f"c{number}" for number in range(first, first + sum(shares))))
        assert (queued.count("sales"), queued.count("billing")) == shares


def test_a_share_of_a_queue_that_the_plan_has_not_is_passed_over() -> None:
    route = Route("sales", spread=(Share("nowhere", 9), Share("billing", 1)))
    core = Core(spread_plan(default_route=route)).on_duty("ann", "bob")
    assert queues_of(core, "c1", "c2", "c3") == ["billing"] * 3


def test_a_spread_is_even_whatever_comes_by_other_ways_between() -> None:
    route = Route("sales", spread=(Share("sales", 1), Share("billing", 1)))
    other = entry_point("globex", Route("care"), companies=("globex",))
    core = Core(spread_plan(default_route=route, entry_points=(other,))).on_duty("ann", "bob")
    queued = []
    for number in range(6):
        core.do(arrive(f"between{number}", company="globex"))
        queued += queues_of(core, f"c{number}")
    assert (queued.count("sales"), queued.count("billing")) == (3, 3)


def test_shares_come_evenly_spread_and_not_in_blocks() -> None:
    route = Route("sales", spread=(Share("sales", 80), Share("billing", 20)))
    core = Core(spread_plan(default_route=route), checked=False).on_duty("ann", "bob")
    queued = queues_of(core, *(f"c{number}" for number in range(100)))
    assert queued.count("billing") == 20
    assert all(3 <= queued[start : start + 25].count("billing") <= 7 for start in range(0, 100, 25))


def test_a_spread_by_expected_wait_takes_where_somebody_is_free() -> None:
    core = Core(spread_plan(SpreadBy.EXPECTED_WAIT)).on_duty("ann", "bob")
    assert queues_of(core, "c1", "c2", "c3", "c4") == ["sales", "billing", "sales", "billing"]


def test_a_queue_that_has_completed_nothing_yet_does_not_look_shortest() -> None:
    core = Core(spread_plan(SpreadBy.EXPECTED_WAIT)).on_duty("ann", "bob")
    assert queues_of(core, "c1", "c2") == ["sales", "billing"]
    core.accept("c1")
    core.accept("c2")
    core.pass_ms(60 * SECOND)
    core.do(core.complete("ann", "c1"))
    assert queues_of(core, "d1", "d2", "d3", "d4") == ["sales", "sales", "billing", "sales"]


def test_a_site_that_is_closed_or_dark_gets_nothing() -> None:
    core = Core(spread_plan()).on_duty("bob")
    assert queues_of(core, "c1", "c2", "c3") == ["billing"] * 3, "nobody is on duty in Munich"
    core.on_duty("ann")
    core.pass_ms(2 * HOUR)
    assert queues_of(core, "d1", "d2", "d3") == ["sales"] * 3, "Busan is closed"


def test_only_agents_of_its_site_serve_a_queue() -> None:
    core = Core(spread_plan(default_route=Route("sales"))).on_duty("bob")
    assert "ContactOffered" not in kinds(core.do(arrive()))
    assert "ContactOffered" in kinds(core.log_of(lambda: core.on_duty("ann")))


INTERRUPTIBLE = tuple(replace(rule, interruptible=rule.channel is Channel.EMAIL) for rule in RULES)


def test_a_call_interrupts_a_mail_which_comes_back_after_it() -> None:
    core = Core(plan(agent("ann", units=3), channels=INTERRUPTIBLE)).on_duty("ann")
    core.do(arrive("mail", channel=Channel.EMAIL))
    assert "ContactOffered" not in kinds(core.do(arrive("early", channel=Channel.VOICE))), "an offer is not interrupted"
    core.do(CustomerLeaves("early"))
    core.accept("mail")
    assert "ContactOffered" in kinds(core.do(arrive("call", channel=Channel.VOICE)))
    core.accept("call")
    assert "ContactOffered" not in kinds(core.do(arrive("chat")))
    core.do(core.complete("ann", "call"))
    assert list(core.desk("ann")) == ["mail", "chat"]


def test_what_waits_is_offered_as_soon_as_a_mail_can_be_interrupted() -> None:
    core = Core(plan(agent("ann", units=3), channels=INTERRUPTIBLE)).on_duty("ann")
    core.do(arrive("mail", channel=Channel.EMAIL))
    core.do(arrive("call", channel=Channel.VOICE))
    assert "ContactOffered" in kinds(core.accept("mail"))


def test_whoever_goes_away_is_waited_for_no_longer() -> None:
    core = served_by_bob(STICKY)
    for number in range(3):
        core.do(arrive(f"busy{number}", customer="k1", channel=Channel.WEB_FORM))
        core.accept(f"busy{number}")
    core.do(arrive("again", customer="k1"))
    assert core.contact("again").preferred == "bob"
    assert "ContactOffered" in kinds(core.do(core.away("bob")))
    assert offer(core, "again").agent == "ann"


def test_whoever_declines_is_waited_for_no_longer() -> None:
    core = served_by_bob(STICKY)
    core.do(arrive("again", customer="k1"))
    core.do(DeclineOffer("bob", "again", core.contact("again").offer_id))
    assert (offer(core, "again").agent, core.contact("again").preferred) == ("ann", "")
