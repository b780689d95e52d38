"""What ingest takes from router.log: who can be reached where, and what became of contacts.

Each dataclass is named as its event and holds the fields that ingest uses.
"""

from dataclasses import dataclass

from services.plan.compiled import Channel, Company, EntryPoint


@dataclass(frozen=True, slots=True)
class Plan:
    """The part of a plan that customers meet: companies with their addresses, and the choices they are offered."""

    tenant: str
    version: int
    companies: tuple[Company, ...]
    entry_points: tuple[EntryPoint, ...]


@dataclass(frozen=True, slots=True)
class PlanActivated:
    plan: Plan


@dataclass(frozen=True, slots=True)
class ContactAccepted:
    contact_id: str
    channel: Channel


@dataclass(frozen=True, slots=True)
class OfferAccepted:
    contact_id: str
    agent: str


@dataclass(frozen=True, slots=True)
class ContactTransferred:
    contact_id: str


@dataclass(frozen=True, slots=True)
class ContactReturned:
    contact_id: str


@dataclass(frozen=True, slots=True)
class WrapUpStarted:
    contact_id: str


@dataclass(frozen=True, slots=True)
class ContactEnded:
    contact_id: str


Fact = (
    PlanActivated
    | ContactAccepted
    | OfferAccepted
    | ContactTransferred
    | ContactReturned
    | WrapUpStarted
    | ContactEnded
)


@dataclass(frozen=True, slots=True)
class Happened:
    """A fact with its tenant and its place among all facts: append time, then partition, then offset."""

    tenant: str
    place: tuple[int, int, int]
    fact: Fact
