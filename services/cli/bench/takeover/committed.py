"""What router.log says, as the auditor of `bench takeover` reads it: plain values, none of the router's own types."""

from dataclasses import dataclass
from typing import NamedTuple


class ContactKey(NamedTuple):
    """Contact ids are a tenant's own."""

    tenant: str
    contact_id: str


@dataclass(frozen=True, slots=True)
class Happened:
    """An event. `kind` is its name in events.proto, such as "contact_offered"; what an event lacks is ""."""

    kind: str
    contact_id: str = ""
    agent: str = ""
    offer_id: str = ""
    to_agent: str = ""


@dataclass(frozen=True, slots=True)
class Decided:
    """A command with its events. `of_inbound`: the id is that of a record of contacts.inbound."""

    tenant: str
    id: str
    of_inbound: bool
    happened: tuple[Happened, ...]


@dataclass(frozen=True, slots=True)
class Commit:
    """A batch that counts: where it stands, and what was decided. `inbound_offset` is -1 before anything was read."""

    partition: int
    offset: int
    epoch: int
    seq: int
    at_ms: int
    inbound_offset: int
    commands: tuple[Decided, ...]


@dataclass(frozen=True, slots=True)
class Claim:
    """A barrier that was accepted: from then on the partition is that router's."""

    partition: int
    epoch: int
    owner_address: str
    at_ms: int
