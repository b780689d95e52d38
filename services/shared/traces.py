"""The port to traces: what happened to a contact, from where to when, in which service.

A contact is one trace. Its number, and the number of each span that another service may refer to, follow from the
contact's id and from what happened (docs/decisions/0011): nothing about tracing travels on any wire.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Protocol

# Of every trace the first span: the contact's way in, and what all others belong to.
ROOT = "contact"


@dataclass(frozen=True, slots=True)
class Span:
    """`place` tells this span from all others of its contact, and `parent` is the place of another; ms since 1970 UTC.

    Attributes are ids and words of our own; nothing private.
    """

    tenant: str
    contact_id: str
    place: str
    name: str
    began_ms: int
    ended_ms: int
    parent: str = ROOT
    attributes: Mapping[str, str | int] = field(default_factory=dict)

    @property
    def trace_id(self) -> int:
        """128 bits."""
        return _number(16, self.tenant, self.contact_id)

    @property
    def span_id(self) -> int:
        """64 bits."""
        return self._id_of(self.place)

    @property
    def parent_id(self) -> int | None:
        """That of the span that this one belongs to; None for the first."""
        return None if self.place == ROOT else self._id_of(self.parent)

    def _id_of(self, place: str) -> int:
        return _number(8, self.tenant, self.contact_id, place)


def offer_place(offer_id: str) -> str:
    """Where the router's offer stands, which desks refer to."""
    return f"offer {offer_id}"


class Traces(Protocol):
    """Where spans go."""

    @property
    def wanted(self) -> bool:
        """Whether anybody takes them: if not, none need be made."""
        ...

    def tell(self, span: Span) -> None:
        """Hand one over; never waits, never raises. Spans may get lost."""
        ...

    def close(self) -> None:
        """Send what waits, for two seconds at most."""
        ...


class NoTraces:
    """Nobody takes them."""

    wanted = False

    def tell(self, span: Span) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing."""


def _number(size: int, *words: str) -> int:
    """Of the words; never 0, which stands for no number."""
    digest = sha256("\0".join(words).encode(errors="surrogatepass")).digest()
    return int.from_bytes(digest[:size]) or 1
