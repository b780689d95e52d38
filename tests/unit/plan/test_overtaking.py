"""The bound on overtaking that a plan says: what it is made of, in words; and nobody is overtaken beyond it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.plan.compiled import DEPTH_MAX, Channel, Direction, Plan, Urgency
from services.plan.overtaking import Overtaking, overtaking, overtaking_words
from services.plan.read import read_plan
from services.router.core.records import Contact
from services.router.core.urgency import place_ms
from tests.unit.plan.example import changed, load

VIP = "route: {queue: support, skills: {billing: 5}, priority: 9}"
WORTH = "customer_values: [{caller: {country: de}, value: 7}, {caller: {country: in}, value: 3}]\n"
ABOVE = "groups: front\ncaller"
TARGETS = (
    ("- {id: support, company: acme}", "- {id: support, company: acme, service_level: {within_s: 5}}"),
    (
        "- {id: travel, company: globex, groups: front}",
        "- {id: travel, company: globex, service_level: {within_s: 95}}",
    ),
)


def urgency(text: str) -> tuple[str, str]:
    return ABOVE, f"groups: front\n{WORTH}urgency: {{{text}}}\ncaller"


def bound_of(*changes: tuple[str, str]) -> Overtaking:
    return overtaking(read_plan(changed(*changes).encode()).content)


@pytest.mark.parametrize(
    ("changes", "within_s", "between_s"),
    [
        ((), 9 * 600, 9 * 600),
        (((VIP, VIP.replace("9", "-9")),), 9 * 600, 9 * 600),
        (((VIP, f"{VIP[:-1]}, steps: [{{raise_priority: 4}}, {{after_s: 9, raise_priority: 2}}]}}"),), 9000, 9000),
        (((VIP, f"{VIP[:-1]}, steps: [{{raise_priority: 200}}]}}"),), 60_000, 60_000),
        ((urgency("priority_s: 10, value_s: 100"),), 90 + 700, 90 + 700),
        ((urgency("priority_s: 10, by_deadline: yes"), *TARGETS), 90 + 420, 90 + 420 + 90),
        ((urgency("priority_s: 10, depth_s: 2"), *TARGETS), 90 + 420, 90 + 420 + 2 * DEPTH_MAX),
        ((urgency("priority_s: 10, expected_wait_percent: 5"), *TARGETS), 90 + 420, None),
    ],
    ids=["priority", "below", "steps", "capped", "value", "deadline", "depth", "expected wait"],
)
def test_the_bound_is_what_the_most_urgent_gains(
    changes: tuple[tuple[str, str], ...], within_s: int, between_s: int | None
) -> None:
    assert bound_of(*changes) == Overtaking(within_s, between_s)


@pytest.mark.parametrize(
    ("bound", "words"),
    [
        (Overtaking(0, 0), "who waits is overtaken by nobody who comes later"),
        (Overtaking(93_784, 93_784), "who waits is overtaken by nobody who comes 1 d 2 h 3 min 4 s later"),
        (
            Overtaking(60, 90),
            "who waits is overtaken by nobody who comes 1 min 30 s later; in the same queue: 1 min later",
        ),
        (
            Overtaking(60, None),
            "who waits is overtaken in the same queue by nobody who comes 1 min later; between queues by anybody",
        ),
    ],
)
def test_it_is_said_in_a_sentence(bound: Overtaking, words: str) -> None:
    assert overtaking_words(bound) == words


CHANGES = (urgency("priority_s: 10, value_s: 20, by_deadline: yes, depth_s: 2"), *TARGETS)
PLAN: Plan = load(changed(*CHANGES)).plan
QUEUES = {each.id: each for each in PLAN.queues}
ORDER = PLAN.urgency or Urgency()


def contact(arrived_at_ms: int, priority: int, value: int, queue: str) -> Contact:
    return Contact(
        id="c",
        company="acme",
        channel=Channel.EMAIL,
        direction=Direction.INBOUND,
        dialed="",
        caller_classes=(),
        customer="",
        ivr_path=(),
        language="",
        attributes=(),
        arrived_at_ms=arrived_at_ms,
        previous_contact_id="",
        priority=priority,
        value=value,
        queue=queue,
    )


waiting = st.tuples(st.integers(0, 9), st.integers(0, 7), st.sampled_from(sorted(QUEUES)))


@given(waiting, waiting, st.integers(0, 3 * DEPTH_MAX), st.integers(0, 3 * DEPTH_MAX))
def test_whatever_two_contacts_are_and_however_full_their_queues_nobody_is_overtaken_beyond_it(
    one: tuple[int, int, str], other: tuple[int, int, str], depth: int, other_depth: int
) -> None:
    bound = bound_of(*CHANGES)
    same = one[2] == other[2]
    bound_s = bound.within_a_queue_s if same else bound.between_queues_s
    assert bound_s is not None
    depths = (0, 0) if same else (min(depth, DEPTH_MAX), min(other_depth, DEPTH_MAX))
    early, late = contact(0, *one), contact(bound_s * 1000, *other)
    places = [
        place_ms(ORDER, QUEUES[each.queue], each) - depth * ORDER.depth_ms
        for each, depth in zip((early, late), depths, strict=True)
    ]
    assert places[0] <= places[1]


def test_just_below_it_the_most_urgent_of_a_full_queue_does_overtake() -> None:
    bound_s = bound_of(*CHANGES).between_queues_s
    assert bound_s is not None
    plain, urgent = contact(0, 0, 0, "travel"), contact(bound_s * 1000 - 1, 9, 7, "support")
    ahead_ms = place_ms(ORDER, QUEUES["support"], urgent) - DEPTH_MAX * ORDER.depth_ms
    assert ahead_ms < place_ms(ORDER, QUEUES["travel"], plain)
