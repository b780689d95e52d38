"""The headers that are looked for while a mail is being received: by a bounded scan, before anything is parsed."""

import re

from services.ingest.mail import header_text

HEADER_BYTES_SCANNED = 64 * 1024
VALUE_BYTES_MAX = 998
NAME_CHARACTERS_MAX = 150
END = re.compile(rb"\r?\n\r?\n")
MESSAGE_ID = re.compile(rb"^message-id:[ \t]*(?:\r?\n[ \t]+)?(<[^<>\s]{1,500}>)", re.IGNORECASE | re.MULTILINE)
REFERRING = re.compile(rb"^(?:references|in-reply-to):((?:[^\n]|\n[ \t]){1,8192})", re.IGNORECASE | re.MULTILINE)
REFERENCE = re.compile(rb"<[^<>\s]{1,500}>")
FROM = re.compile(rb"^from:([^\r\n]{1,998})", re.IGNORECASE | re.MULTILINE)


def message_id(raw: bytes) -> bytes:
    """The Message-ID with its brackets; empty when there is none that is sound."""
    found = MESSAGE_ID.search(_head(raw))
    return found[1] if found else b""


def sender_name(raw: bytes) -> str:
    """How the sender calls himself, from the first line of the From header, or empty."""
    found = FROM.search(_head(raw))
    return header_text.display_name(found[1].decode("utf-8", "surrogateescape"), NAME_CHARACTERS_MAX) if found else ""


def references(raw: bytes) -> tuple[str, ...]:
    """The Message-IDs that the mail refers to, as they stand, with their brackets."""
    found = (each for header in REFERRING.findall(_head(raw)) for each in REFERENCE.findall(header))
    return tuple(each.decode(errors="replace") for each in found)


def _head(raw: bytes) -> bytes:
    head = raw[:HEADER_BYTES_SCANNED]
    end = END.search(head)
    return head[: end.start()] if end else head
