"""What a mail says, once it was made readable; it travels from the worker process as JSON and bytes."""

import json
from dataclasses import asdict, dataclass, replace
from typing import Any

from services.ingest.workers.craft import Craft


@dataclass(frozen=True, slots=True)
class ParsedAttachment:
    """A file in a mail."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class ParsedMail:
    """`references` are oldest first and end with what the mail answers to; `from_name` is how the sender calls himself.

    `automatic`: written by a program (a list, an absence, a bounce). `priority`: 1 (highest) to 5, or empty.
    """

    subject: str = ""
    text: str = ""
    html: str = ""
    message_id: str = ""
    references: tuple[str, ...] = ()
    reply_to: str = ""
    from_name: str = ""
    language: str = ""
    priority: str = ""
    automatic: bool = False
    attachments: tuple[ParsedAttachment, ...] = ()
    left_out: int = 0


def to_frames(mail: ParsedMail) -> list[bytes]:
    """All but the content of attachments as JSON, then each content."""
    listed = [{"name": kept.name, "media_type": kept.media_type} for kept in mail.attachments]
    fields = asdict(replace(mail, attachments=())) | {"attachments": listed}
    return [json.dumps(fields).encode(), *(kept.content for kept in mail.attachments)]


def attachments_in(described: dict[str, Any]) -> int:
    """How many frames of content follow the first."""
    return len(described["attachments"])


def from_frames(described: dict[str, Any], contents: list[bytes]) -> ParsedMail:
    """The mail that the frames describe."""
    listed = described["attachments"]
    kept = tuple(ParsedAttachment(**entry, content=content) for entry, content in zip(listed, contents, strict=True))
    return ParsedMail(**described | {"attachments": kept, "references": tuple(described["references"])})


MAIL_PARSING = Craft("services.ingest.mail.worker", "mails", attachments_in, from_frames)
