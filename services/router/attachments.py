"""Who is listening: an agent is attached while any stream holds them, or a poll's lease runs."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

LEASE_S = 30

AgentKey = tuple[str, str]  # tenant, agent


@dataclass(slots=True)
class _Attachment:
    holders: set[object] = field(default_factory=set)
    lease: asyncio.TimerHandle | None = None


class Attachments:
    """Calls `detach` when the last holder of an agent is gone."""

    def __init__(self, detach: Callable[[AgentKey], None]) -> None:
        self._detach = detach
        self._attached: dict[AgentKey, _Attachment] = {}

    def hold(self, key: AgentKey, holder: object) -> None:
        """A stream listens for the agent."""
        self._attached.setdefault(key, _Attachment()).holders.add(holder)

    def release(self, key: AgentKey, holder: object) -> None:
        """A stream no longer does."""
        if (attachment := self._attached.get(key)) is not None:
            attachment.holders.discard(holder)
            self._drop_unheld(key)

    def lease(self, key: AgentKey) -> None:
        """A program polls for the agent; it counts as listening for LEASE_S seconds more."""
        attachment = self._attached.setdefault(key, _Attachment())
        if attachment.lease is not None:
            attachment.lease.cancel()
        attachment.lease = asyncio.get_running_loop().call_later(LEASE_S, self._lapse, key)

    def of(self, tenant: str) -> list[str]:
        """The tenant's agents whom somebody holds."""
        return [agent for held_tenant, agent in self._attached if held_tenant == tenant]

    def forget(self) -> None:
        """The partition is another router's now: whoever listens there is its business."""
        for attachment in self._attached.values():
            if attachment.lease is not None:
                attachment.lease.cancel()
        self._attached.clear()

    def _lapse(self, key: AgentKey) -> None:
        self._attached[key].lease = None
        self._drop_unheld(key)

    def _drop_unheld(self, key: AgentKey) -> None:
        attachment = self._attached[key]
        if not attachment.holders and attachment.lease is None:
            del self._attached[key]
            self._detach(key)
