"""A clock that a test moves."""


class ManualClock:
    def __init__(self, wall_ms: int = 1_790_000_000_000) -> None:
        self._wall_ms = wall_ms
        self._monotonic_ms = 0

    def wall_ms(self) -> int:
        return self._wall_ms

    def monotonic_ms(self) -> int:
        return self._monotonic_ms

    def pass_ms(self, ms: int) -> None:
        self._wall_ms += ms
        self._monotonic_ms += ms

    def jump_wall_ms(self, ms: int) -> None:
        self._wall_ms += ms
