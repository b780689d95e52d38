"""Which numbers are called back, and how often each may be asked for: by whoever asks, and in whatever way."""

from dataclasses import dataclass

from services.ingest.addresses import Addresses, Place
from services.ingest.callback.destination import destination
from services.ingest.callback.number_limits import NumberLimits
from services.ingest.callback.offices import Offices
from services.ingest.what_went_wrong import WhatWentWrong
from services.plan.compiled import Channel

OUR_NUMBERS = (Channel.VOICE, Channel.CALLBACK, Channel.SMS, Channel.FAX)


@dataclass(frozen=True, slots=True)
class Numbers:
    """`countries`: where customers may be called (ISO 3166-1); none: in those of the company's own numbers."""

    addresses: Addresses
    offices: Offices
    limits: NumberLimits
    countries: frozenset[str] = frozenset()

    def destination(self, place: Place, text: str, region: str) -> str:
        """The number as E.164; `region` is that of one without its country. Raises WhatWentWrong."""
        countries = self.countries or self.offices.countries(place.tenant, place.company)
        return destination(text, region, countries, self._is_ours)

    def may_be_called(self, place: Place, number: str) -> bool:
        """Whether a number in E.164 may be called from that place of ours."""
        try:
            return self.destination(place, number, "") == number
        except WhatWentWrong:
            return False

    def count(self, place: Place, number: str) -> bool:
        """Count a request for it; False where there were too many of late."""
        return self.limits.take(place, number) == 0

    def give_back(self, place: Place, number: str) -> None:
        """The request that was counted came to nothing."""
        self.limits.give_back(place, number)

    def _is_ours(self, number: str) -> bool:
        return any(self.addresses.find(channel, number) is not None for channel in OUR_NUMBERS)
