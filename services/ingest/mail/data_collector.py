"""What comes after DATA, taken in by the chunk.

The library takes it in by the line: 25 MiB of empty lines would need a gigabyte and seconds of the event loop, and a
line that never ends any amount of memory. Here the cost grows with the bytes, and no more than the limit is kept.
"""

import re
from dataclasses import dataclass, field
from enum import Enum

# RFC 5321: 998 characters, CR LF, and a transparency dot.
LINE_BYTES_MAX = 1001
END = b"\r\n.\r\n"
# Only CR LF ends a line. Mails that hold the end mark with other line ends are content up to the real one: whoever
# takes those for an end lets a second mail be smuggled behind the first.
LONG_LINE = re.compile(rb"[^\n]{1001}")


class Verdict(Enum):
    """Why a mail is not kept."""

    TOO_LARGE = "552 5.3.4 the mail is larger than this server takes"
    LINE_TOO_LONG = "500 5.6.0 a line is longer than 1000 characters"
    TOO_MANY = "452 4.3.1 too many mails at a time, try again later"


@dataclass(slots=True)
class Budget:
    """How many bytes of mails may be in memory at a time, over all connections."""

    left_bytes: int

    def take(self, count: int) -> bool:
        """Whether there was enough left."""
        if count > self.left_bytes:
            return False
        self.left_bytes -= count
        return True

    def give_back(self, count: int) -> None:
        """What was taken."""
        self.left_bytes += count


@dataclass(slots=True)
class DataCollector:
    """Collects one mail. Once there is a verdict nothing is kept, but the end is still looked for."""

    size_max: int
    budget: Budget
    verdict: Verdict | None = None
    seen_bytes: int = 0
    _kept: list[bytes] = field(default_factory=list)
    _kept_bytes: int = 0
    # What was seen last, in case the end mark is cut in two; the command line before the data ended with CR LF.
    _last: bytes = b"\r\n"
    _excess: int = 0
    _line_bytes: int = 0

    def feed(self, chunk: bytes) -> bytes | None:
        """Take a chunk in. At the end of the mail: what of the chunk comes after it; None before."""
        window, before = self._last + chunk, len(self._last)
        end = window.find(END)
        if end < 0:
            self._take(chunk)
            self._last = window[-(len(END) - 1) :]
            return None
        # The CR LF of the mark belongs to the mail; the rest of the mark may have been kept with earlier chunks.
        self._take(window[before : end + 2])
        self._excess = max(0, before - end - 2)
        return window[end + len(END) :]

    def content(self) -> bytes:
        """The mail, its transparency dots removed."""
        stuffed = b"".join(self._kept)
        plain = stuffed[: len(stuffed) - self._excess].replace(b"\r\n.", b"\r\n")
        return plain[1:] if plain.startswith(b".") else plain

    def forget(self) -> None:
        """Let go of what was kept."""
        self.budget.give_back(self._kept_bytes)
        self._kept, self._kept_bytes = [], 0

    def _take(self, taken: bytes) -> None:
        self.seen_bytes += len(taken)
        self._judge(taken)
        if self.verdict is None and not self.budget.take(len(taken)):
            self.verdict = Verdict.TOO_MANY
        if self.verdict is None:
            self._kept.append(taken)
            self._kept_bytes += len(taken)
        else:
            self.forget()

    def _judge(self, taken: bytes) -> None:
        first_end = taken.find(b"\n")
        longest = self._line_bytes + (len(taken) if first_end < 0 else first_end + 1)
        last_end = taken.rfind(b"\n")
        self._line_bytes = self._line_bytes + len(taken) if last_end < 0 else len(taken) - last_end - 1
        if self.verdict is None and self.seen_bytes > self.size_max:
            self.verdict = Verdict.TOO_LARGE
        elif self.verdict is None and (longest > LINE_BYTES_MAX or LONG_LINE.search(taken)):
            self.verdict = Verdict.LINE_TOO_LONG
