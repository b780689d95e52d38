"""Whether a tenant may begin a new contact now, on whatever channel: its router keeps up, and its quota is not used up.

What belongs to a contact that is open is never asked about here: the next step of a call, a message in a conversation,
an end.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

import structlog

from services.ingest.metrics import TURNED_AWAY
from services.ingest.quotas import Quotas
from services.ingest.rate_limit import RateLimit
from services.ingest.what_went_wrong import WhatWentWrong
from services.plan.compiled import Channel
from services.shared.clock import SystemClock

# A router that is merely slow has caught up by then, as a rule.
CAUGHT_UP_WITHIN_S = 10
WHAT = "Your message could not be taken."

log = structlog.get_logger(__name__)


class Because(StrEnum):
    """Why a new contact is refused."""

    BEHIND = "behind"
    QUOTA = "quota"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A contact that is to come again in `wait_s` seconds, and what those are told who made it."""

    because: Because
    wait_s: int

    @property
    def status(self) -> int:
        """As HTTP says it."""
        return 503 if self.because is Because.BEHIND else 429

    @property
    def wrong(self) -> WhatWentWrong:
        """For people and programs."""
        if self.because is Because.BEHIND:
            why = "More is waiting at the contact centre than it can sort at the moment."
            return WhatWentWrong(WHAT, why, "Send it again in a minute.")
        why = "More has come to this contact centre at once than it takes."
        return WhatWentWrong(WHAT, why, f"Send it again in {self.wait_s} seconds.")

    @property
    def headers(self) -> dict[str, str]:
        """Of the answer."""
        return {"retry-after": str(self.wait_s)}


def _keeps_up(_tenant: str) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Admission:
    """`is_behind`: whether a tenant's router is too far behind for new contacts. By default all are let in."""

    is_behind: Callable[[str], bool] = _keeps_up
    quotas: Quotas = field(default_factory=lambda: Quotas(SystemClock()))
    # The log is told of each tenant once a minute, not of each contact.
    told: RateLimit = field(default_factory=lambda: RateLimit(SystemClock(), 1))

    def refusal(self, tenant: str) -> Refusal | None:
        """Why no contact can begin now; looks, and counts nothing."""
        if self.is_behind(tenant):
            return Refusal(Because.BEHIND, CAUGHT_UP_WITHIN_S)
        wait_s = self.quotas.wait_s(tenant)
        return Refusal(Because.QUOTA, wait_s) if wait_s else None

    def begin(self, tenant: str) -> Refusal | None:
        """Count a contact that begins now, or say why it can't."""
        refusal = self.refusal(tenant)
        if refusal is None:
            self.quotas.take(tenant)
        return refusal

    def came_to_nothing(self, tenant: str) -> None:
        """The contact that was counted was not kept."""
        self.quotas.give_back(tenant)

    def note(self, refusal: Refusal, tenant: str, channel: Channel) -> Refusal:
        """Have it counted and said that somebody was turned away."""
        TURNED_AWAY.labels(channel.value, refusal.because.value).inc()
        if not self.told.take(tenant):
            log.warning("new_contacts_turned_away", tenant=tenant, because=refusal.because.value)
        return refusal
