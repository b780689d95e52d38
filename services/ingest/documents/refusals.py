"""What is never taken from the watched folder, and the words for whoever put it there."""

from dataclasses import dataclass

from services.ingest.documents.folder import Entry
from services.ingest.documents.names import ENDINGS, document_of, is_document

MINUTE_MS = 60_000
# A plan may be activated after the folder was filled.
UNKNOWN_ADDRESS_MS = MINUTE_MS
# What is neither document nor slip may still become one: programs write under another name first.
STRANGER_MS = 60 * MINUTE_MS


@dataclass(frozen=True, slots=True)
class Pace:
    """When a file is taken, how large it may be, and for how many days it is kept afterwards (0: for ever)."""

    sweep_ms: int = 1000
    settle_ms: int = 3000
    file_bytes_max: int = 50 * 1024 * 1024
    keep_days: int = 7


@dataclass(frozen=True, slots=True)
class Lying:
    """Something in the folder. `is_of_a_document`: a slip whose document lies beside it."""

    entry: Entry
    still_ms: int
    is_of_a_document: bool
    is_known_address: bool


def refusal(lying: Lying, pace: Pace) -> str:
    """Why it will never be taken, if that is certain by now; empty if not."""
    rules = (_of_no_file, _of_a_stranger, _of_its_size, _of_its_address)
    return next(filter(None, (rule(lying, pace) for rule in rules)), "")


def _of_no_file(lying: Lying, _pace: Pace) -> str:
    return "" if lying.entry.is_file else "It is a link, a pipe or a device. Put the file itself there."


def _of_a_stranger(lying: Lying, _pace: Pace) -> str:
    name = lying.entry.place.name
    if is_document(name) or lying.is_of_a_document or lying.still_ms < STRANGER_MS:
        return ""
    if document_of(name):
        return "The document that it belongs to did not come, or was taken before it. Put both there again."
    return f"Only files that end in {', '.join(ENDINGS)} are taken. Convert it, and put it there again."


def _of_its_size(lying: Lying, pace: Pace) -> str:
    if lying.is_of_a_document or lying.entry.stamp.size_bytes <= pace.file_bytes_max or lying.still_ms < pace.settle_ms:
        return ""
    what_to_do = "Scan it with fewer dots per inch or in parts, or raise SWITCHROOM_INGEST_DOCUMENTS_FILE_BYTES."
    return f"It is larger than {pace.file_bytes_max} bytes. {what_to_do}"


def _of_its_address(lying: Lying, pace: Pace) -> str:
    if lying.is_known_address or lying.still_ms < max(UNKNOWN_ADDRESS_MS, pace.settle_ms):
        return ""
    channel = lying.entry.place.channel.value
    what_to_do = "Correct the plan or the folder, and put it there again."
    return f"The plans in force have no {channel} address of the name of the folder in which it lay. {what_to_do}"
