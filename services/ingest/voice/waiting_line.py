"""Who waits in a queue, in the router's order: the higher priority first, then whoever arrived first."""

from bisect import bisect_left, insort

# Priority turned round, arrival (ms), how many were accepted before it.
Place = tuple[int, int, int]


class WaitingLine:
    """The places of those who wait in one queue."""

    def __init__(self) -> None:
        self._places: list[Place] = []

    def __len__(self) -> int:
        return len(self._places)

    def join(self, place: Place) -> None:
        """Somebody waits."""
        insort(self._places, place)

    def leave(self, place: Place) -> None:
        """They wait no more."""
        at = bisect_left(self._places, place)
        if at < len(self._places) and self._places[at] == place:
            del self._places[at]

    def position(self, place: Place) -> int:
        """How many come before that place, and one."""
        return bisect_left(self._places, place) + 1
