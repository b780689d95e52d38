"""A bell: rung at each change, heard by everybody who waits for the next one."""

import asyncio


class Changes:
    """Counts them, so that whoever waits misses none."""

    def __init__(self) -> None:
        self.count = 0
        self._rung = asyncio.Event()

    def ring(self) -> None:
        """There is a change."""
        self.count += 1
        self._rung.set()
        self._rung = asyncio.Event()

    async def since(self, count: int) -> int:
        """Wait until there are more than `count`; how many there are. From -1 on: at once."""
        while self.count <= count:
            await self._rung.wait()
        return self.count
