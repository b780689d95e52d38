from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest

from services.ingest.envelopes import Attachment, Content, Outgoing
from services.ingest.mail.outgoing_mail import NotSendable, written
from services.ingest.mail.threads import Answerable
from services.plan.compiled import Channel

ID = f"<{'a' * 32}.{'b' * 32}.{'c' * 16}@pumps.test>"
ANSWERED = Answerable(
    message_id="<2@example.org>",
    references=("<1@example.org>",),
    subject="It leaks",
    reply_to="ann@example.org",
    name="Ann Lee",
    text="My pump leaks.\n> as I said\n\nAnn",
    received_at_ms=1_790_000_000_000,
)


def outgoing(to: str = "ann@example.org", from_: str = "help@pumps.test", **said: Any) -> Outgoing:
    message = Content(**{"text": "Try this."} | said)
    return Outgoing("o1", "acme", "pumps", "c1", Channel.EMAIL, "bob", to, from_, message, 1_790_000_100_000)


def sent(outgoing: Outgoing, answered: Answerable | None = ANSWERED, files: list[bytes] | None = None) -> EmailMessage:
    raw = written(outgoing, answered, ID, files or [])
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    assert raw.count(b"\n") == raw.count(b"\r\n") == raw.count(b"\r")
    return message_from_bytes(raw, policy=default)


def text_of(mail: EmailMessage) -> str:
    return str(mail.get_content()).replace("\r\n", "\n")


def test_an_answer_is_threaded_and_quotes_what_it_answers() -> None:
    mail = sent(outgoing())
    assert (mail["From"], mail["To"], mail["Subject"]) == ("help@pumps.test", "ann@example.org", "Re: It leaks")
    assert mail["Message-ID"] == ID
    assert mail["In-Reply-To"] == "<2@example.org>"
    assert mail["References"] == "<1@example.org> <2@example.org>"
    assert mail["Auto-Submitted"] is None
    assert text_of(mail) == (
        "Try this.\n\nOn 21 September 2026 at 14:13 UTC, Ann Lee wrote:\n> My pump leaks.\n>> as I said\n>\n> Ann\n"
    )


def test_what_the_agents_service_knows_goes_before_what_ingest_kept() -> None:
    mail = sent(outgoing(subject="Re: Other", mail_references=("<a@b.c>", "<d@e.f>")))
    assert (mail["Subject"], mail["In-Reply-To"], mail["References"]) == ("Re: Other", "<d@e.f>", "<a@b.c> <d@e.f>")


def test_without_a_mail_to_answer_it_is_a_mail_of_its_own() -> None:
    mail = sent(outgoing(subject="Your order"), None)
    assert mail["Subject"] == "Re: Your order"
    assert mail["In-Reply-To"] is None
    assert text_of(mail) == "Try this.\n"


def test_long_ids_stay_as_they_are() -> None:
    mail = sent(outgoing(mail_references=(ID, ID.replace("a", "d"), "<" + "q" * 400 + "@b.c>")))
    raw = written(outgoing(mail_references=(ID,)), None, ID, [])
    assert f"In-Reply-To: {ID}\r\n".encode() in raw
    assert mail["References"].split()[0] == ID


def test_text_of_every_kind_arrives() -> None:
    text = "Grüße 안녕 \U0001f600\n.\n..\nFrom here\n" + "x" * 3000 + "\ud800"
    assert text_of(sent(outgoing(text=text), None)) == text.replace("\ud800", "?") + "\n"


def test_attachments_are_attached_as_files() -> None:
    listed = (Attachment("fröhlich.pdf", "application/pdf", 3, "x"), Attachment("a.eml", "message/rfc822", 3, "y"))
    mail = sent(outgoing(attachments=listed), files=[b"pdf", b"eml"])
    parts = list(mail.iter_attachments())
    assert [(one.get_filename(), one.get_content_type()) for one in parts] == [
        ("fröhlich.pdf", "application/pdf"),
        ("a.eml", "application/octet-stream"),
    ]
    assert [one.get_content() for one in parts] == [b"pdf", b"eml"]


def test_a_domain_in_other_letters_is_written_in_ascii() -> None:
    assert sent(outgoing(to="ann@bücher.example"))["To"] == "ann@xn--bcher-kva.example"


BREAKS = ["\r\n", "\n", "\r", "\x00", "\x0b", "\x0c", "\x1b", "\x7f", "\x85", "\u2028", "\u2029"]


@pytest.mark.parametrize("inserted", BREAKS)
@pytest.mark.parametrize("field", ["to", "from_", "subject"])
def test_line_breaks_and_control_characters_in_a_header_are_refused(field: str, inserted: str) -> None:
    value = f"ann@example.org{inserted}Bcc: evil@example.org"
    with pytest.raises(NotSendable, match="line breaks"):
        written(outgoing(**{field: value}), ANSWERED, ID, [])


@pytest.mark.parametrize(
    "to",
    [
        "nobody",
        "a@b@c",
        "a b@c.d",
        "a@b.c, d@e.f",
        "<a@b.c>",
        "a@b.c>",
        '"a"@b.c',
        "@b.c",
        "a@",
        "ä@b.c",
        "a@" + "b" * 70 + ".c",
    ],
)
def test_what_is_no_address_is_refused(to: str) -> None:
    with pytest.raises(NotSendable, match="address"):
        written(outgoing(to=to), None, ID, [])


def test_without_an_address_to_answer_to_it_is_refused() -> None:
    with pytest.raises(NotSendable, match="no address of the recipient"):
        written(outgoing(to=""), None, ID, [])
    assert written(outgoing(to=""), ANSWERED, ID, [])
