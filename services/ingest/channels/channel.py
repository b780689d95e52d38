"""The port that every channel stands behind: how ingest begins and ends with it, and sends an agent's words through it.

What a channel receives it puts through the front door by itself; each is too unlike the others for a common call.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, runtime_checkable

from services.ingest.envelopes import Outgoing
from services.plan.compiled import Channel as Medium
from services.shared.keyed_hash import keyed_hash


@dataclass(frozen=True, slots=True)
class Capabilities:
    """`can_reply`: an agent's words reach the customer by it. `is_live`: the customer is waiting there now."""

    can_reply: bool
    is_live: bool


class Fate(StrEnum):
    """What became of an agent's message so far. UNDERWAY: the channel itself reports later what came of it."""

    DELIVERED = "delivered"
    UNDERWAY = "underway"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class SendResult:
    """The fate; of a failure also one sentence for the agent, without private data."""

    fate: Fate
    why: str = ""


class Channel(Protocol):
    """A channel: a part of the program (start, stop) that can say what it is able to do, and send."""

    @property
    def medium(self) -> Medium:
        """Which contacts are its own."""
        ...

    @property
    def capabilities(self) -> Capabilities: ...

    async def start(self) -> None:
        """Begin to receive."""
        ...

    async def stop(self) -> None:
        """Receive no more, and let go of what is held."""
        ...

    async def send(self, outgoing: Outgoing) -> SendResult:
        """Send an agent's message; the same one again does no harm. Raises StoreUnavailable: try it again later."""
        ...


@runtime_checkable
class Connecting(Protocol):
    """A channel on which customer and agent speak to each other."""

    async def connect(self, outgoing: Outgoing) -> object:
        """Put the call through to the agent who accepted it; again does no harm.

        Raises StoreUnavailable, Unavailable: try it again later.
        """
        ...


def settled_id(ids_key: bytes, outgoing_id: str, fate: Fate) -> str:
    """The event id of a report of what became of an agent's message: one per message and fate."""
    return keyed_hash(ids_key, "settled", outgoing_id, fate.value)
