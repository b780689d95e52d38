"""MongoDB's errors in our words."""

import pytest
from pymongo.errors import (
    AutoReconnect,
    DuplicateKeyError,
    ExecutionTimeout,
    InvalidOperation,
    NetworkTimeout,
    OperationFailure,
    PyMongoError,
    ServerSelectionTimeoutError,
    WTimeoutError,
)

from services.shared.mongo_errors import IndexGone, is_of_the_id, unavailable

PRIVATE = "private@example.org"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ServerSelectionTimeoutError(PRIVATE), "no MongoDB server that takes writes was found within 4 s"),
        (NetworkTimeout(PRIVATE), "did not answer within 4 s; a write may or may not have happened"),
        (ExecutionTimeout(PRIVATE, 50), "did not answer within 4 s"),
        (WTimeoutError(PRIVATE, 64), "did not answer within 4 s"),
        (TimeoutError(PRIVATE), "did not answer within 4 s"),
        (OperationFailure(PRIVATE, 18, {"codeName": "AuthenticationFailed"}), "check name, password and roles"),
        (OperationFailure(PRIVATE, 123, {"codeName": "Odd", "errmsg": PRIVATE}), r"error 123 \(Odd\)"),
        (OperationFailure(PRIVATE, 123), r"error 123 \(without a name\)"),
        (DuplicateKeyError(PRIVATE, 11000, {"keyValue": {"email": PRIVATE}}), "error 11000"),
        (AutoReconnect(PRIVATE), "connection to MongoDB was lost; a write may or may not have happened"),
        (InvalidOperation(PRIVATE), "the document store is closed"),
        (PyMongoError(PRIVATE), "PyMongoError"),
    ],
)
def test_an_error_says_what_happened_and_quotes_nothing(error: Exception, words: str) -> None:
    with pytest.raises(Exception, match=words) as raised:
        raise unavailable(error, 4.0)
    assert PRIVATE not in str(raised.value)


def test_a_search_by_an_index_that_is_gone_is_told_apart() -> None:
    gone = OperationFailure("error processing query: hint provided does not correspond to an existing index", 2)
    assert isinstance(unavailable(gone, 4.0), IndexGone)
    assert not isinstance(unavailable(OperationFailure("something else", 2), 4.0), IndexGone)


def test_an_id_that_is_taken_is_told_from_a_unique_value() -> None:
    assert is_of_the_id(DuplicateKeyError("E11000", 11000, {"keyPattern": {"_id": 1}}))
    assert not is_of_the_id(DuplicateKeyError("E11000", 11000, {"keyPattern": {"email": 1}}))
    assert not is_of_the_id(DuplicateKeyError("E11000", 11000))
