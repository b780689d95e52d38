"""How many pages a TIFF has: a walk along its chain of directories, which reads nothing else.

The form is that of Adobe's TIFF 6.0 (1992), section 2, and of BigTIFF.
"""

from dataclasses import dataclass

COUNT_MAX = 100_000


@dataclass(frozen=True, slots=True)
class Directories:
    """`is_whole`: the chain ends as it should, so that no page can be missing."""

    count: int
    is_whole: bool


@dataclass(frozen=True, slots=True)
class _Form:
    """Widths in bytes: of a number of entries, of an entry, of an offset; and where the first offset stands."""

    count: int
    entry: int
    offset: int
    first_at: int


CLASSIC = _Form(count=2, entry=12, offset=4, first_at=4)
BIG = _Form(count=8, entry=20, offset=8, first_at=8)


def directories_of(raw: bytes) -> Directories:
    """The directories of a file that begins as a TIFF does."""
    order = "little" if raw.startswith(b"II") else "big"
    form = BIG if b"+" in raw[:4] else CLASSIC
    at = _number(raw, form.first_at, form.offset, order)
    seen: set[int] = set()
    while at:
        if at in seen or len(seen) == COUNT_MAX:
            return Directories(len(seen), is_whole=False)
        entries = _number(raw, at, form.count, order)
        following = None if entries is None else at + form.count + entries * form.entry
        if following is None or following > len(raw):
            return Directories(len(seen), is_whole=False)
        seen.add(at)
        at = _number(raw, following, form.offset, order)
    return Directories(len(seen), is_whole=at is not None)


def _number(raw: bytes, at: int, width: int, order: str) -> int | None:
    """The number that stands there; None beyond the file's end."""
    piece = raw[at : at + width]
    return int.from_bytes(piece, "little" if order == "little" else "big") if len(piece) == width else None
