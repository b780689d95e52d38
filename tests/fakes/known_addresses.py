"""Addresses that a test names."""

from dataclasses import dataclass

from services.plan.compiled import Channel


@dataclass(frozen=True, slots=True)
class KnownPlace:
    tenant: str
    company: str
    address: str
    language: str = ""
    channel: Channel = Channel.EMAIL


class KnownAddresses:
    def __init__(self, *places: KnownPlace) -> None:
        self._places = {(place.channel, place.address): place for place in places}

    def find(self, channel: Channel, address: str) -> KnownPlace | None:
        return self._places.get((channel, address.lower()))
