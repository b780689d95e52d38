"""What there is to tell of a contact that has ended."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Served:
    """What the customer got back, if anything. What can't be answered gets nothing: a disposition stands for it.

    `earlier`: the contacts of what they had said before without an answer, which this may have joined.
    """

    contact_id: str
    answer: str | None
    earlier: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """One contact of the demonstration: the object that `switchroom demo --json` prints."""

    channel: str
    contact_id: str
    company: str
    caller: str
    dialed: str
    ivr_path: list[str]
    language: str
    queue: str
    agent: str
    reason: str
    answer: str
    outcome: str
    waited_ms: int

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Invitation:
    """What a person needs who wants to take part; `floor`: where it is open; `log`: what the services write to."""

    link: str
    floor: str
    be_the_customer: str
    metrics: str
    log: str
