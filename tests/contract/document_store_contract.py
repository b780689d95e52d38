"""What every DocumentStore keeps. A suite for an adapter subclasses this and gives a `store` fixture."""

import asyncio
from typing import Any

import pytest

from services.shared.document_store import Between, Collection, DocumentStore, Index, OneOf

PEOPLE = Collection("people", (Index(("email",), unique=True), Index(("city", "age"))))


class DocumentStoreContract:
    async def test_a_document_comes_back_as_it_was_stored(self, store: DocumentStore) -> None:
        document = {"id": "1", "text": "naïve ☎ 한국어 \U0001f600", "deep": {"list": [1, None, True, 2.5]}}
        await store.put(PEOPLE, document)
        assert await store.get(PEOPLE, "1") == document

    async def test_text_that_is_not_valid_unicode_is_kept(self, store: DocumentStore) -> None:
        await store.put(PEOPLE, {"id": "1", "text": "a\ud800b\x00c"})
        assert await store.get(PEOPLE, "1") == {"id": "1", "text": "a\ud800b\x00c"}

    async def test_numbers_of_any_size_and_kind_come_back_as_they_were(self, store: DocumentStore) -> None:
        numbers = {"id": "1", "large": 2**80, "small": -(2**64), "long": 2**62, "whole": 1, "real": 1.0, "true": True}
        await store.put(PEOPLE, numbers)
        found = await store.get(PEOPLE, "1")
        assert found == numbers
        assert {name: type(value) for name, value in found.items()} == {n: type(v) for n, v in numbers.items()}

    async def test_fields_of_any_name_are_kept_and_can_be_changed(self, store: DocumentStore) -> None:
        odd = {"a.b": 1, "$set": 2, "_id": 3, "": 4, "100%": 5, "%0024": 6, "deep": {"$ref": "x", "$id": "y", "a.b": 7}}
        await store.put(PEOPLE, {"id": "1", **odd})
        assert await store.get(PEOPLE, "1") == {"id": "1", **odd}
        assert await store.change(PEOPLE, "1", {"a.b": "new", "$set": None, "": [1]}, when={"a.b": 1, "": 4})
        assert await store.get(PEOPLE, "1") == {"id": "1", **odd, "a.b": "new", "$set": None, "": [1]}

    async def test_an_unknown_id_gives_nothing(self, store: DocumentStore) -> None:
        assert await store.get(PEOPLE, "nobody") is None

    async def test_insert_refuses_an_id_that_is_taken(self, store: DocumentStore) -> None:
        assert await store.insert(PEOPLE, {"id": "1", "city": "Oslo"})
        assert not await store.insert(PEOPLE, {"id": "1", "city": "Rome"})
        assert await store.get(PEOPLE, "1") == {"id": "1", "city": "Oslo"}

    async def test_insert_refuses_a_value_that_a_unique_index_has(self, store: DocumentStore) -> None:
        assert await store.insert(PEOPLE, {"id": "1", "email": "a@example.org"})
        assert not await store.insert(PEOPLE, {"id": "2", "email": "a@example.org"})
        assert await store.get(PEOPLE, "2") is None

    async def test_of_what_is_absent_a_unique_index_takes_any_number(self, store: DocumentStore) -> None:
        assert await store.insert(PEOPLE, {"id": "1"})
        assert await store.insert(PEOPLE, {"id": "2"})
        assert await store.insert(PEOPLE, {"id": "3", "email": None})
        assert await store.insert(PEOPLE, {"id": "4", "email": None})
        assert await store.insert(PEOPLE, {"id": "5", "email": ""})
        assert not await store.insert(PEOPLE, {"id": "6", "email": ""})

    async def test_put_and_change_may_not_take_a_unique_value_of_another(self, store: DocumentStore) -> None:
        await store.put(PEOPLE, {"id": "1", "email": "a@example.org"})
        await store.put(PEOPLE, {"id": "2", "email": "b@example.org"})
        with pytest.raises(ValueError, match="unique"):
            await store.put(PEOPLE, {"id": "3", "email": "a@example.org"})
        with pytest.raises(ValueError, match="unique"):
            await store.change(PEOPLE, "2", {"email": "a@example.org"})
        assert await store.get(PEOPLE, "2") == {"id": "2", "email": "b@example.org"}

    async def test_of_many_inserts_of_one_id_exactly_one_wins(self, store: DocumentStore) -> None:
        won = await asyncio.gather(*(store.insert(PEOPLE, {"id": "1", "age": n}) for n in range(50)))
        assert won.count(True) == 1
        found = await store.get(PEOPLE, "1")
        assert found is not None
        assert found["age"] == won.index(True)

    async def test_put_replaces_the_whole_document(self, store: DocumentStore) -> None:
        await store.put(PEOPLE, {"id": "1", "city": "Oslo", "age": 30})
        await store.put(PEOPLE, {"id": "1", "city": "Rome"})
        assert await store.get(PEOPLE, "1") == {"id": "1", "city": "Rome"}

    async def test_change_sets_fields_and_leaves_the_others(self, store: DocumentStore) -> None:
        await store.put(PEOPLE, {"id": "1", "city": "Oslo", "age": 30})
        assert await store.change(PEOPLE, "1", {"age": 31, "tags": ["x"]})
        assert await store.get(PEOPLE, "1") == {"id": "1", "city": "Oslo", "age": 31, "tags": ["x"]}

    async def test_change_does_nothing_when_the_document_is_absent_or_different(self, store: DocumentStore) -> None:
        await store.put(PEOPLE, {"id": "1", "state": "claimed"})
        assert not await store.change(PEOPLE, "2", {"state": "sent"})
        assert not await store.change(PEOPLE, "1", {"state": "sent"}, when={"state": "failed"})
        assert not await store.change(PEOPLE, "1", {"state": "sent"}, when={"state": "claimed", "by": "me"})
        assert await store.change(PEOPLE, "1", {"state": "sent"}, when={"state": "claimed", "by": None})
        assert await store.get(PEOPLE, "1") == {"id": "1", "state": "sent"}

    async def test_conditions_compare_whole_values(self, store: DocumentStore) -> None:
        await store.put(PEOPLE, {"id": "1", "tags": ["x", "y"], "deep": {"a": 1}})
        different: list[dict[str, Any]] = [{"tags": "x"}, {"tags": ["x"]}, {"tags": []}, {"tags": "$tags"}]
        different += [{"deep": {}}, {"deep": None}]
        for when in different:
            assert not await store.change(PEOPLE, "1", {"n": 1}, when=when)
        assert await store.change(PEOPLE, "1", {"n": 1}, when={"tags": ["x", "y"], "deep": {"a": 1}, "id": "1"})

    async def test_a_change_of_nothing_says_whether_its_condition_holds(self, store: DocumentStore) -> None:
        await store.put(PEOPLE, {"id": "1", "age": 3})
        assert await store.change(PEOPLE, "1", {}, when={"age": 3})
        assert not await store.change(PEOPLE, "1", {}, when={"age": 4})
        assert await store.change(PEOPLE, "1", {"age": 3})

    async def test_of_many_conditional_changes_exactly_one_wins(self, store: DocumentStore) -> None:
        await store.put(PEOPLE, {"id": "1", "state": "free"})
        changes = [store.change(PEOPLE, "1", {"state": f"{n}"}, when={"state": "free"}) for n in range(20)]
        assert (await asyncio.gather(*changes)).count(True) == 1

    async def test_the_id_cannot_be_changed(self, store: DocumentStore) -> None:
        await store.put(PEOPLE, {"id": "1"})
        with pytest.raises(ValueError, match="id"):
            await store.change(PEOPLE, "1", {"id": "2"})

    async def test_delete_says_whether_there_was_one(self, store: DocumentStore) -> None:
        await store.put(PEOPLE, {"id": "1"})
        assert await store.delete(PEOPLE, "1")
        assert not await store.delete(PEOPLE, "1")
        assert await store.get(PEOPLE, "1") is None

    async def test_find_by_equality_range_choice_and_absence(self, store: DocumentStore) -> None:
        for key, city, age in [("1", "Oslo", 20), ("2", "Oslo", 30), ("3", "Rome", 40), ("4", None, 50)]:
            await store.put(PEOPLE, {"id": key, "city": city, "age": age})

        async def ids(**where: object) -> list[str]:
            return [found["id"] for found in await store.find(PEOPLE, where)]

        assert await ids(city="Oslo") == ["1", "2"]
        assert await ids(city="Oslo", age=Between(25, 31)) == ["2"]
        assert await ids(age=Between(20, 40)) == ["1", "2"]
        assert await ids(age=Between(low=40)) == ["3", "4"]
        assert await ids(age=Between(high=30)) == ["1"]
        assert await ids(age=Between()) == ["1", "2", "3", "4"]
        assert await ids(city=OneOf(("Rome", "Paris"))) == ["3"]
        assert await ids(city=OneOf(())) == []
        assert await ids(city=None) == ["4"]
        assert await ids(id="3") == ["3"]
        assert await ids() == ["1", "2", "3", "4"]

    async def test_find_sorts_then_goes_by_id_and_stops_at_the_limit(self, store: DocumentStore) -> None:
        for key, city, age in [("b", "Oslo", 30), ("a", "Oslo", 30), ("c", "Rome", 20), ("d", "Oslo", 10)]:
            await store.put(PEOPLE, {"id": key, "city": city, "age": age})
        found = await store.find(PEOPLE, {}, sort=[("city", 1), ("age", -1)], limit=3)
        assert [document["id"] for document in found] == ["a", "b", "d"]
        assert await store.find(PEOPLE, {}, limit=0) == []

    async def test_where_a_page_ends_among_equals_it_has_the_lowest_ids(self, store: DocumentStore) -> None:
        for key, age in [("f", 1), ("e", 2), ("d", 2), ("c", 2), ("b", 2), ("a", 3)]:
            await store.put(PEOPLE, {"id": key, "city": "Oslo", "age": age})

        async def ids(way: int, limit: int) -> str:
            found = await store.find(PEOPLE, {"city": "Oslo"}, sort=[("age", way)], limit=limit)
            return "".join(document["id"] for document in found)

        assert [await ids(1, limit) for limit in range(1, 8)] == [*("f", "fb", "fbc", "fbcd", "fbcde"), *["fbcdea"] * 2]
        assert [await ids(-1, limit) for limit in range(1, 8)] == [
            *("a", "ab", "abc", "abcd", "abcde"),
            *["abcdef"] * 2,
        ]

    async def test_sorting_puts_what_is_absent_first_then_numbers_then_text(self, store: DocumentStore) -> None:
        ages = {"a": "10", "b": 9, "c": None, "d": 2.5, "e": "한", "f": -1, "g": "Z", "h": "a"}
        for key, age in ages.items():
            await store.put(PEOPLE, {"id": key, "city": "Oslo", "age": age})
        await store.put(PEOPLE, {"id": "i", "city": "Oslo"})
        found = await store.find(PEOPLE, {"city": "Oslo"}, sort=[("age", 1)])
        assert "".join(document["id"] for document in found) == "cifdbaghe"

    async def test_values_are_never_taken_for_more_than_values(self, store: DocumentStore) -> None:
        await store.put(PEOPLE, {"id": "1", "city": "x"})
        for hostile in ["' OR 1=1 --", '"; DROP TABLE c_people; --', "{$ne: 1}", "%", "*"]:
            assert await store.find(PEOPLE, {"city": hostile}) == []
            assert await store.get(PEOPLE, hostile) is None
        with pytest.raises(ValueError, match="dict"):
            await store.find(PEOPLE, {"city": {"$ne": None}})
        assert await store.get(PEOPLE, "1") is not None

    async def test_only_declared_fields_can_be_searched_or_sorted_by(self, store: DocumentStore) -> None:
        with pytest.raises(ValueError, match="shoe_size"):
            await store.find(PEOPLE, {"shoe_size": 43})
        with pytest.raises(ValueError, match="shoe_size"):
            await store.find(PEOPLE, {}, sort=[("shoe_size", 1)])

    @pytest.mark.parametrize("name", ["", "A", "a-b", "a b", "a'", 'a"', "a.b", "1a", "a" * 49, "a\n"])
    async def test_names_outside_the_pattern_are_refused(self, store: DocumentStore, name: str) -> None:
        with pytest.raises(ValueError, match="no name"):
            await store.put(Collection(name), {"id": "1"})
        with pytest.raises(ValueError, match="no name"):
            await store.put(Collection("fine", (Index((name,)),)), {"id": "1"})

    @pytest.mark.parametrize("document", [{}, {"id": ""}, {"id": 7}, {"id": "1", "x": float("nan")}])
    async def test_what_is_no_document_is_refused(self, store: DocumentStore, document: dict[str, object]) -> None:
        with pytest.raises(ValueError):  # noqa: PT011  # each adapter's words
            await store.put(PEOPLE, document)

    async def test_documents_handed_out_and_in_are_copies(self, store: DocumentStore) -> None:
        document: dict[str, object] = {"id": "1", "tags": ["a"]}
        await store.put(PEOPLE, document)
        document["tags"] = ["changed"]
        first = await store.get(PEOPLE, "1")
        assert first == {"id": "1", "tags": ["a"]}
        first["tags"].append("b")
        assert await store.get(PEOPLE, "1") == {"id": "1", "tags": ["a"]}

    async def test_collections_do_not_see_each_other(self, store: DocumentStore) -> None:
        await store.put(PEOPLE, {"id": "1"})
        assert await store.get(Collection("others"), "1") is None
