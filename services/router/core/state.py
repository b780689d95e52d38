"""What the router knows of one tenant: contacts, agents, the plan in force, and what it remembers.

Records are frozen; a change is a new record put in its table, by `apply` alone. `depths`, `conversations`, `served`,
timers and the plan's tables are derived from the rest (`keep.py`) and are not in a snapshot; nor are the
agenda, the index and the entry points, which only find quickly what the tables say.
"""

from services.plan.compiled import Plan
from services.router.core.agenda import Agenda
from services.router.core.index import Index
from services.router.core.route import EntryPoints, routes_of
from services.router.core.tables import OLDEST_FORMAT, Tables


class TenantState(Tables):
    """All that the router knows of one tenant."""

    def __init__(self, tenant: str) -> None:
        super().__init__(tenant)
        self.agenda = Agenda(self.contact_timers, self.agent_timers)
        self.index = Index(self)
        self.entry_points = EntryPoints()
        # The log's, in force now; told by the shell, and no part of what the log adds up to (`formats.py`).
        self.format = OLDEST_FORMAT

    def put_plan(self, plan: Plan) -> None:
        self.plans["plan"] = plan
        self.companies.replace_all({company.id: company for company in plan.companies})
        self.queues.replace_all({queue.id: queue for queue in plan.queues})
        self.channels.replace_all({rule.channel: rule for rule in plan.channels})
        self.routes.replace_all(routes_of(plan))
        self.index.plan_changed()

    def savepoint(self) -> int:
        """A mark to come back to. Savepoints nest."""
        return self._journal.savepoint()

    def rollback(self, mark: int) -> None:
        """Undo all changes since the mark, exactly; the mark and later ones are closed."""
        undone = self._journal.rollback(mark)
        self.agenda.note_all(self.contact_timers.keys_among(undone), self.agent_timers.keys_among(undone))
        if self.plans.keys_among(undone):
            self.index.plan_changed()
        self.index.note_all(self.contacts.keys_among(undone), self.agents.keys_among(undone))

    def forget(self, mark: int) -> None:
        """Close the mark and keep the changes."""
        self._journal.forget(mark)
