"""Broken, hostile and enormous mails, by name. Each has a defect of its own."""

import base64
import random
from collections.abc import Iterator
from dataclasses import dataclass

from tests.fakes.hostile_markup import MARKUP

KIB = 1024
HEAD = b"From: Ann <ann@example.org>\r\nTo: help@pumps.test\r\nMessage-ID: <h@example.org>\r\n"
GOOD = (
    HEAD + b"Subject: Fine\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=outer\r\n\r\n"
    b"preamble\r\n--outer\r\nContent-Type: multipart/alternative; boundary=inner\r\n\r\n"
    b"--inner\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    b"Gr=C3=BC=C3=9Fe\r\n--inner\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>Hello</p>\r\n--inner--\r\n"
    b"--outer\r\nContent-Type: application/pdf; name=a.pdf\r\nContent-Disposition: attachment; filename=a.pdf\r\n"
    b"Content-Transfer-Encoding: base64\r\n\r\nJVBERi0xLjQK\r\n--outer--\r\nepilogue\r\n"
)


@dataclass(frozen=True, slots=True)
class Hostile:
    """`is_unreadable`: it is beyond a limit, or makes the library give up; all others must be read."""

    name: str
    raw: bytes
    is_unreadable: bool = False


def all_hostile_mails() -> list[Hostile]:
    makers = (
        truncated,
        mutated,
        noise,
        charsets,
        encodings,
        headers,
        structures,
        bombs,
        markup,
        attachments,
        smuggling,
    )
    return [mail for make in makers for mail in make()]


def _plain(body: bytes, *lines: bytes) -> bytes:
    return HEAD + b"".join(line + b"\r\n" for line in lines) + b"\r\n" + body


def _multipart(*parts: bytes, boundary: bytes = b"B") -> bytes:
    body = b"".join(b"--" + boundary + b"\r\n" + part + b"\r\n" for part in parts) + b"--" + boundary + b"--\r\n"
    return _plain(body, b"Content-Type: multipart/mixed; boundary=" + boundary)


def truncated() -> Iterator[Hostile]:
    for at in range(1, len(GOOD), len(GOOD) // 20):
        yield Hostile(f"cut off after {at} bytes", GOOD[:at])


def mutated() -> Iterator[Hostile]:
    for seed in range(25):
        dice = random.Random(seed)  # reproducible, not secret
        raw = bytearray(GOOD)
        for _ in range(2 + seed):
            raw[dice.randrange(len(raw))] = dice.randrange(256)
        yield Hostile(f"mutated with seed {seed}", bytes(raw))


def noise() -> Iterator[Hostile]:
    for seed in range(8):
        yield Hostile(f"noise of seed {seed}", random.Random(seed).randbytes(2000 * (seed + 1)))
    yield Hostile("nothing at all", b"")
    yield Hostile("one NUL", b"\x00")
    yield Hostile("a megabyte of NULs", b"\x00" * KIB * KIB, is_unreadable=True)
    yield Hostile("one line end", b"\r\n")
    yield Hostile("only CRs", b"\r" * 5000)
    yield Hostile("only LFs", b"\n" * 5000)
    yield Hostile("LFs and CRs the wrong way round", b"Subject: x\n\r\n\rbody\n\r" * 50)
    yield Hostile("only 0xFF", b"\xff" * 5000)
    yield Hostile("a ZIP file", b"PK\x03\x04" + bytes(range(256)) * 40)


def charsets() -> Iterator[Hostile]:
    lies = [
        *(b"unknown-8bit", b"x-user-defined", b"utf-7", b"utf-16", b"utf-32", b"utf-16-le", b"idna", b"punycode"),
        *(b"unicode_escape", b"raw_unicode_escape", b"undefined", b"zip", b"bz2", b"hex", b"base64", b"rot13"),
        *(b"mbcs", b"us-ascii", b"iso-2022-jp", b"gb18030", b"big5", b"hz", b"cp65001", b"''", b'"', b"=?", b"%00"),
        *(b"\xff\xfe", b"x" * 900, b"../../codec", b"utf-8;utf-16", b"ISO-8859-1:1987"),
    ]
    for lie in lies:
        body = "Grüße, \U0001f600, 안녕 ".encode() * 20 + b"\xff\xfe\x80+AGE-\x1b$B~{"
        shown = lie[:30].decode("ascii", "backslashreplace")
        yield Hostile(f"claims the charset {shown}", _plain(body, b"Content-Type: text/plain; charset=" + lie))


def encodings() -> Iterator[Hostile]:
    bodies = {
        "base64 without padding": (b"base64", b"SGVsbG8"),
        "base64 with one letter too many": (b"base64", b"SGVsbG8=A"),
        "base64 of letters that are none": (b"base64", b"\xff\x00!!!###" * 200),
        "base64 of padding alone": (b"base64", b"=" * 5000),
        "base64 padded in the middle": (b"base64", b"SGVs=bG8=SGVs"),
        "base64 in one line": (b"base64", base64.b64encode(b"x" * 300_000)),
        "base64 of blanks": (b"base64", b" \t\r\n" * 5000),
        "base64 of NULs": (b"base64", base64.b64encode(b"\x00" * 5000)),
        "quoted-printable of equals signs": (b"quoted-printable", b"=" * 5000),
        "quoted-printable that is not hex": (b"quoted-printable", b"=ZZ=G1=1" * 500),
        "quoted-printable of soft breaks": (b"quoted-printable", b"=\r\n" * 5000),
        "quoted-printable control characters": (b"quoted-printable", b"=00=01=1B[2J=07=7F=C2=85"),
        "quoted-printable ending in an escape": (b"quoted-printable", b"abc=C"),
        "uuencode without an end": (b"x-uuencode", b"begin 644 x\r\n#0V%T\r\n"),
        "uuencode of nonsense": (b"x-uuencode", b"begin 644 x\r\n" + b"\xff" * 60 + b"\r\nend\r\n"),
        "an encoding nobody knows": (b"rot13", b"Uryyb"),
        "an encoding that is empty": (b"", b"Hello"),
        "an encoding given twice": (b"base64\r\nContent-Transfer-Encoding: 8bit", b"Hello"),
        "an encoding of binary": (b"binary", bytes(range(256)) * 10),
    }
    for name, (encoding, body) in bodies.items():
        yield Hostile(name, _plain(body, b"Content-Type: text/plain", b"Content-Transfer-Encoding: " + encoding))


def headers() -> Iterator[Hostile]:
    lines = {
        "a subject that breaks the line": b"Subject: =?utf-8?B?"
        + base64.b64encode(b"x\r\nBcc: a@b.c\r\n\r\nbody")
        + b"?=",
        "a subject in Q that breaks the line": b"Subject: =?utf-8?Q?x=0D=0ABcc:_a@b.c?=",
        "a subject of line separators": "Subject: a\u2028b\u2029c\u0085d".encode(),
        "a subject that turns its direction": "Subject: \u202eexe.fdp\u2066".encode(),
        "a subject of NULs": b"Subject: a\x00b\x00",
        "a subject of terminal escapes": b"Subject: \x1b]0;x\x07\x1b[2J",
        "a subject of a megabyte": b"Subject: " + b"x" * 100_000,
        "a subject of many encoded words": b"Subject: " + b"=?utf-8?Q?a?= " * 5000,
        "a subject of broken encoded words": b"Subject: " + b"=?utf-8?Q?" * 2000,
        "a subject of half encoded words": b"Subject: =?utf-8?B?SGVsbG8",
        "a subject with bad base64": b"Subject: =?utf-8?B?A?= =?utf-8?B?====?=",
        "a subject in a charset that is none": b"Subject: =?zip?B?eJwrSS0uAQAEXQHB?= =?idna?Q?xn--a?=",
        "a subject of raw bytes": b"Subject: \xff\xfe\xfd Gr\xfc\xdfe",
        "a subject of raw UTF-8": "Subject: Grüße \U0001f600".encode(),
        "a subject with lone surrogates": b"Subject: =?utf-8?Q?=ED=A0=80=ED=B0=80?=",
        "nested comments in From": b"From: " + b"(" * 5000 + b"x@y.z" + b")" * 5000,
        "From without an address": b"From: nobody in particular",
        "From of brackets": b"From: " + b"<" * 3000 + b">" * 3000,
        "From of quotes": b'From: "' + b'\\"' * 3000,
        "From that shows another address": b'From: "boss@pumps.test" <evil@example.org>',
        "From of several": b"From: a@b.c, d@e.f, g@h.i",
        "From given three times": b"From: a@b.c\r\nFrom: d@e.f\r\nFrom: g@h.i",
        "From of a group": b"From: friends: a@b.c, d@e.f;",
        "Reply-To that breaks the line": b"Reply-To: a@b.c\r\n\t\r\n Bcc: x@y.z",
        "Reply-To with an encoded address": b"Reply-To: =?utf-8?Q?a=40b.c=0D=0A?=",
        "Reply-To of raw bytes": b"Reply-To: \xff\xfe@\xff.org",
        "Reply-To of a very long name": b"Reply-To: " + b"a" * 3000 + b"@b.c",
        "an empty Message-ID": b"Message-ID: <>",
        "a Message-ID without brackets": b"Message-ID: 1@b.c",
        "a Message-ID of blanks": b"Message-ID: <a b@c d>",
        "a Message-ID of 3000 letters": b"Message-ID: <" + b"a" * 3000 + b"@b.c>",
        "a Message-ID of raw bytes": b"Message-ID: <\xff\xfe@b.c>",
        "a thousand references": b"References: " + b" ".join(b"<%d@b.c>" % n for n in range(1000)),
        "References that never close": b"References: " + b"<a" * 5000,
        "references to itself": b"References: <h@example.org>\r\nIn-Reply-To: <h@example.org>",
        "In-Reply-To of prose": b"In-Reply-To: your message of <yesterday>",
        "a language that is none": b"Content-Language: ../../x, %s, \xff",
        "a language of a thousand tags": b"Content-Language: " + b"en," * 1000,
        "a priority that is none": b"X-Priority: -1 (\xff)",
        "a date that is none": b"Date: Thu, 99 Foo 99999 99:99:99 +9999",
        "Auto-Submitted of nonsense": b"Auto-Submitted: \x00\xff;;;",
        "MIME version 9999": b"MIME-Version: 9999.9 (x(y(z",
        "a header without a name": b": value",
        "a header without a colon": b"this is no header",
        "a header name with blanks": b"Sub ject : x",
        "a header name of raw bytes": b"\xff\xfe: x",
        "a header name of 900 letters": b"X" * 900 + b": x",
        "a header begun by a blank": b" continued from nowhere",
        "mbox lines in the header": b"From ann Thu Jan  1 00:00:00 1970\r\n>From x",
        "a thousand folded blanks": b"X-Folded: a" + b"\r\n \t" * 900,
    }
    for name, line in lines.items():
        first = b"" if line.startswith((b"From:", b"Message-ID:")) else HEAD
        yield Hostile(name, line + b"\r\n" + first + b"\r\nbody\r\n")
    yield Hostile("no header", b"\r\nbody\r\n")
    yield Hostile("no body", HEAD)
    yield Hostile("no empty line", HEAD + b"body at once")
    yield Hostile("ten times too many header lines", b"X: y\r\n" * 10_000 + b"\r\nbody", is_unreadable=True)
    yield Hostile("a header ten times too large", (b"X: " + b"y" * 90_000 + b"\r\n") * 30 + b"\r\n", is_unreadable=True)
    yield Hostile("four megabytes of header lines", b"Xx: yy\r\n" * 500_000 + b"\r\nbody", is_unreadable=True)
    many = b", ".join(b"a%d@b.c" % number for number in range(20_000))
    yield Hostile("a group of 20 000 recipients", b"To: g: " + many + b";\r\n\r\nx")
    some = b",\r\n ".join(b"a%d@b.c" % number for number in range(900))
    yield Hostile("900 recipients on lines of their own", b"To: " + some + b"\r\n\r\nx")


def structures() -> Iterator[Hostile]:
    kinds = {
        "multipart without a boundary": b"multipart/mixed",
        "multipart with an empty boundary": b'multipart/mixed; boundary=""',
        "multipart with a boundary of blanks": b'multipart/mixed; boundary="   "',
        "multipart with a boundary of 900 letters": b"multipart/mixed; boundary=" + b"b" * 900,
        "multipart with a boundary that is a pattern": b'multipart/mixed; boundary="(.*)+[^$\\"',
        "multipart with a boundary of raw bytes": b"multipart/mixed; boundary=\xff\xfe",
        "multipart with two boundaries": b"multipart/mixed; boundary=a; boundary=b",
        "multipart with a boundary in pieces": b"multipart/mixed; boundary*0=B; boundary*1=C; boundary*9=D",
        "multipart with an encoded boundary": b"multipart/mixed; boundary*=utf-8''B%00%FF",
        "multipart whose boundary never comes": b"multipart/mixed; boundary=never",
        "multipart with a boundary of a number too long": b"multipart/mixed; boundary*" + b"9" * 5000 + b"=B",
        "a type without a subtype": b"text",
        "a type of slashes": b"text/plain/html//",
        "an empty type": b"",
        "a type of raw bytes": b"\xff/\xfe; \x00",
        "a type of a thousand semicolons": b"text/plain" + b";" * 1000,
        "a type of a thousand parameters": b"text/plain; " + b"a=b; " * 1000,
        "message/partial": b"message/partial; id=x; number=1; total=99",
        "message/external-body": b"message/external-body; access-type=local-file; name=/etc/passwd",
        "message/rfc822 of nothing": b"message/rfc822",
        "text/plain in format flowed": b"text/plain; format=flowed; delsp=yes",
        "a type of an unclosed quote": b'text/plain; charset="utf-8',
        "application without a name": b"application/x-msdownload",
    }
    body = b"--B\r\n\r\none\r\n--B\r\nContent-Type: text/html\r\n\r\n<p>two\r\n--B--\r\n"
    for name, kind in kinds.items():
        yield Hostile(name, _plain(body, b"Content-Type: " + kind), is_unreadable="too long" in name)
    yield Hostile("a type given five times", _plain(body, *[b"Content-Type: multipart/mixed; boundary=B"] * 5))
    yield Hostile(
        "multipart in base64",
        _plain(body, b"Content-Type: multipart/x; boundary=B", b"Content-Transfer-Encoding: base64"),
    )
    yield Hostile(
        "one boundary for all levels",
        _multipart(b"Content-Type: multipart/mixed; boundary=B\r\n\r\n--B\r\n\r\nx\r\n--B--"),
    )
    yield Hostile(
        "the end before the start", _plain(b"--B--\r\n--B\r\n\r\nx\r\n", b"Content-Type: multipart/mixed; boundary=B")
    )
    yield Hostile("parts without headers or text", _multipart(*[b""] * 100))
    yield Hostile("a hundred texts", _multipart(*[b"Content-Type: text/plain\r\n\r\nx"] * 100))
    yield Hostile("a hundred HTML parts", _multipart(*[b"Content-Type: text/html\r\n\r\n<p>x"] * 100))
    yield Hostile(
        "HTML before text", _multipart(b"Content-Type: text/html\r\n\r\n<p>x", b"Content-Type: text/plain\r\n\r\ny")
    )
    yield Hostile("a mail within a mail", _multipart(b"Content-Type: message/rfc822\r\n\r\n" + GOOD))
    yield Hostile("a digest", _plain(body, b"Content-Type: multipart/digest; boundary=B"))
    yield Hostile("a signed mail without a signature", _plain(body, b"Content-Type: multipart/signed; boundary=B"))
    yield Hostile(
        "a bounce cut short", _multipart(b"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: x\r\n")
    )
    yield Hostile("a calendar as the only part", _plain(b"BEGIN:VCALENDAR\r\n", b"Content-Type: text/calendar"))


def bombs() -> Iterator[Hostile]:
    blank = _plain(b"\r\n" * 256 * KIB, b"Content-Type: message/delivery-status")
    yield Hostile("half a megabyte of blank lines of delivery status", blank, is_unreadable=True)
    nested = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(900))
    yield Hostile(
        "900 multiparts within each other and 10 000 parts",
        nested + b"\r\n--b899\r\n\r\nx" * 10_000,
        is_unreadable=True,
    )
    yield Hostile("2000 parts", _multipart(*[b"\r\nx"] * 2000), is_unreadable=True)
    yield Hostile("199 parts", _multipart(*[b"\r\nx"] * 198))
    deep = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(199))
    yield Hostile("parts within parts, ten times too deep", deep + b"\r\nx", is_unreadable=True)
    yield Hostile(
        "mails within mails, ten times too deep",
        b"Content-Type: message/rfc822\r\n\r\n" * 199 + b"x",
        is_unreadable=True,
    )
    yield Hostile(
        "mails within mails, 1500 deep", b"Content-Type: message/rfc822\r\n\r\n" * 1500 + b"x", is_unreadable=True
    )
    yield Hostile("mails within mails, 15 deep", b"Content-Type: message/rfc822\r\n\r\n" * 15 + b"x")
    yield Hostile("ten times too many lines", HEAD + b"\r\n" + b"\n" * 5_000_000, is_unreadable=True)
    yield Hostile("26 megabytes", HEAD + b"\r\n" + (b"x" * 78 + b"\r\n") * 340_000, is_unreadable=True)
    yield Hostile("four megabytes of one line", HEAD + b"\r\n" + b"x" * 4 * KIB * KIB)
    yield Hostile(
        "a type header ten times too large",
        _plain(b"x", b"Content-Type: text/plain" + b'; a="b' * 15_000),
        is_unreadable=True,
    )
    folded = b"Content-Type: text/plain" + b';\r\n a="' * 12_000
    yield Hostile("a folded type header within a part", _multipart(folded + b"\r\n\r\nx"), is_unreadable=True)
    name = b"Content-Disposition: attachment" + b"".join(b"; filename*%d=x" % n for n in range(10_000))
    yield Hostile("a file name in 10 000 pieces", _multipart(name + b"\r\n\r\nx"), is_unreadable=True)
    yield Hostile(
        "delimiters without end",
        _plain(b"--B\r\n" * 20_000, b"Content-Type: multipart/mixed; boundary=B"),
    )
    yield Hostile("an epilogue of two megabytes", _multipart(b"\r\nx") + b"y" * 70 * 30_000)
    yield Hostile(
        "a preamble of two megabytes",
        _plain(b"y" * 70 * 30_000 + b"\r\n--B\r\n\r\nx", b"Content-Type: multipart/mixed; boundary=B"),
    )


def attachments() -> Iterator[Hostile]:
    names = {
        "a name that climbs": b'"../../../etc/passwd"',
        "a name that climbs in Windows": b'"..\\\\..\\\\win.ini"',
        "an absolute name": b'"/etc/cron.d/x"',
        "a name of NUL": b'"a\x00.exe"',
        "a name that turns its direction": '"\u202egpj.exe"'.encode(),
        "a name that breaks the line": b'"=?utf-8?Q?a=0D=0AX-Evil:_1?="',
        "a name of dots": b'"...."',
        "an empty name": b'""',
        "a name of 5000 letters": b'"' + b"a" * 5000 + b'.pdf"',
        "a name of raw bytes": b'"\xff\xfe.pdf"',
        "a name in HTML": b'"<img src=x onerror=alert(1)>.html"',
        "a name of blanks": b'"   "',
        "a name for a shell": b'"$(rm -rf /);`x`|y&.txt"',
        "a device's name": b'"CON"',
    }
    for name, value in names.items():
        head = b"Content-Type: application/octet-stream\r\nContent-Disposition: attachment; filename="
        yield Hostile(name, _multipart(head + value + b"\r\n\r\nx"))
    pieces = {
        "a name in pieces with gaps": b"filename*0=a; filename*7=b",
        "a name in encoded pieces": b"filename*0*=utf-8''%E2%82; filename*1*=%AC.txt",
        "a name in a charset that is none": b"filename*=nonsense'xx'%FF%FE",
        "a name of half escapes": b"filename*=utf-8''%E2%8%",
        "a name in twenty pieces out of order": b"; ".join(b"filename*%d=x" % n for n in range(19, -1, -1)),
        "a name in a piece too far": b"filename*" + b"9" * 5000 + b"=x",
    }
    for name, given in pieces.items():
        yield Hostile(name, _multipart(b"Content-Disposition: attachment; " + given + b"\r\n\r\nx"))
    one = b"Content-Disposition: attachment; filename=%d.bin\r\n\r\nx"
    yield Hostile("150 attachments", _multipart(*(one % n for n in range(150))))
    yield Hostile("500 attachments", _multipart(*(one % n for n in range(500))), is_unreadable=True)
    yield Hostile("an attachment of nothing", _multipart(b"Content-Disposition: attachment; filename=x\r\n\r\n"))
    big = base64.encodebytes(b"\x00" * 6 * KIB * KIB)
    yield Hostile(
        "an attachment of six megabytes",
        _multipart(b"Content-Disposition: attachment\r\nContent-Transfer-Encoding: base64\r\n\r\n" + big),
    )


def smuggling() -> Iterator[Hostile]:
    for end in (b"\n.\n", b"\n.\r\n", b"\r.\r", b"\r\n.\n", b"\r.\r\n", b"\n.\r"):
        evil = b"MAIL FROM:<evil@example.org>\r\nRCPT TO:<x@y.z>\r\nDATA\r\nSubject: evil\r\n\r\nx"
        yield Hostile(f"smuggles behind {end!r}", _plain(b"x" + end + evil))


def markup() -> Iterator[Hostile]:
    for number, source in enumerate(MARKUP):
        shown = source[:40].decode("ascii", "backslashreplace").replace("\n", " ")
        yield Hostile(f"HTML {number}: {shown}", _plain(source, b"Content-Type: text/html; charset=utf-8"))
    repeated = {
        "97 KiB of nested div": b"<div>" * 20_000,
        "a megabyte of nested div": b"<div>" * 200_000,
        "nested div behind stray end tags": b"<div></i>" * 25_000,
        "nested div behind comments": b"<div><!--</div>-->" * 12_000,
        "nested div hidden by tables": b"<div><table><td></div></table>" * 8_000,
        "nested formatting": b"<b><i><u><s>" * 15_000,
        "nested svg": b"<svg><g>" * 30_000,
        "comments that never close": b"<!--" * 60_000,
        "attributes that never close": b"<a href='" * 25_000,
        "tags that never close": b"<a " * 80_000,
        "end tags that never close": b"</" * 100_000,
        "processing instructions that never close": b"<?" * 120_000,
        "scripts that never close": b"<script>" * 30_000,
        "a tag of 60 000 attributes": b"<a " + b"x=y " * 60_000 + b">",
        "character references without end": b"&#x" * 80_000,
        "entities a thousandfold": b"&lt;script&gt;" * 15_000,
        "flat paragraphs of a megabyte": b"<p>text" * 150_000,
        "unclosed anchors": b"<a href=http://x.org>" * 10_000,
        "nested lists": b"<ul><li>" * 30_000,
        "nested blockquotes": b"<blockquote>" * 20_000,
    }
    for name, source in repeated.items():
        yield Hostile(name, _plain(source, b"Content-Type: text/html; charset=utf-8"))
