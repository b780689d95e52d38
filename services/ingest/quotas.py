"""How many new contacts each tenant may begin: the operator's word, so that none of them floods the others."""

from collections.abc import Mapping

from services.ingest.rate_limit import MINUTE_MS, RateLimit
from services.shared.clock import Clock

# Whoever has begun none for a while may begin so many at once: what the quota has for a quarter of a second, so that
# a crowd is felt by nobody, and a few in any case, as customers never come evenly.
AT_ONCE_MS = 250
AT_ONCE_MIN = 10
TENANTS_MAX = 10_000


class Quotas:
    """A bucket per tenant: `per_minute` for each, but for those whom `own` gives another; 0 is no quota.

    Full, a bucket holds what refills in 250 ms, but 10 contacts in any case, or all of a smaller quota. At most 10 000
    tenants of the common quota are remembered; the one seen longest ago is forgotten first, and begins anew with a full
    bucket.
    """

    def __init__(self, clock: Clock, per_minute: int = 0, own: Mapping[str, int] | None = None) -> None:
        self._common = _bucket(clock, per_minute)
        self._own = {tenant: _bucket(clock, quota) for tenant, quota in (own or {}).items()}

    def wait_s(self, tenant: str) -> int:
        """0 where the tenant may begin a contact, else the seconds until it may."""
        limit = self._of(tenant)
        return limit.wait_s(tenant) if limit else 0

    def take(self, tenant: str) -> int:
        """Count a new contact; 0 where it may begin, else the seconds until it may."""
        limit = self._of(tenant)
        return limit.take(tenant) if limit else 0

    def give_back(self, tenant: str) -> None:
        """The contact that was counted came to nothing."""
        if limit := self._of(tenant):
            limit.give_back(tenant)

    def _of(self, tenant: str) -> RateLimit | None:
        return self._own.get(tenant, self._common)


def _bucket(clock: Clock, per_minute: int) -> RateLimit | None:
    if not per_minute:
        return None
    at_once = max(min(AT_ONCE_MIN, per_minute), -(-per_minute * AT_ONCE_MS // MINUTE_MS))
    return RateLimit(clock, at_once, TENANTS_MAX, window_ms=at_once * MINUTE_MS // per_minute)
