"""Frames between ingest and its worker processes: four bytes of length, then so many bytes."""

import asyncio
from typing import BinaryIO

LENGTH_BYTES = 4
# What a worker sends first.
READY = b"ready"
FRAME_BYTES_MAX = 64 * 1024 * 1024


class BrokenFrame(Exception):
    """The other side ended in the middle of a frame, or sends what is no frame."""


def read_frame(stream: BinaryIO) -> bytes | None:
    """The next frame; None when there are no more. Raises BrokenFrame."""
    length = stream.read(LENGTH_BYTES)
    if not length:
        return None
    frame = stream.read(_checked(length))
    if len(frame) != int.from_bytes(length, "big"):
        raise BrokenFrame("the stream ended within a frame")
    return frame


def write_frame(stream: BinaryIO, frame: bytes) -> None:
    """Write a frame; the caller flushes."""
    stream.write(len(frame).to_bytes(LENGTH_BYTES, "big"))
    stream.write(frame)


async def receive_frame(reader: asyncio.StreamReader) -> bytes:
    """The next frame. Raises BrokenFrame, also when there are no more."""
    try:
        return await reader.readexactly(_checked(await reader.readexactly(LENGTH_BYTES)))
    except asyncio.IncompleteReadError as error:
        raise BrokenFrame("the stream ended") from error


def _checked(length: bytes) -> int:
    size = int.from_bytes(length, "big")
    if len(length) != LENGTH_BYTES or size > FRAME_BYTES_MAX:
        raise BrokenFrame(f"a frame may have {FRAME_BYTES_MAX} bytes")
    return size
