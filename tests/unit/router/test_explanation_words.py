"""An explanation in plain words."""

from services.plan.compiled import Criterion, Policy, Route, Step, Weight
from services.router.core.explain import explained
from services.router.core.record import changed
from services.router.core.records import ContactStatus
from services.router.explanation_words import AGENTS_SAID_MAX, words
from services.router.retrace import Moment, Retraced
from tests.unit.router.core.builders import (
    MINUTE,
    SECOND,
    Core,
    agent,
    arrive,
    entry_point,
    not_ready,
    plan,
    queue,
    skills,
)

ARRIVED = "2026-09-21 14:13"


def said(core: Core, contact_id: str = "c1", moment: Moment = Moment.NOW) -> tuple[str, ...]:
    told = explained(core.state, core.contact(contact_id), core.at_ms)
    return words(Retraced(moment, 0, 0, "", "", told))


def test_a_waiting_contact_is_told_of_from_its_way_to_what_would_mend_it() -> None:
    steps = (Step(after_ms=10 * SECOND, skills=skills(law=6)), Step(after_ms=MINUTE, depth_over=4, raise_priority=1))
    law = entry_point("law", Route("sales", skills(law=7), priority=2, steps=steps), companies=("acme",))
    roster = (agent("ann", skills=skills(law=5)), agent("bob"), agent("zoe", companies=("globex",)))
    core = Core(plan(*roster, entry_points=(law,))).on_duty("ann", "bob")
    core.do(arrive())
    core.wait_ms(12 * SECOND)
    assert said(core) == (
        f"c1 (web_chat, for acme) waits in sales since {ARRIVED}:22 UTC; now it is {ARRIVED}:34 UTC.",
        "Entry point law put it in sales (by plan 1). It asks for law of 6 or more.",
        f"It is number 1 of 1 there. It arrived at {ARRIVED}:20 UTC; priority 2 counts for 20 min.",
        "Step 1 was taken.",
        "Step 2 is ahead, at 2026-09-21 14:14:22 UTC; it also needs more than 4 waiting (now 1).",
        "Of 2 agents who serve it 2 are on duty and 2 are free; 0 could be offered it.",
        "- ann has level 5 of the 6 needed in law.",
        "- bob has level 0 of the 6 needed in law.",
        "Not listed: 1 agent of other companies.",
        "What would do: if it asked for law 5 instead of 6, ann could take it.",
        "What would do: if it asked for no law instead of 6, bob could take it.",
    )


def test_of_an_offer_it_is_told_to_whom_it_went_and_who_could_have_had_it() -> None:
    core = Core(plan(queues=(queue("sales", policy=Policy.ROUND_ROBIN),), entry_points=())).on_duty("ann", "bob")
    core.do(arrive())
    offered = core.contact()
    assert offered.why is not None
    before = changed(offered, status=ContactStatus.QUEUED, agent="", offer_id="")
    state = changed(core.agent("ann"), items=())
    core.state.agents["ann"] = state
    told = Retraced(Moment.OFFER, 3, 2, "ann", "it was her turn", explained(core.state, before, core.at_ms))
    found = words(told)
    assert found[0] == "c1 (web_chat, for acme) was offered to ann at 2026-09-21 14:13:22 UTC: offer 2 of 3."
    assert found[1] == "Why: it was her turn."
    assert found[-3:] == (
        "Of 2 agents who serve it 2 are on duty and 2 are free; 2 could be offered it, in the order of round robin.",
        "1. bob could be offered it (turn 0).",
        "2. ann could be offered it (turn 1).",
    )


def test_a_contact_that_is_still_being_read_says_so() -> None:
    core = Core(plan())
    core.do(not_ready())
    assert said(core)[:3] == (
        "c1 (web_chat, for acme) has arrived and is not queued yet.",
        "No entry point has been looked for yet: what came with it is still being read.",
        "It has no place in a queue.",
    )


def test_what_several_things_stand_in_the_way_of_is_said_with_all_of_them() -> None:
    core = Core(plan(agent("ann", skills=skills(german=2))))
    core.do(arrive(language="de"))
    assert "- ann has no program attached; they would need to be on duty and less to be asked." in said(core)


def test_a_contact_that_is_kept_for_somebody_says_for_whom() -> None:
    named = entry_point("named", Route("sales", agent="bob", patience_ms=MINUTE), languages=("de",))
    core = Core(plan(agent("ann"), agent("bob", units=1), entry_points=(named,))).on_duty("bob")
    core.do(arrive("c0"))
    core.do(arrive(language="de"))
    until = "2026-09-21 14:14:21 UTC"
    because = "the route names them, or the customer knows them"
    assert f"Until {until} nobody but bob may have it: {because}." in said(core)


def test_a_crowd_is_counted_and_not_listed_whole() -> None:
    core = Core(plan(*(agent(f"a{number:03}") for number in range(AGENTS_SAID_MAX + 7))), checked=False)
    core.do(arrive())
    found = said(core)
    assert sum(line.startswith("- ") for line in found) == AGENTS_SAID_MAX
    assert "Not listed: 7 agents more." in found
    assert found[-1] == "What would do: if one of 47 (a000, a001, a002, a003, a004, ...) came on duty."


def test_the_terms_of_an_order_are_said_in_words() -> None:
    weights = (Weight(Criterion.PROFICIENCY, 2), Weight(Criterion.COST, -1))
    queues = (queue("sales", policy=Policy.WEIGHTED, weights=weights),)
    route = Route("sales", skills(law=1))
    core = Core(plan(agent("ann", skills=skills(law=8), cost=8), queues=queues, entry_points=(), default_route=route))
    core.on_duty("ann")
    core.do(arrive())
    waiting = changed(core.contact(), status=ContactStatus.QUEUED, agent="", offer_id="", why=None)
    core.state.agents["ann"] = changed(core.agent("ann"), items=())
    found = words(Retraced(Moment.OFFER, 1, 1, "ann", "", explained(core.state, waiting, core.at_ms)))
    assert found[-1] == (
        "1. ann could be offered it (score 8, nothing new since 2026-09-21 14:13:20 UTC, proficiency 16, cost -8)."
    )
