"""All projections of one partition, fed together."""

from services.reporting.facts import ContactFact, Happened
from services.reporting.projections.counters import Counters
from services.reporting.projections.live import Live
from services.reporting.projections.timeline import Timelines


class Figures:
    """What reporting knows of the tenants of one partition."""

    def __init__(self, timelines_max: int) -> None:
        self.live = Live()
        self.counters = Counters()
        self.timelines = Timelines(timelines_max)

    def apply(self, happened: Happened) -> None:
        """Take a fact into account everywhere."""
        fact = happened.fact
        before = self.live.contact(happened.tenant, fact.contact_id) if isinstance(fact, ContactFact) else None
        self.counters.apply(happened, before)
        self.live.apply(happened)
        self.timelines.apply(happened)
