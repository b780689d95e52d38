"""How long each thing in the watched folder has stood still, by our own clock: scanners' clocks may be wrong."""

from collections.abc import Iterable
from dataclasses import dataclass

from services.ingest.documents.folder import Entry, Place, Stamp


@dataclass(frozen=True, slots=True)
class _Seen:
    stamp: Stamp
    since_ms: int


class Waiting:
    """What lay there at the last look; what is gone is forgotten."""

    def __init__(self) -> None:
        self._seen: dict[Place, _Seen] = {}

    def look(self, entries: Iterable[Entry], now_ms: int) -> None:
        """Note what lies there now."""
        before, self._seen = self._seen, {}
        for entry in entries:
            seen = before.get(entry.place)
            same = seen is not None and seen.stamp == entry.stamp
            self._seen[entry.place] = seen if seen is not None and same else _Seen(entry.stamp, now_ms)

    def stood_still_ms(self, entry: Entry, now_ms: int) -> int:
        """Since when it has not changed."""
        seen = self._seen.get(entry.place)
        return 0 if seen is None else now_ms - seen.since_ms
