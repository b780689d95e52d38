"""MongoDB's errors in our words: the driver's own quote documents, and what they quote is private."""

from pymongo.errors import (
    ConnectionFailure,
    DuplicateKeyError,
    InvalidOperation,
    NetworkTimeout,
    OperationFailure,
    PyMongoError,
    ServerSelectionTimeoutError,
)

from services.shared.document_store import StoreUnavailable

# Unauthorized, AuthenticationFailed, and what Atlas answers for the latter.
REFUSED_USER = frozenset({13, 18, 8000})
BAD_VALUE = 2


class IndexGone(StoreUnavailable):
    """The index that a search names was dropped since it was made."""


def unavailable(error: Exception, within_s: float) -> StoreUnavailable:
    """What the caller is told; raise it `from None`."""
    if isinstance(error, OperationFailure) and error.code == BAD_VALUE and "hint" in str(error):
        return IndexGone("an index of the collection was dropped: it is made again at the next use")
    return StoreUnavailable(_words(error, within_s))


def is_of_the_id(error: DuplicateKeyError) -> bool:
    """Whether the id is taken, and not a value of a unique index."""
    return list((error.details or {}).get("keyPattern", {})) == ["_id"]


def _words(error: Exception, within_s: float) -> str:
    match error:
        case OperationFailure(code=code) if code in REFUSED_USER:
            return "MongoDB refused the user: check name, password and roles (readWrite on the database) in its URL"
        case ServerSelectionTimeoutError():
            return f"no MongoDB server that takes writes was found within {within_s:g} s: check the servers of its URL"
        case InvalidOperation():
            return "the document store is closed"
    return f"{_what_happened(error, within_s)}; a write may or may not have happened"


def _what_happened(error: Exception, within_s: float) -> str:
    match error:
        case NetworkTimeout() | TimeoutError() | PyMongoError(timeout=True):
            return f"MongoDB did not answer within {within_s:g} s"
        case OperationFailure(code=code, details=details):
            return f"MongoDB refused with error {code} ({(details or {}).get('codeName', 'without a name')})"
        case ConnectionFailure():
            return "the connection to MongoDB was lost"
    return f"MongoDB's client failed with {type(error).__name__}"
