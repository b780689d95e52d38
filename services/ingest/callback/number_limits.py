"""How often one customer's number may be asked for: whoever asks, and from wherever."""

from dataclasses import dataclass

from services.ingest.addresses import Place
from services.ingest.rate_limit import RateLimit


@dataclass(frozen=True, slots=True)
class NumberLimits:
    """A bucket of an hour and one of a day."""

    hour: RateLimit
    day: RateLimit

    def take(self, place: Place, number: str) -> int:
        """Count a request for the number. Returns 0 when it may be made, else the seconds until it may."""
        key = f"{place.tenant} {number}"
        wait_s = self.hour.take(key)
        if wait_s:
            return wait_s
        wait_s = self.day.take(key)
        if wait_s:
            self.hour.give_back(key)
        return wait_s

    def give_back(self, place: Place, number: str) -> None:
        """The request came to nothing, and it was not the customer's fault."""
        key = f"{place.tenant} {number}"
        self.hour.give_back(key)
        self.day.give_back(key)
