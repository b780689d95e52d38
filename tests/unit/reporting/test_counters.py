import pytest

from services.plan.compiled import Channel
from services.reporting.facts import (
    ContactForgotten,
    ContactOutcome,
    ContactReturned,
    ContactTransferred,
    CustomerWrote,
    Happened,
    OfferEnd,
    OfferReturned,
    ReplySettled,
)
from services.reporting.projections.counters import BUCKETS_S, Names, Spans, Tally, Where, Whose
from tests.unit.reporting.story import accepted, arrived, ended, folded, offered, queued, told, wrap_up

BEFORE_ANY = Where("t1", "acme", "", "web_form")
SALES = Where("t1", "acme", "sales", "web_form")
HELP = Where("t1", "acme", "help", "web_form")


def tallies(happened: list[Happened]) -> dict[Where, Tally]:
    return dict(folded(*happened).counters.by_place())


def life() -> list[Happened]:
    return told(
        (0, arrived("c1")),
        (1_000, queued("c1")),
        (2_000, offered("c1", "bob")),
        (3_000, OfferReturned("c1", "bob", OfferEnd.DECLINED)),
        (3_000, offered("c1")),
        (4_000, accepted("c1")),
        (9_000, wrap_up("c1")),
        (10_000, ended("c1", agent="ann", disposition="sold")),
    )


def test_a_contact_is_counted_once_in_each_thing_that_happened_to_it() -> None:
    found = tallies(life())
    assert found[BEFORE_ANY].counts == {"arrived": 1}
    assert found[SALES].counts == {
        "queued": 1,
        "entered": 1,
        "offered": 2,
        "offer_declined": 1,
        "accepted": 1,
        "answered": 1,
        "answered_within": 1,
        "handled": 1,
        "active": 1,
        "wrap_up": 1,
        "ended_completed": 1,
    }


def test_a_form_is_answered_by_its_completion_and_handled_from_the_accept_on() -> None:
    found = tallies(life())[SALES].spans
    assert (found["answered"].sum_ms, sum(found["answered"].buckets)) == (9_000, 1)
    assert (found["handled"].sum_ms, sum(found["handled"].buckets)) == (6_000, 1)
    assert sum(found["abandoned"].buckets) == 0


def test_an_abandoned_contact_counts_its_wait_apart() -> None:
    found = tallies(told((0, arrived("c1")), (0, queued("c1")), (7_000, ended("c1", ContactOutcome.ABANDONED))))[SALES]
    assert (found.spans["abandoned"].sum_ms, sum(found.spans["answered"].buckets)) == (7_000, 0)
    assert found.counts["ended_abandoned"] == 1


def test_only_a_customer_who_leaves_while_waiting_counts_as_leaving_after_a_wait() -> None:
    cancelled = told((0, arrived("c1")), (0, queued("c1")), (7_000, ended("c1", ContactOutcome.CANCELLED)))
    never_queued = told((0, arrived("c2")), (7_000, ended("c2", ContactOutcome.ABANDONED)))
    found = tallies(cancelled + never_queued)
    assert [sum(tally.spans["abandoned"].buckets) for tally in found.values()] == [0, 0]


def test_a_contact_that_left_in_the_ivr_is_of_no_queue_and_never_waited() -> None:
    found = tallies(told((0, arrived("c1")), (7_000, ended("c1", ContactOutcome.LEFT_IN_IVR))))
    assert found == {BEFORE_ANY: found[BEFORE_ANY]}
    assert found[BEFORE_ANY].counts == {"arrived": 1, "ended_left_in_ivr": 1}


@pytest.mark.parametrize(
    ("taken", "name"),
    [(ContactTransferred("c1", "ann", "help"), "transferred"), (ContactReturned("c1", "ann"), "taken_back")],
)
def test_a_contact_taken_from_its_agent_ends_a_segment(taken: ContactTransferred | ContactReturned, name: str) -> None:
    story = told((0, arrived("c1")), (0, queued("c1")), (0, offered("c1")), (0, accepted("c1")), (9_000, taken))
    found = tallies(story)[SALES]
    assert (found.counts[name], found.spans["handled"].sum_ms) == (1, 9_000)


def test_a_transferred_contact_counts_in_the_queue_it_came_to() -> None:
    story = told((0, arrived("c1")), (0, queued("c1")), (0, offered("c1")), (0, accepted("c1")))
    story += told((5, ContactTransferred("c1", "ann", "help")), (5, queued("c1", "help")), (6, ended("c1")))
    found = tallies(story)
    assert found[HELP].counts.items() >= {"entered": 1, "queued": 1, "ended_completed": 1}.items()
    assert (found[SALES].counts["transferred"], found[SALES].counts["unanswered"]) == (1, 1)


def test_messages_and_replies_are_counted() -> None:
    story = told((0, arrived("c1", channel=Channel.WEB_CHAT)), (0, CustomerWrote("c1", "")))
    story += told((1, ReplySettled("c1", "o1", delivered=True)), (2, ReplySettled("c1", "o2", delivered=False)))
    found = tallies(story)[Where("t1", "acme", "", "web_chat")]
    assert found.counts == {"arrived": 1, "message": 1, "reply_delivered": 1, "reply_failed": 1}


def test_a_reply_that_is_settled_after_the_end_counts_until_the_contact_is_forgotten() -> None:
    late = ReplySettled("c1", "o1", delivered=True)
    story = [*life(), *told((20_000, late), (30_000, ContactForgotten("c1")), (40_000, late))]
    assert tallies(story)[SALES].counts["reply_delivered"] == 1


def test_each_agent_has_figures_of_their_own() -> None:
    found = dict(folded(*life()).counters.by_agent())
    assert found[Whose("t1", "bob")].counts == {"offered": 1, "offer_declined": 1}
    ann = found[Whose("t1", "ann")]
    assert ann.counts.items() >= {"offered": 1, "accepted": 1, "answered": 1, "ended_completed": 1}.items()
    assert ann.spans["handled"].sum_ms == 6_000


def test_folding_the_same_log_twice_gives_the_same_figures() -> None:
    once, again = folded(*life()), folded(*life())
    assert list(once.counters.by_place()) == list(again.counters.by_place())
    assert once.live.now("t1", 0, lambda _: True) == again.live.now("t1", 0, lambda _: True)
    assert once.timelines.of("t1", "c1") == again.timelines.of("t1", "c1")


def test_names_beyond_the_limit_are_other_and_the_first_stay_themselves() -> None:
    names = Names(2)
    assert [names.name(name) for name in ("a", "b", "c", "a", "d")] == ["a", "b", "other", "a", "other"]


def test_ten_times_the_agents_give_no_more_groups_than_the_limit() -> None:
    story = told((0, arrived("c1")), (0, queued("c1")), *((0, offered("c1", f"a{i}")) for i in range(10_000)))
    found = dict(folded(*story).counters.by_agent())
    assert len(found) == 1_001
    assert found[Whose("t1", "other")].counts["offered"] == 9_000


def test_a_duration_falls_in_the_first_bucket_that_holds_it() -> None:
    spans = Spans()
    for span_ms in (0, 1_000, 1_001, 86_400_001):
        spans.add(span_ms)
    assert (spans.buckets[0], spans.buckets[1], spans.buckets[len(BUCKETS_S)]) == (2, 1, 1)
    assert spans.sum_ms == 86_402_002
