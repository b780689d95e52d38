"""Filters for MongoDB: what is searched for never becomes an operator."""

from typing import Any

import pytest

from services.shared.document_store import Between, Collection, Index, OneOf
from services.shared.mongo_query import by_id, by_id_when, query

PEOPLE = Collection("people", (Index(("city", "age")),))


@pytest.mark.parametrize(
    ("wanted", "condition"),
    [
        ("Oslo", {"$eq": "Oslo"}),
        ("$gt", {"$eq": "$gt"}),
        (True, {"$eq": True}),
        (None, {"$eq": None}),
        (OneOf(("Oslo", 3)), {"$in": ["Oslo", 3]}),
        (OneOf(()), {"$in": []}),
        (Between(1, 2), {"$gte": 1, "$lt": 2}),
        (Between(low=1), {"$gte": 1}),
        (Between(high=2), {"$lt": 2}),
        (Between(), {"$ne": None}),
    ],
)
def test_what_is_searched_for_is_a_value(wanted: object, condition: dict[str, Any]) -> None:
    assert query(PEOPLE, {"city": wanted}, (), 10).filter == {"city": condition}


@pytest.mark.parametrize("wanted", [{"$ne": None}, ["Oslo"], OneOf(({"$ne": None},)), Between({"$ne": None}), b"x"])
def test_anything_else_is_refused(wanted: object) -> None:
    with pytest.raises(ValueError, match="cannot be searched by a"):
        query(PEOPLE, {"city": wanted}, (), 10)


def test_the_id_has_another_name_there() -> None:
    found = query(PEOPLE, {"id": "1"}, [("id", -1)], 10)
    assert (found.filter, found.sort) == ({"_id": {"$eq": "1"}}, [("_id", -1)])
    assert by_id("1") == {"_id": {"$eq": "1"}}


def test_conditions_compare_whole_values() -> None:
    assert by_id_when("1", {}) == {"_id": {"$eq": "1"}}
    assert by_id_when("1", {"state": "$x", "a.b": None}) == {
        "_id": {"$eq": "1"},
        "$expr": {
            "$and": [
                {"$eq": [{"$ifNull": ["$state", None]}, {"$literal": "$x"}]},
                {"$eq": [{"$ifNull": ["$a%002Eb", None]}, {"$literal": None}]},
            ]
        },
    }
