"""An agent's answer as a mail: with the mail it answers quoted below, and nothing in its header that is not ours.

An automatic reply quotes nothing, and says that it is one, so that no program answers it (RFC 3834).
"""

import mimetypes
import re
from datetime import UTC, datetime
from email.generator import BytesGenerator
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime
from io import BytesIO
from typing import Any

from services.ingest.envelopes import Outgoing
from services.ingest.mail import header_text
from services.ingest.mail.threads import Answerable

MS_PER_S = 1000
LISTS_OF_IDS = frozenset({"in-reply-to", "references"})
MEDIA_TYPE = re.compile(r"([a-z]+)/([a-z0-9][a-z0-9.+-]*)")
REFERENCES_MAX = 20


class NotSendable(Exception):
    """The mail will not be sent; the message says why, for the agent, and holds nothing private."""


class _Policy(EmailPolicy):
    def fold_binary(self, name: str, value: Any) -> bytes:
        # The library encodes long Message-IDs as if they were words, and then no program finds them.
        if name.lower() in LISTS_OF_IDS:
            return f"{name}: {_folded(str(value))}".encode("ascii")
        return super().fold_binary(name, value)


POLICY = _Policy(linesep="\r\n", cte_type="7bit")


def _folded(ids: str) -> str:
    return "\r\n ".join(ids.split()) + "\r\n"


def written(outgoing: Outgoing, answered: Answerable | None, message_id: str, files: list[bytes]) -> bytes:
    """The mail; `files` are the contents of its attachments. Raises NotSendable."""
    check_line(outgoing.message.subject, "subject")
    mail = EmailMessage(policy=POLICY)
    mail["From"] = sendable_address(outgoing.from_, "mailbox")
    mail["To"] = recipient(outgoing, answered)
    mail["Subject"] = _subject(outgoing, answered)
    mail["Date"] = format_datetime(_at(outgoing.written_at_ms))
    mail["Message-ID"] = message_id
    if outgoing.automatic:
        mail["Auto-Submitted"] = "auto-replied"
        # What Exchange goes by.
        mail["X-Auto-Response-Suppress"] = "All"
    references = _references(outgoing, answered)
    if references:
        mail["In-Reply-To"] = references[-1]
        mail["References"] = " ".join(references)
    quoted = "" if outgoing.automatic else _quoted(answered)
    mail.set_content(_sound(outgoing.message.text.rstrip("\n") + "\n" + quoted))
    for attachment, content in zip(outgoing.message.attachments, files, strict=True):
        main, sub = _media_type(attachment.media_type)
        name = (
            header_text.one_line(attachment.name, 150) or f"unnamed{mimetypes.guess_extension(f'{main}/{sub}') or ''}"
        )
        mail.add_attachment(content, maintype=main, subtype=sub, filename=name)
    return _bytes(mail)


def recipient(outgoing: Outgoing, answered: Answerable | None) -> str:
    """Where the mail goes. Raises NotSendable."""
    return sendable_address(outgoing.to or (answered.reply_to if answered else ""), "recipient")


def sendable_address(address: str, whose: str) -> str:
    """The address, its domain in ASCII. Raises NotSendable."""
    check_line(address, whose)
    if not address:
        raise NotSendable(f"there is no address of the {whose}")
    if header_text.ADDRESS.fullmatch(address) is None:
        raise NotSendable(f"the address of the {whose} is malformed")
    name, _, domain = address.rpartition("@")
    try:
        return f"{name.encode('ascii').decode()}@{domain.encode('idna').decode()}"
    except UnicodeError:
        raise NotSendable(f"the address of the {whose} has letters that mail servers do not take") from None


def check_line(text: str, what: str) -> None:
    """Raises NotSendable for line breaks and control characters: they would add headers or commands of their own."""
    if header_text.CONTROLS.search(text):
        raise NotSendable(f"the {what} holds line breaks or control characters")


def _subject(outgoing: Outgoing, answered: Answerable | None) -> str:
    subject = outgoing.message.subject or (answered.subject if answered else "")
    if outgoing.automatic and answered is None:
        # It answers no mail, but a form.
        return _sound(subject)
    return _sound(subject if subject.lower().startswith("re:") else f"Re: {subject}".strip())


def _references(outgoing: Outgoing, answered: Answerable | None) -> tuple[str, ...]:
    ids = outgoing.message.mail_references
    if not ids and answered is not None:
        ids = (*answered.references, answered.message_id)
    sound = dict.fromkeys(one for one in ids if header_text.MESSAGE_ID.fullmatch(one) and one.isascii())
    return tuple(sound)[-REFERENCES_MAX:]


def _quoted(answered: Answerable | None) -> str:
    if answered is None or not answered.text:
        return ""
    when = _at(answered.received_at_ms).strftime("%d %B %Y at %H:%M UTC").removeprefix("0")
    who = answered.name or answered.reply_to or "you"
    lines = (f">{line}" if line.startswith(">") else f"> {line}".rstrip() for line in answered.text.split("\n"))
    return "\n".join(["", f"On {when}, {who} wrote:", *lines, ""])


def _at(ms: int) -> datetime:
    return datetime.fromtimestamp(ms // MS_PER_S, UTC)


def _sound(text: str) -> str:
    return text.encode(errors="replace").decode()


def _media_type(given: str) -> tuple[str, str]:
    found = MEDIA_TYPE.fullmatch(given)
    if found is None or found[1] in ("message", "multipart"):  # those would be parsed, not attached
        return "application", "octet-stream"
    return found[1], found[2]


def _bytes(mail: EmailMessage) -> bytes:
    to = BytesIO()
    BytesGenerator(to, policy=POLICY).flatten(mail)
    return to.getvalue()
