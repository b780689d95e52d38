"""The numbers that the application has at the carrier, and what is asked when somebody calls or writes to them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from services.cli.carrier.exchange.web import NOWHERE, Address


@dataclass(frozen=True, slots=True)
class Number:
    """As it is set up in the carrier's console. `fallback` is asked when `voice` fails."""

    voice: Address = NOWHERE
    fallback: Address = NOWHERE
    status: Address = NOWHERE
    sms: Address = NOWHERE
    sms_fallback: Address = NOWHERE


@dataclass(slots=True)
class Numbers:
    """`by_address` first; `every` is what all other numbers have, None: they belong to somebody else.

    As in a console, what a number has can be changed while the carrier runs.
    """

    by_address: Mapping[str, Number] = field(default_factory=dict)
    every: Number | None = None

    def find(self, address: str) -> Number | None:
        """What the number has, if it is the application's."""
        return self.by_address.get(address, self.every)
