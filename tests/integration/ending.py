"""Ends tasks for certain."""

import asyncio
from collections.abc import Sequence
from typing import Any

AGAIN_S = 1.0


async def end(tasks: Sequence[asyncio.Task[Any]]) -> None:
    """Cancel them until they have ended: `asyncio.wait_for` of Python 3.11 may lose a cancellation."""
    while running := [task for task in tasks if not task.done()]:
        for task in running:
            task.cancel()
        await asyncio.wait(running, timeout=AGAIN_S)
