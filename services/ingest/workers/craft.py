"""What the workers of a pool do, as far as the pool has to know it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from services.ingest.workers.unreadable import Unreadable

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Craft(Generic[T]):
    """A kind of things that worker processes read.

    `module` is what such a process runs, and `things` what it reads, as people call them ("mails"). An answer is a
    frame of JSON, after which come as many frames of content as `contents_in` finds in it; `from_frames` makes the
    result of them all.
    """

    module: str
    things: str
    contents_in: Callable[[dict[str, Any]], int]
    from_frames: Callable[[dict[str, Any], list[bytes]], T]

    def contents_of(self, described: dict[str, Any]) -> int:
        """How many frames follow that answer."""
        return 0 if "unreadable" in described else self.contents_in(described)

    def result(self, described: dict[str, Any], contents: list[bytes]) -> T:
        """What the frames of an answer say. Raises Unreadable."""
        if "unreadable" in described:
            raise Unreadable(described["unreadable"])
        return self.from_frames(described, contents)
