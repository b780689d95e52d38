"""Tables, lines and their journal: what was changed comes back exactly."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.router.core.table import Journal, Line, Table

CHANGES = st.lists(st.tuples(st.sampled_from("abc"), st.none() | st.integers(0, 3)), max_size=8)


def change(table: Table[str, int], changes: list[tuple[str, int | None]]) -> None:
    for key, value in changes:
        if value is None:
            table.drop(key)
        else:
            table[key] = value


@given(CHANGES, CHANGES, CHANGES)
def test_each_savepoint_brings_back_what_was_there(first: list, second: list, third: list) -> None:  # type: ignore[type-arg]
    journal = Journal()
    table: Table[str, int] = Table(journal)
    change(table, first)
    after_first = dict(table.items())
    outer = journal.savepoint()
    change(table, second)
    after_second = dict(table.items())
    inner = journal.savepoint()
    change(table, third)
    journal.rollback(inner)
    assert dict(table.items()) == after_second
    journal.rollback(outer)
    assert dict(table.items()) == after_first


@given(CHANGES, CHANGES)
def test_an_older_savepoint_is_forgotten_while_a_newer_one_holds(first: list, second: list) -> None:  # type: ignore[type-arg]
    journal = Journal()
    table: Table[str, int] = Table(journal)
    older = journal.savepoint()
    change(table, first)
    kept = dict(table.items())
    newer = journal.savepoint()
    change(table, second)
    journal.forget(older)
    journal.rollback(newer)
    assert dict(table.items()) == kept


def test_a_forgotten_savepoint_inside_another_leaves_the_outer_one_whole() -> None:
    journal = Journal()
    table: Table[str, int] = Table(journal)
    outer = journal.savepoint()
    table["a"] = 1
    inner = journal.savepoint()
    table["a"] = 2
    journal.forget(inner)
    journal.rollback(outer)
    assert len(table) == 0


def test_a_savepoint_that_is_closed_cannot_be_used() -> None:
    journal = Journal()
    outer = journal.savepoint()
    inner = journal.savepoint()
    journal.rollback(outer)
    for close in (journal.rollback, journal.forget):
        with pytest.raises(KeyError):
            close(inner)


def test_a_table_is_read_like_a_dict() -> None:
    table: Table[str, int] = Table(Journal())
    table.replace_all({"a": 1, "b": 2})
    table.replace_all({"b": 3})
    assert (list(table), list(table.values()), table["b"]) == (["b"], [3], 3)
    assert "a" not in table
    assert table.get("a") is None
    del table["b"]
    assert len(table) == 0


def test_a_line_gives_the_oldest_that_is_left() -> None:
    line: Line[str] = Line(Journal())
    numbers = [line.add(word) for word in ("one", "two", "three")]
    line.remove(numbers[1])
    assert line.oldest() == "one"
    line.remove_oldest()
    assert (line.oldest(), len(line)) == ("three", 1)
    line.remove_oldest()
    assert line.oldest() is None
    assert line.add("four") == 3
    assert line.oldest() == "four"
