import json

import pytest

from services.ingest.mail.parsed_mail import MAIL_PARSING, from_frames
from services.ingest.mail.parser import parse
from services.ingest.mail.worker import read
from services.ingest.workers.worker import answer
from tests.fakes.hostile_mails import GOOD


def test_an_answer_is_the_mail_with_its_attachments() -> None:
    first, *contents = answer(read, GOOD)
    described = json.loads(first)
    assert MAIL_PARSING.contents_of(described) == len(contents) == 1
    assert from_frames(described, contents) == parse(GOOD)


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"a: b\n" * 2000, "1000 lines"),
        (b"Content-Type: multipart/mixed; boundary*" + b"9" * 5000 + b"=B\n\nx", "malformed (ValueError)"),
    ],
)
def test_an_answer_says_why_a_mail_cannot_be_read(raw: bytes, why: str) -> None:
    [only] = answer(read, raw)
    assert why in json.loads(only)["unreadable"]
    assert MAIL_PARSING.contents_of(json.loads(only)) == 0
