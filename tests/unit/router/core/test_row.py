"""A row: who stands in it comes up in the order of their numbers, whatever the order they came in."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from services.plan.compiled import Channel, Direction
from services.router.core.record import changed
from services.router.core.records import Contact
from services.router.core.row import Row, Waiting

SOMEBODY = Contact(
    id="",
    company="acme",
    channel=Channel.VOICE,
    direction=Direction.INBOUND,
    dialed="",
    caller_classes=(),
    customer="",
    ivr_path=(),
    language="",
    attributes=(),
    arrived_at_ms=0,
    previous_contact_id="",
)


def who(number: int) -> Contact:
    return changed(SOMEBODY, id=f"c{number:04}", order=number)


def row_of(numbers: list[int]) -> Row:
    row = Row(lambda contact: contact.order)
    for number in numbers:
        row.add(number, who(number))
    return row


def in_order(row: Row) -> list[int]:
    found = []
    while row.front is not None:
        found.append(row.front[0])
        row.take_front()
    return found


@given(st.lists(st.integers(0, 99), max_size=40))
def test_the_lowest_number_is_at_the_front_whatever_order_they_came_in(numbers: list[int]) -> None:
    row = row_of(numbers)
    assert len(row) == len(numbers)
    assert in_order(row) == sorted(numbers)
    assert len(row) == 0


def test_who_comes_while_others_are_taken_stands_at_their_place() -> None:
    chance = Random(3)
    row, standing = row_of([]), list[int]()
    for number in range(300):
        came = number - chance.choice((0, 0, 0, 5, 40))
        row.add(came, who(came))
        standing.append(came)
        if chance.random() < 0.4:
            assert row.front == (min(standing), who(min(standing)).id)
            standing.remove(min(standing))
            row.take_front()
    assert in_order(row) == sorted(standing)


def test_the_record_that_came_in_turn_is_there_for_comparison_and_for_others_none() -> None:
    row = row_of([5, 3])
    assert (row.front, row.record) == ((3, "c0003"), None)
    row.take_front()
    assert (row.front, row.record) == ((5, "c0005"), who(5))


@given(st.lists(st.integers(0, 20), max_size=40), st.sets(st.integers(0, 20)))
def test_those_of_whom_it_is_so_are_kept_once_each(numbers: list[int], so: set[int]) -> None:
    row = row_of(numbers)

    def is_so(waiting: Waiting) -> bool:
        return waiting[0] in so

    expected = sorted(set(numbers) & so)
    assert sorted(row.ids()) == sorted(who(number).id for number in numbers)
    row.keep(is_so)
    assert in_order(row) == expected


def test_a_row_that_is_cleared_holds_nobody() -> None:
    row = row_of([1, 2, 0])
    row.clear()
    assert (len(row), row.front, row.record) == (0, None, None)
    row.add(1, who(1))
    assert row.front == (1, "c0001")
