"""All projections of one partition, fed together."""

from services.reporting.facts import Commit, ContactEnded, ContactFact, ContactForgotten, Happened, ReplySettled
from services.reporting.projections.contact_rows import ContactRows
from services.reporting.projections.contact_state import ContactState
from services.reporting.projections.counters import Counters
from services.reporting.projections.intervals import Intervals
from services.reporting.projections.live import Live
from services.reporting.projections.measures import (
    SHORT_ABANDON_MS,
    Measure,
    Place,
    Terms,
    last_place,
    measures_of,
    settled,
)
from services.reporting.projections.timeline import Timelines


class Figures:
    """What reporting knows of the tenants of one partition."""

    def __init__(self, timelines_max: int, short_abandon_ms: int = SHORT_ABANDON_MS) -> None:
        self.live = Live()
        self.counters = Counters()
        self.intervals = Intervals()
        self.contacts = ContactRows()
        self.timelines = Timelines(timelines_max)
        self._short_abandon_ms = short_abandon_ms
        # Where contacts ended, as long as the router remembers them: what became of a reply may be heard later.
        self._ended: dict[tuple[str, str], Place] = {}

    def pass_time(self, commit: Commit, place: int) -> None:
        """A commit was decided so late."""
        self.intervals.advance(commit.at_ms, place)

    def apply(self, happened: Happened) -> None:
        """Take a fact into account everywhere."""
        fact, tenant = happened.fact, happened.tenant
        self.intervals.advance(happened.at_ms, happened.place)
        before = self.live.contact(tenant, fact.contact_id) if isinstance(fact, ContactFact) else None
        terms = Terms(self.live.state(tenant).open_hours, self._short_abandon_ms)
        measures = measures_of(happened, before, terms) or self._late(happened)
        self.live.apply(happened)
        after = self.live.contact(tenant, fact.contact_id) if isinstance(fact, ContactFact) else None
        self.counters.add(tenant, measures)
        self.intervals.add(tenant, measures)
        self.intervals.follow(happened, before, after)
        self.contacts.apply(happened, after, measures, terms)
        self.timelines.apply(happened)
        self._remember(happened, before)

    def _late(self, happened: Happened) -> tuple[Measure, ...]:
        fact = happened.fact
        place = self._ended.get((happened.tenant, fact.contact_id)) if isinstance(fact, ReplySettled) else None
        return (settled(fact, place),) if isinstance(fact, ReplySettled) and place is not None else ()

    def _remember(self, happened: Happened, before: ContactState | None) -> None:
        match happened.fact:
            case ContactEnded() as fact if before is not None:
                self._ended[happened.tenant, fact.contact_id] = last_place(fact, before)
            case ContactForgotten(contact_id):
                self._ended.pop((happened.tenant, contact_id), None)
