"""Which indexes MongoDB is to have, and which of them a search goes by."""

from typing import Any

import pytest

from services.shared.document_store import Between, Collection, Index, OneOf
from services.shared.mongo_indexes import IndexesWrong, declared, missing, serving

PEOPLE = Collection("people", (Index(("email",), unique=True), Index(("city", "age")), Index(("city", "name"))))
KEYS = {"v": 2, "key": {"_id": 1}, "name": "_id_"}
I_EMAIL = {"v": 2, "key": {"email": 1, "_id": 1}, "name": "i_people_email"}
U_EMAIL = {
    "v": 2,
    "key": {"email": 1},
    "name": "u_people_email",
    "unique": True,
    "partialFilterExpression": {"email": {"$type": ["string", "number", "bool", "binData"]}},
}
I_AGE = {"v": 2, "key": {"city": 1, "age": 1, "_id": 1}, "name": "i_people_city_age"}
I_NAME = {"v": 2, "key": {"city": 1, "name": 1, "_id": 1}, "name": "i_people_city_name"}


def test_each_index_ends_in_the_id_and_a_unique_one_has_a_second_that_forbids() -> None:
    assert declared(PEOPLE) == {
        "i_people_email": {"key": [("email", 1), ("_id", 1)]},
        "i_people_city_age": {"key": [("city", 1), ("age", 1), ("_id", 1)]},
        "i_people_city_name": {"key": [("city", 1), ("name", 1), ("_id", 1)]},
        "u_people_email": {
            "key": [("email", 1)],
            "unique": True,
            "partialFilterExpression": U_EMAIL["partialFilterExpression"],
        },
    }


def test_an_index_that_names_the_id_does_not_name_it_twice() -> None:
    assert declared(Collection("things", (Index(("kind", "id")),))) == {
        "i_things_kind_id": {"key": [("kind", 1), ("_id", 1)]}
    }


def test_what_is_there_as_declared_is_not_missing() -> None:
    assert missing(PEOPLE, [KEYS, I_EMAIL, U_EMAIL, I_AGE, I_NAME]) == {}
    assert set(missing(PEOPLE, [KEYS, I_EMAIL, I_NAME])) == {"u_people_email", "i_people_city_age"}


def test_indexes_of_others_are_left_alone() -> None:
    others = {"v": 2, "key": {"age": 1}, "name": "for_the_auditors", "expireAfterSeconds": 1}
    assert missing(PEOPLE, [KEYS, I_EMAIL, U_EMAIL, I_AGE, I_NAME, others]) == {}


@pytest.mark.parametrize(
    "wrong",
    [
        I_AGE | {"key": {"age": 1, "city": 1, "_id": 1}},
        I_AGE | {"key": {"city": 1, "age": -1, "_id": 1}},
        I_AGE | {"key": {"city": 1, "age": 1}},
        I_AGE | {"unique": True},
        I_AGE | {"sparse": True},
        I_AGE | {"hidden": True},
        I_AGE | {"expireAfterSeconds": 60},
        {name: value for name, value in U_EMAIL.items() if name != "unique"},
        U_EMAIL | {"partialFilterExpression": {"email": {"$exists": True}}},
        U_EMAIL | {"name": "u_people_phone", "key": {"phone": 1}},
    ],
)
def test_an_index_that_is_not_as_declared_is_named_with_what_to_do(wrong: dict[str, Any]) -> None:
    with pytest.raises(IndexesWrong, match=rf"db\.people\.dropIndex\('{wrong['name']}'\)"):
        missing(PEOPLE, [KEYS, wrong])


@pytest.mark.parametrize(
    ("where", "sort", "index", "in_order"),
    [
        ({}, [], "_id_", True),
        ({"id": "1"}, [], "_id_", True),
        ({"email": "x"}, [], "i_people_email", True),
        ({"city": "Oslo", "age": 3}, [], "i_people_city_age", True),
        ({"city": "Oslo", "age": Between(1, 2)}, [], "i_people_city_age", False),
        ({"city": "Oslo", "age": Between(1, 2)}, [("age", -1)], "i_people_city_age", True),
        ({"city": "Oslo"}, [("name", 1)], "i_people_city_name", True),
        ({"city": OneOf(("Oslo", "Rome"))}, [("age", 1)], "i_people_city_age", True),
        ({"city": "Oslo", "name": "x"}, [("age", 1)], "i_people_city_name", False),
        ({"city": "Oslo"}, [("email", 1)], "i_people_city_name", False),
        ({"city": Between("a")}, [("city", 1), ("age", 1)], "i_people_city_age", True),
        ({}, [("city", -1), ("age", -1)], "i_people_city_age", True),
        ({"city": None}, [("age", 1)], "i_people_city_age", True),
    ],
)
def test_a_search_goes_by_the_index_that_knows_most_of_it(
    where: dict[str, Any], sort: list[tuple[str, int]], index: str, in_order: bool
) -> None:
    found = serving(PEOPLE, where, sort)
    assert found is not None
    assert (found.name, found.in_order) == (index, in_order)


@pytest.mark.parametrize(("where", "sort"), [({"age": 3}, []), ({}, [("age", 1)]), ({}, [("city", 1), ("age", -1)])])
def test_a_search_that_no_index_begins_with_is_left_to_the_server(
    where: dict[str, Any], sort: list[tuple[str, int]]
) -> None:
    assert serving(PEOPLE, where, sort) is None
