"""Warm transfers in the figures: a question is work for who is asked, and no customer's contact anywhere."""

from services.plan.compiled import Channel
from services.reporting.facts import ConsultationOpened, ContactHandedOver, ContactOutcome, Fact
from services.reporting.projections.figures import Figures
from services.reporting.projections.floor import change_after, floor_of
from services.reporting.projections.live import LiveNow
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

ASKED = "c1.c1"
BEFORE: tuple[tuple[int, Fact], ...] = (
    (0, plan()),
    *((0, fact) for name in ("ann", "bob") for fact in on_duty(name)),
    (0, arrived("c1", channel=Channel.WEB_CHAT)),
    (0, queued("c1")),
    (0, offered("c1")),
    (1_000, accepted("c1")),
)
ASKING: tuple[tuple[int, Fact], ...] = (
    *BEFORE,
    (5_000, ConsultationOpened(ASKED, "c1", "ann", "acme", Channel.WEB_CHAT)),
    (5_000, queued(ASKED, "help")),
    (5_000, offered(ASKED, "bob")),
    (9_000, accepted(ASKED, "bob")),
)
HANDED_OVER: tuple[tuple[int, Fact], ...] = (
    *ASKING,
    (20_000, ended(ASKED, ContactOutcome.CONSULTED, "bob")),
    (20_000, ContactHandedOver("c1", "ann", "bob", "help", ASKED)),
)
COMPLETED: tuple[tuple[int, Fact], ...] = (
    *HANDED_OVER,
    (50_000, wrap_up("c1", "bob")),
    (60_000, ended("c1", agent="bob")),
)


def all_see(_company: str) -> bool:
    return True


def now(figures: Figures) -> LiveNow:
    return figures.live.now("t1", NOON_MS + 60_000, all_see)


def test_a_question_adds_nothing_to_the_figures_of_queues() -> None:
    asked = {where: tally.counts for where, tally in folded(*told(*ASKING)).counters.by_place()}
    assert asked == {where: tally.counts for where, tally in folded(*told(*BEFORE)).counters.by_place()}


def test_a_hand_over_is_a_transfer_out_of_the_queue_and_ends_a_segment_and_no_wait() -> None:
    tallies = {where.queue: tally for where, tally in folded(*told(*COMPLETED)).counters.by_place()}
    sales, desk = tallies["sales"], tallies["help"]
    assert (sales.counts["transferred"], sales.counts["handled"], sales.counts["unanswered"]) == (1, 1, 0)
    assert (desk.counts["entered"], desk.counts["answered"], desk.counts["ended_completed"]) == (0, 0, 1)
    assert (sales.spans["handled"].sum_ms, desk.spans["handled"].sum_ms) == (19_000, 40_000)


def test_both_agents_and_both_segments_are_in_the_contacts_row_and_the_question_has_none() -> None:
    figures = folded(*told(*COMPLETED))
    [row] = figures.contacts.take()
    assert (row.agents, [each.queue for each in row.queues], row.sums["transferred"]) == (
        ["ann", "bob"],
        ["sales", "help"],
        1,
    )
    assert [(each.agent, each.queue, each.end) for each in row.segments] == [
        ("ann", "sales", "transferred"),
        ("bob", "help", "ended"),
    ]


def test_now_a_question_is_work_for_who_is_asked_and_waits_in_no_queue() -> None:
    live = now(folded(*told(*ASKING)))
    assert {each.state.agent: each.work.active for each in live.agents} == {"ann": 1, "bob": 1, "cy": 0}
    assert {each.queue: each.work.active for each in live.queues} == {"desk": 0, "help": 0, "sales": 1}
    assert sum(each.work.active for each in live.companies) == 1


def test_the_floor_shows_the_contact_move_and_not_the_question() -> None:
    figures = folded(*told(*ASKING))
    assert [each.contact_id for each in floor_of(figures.live, "t1", all_see).contacts] == ["c1"]
    happened = told(*HANDED_OVER)
    for each in happened[-2:]:
        before = figures.live.contact("t1", ASKED if each is happened[-2] else "c1")
        figures.apply(each)
        change = change_after(figures.live, each, before)
        assert (change is None) == (each is happened[-2])
    [contact] = floor_of(figures.live, "t1", all_see).contacts
    assert (contact.agent, contact.queue) == ("bob", "help")


def test_who_is_asked_is_busy() -> None:
    figures = folded(*told(*HANDED_OVER))
    interval = figures.intervals.open_interval("t1")
    assert interval is not None
    assert (interval.agents["bob"]["offered"], interval.agents["bob"]["busy"]) == (4_000, 11_000)


def test_what_was_asked_stands_in_the_story_of_the_contact() -> None:
    timeline = folded(*told(*HANDED_OVER)).timelines.of("t1", "c1")
    assert timeline is not None
    kinds = [type(each.fact).__name__ for each in timeline.facts()]
    assert kinds == [
        "ContactAccepted",
        "ContactQueued",
        "ContactOffered",
        "OfferAccepted",
        "ConsultationOpened",
        "ContactHandedOver",
    ]
