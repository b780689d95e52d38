"""What is looked at before a mail is parsed: counts over its bytes, each in one pass."""

from services.ingest.mail.limits import MailLimits, Unreadable


def check(raw: bytes, limits: MailLimits) -> None:
    """Raises Unreadable for a mail that is too much for the parser."""
    if len(raw) > limits.raw_bytes:
        raise Unreadable(f"the mail is larger than {limits.raw_bytes} bytes")
    if raw.count(b"\n") + raw.count(b"\r") - raw.count(b"\r\n") > limits.lines:
        raise Unreadable(f"the mail has more than {limits.lines} lines")
    head = _head(raw)
    if len(head) > limits.header_bytes:
        raise Unreadable(f"the header is larger than {limits.header_bytes} bytes")
    if head.count(b"\n") + head.count(b"\r") - head.count(b"\r\n") > limits.header_lines:
        raise Unreadable(f"the header has more than {limits.header_lines} lines")
    _check_content_headers(raw, limits)


def _head(raw: bytes) -> bytes:
    ends = [end for mark in (b"\r\n\r\n", b"\n\n", b"\r\r") if (end := raw.find(mark)) >= 0]
    return raw[: min(ends)] if ends else raw


def _check_content_headers(raw: bytes, limits: MailLimits) -> None:
    """The library reads the parameters of these headers, in any part, in time that grows with the square of them."""
    lowered = raw.lower().replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    for name in (b"content-type", b"content-disposition"):
        start = lowered.find(name)
        while start >= 0:
            end = _end_of_header(lowered, start, start + limits.content_header_bytes)
            if end - start >= limits.content_header_bytes:
                raise Unreadable(f"a content header is larger than {limits.content_header_bytes} bytes")
            start = lowered.find(name, end)


def _end_of_header(raw: bytes, start: int, stop: int) -> int:
    """Where a header ends, with the lines that continue it; not looked for beyond `stop`."""
    end = start
    while 0 <= end < stop:
        end = raw.find(b"\n", end + 1, stop + 1)
        if end >= 0 and raw[end + 1 : end + 2] not in (b" ", b"\t"):
            return end
    return stop if end < 0 and len(raw) > stop else min(stop, len(raw)) - (len(raw) <= stop)
