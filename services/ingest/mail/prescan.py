"""What is looked at before a mail is parsed: counts over its bytes, each in one pass."""

import re

from services.ingest.mail.limits import MailLimits
from services.ingest.workers.unreadable import Unreadable

CONTENT_HEADERS = (b"content-type", b"content-disposition")
FOLDED = re.compile(rb"(?:[^\n]|\n[ \t])*")


def check(raw: bytes, limits: MailLimits) -> None:
    """Raises Unreadable for a mail that is too much for the parser."""
    if len(raw) > limits.raw_bytes:
        raise Unreadable(f"the mail is larger than {limits.raw_bytes} bytes")
    plain = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if plain.count(b"\n") > limits.lines:
        raise Unreadable(f"the mail has more than {limits.lines} lines")
    head = plain.partition(b"\n\n")[0]
    if len(head) > limits.header_bytes:
        raise Unreadable(f"the header is larger than {limits.header_bytes} bytes")
    if head.count(b"\n") + 1 > limits.header_lines:
        raise Unreadable(f"the header has more than {limits.header_lines} lines")
    _check_content_headers(plain.lower(), limits.content_header_bytes)


def _check_content_headers(plain: bytes, bytes_max: int) -> None:
    """The library reads the parameters of these headers, in any part, in time that grows with the square of them."""
    for name in CONTENT_HEADERS:
        at = plain.find(name)
        while at >= 0:
            found = FOLDED.match(plain, at, at + bytes_max + 2)
            end = found.end() if found else at
            if end - at > bytes_max:
                raise Unreadable(f"a content header is larger than {bytes_max} bytes")
            at = plain.find(name, max(end, at + 1))
