"""Documents on their way into MongoDB's fields and back."""

import json
from typing import Any

import bson
import pytest
from bson.binary import Binary
from hypothesis import given
from hypothesis import strategies as st

from services.shared.mongo_values import document_of, fields, stored

# Every character, those that are only halves of one too, and often those that mean something to MongoDB.
TEXT = st.text(st.one_of(st.characters(exclude_categories=()), st.sampled_from("%$._\x00\ud800id")), max_size=8)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3), max_leaves=8
)


def there_and_back(document: dict[str, Any]) -> dict[str, Any]:
    return document_of(bson.decode(bson.encode(stored(document))))


@given(st.dictionaries(TEXT, VALUES, max_size=4), TEXT.filter(bool))
def test_every_document_comes_back_as_json_would_bring_it(document: dict[str, Any], own_id: str) -> None:
    document["id"] = own_id
    back, by_json = there_and_back(document), json.loads(json.dumps(document))
    # Compared as text, which tells 1 from 1.0 and True, and -0.0 from 0.0.
    assert json.dumps(back, sort_keys=True) == json.dumps(by_json, sort_keys=True)


def test_plain_documents_are_stored_as_they_are_but_for_the_id() -> None:
    document = {"id": "1", "text": "naïve ☎", "deep": {"list": [1, None, True, 2.5, {"id": 3}]}}
    assert stored(document) == {"_id": "1", "text": "naïve ☎", "deep": {"list": [1, None, True, 2.5, {"id": 3}]}}


def test_names_that_mean_something_to_mongodb_are_disguised() -> None:
    kept = fields({"a.b": 1, "$set": 2, "_id": 3, "100%": 4, "": 5, "in": {"$ref": "x", "$id": "y", "": 6}})
    assert kept == {
        "a%002Eb": 1,
        "%0024set": 2,
        "%005Fid": 3,
        "100%0025": 4,
        "%": 5,
        "in": {"%0024ref": "x", "%0024id": "y", "%": 6},
    }


def test_numbers_that_do_not_fit_keep_their_digits() -> None:
    assert fields({"n": 2**63 - 1, "m": -(2**63)}) == {"n": 2**63 - 1, "m": -(2**63)}
    assert fields({"n": 2**63}) == {"n": Binary(b"9223372036854775808", 129)}
    assert type(there_and_back({"id": "1", "n": 2**40})["n"]) is int


def test_what_somebody_else_stored_is_handed_out_as_it_is() -> None:
    assert document_of({"_id": "1", "raw": b"x"}) == {"id": "1", "raw": b"x"}


@pytest.mark.parametrize("document", [{}, {"id": ""}, {"id": 7}, {"id": "1", "x": float("inf")}])
def test_what_is_no_document_is_refused(document: dict[str, Any]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # in JSON's words or ours
        stored(document)


def test_what_json_does_not_know_is_refused() -> None:
    with pytest.raises(TypeError):
        stored({"id": "1", "raw": b"bytes"})
