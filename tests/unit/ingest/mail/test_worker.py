import asyncio
import json
from io import BytesIO

import pytest

from services.ingest.mail.frames import FRAME_BYTES_MAX, BrokenFrame, read_frame, receive_frame, write_frame
from services.ingest.mail.parsed_mail import attachments_in, from_frames
from services.ingest.mail.parser import parse
from services.ingest.mail.worker import answer
from tests.fakes.hostile_mails import GOOD


def test_an_answer_is_the_mail_with_its_attachments() -> None:
    first, *contents = answer(GOOD)
    described = json.loads(first)
    assert attachments_in(described) == len(contents) == 1
    assert from_frames(described, contents) == parse(GOOD)


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"a: b\n" * 2000, "1000 lines"),
        (b"Content-Type: multipart/mixed; boundary*" + b"9" * 5000 + b"=B\n\nx", "malformed (ValueError)"),
    ],
)
def test_an_answer_says_why_a_mail_cannot_be_read(raw: bytes, why: str) -> None:
    [only] = answer(raw)
    assert why in json.loads(only)["unreadable"]


def test_frames_come_back_and_end() -> None:
    stream = BytesIO()
    for frame in (b"", b"one", b"x" * 100_000):
        write_frame(stream, frame)
    stream.seek(0)
    assert [read_frame(stream) for _ in range(4)] == [b"", b"one", b"x" * 100_000, None]


@pytest.mark.parametrize("stream", [b"\x00", b"\x00\x00\x00\x05abc", (FRAME_BYTES_MAX + 1).to_bytes(4, "big")])
async def test_what_is_no_frame_is_refused(stream: bytes) -> None:
    with pytest.raises(BrokenFrame):
        read_frame(BytesIO(stream))
    reader = asyncio.StreamReader()
    reader.feed_data(stream)
    reader.feed_eof()
    with pytest.raises(BrokenFrame):
        await receive_frame(reader)
