"""A call as the carrier's books have it: one leg between the carrier and one telephone."""

from dataclasses import dataclass
from enum import StrEnum

from services.cli.carrier.exchange.web import NOWHERE, Address


class Status(StrEnum):
    """What has become of a call; `initiated` is told in callbacks only."""

    QUEUED = "queued"
    RINGING = "ringing"
    IN_PROGRESS = "in-progress"
    COMPLETED = "completed"
    BUSY = "busy"
    FAILED = "failed"
    NO_ANSWER = "no-answer"
    CANCELED = "canceled"


LIVE = (Status.QUEUED, Status.RINGING, Status.IN_PROGRESS)


class Direction(StrEnum):
    """Who began it: somebody outside, a REST request, or <Dial>."""

    INBOUND = "inbound"
    OUTBOUND_API = "outbound-api"
    OUTBOUND_DIAL = "outbound-dial"


@dataclass(frozen=True, slots=True)
class Listener:
    """Where progress is told, and which events."""

    where: Address = NOWHERE
    events: tuple[str, ...] = ("completed",)


NOBODY = Listener()


@dataclass(slots=True)
class Call:
    """Times are ms since 1970; None: not yet, or never. `told` counts the callbacks."""

    sid: str
    from_: str
    to: str
    direction: Direction
    status: Status
    created_ms: int
    updated_ms: int
    parent_sid: str = ""
    listener: Listener = NOBODY
    forwarded_from: str = ""
    caller_name: str = ""
    answered_ms: int | None = None
    ended_ms: int | None = None
    sip_code: int = 0
    told: int = 0

    @property
    def is_live(self) -> bool:
        """Whether it has not ended."""
        return self.status in LIVE

    @property
    def duration_s(self) -> int:
        """From answer to end; 0 for a call that was not answered, or goes on."""
        if self.answered_ms is None or self.ended_ms is None:
            return 0
        return (self.ended_ms - self.answered_ms) // 1000
