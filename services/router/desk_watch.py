"""Waiting until one agent's desk changes."""

import asyncio

from services.router.attachments import AgentKey
from services.router.effects import Commit


class DeskWatch:
    """A listener. `touched` is set when the desk may have changed, and when the partition has gone elsewhere."""

    def __init__(self, key: AgentKey) -> None:
        self.touched = asyncio.Event()
        self._key = key

    def committed(self, commit: Commit) -> None:
        """A listener's call: a commit is certain."""
        if self._key in commit.touched:
            self.touched.set()

    def deposed(self) -> None:
        """A listener's call: another router owns the partition."""
        self.touched.set()
