"""What happened to each contact, in order; of each tenant the newest contacts are kept and no others."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from services.reporting.facts import ConsultationOpened, ContactAccepted, ContactFact, Happened

FIRST_KEPT = 50
LAST_KEPT = 450


@dataclass(slots=True)
class Timeline:
    """The facts of a contact: the first 50 and the newest 450; `left_out` counts those between."""

    first: list[Happened] = field(default_factory=list)
    last: deque[Happened] = field(default_factory=lambda: deque(maxlen=LAST_KEPT))
    left_out: int = 0

    def add(self, happened: Happened) -> None:
        """Put a fact at the end."""
        if len(self.first) < FIRST_KEPT:
            self.first.append(happened)
            return
        self.left_out += len(self.last) == LAST_KEPT
        self.last.append(happened)

    def facts(self) -> Iterator[Happened]:
        """The facts that are kept, oldest first."""
        yield from self.first
        yield from self.last


class Timelines:
    """The newest contacts of each tenant, at most `contacts_max` of each."""

    def __init__(self, contacts_max: int) -> None:
        self._contacts_max = contacts_max
        self._by_tenant: dict[str, dict[str, Timeline]] = {}

    def apply(self, happened: Happened) -> None:
        """Add a fact to its contact's timeline; one whose contact is not kept is passed over."""
        fact = happened.fact
        if isinstance(fact, ContactAccepted):
            self._begin(happened, fact)
        elif isinstance(fact, ContactFact):
            # What is asked about a contact belongs to it; what becomes of the question has no timeline.
            contact_id = fact.about if isinstance(fact, ConsultationOpened) else fact.contact_id
            timeline = self.of(happened.tenant, contact_id)
            if timeline is not None:
                timeline.add(happened)

    def of(self, tenant: str, contact_id: str) -> Timeline | None:
        """The timeline of a contact; None when there is none, or it is no longer kept."""
        return self._by_tenant.get(tenant, {}).get(contact_id)

    def _begin(self, happened: Happened, fact: ContactAccepted) -> None:
        timelines = self._by_tenant.setdefault(happened.tenant, {})
        timelines.pop(fact.contact_id, None)
        timelines[fact.contact_id] = Timeline([happened])
        if len(timelines) > self._contacts_max:
            del timelines[next(iter(timelines))]
