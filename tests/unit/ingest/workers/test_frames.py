import asyncio
from io import BytesIO

import pytest

from services.ingest.workers.frames import FRAME_BYTES_MAX, BrokenFrame, read_frame, receive_frame, write_frame


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
