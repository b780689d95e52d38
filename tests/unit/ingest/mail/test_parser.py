from email.message import EmailMessage

import pytest

from services.ingest.mail.limits import LIMITS, MailLimits
from services.ingest.mail.parser import parse
from services.ingest.mail.prescan import check
from services.ingest.workers.unreadable import Unreadable
from tests.fakes.hostile_mails import GOOD


def mail(*lines: str, body: str = "x") -> bytes:
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


def test_text_html_and_attachments_are_told_apart() -> None:
    parsed = parse(GOOD)
    assert (parsed.subject, parsed.text, parsed.html) == ("Fine", "Grüße", "<p>Hello</p>")
    [attachment] = parsed.attachments
    assert (attachment.name, attachment.media_type, attachment.content) == ("a.pdf", "application/pdf", b"%PDF-1.4\n")


def test_a_mail_made_by_the_library_comes_back() -> None:
    made = EmailMessage()
    made["Subject"] = "Grüße aus Köln " * 10
    made["From"] = "Änne Müller <anne@example.org>"
    made["Message-ID"] = "<1@example.org>"
    made["In-Reply-To"] = "<0@example.org>"
    made["References"] = "<a@b.c> <0@example.org>"
    made.set_content("Plain ☎\n")
    made.add_alternative("<p>Marked <b>up</b></p>", subtype="html")
    made.add_attachment(b"\x00\x01", maintype="image", subtype="png", filename="fröhlich.png")
    parsed = parse(bytes(made))
    assert parsed.subject == ("Grüße aus Köln " * 10).strip()
    assert (parsed.text, parsed.html) == ("Plain ☎", "<p>Marked <b>up</b></p>")
    assert (parsed.reply_to, parsed.from_name) == ("anne@example.org", "Änne Müller")
    assert parsed.message_id == "<1@example.org>"
    assert parsed.references == ("<a@b.c>", "<0@example.org>")
    assert [(one.name, one.content) for one in parsed.attachments] == [("fröhlich.png", b"\x00\x01")]


def test_without_plain_text_the_text_is_made_from_the_html() -> None:
    html = "<title>no</title><p>One<br>two</p><p>three &amp; <img alt=logo src=http://t.example/x><script>no()</script>"
    parsed = parse(mail("Content-Type: text/html", body=html))
    assert parsed.text == "One\ntwo\n\nthree & logo"
    assert parsed.html == "<p>One<br>two</p><p>three &amp; logo</p>"


def test_html_that_is_too_deep_or_too_large_is_left_out_and_its_text_kept() -> None:
    for html in ("<div>" * (10 * LIMITS.html_depth) + "deep", "<p>large" + "x" * LIMITS.html_characters):
        parsed = parse(mail("Content-Type: text/html", body=html))
        assert parsed.html == ""
        assert parsed.text


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Reply-To: b@c.d", "b@c.d"),
        ("Reply-To: nobody", "ann@example.org"),
        ('Reply-To: "a@b.c" <d@e.f>', "d@e.f"),
        ("Reply-To: Bob <d@e.f>, x@y.z", "d@e.f"),
        ("Reply-To: (x@y.z) <", "ann@example.org"),
    ],
)
def test_the_address_to_answer_to(line: str, expected: str) -> None:
    assert parse(mail("From: ann@example.org", line)).reply_to == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [("de", "de"), ("pt-BR", "pt-br"), ("en, de", "en"), ("", ""), ("english please", ""), ("../x", "")],
)
def test_the_language_is_taken_from_the_header_alone(value: str, expected: str) -> None:
    assert parse(mail(f"Content-Language: {value}", body="Guten Tag")).language == expected


@pytest.mark.parametrize(
    ("line", "automatic"),
    [
        ("Auto-Submitted: auto-replied", True),
        ("Auto-Submitted: auto-generated; x=y", True),
        ("Auto-Submitted: no", False),
        ("Precedence: bulk", True),
        ("Precedence: LIST", True),
        ("Precedence: first-class", False),
        ("List-Id: <x.y.z>", True),
        ("X-Other: x", False),
    ],
)
def test_mails_that_programs_write_are_known(line: str, automatic: bool) -> None:
    assert parse(mail(line)).automatic is automatic


@pytest.mark.parametrize(("value", "expected"), [("1 (Highest)", "1"), ("3", "3"), ("9", ""), ("urgent", "")])
def test_the_priority_is_a_digit_or_nothing(value: str, expected: str) -> None:
    assert parse(mail(f"X-Priority: {value}")).priority == expected


def test_attachments_beyond_the_limit_are_counted() -> None:
    part = "--B\r\nContent-Disposition: attachment; filename=x\r\n\r\ny\r\n"
    content = mail("Content-Type: multipart/mixed; boundary=B", body=part * 150 + "--B--")
    parsed = parse(content)
    assert (len(parsed.attachments), parsed.left_out) == (50, 100)
    parsed = parse(content, MailLimits(attachments=15))
    assert (len(parsed.attachments), parsed.left_out) == (15, 135)


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"x" * 101, "100 bytes"),
        (b"x\n" * 21, "20 lines"),
        (b"a: b\n" * 6 + b"\nx", "5 lines"),
        (b"a: b\r\n" * 6 + b"\r\nx", "5 lines"),
        (b"a: b\r" * 6 + b"\rx", "5 lines"),
        (b"a: " + b"b" * 58 + b"\n\nx", "60 bytes"),
        (b"a: b\n\nContent-Type: " + b"c" * 30 + b"\n", "content header is larger than 40 bytes"),
        (b"a: b\n\nCONTENT-disposition: c\n" + b" d\n" * 8, "content header is larger than 40 bytes"),
    ],
)
def test_each_limit_before_parsing_is_kept(raw: bytes, why: str) -> None:
    limits = MailLimits(raw_bytes=100, lines=20, header_lines=5, header_bytes=60, content_header_bytes=40)
    with pytest.raises(Unreadable, match=why):
        check(raw, limits)


def test_a_mail_of_ten_times_the_size_is_not_even_looked_at() -> None:
    with pytest.raises(Unreadable, match="larger than 26214400 bytes"):
        parse(bytes(10 * MailLimits().raw_bytes))


def test_what_is_at_a_limit_passes() -> None:
    limits = MailLimits(raw_bytes=100, lines=20, header_lines=5, header_bytes=60, content_header_bytes=40)
    check(b"x" * 60 + b"\n\n", limits)
    check(b"Content-Type: " + b"c" * 26 + b"\n\nx", limits)
    check(b"a: b\n" * 5 + b"\n" + b"y\n" * 14, limits)


def test_ids_that_a_program_encoded_as_words_are_found() -> None:
    # As Python's own email package writes a long one, before 3.14.
    raw = b"In-Reply-To: =?utf-8?q?=3C" + b"a" * 50 + b"?=\n =?utf-8?q?" + b"a" * 40 + b"=40b=2Ec=3E?=\n\nx\n"
    assert parse(raw).references == ("<" + "a" * 90 + "@b.c>",)


def test_a_mail_in_a_charset_of_its_own_is_read() -> None:
    raw = b"Content-Type: text/plain; charset=koi8-r\r\nSubject: =?koi8-r?B?8NLJ18XU?=\r\n\r\n\xf0\xd2\xc9\xd7\xc5\xd4"
    assert (parse(raw).subject, parse(raw).text) == ("Привет", "Привет")
    lie = b"Content-Type: text/plain; charset=us-ascii\r\n\r\n\xe9t\xe9"
    assert parse(lie).text == "été"
