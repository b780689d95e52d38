import pytest

from services.plan.compiled import Channel
from services.reporting.facts import (
    AgentDetached,
    AgentProfile,
    CallConnected,
    ContactOutcome,
    ContactReturned,
    ContactTransferred,
    Happened,
    OfferEnd,
    OfferReturned,
    OwnerChanged,
    Plan,
    PlanActivated,
    Presence,
    PresenceChanged,
)
from services.reporting.projections.live import CompanyNow, LiveNow, Work
from tests.unit.reporting.story import (
    NOON_MS,
    accepted,
    arrived,
    ended,
    folded,
    offered,
    on_duty,
    plan,
    queued,
    told,
    wrap_up,
)


def seen(happened: list[Happened], at_ms: int, company: str = "") -> LiveNow:
    live = folded(*happened).live
    return live.now("t1", NOON_MS + at_ms, lambda of: company in ("", of))


def company_work(now: LiveNow, company: str = "acme") -> Work:
    return next(each.work for each in now.companies if each.company == company)


def test_a_contact_waits_from_being_queued_until_it_is_accepted() -> None:
    story = told((0, plan()), (0, arrived("c1")), (10, queued("c1")), (500, offered("c1")))
    assert company_work(seen(story, 1_010)) == Work(waiting=1, oldest_wait_ms=1_000, offered=1)
    story += told((1_100, accepted("c1")))
    assert company_work(seen(story, 1_200)) == Work(active=1)


def test_each_stage_is_counted_for_company_queue_and_agent() -> None:
    story = told((0, plan()))
    for contact, facts in {
        "c1": (),
        "c2": (queued("c2"),),
        "c3": (queued("c3"), offered("c3")),
        "c4": (queued("c4"), offered("c4"), accepted("c4")),
        "c5": (queued("c5"), offered("c5"), accepted("c5"), wrap_up("c5")),
    }.items():
        story += told((0, arrived(contact)), *((0, fact) for fact in facts))
    now = seen(story, 0)
    assert company_work(now) == Work(arrived=1, waiting=2, offered=1, active=1, wrap_up=1)
    assert [each.work for each in now.queues if each.queue == "sales"] == [
        Work(waiting=2, offered=1, active=1, wrap_up=1)
    ]
    assert [each.work for each in now.agents if each.state.agent == "ann"] == [
        Work(waiting=1, offered=1, active=1, wrap_up=1)
    ]


def test_a_returned_offer_keeps_the_wait_that_began_before_it() -> None:
    back = OfferReturned("c1", "ann", OfferEnd.TIMED_OUT)
    story = told((0, arrived("c1")), (0, queued("c1")), (100, offered("c1")), (15_100, back))
    assert company_work(seen(story, 16_000)) == Work(waiting=1, oldest_wait_ms=16_000)


@pytest.mark.parametrize("taken", [ContactReturned("c1", "ann"), ContactTransferred("c1", "ann", "help")])
def test_a_chat_taken_from_its_agent_begins_a_new_wait(taken: ContactReturned | ContactTransferred) -> None:
    story = told((0, arrived("c1", channel=Channel.WEB_CHAT)), (0, queued("c1")), (0, offered("c1")))
    story += told((0, accepted("c1")), (9_000, taken))
    assert company_work(seen(story, 10_000)) == Work(waiting=1, oldest_wait_ms=1_000)


@pytest.mark.parametrize("channel", [Channel.VOICE, Channel.EMAIL])
def test_a_contact_taken_back_unanswered_goes_on_waiting(channel: Channel) -> None:
    story = told((0, arrived("c1", channel=channel)), (0, queued("c1")), (0, offered("c1")), (0, accepted("c1")))
    story += told((9_000, ContactReturned("c1", "ann")))
    assert company_work(seen(story, 10_000)) == Work(waiting=1, oldest_wait_ms=10_000)


def test_a_call_is_connecting_from_the_accept_until_the_two_speak() -> None:
    story = told((0, arrived("c1", channel=Channel.VOICE)), (0, queued("c1")), (0, offered("c1")), (0, accepted("c1")))
    assert company_work(seen(story, 1)) == Work(active=1, connecting=1)
    story += told((2_000, CallConnected("c1", "ann")))
    assert company_work(seen(story, 2_001)) == Work(active=1)


def test_a_transfer_followed_by_queueing_restarts_the_clock_once() -> None:
    story = told((0, arrived("c1")), (0, queued("c1")), (0, offered("c1")), (0, accepted("c1")))
    story += told((9_000, ContactTransferred("c1", "ann", "help")), (9_000, queued("c1", "help")))
    now = seen(story, 10_000)
    assert [(each.queue, each.work.oldest_wait_ms) for each in now.queues] == [("help", 1_000)]


def test_an_ended_contact_is_nowhere() -> None:
    story = told((0, plan()), (0, arrived("c1")), (0, queued("c1")), (5, ended("c1", ContactOutcome.ABANDONED)))
    assert company_work(seen(story, 10)) == Work()


def test_a_limited_view_shows_nothing_of_the_other_company() -> None:
    story = told((0, plan()), (0, arrived("c1", "acme")), (0, queued("c1", "sales")))
    story += told((0, offered("c1", "ann")), (0, arrived("c2", "bolt")), (0, queued("c2", "desk")))
    now = seen(story, 0, company="bolt")
    assert now.companies == (CompanyNow("bolt", Work(waiting=1)),)
    assert [each.queue for each in now.queues] == ["desk"]
    assert [(each.state.agent, each.state.companies) for each in now.agents] == [("ann", ("bolt",)), ("cy", ("bolt",))]
    assert {each.work for each in now.agents} == {Work()}


def test_presence_and_attachment_are_as_last_heard() -> None:
    story = told((0, plan()), *((7, fact) for fact in (*on_duty("ann"), *on_duty("bob"))))
    story += told((9, AgentDetached("bob")), (12, PresenceChanged("ann", Presence.AWAY, "lunch")))
    ann, bob, cy = (each.state for each in seen(story, 20).agents)
    assert (ann.presence, ann.reason, ann.attached, ann.since_ms) == (Presence.AWAY, "lunch", True, NOON_MS + 12)
    assert (bob.presence, bob.attached, bob.since_ms) == (Presence.AVAILABLE, False, NOON_MS + 7)
    assert (cy.presence, cy.attached) == (Presence.OFFLINE, False)


def test_a_new_owner_detaches_everybody_of_the_tenant_and_nobody_else() -> None:
    story = told((0, plan()), *((0, fact) for fact in on_duty("ann")))
    assert not any(each.state.attached for each in seen([*story, *told((5, OwnerChanged(9)))], 5).agents)
    elsewhere = seen([*story, *told((5, OwnerChanged(9)), tenant="t2")], 5)
    assert [each.state.attached for each in elsewhere.agents] == [True, False, False]


def test_a_new_plan_keeps_the_agents_that_stay_and_those_who_left_only_while_they_have_work() -> None:
    story = told((0, plan()), *((0, fact) for fact in on_duty("ann")))
    story += told((0, arrived("c1")), (0, queued("c1")), (0, offered("c1", "bob")), (0, accepted("c1", "bob")))
    shrunk = PlanActivated(Plan("t1", 2, (), (AgentProfile("ann", ("acme",)),)))
    story += told((9, shrunk))
    assert [(each.state.agent, each.state.retired) for each in seen(story, 9).agents] == [
        ("ann", False),
        ("bob", True),
    ]
    story += told((10, ended("c1")))
    assert [(each.state.agent, each.state.presence) for each in seen(story, 10).agents] == [("ann", Presence.AVAILABLE)]


def test_what_is_said_of_an_unknown_agent_or_contact_changes_nothing() -> None:
    story = told((0, plan()), (1, accepted("nobody")), *((1, fact) for fact in on_duty("stranger")))
    assert seen(story, 5) == seen(told((0, plan())), 5)


def test_a_queue_that_left_the_plan_is_shown_while_contacts_wait_in_it() -> None:
    story = told((0, plan()), (0, arrived("c1")), (0, queued("c1", "old")))
    assert [each.work for each in seen(story, 3).queues if each.queue == "old"] == [Work(waiting=1, oldest_wait_ms=3)]
