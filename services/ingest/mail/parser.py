"""A mail made readable: bytes in, ParsedMail out. Runs in the worker process only."""

import re
from collections.abc import Callable, Iterator
from email.message import Message
from email.parser import BytesFeedParser
from email.policy import compat32
from typing import Any, TypeAlias, TypeVar

from services.ingest.mail import header_text
from services.ingest.mail.charsets import decoded
from services.ingest.mail.limits import LIMITS, MailLimits
from services.ingest.mail.markup import readable
from services.ingest.mail.parsed_mail import ParsedAttachment, ParsedMail
from services.ingest.mail.prescan import check
from services.ingest.workers.unreadable import Unreadable

T = TypeVar("T")
Part: TypeAlias = "Message[str, str]"
FEED_BYTES = 65_536
MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9.+-]{0,60}/[a-z0-9][a-z0-9.+-]{0,60}")
BULK = frozenset({"bulk", "junk", "list", "auto_reply"})
# What the library raises over headers that are nothing of what they should be.
NONSENSE = (ValueError, TypeError, LookupError, AttributeError)


def parse(raw: bytes, limits: MailLimits = LIMITS) -> ParsedMail:
    """What the mail says. Raises Unreadable; also RecursionError and MemoryError, which the worker answers for."""
    check(raw, limits)
    message = _parsed(raw, limits)
    headers = _headers(message)
    plain, marked_up, attached = _sorted_out(message, limits)
    html, text_of_html = readable(marked_up[0], limits) if marked_up else ("", "")
    text = header_text.body("\n\n".join(plain), limits.text_characters) if plain else text_of_html
    sender = headers.get("from", "")
    return ParsedMail(
        subject=header_text.words(headers.get("subject", ""), limits.subject_characters),
        text=header_text.body(text, limits.text_characters),
        html=header_text.body(html, 2 * limits.html_characters),
        message_id="".join(header_text.message_ids(headers.get("message-id", ""), 1)),
        references=_references(headers, limits),
        reply_to=header_text.address(headers.get("reply-to", "")) or header_text.address(sender),
        from_name=header_text.display_name(sender, limits.name_characters),
        language=header_text.language(headers.get("content-language", "")),
        priority="".join(re.findall(r"\A\s*([1-5])", headers.get("x-priority", ""))),
        automatic=_is_automatic(headers),
        attachments=tuple(attached[: limits.attachments]),
        left_out=max(0, len(attached) - limits.attachments),
    )


def _parsed(raw: bytes, limits: MailLimits) -> Part:
    made = 0

    def message() -> Part:
        nonlocal made
        made += 1
        if made > limits.parts:
            raise Unreadable(f"the mail has more than {limits.parts} parts")
        return Message(policy=compat32)

    parser = BytesFeedParser(message)
    for start in range(0, len(raw), FEED_BYTES):
        parser.feed(raw[start : start + FEED_BYTES])
    return parser.close()


def _headers(message: Part) -> dict[str, str]:
    """The first header of each name, by its lower-case name, unfolded."""
    headers: dict[str, str] = {}
    for name, value in message.raw_items():
        headers.setdefault(name.lower(), re.sub(r"[\r\n]+[ \t]?", " ", str(value)).strip())
    return headers


def _sorted_out(message: Part, limits: MailLimits) -> tuple[list[str], list[str], list[ParsedAttachment]]:
    """Plain texts, HTML, and what else there is."""
    plain: list[str] = []
    marked_up: list[str] = []
    attached: list[ParsedAttachment] = []
    for part in _leaves(message, 0, limits.depth):
        kind = _media_type(part)
        if kind == "text/plain" and not _is_attachment(part):
            plain.append(_text(part))
        elif kind == "text/html" and not marked_up and not _is_attachment(part):
            marked_up.append(_text(part))
        else:
            attached.append(_attachment(part, kind, limits))
    return plain, marked_up, attached


def _leaves(part: Part, depth: int, depth_max: int) -> Iterator[Part]:
    """The parts that hold something themselves; mails within the mail stay whole."""
    if depth > depth_max:
        raise Unreadable(f"the mail has parts within parts, more than {depth_max} deep")
    if not part.is_multipart() or part.get_content_maintype() == "message":
        _check_depth_within(part, depth, depth_max)
        yield part
        return
    for inner in part.get_payload():
        if isinstance(inner, Message):
            yield from _leaves(inner, depth + 1, depth_max)


def _check_depth_within(part: Part, depth: int, depth_max: int) -> None:
    level: list[Part] = [part]
    while level:
        if depth > depth_max:
            raise Unreadable(f"the mail has parts within parts, more than {depth_max} deep")
        inner = [one for outer in level if outer.is_multipart() for one in outer.get_payload()]
        level = [one for one in inner if isinstance(one, Message)]
        depth += 1


def _is_attachment(part: Part) -> bool:
    disposition = _sound(part.get_content_disposition, None)
    return disposition == "attachment" or bool(_sound(part.get_filename, None))


def _media_type(part: Part) -> str:
    kind = _sound(part.get_content_type, "application/octet-stream")
    return kind if MEDIA_TYPE.fullmatch(kind) else "application/octet-stream"


def _content(part: Part) -> bytes:
    if part.is_multipart():
        payload: Any = part.get_payload()
        inner = payload[0] if len(payload) == 1 else part
        return bytes(_sound(inner.as_bytes, b""))
    return _sound(lambda: _decoded_payload(part), b"")


def _decoded_payload(part: Part) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _text(part: Part) -> str:
    charset = _sound(part.get_content_charset, None)
    return decoded(_content(part), charset or "utf-8")


def _attachment(part: Part, kind: str, limits: MailLimits) -> ParsedAttachment:
    given = header_text.words(_sound(part.get_filename, None) or "", 4 * limits.name_characters)
    name = re.split(r"[/\\]", given)[-1].strip(". ")[-limits.name_characters :]
    is_mail = part.get_content_maintype() == "message"
    return ParsedAttachment(name or ("mail.eml" if is_mail else "unnamed"), kind, _content(part))


def _references(headers: dict[str, str], limits: MailLimits) -> tuple[str, ...]:
    answered = header_text.message_ids(_plain_ids(headers.get("in-reply-to", "")), 1)
    listed = header_text.message_ids(_plain_ids(headers.get("references", "")), limits.references)
    return tuple(one for one in listed if one not in answered) + answered


def _plain_ids(value: str) -> str:
    """Some programs encode long ids as if they were words (Python's own library does)."""
    return header_text.words(value, len(value)) if "=?" in value else value


def _is_automatic(headers: dict[str, str]) -> bool:
    submitted = headers.get("auto-submitted", "no").split(";")[0].strip().lower()
    return submitted != "no" or headers.get("precedence", "").strip().lower() in BULK or "list-id" in headers


def _sound(ask: Callable[[], T], otherwise: T) -> T:
    try:
        return ask()
    except NONSENSE:
        return otherwise
