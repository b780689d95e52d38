"""The plan in force of each tenant, as far as ingest goes by it: a fold over router.log."""

from services.ingest.router_log.facts import Happened, Plan, PlanActivated


class Plans:
    """The newest plan of each tenant."""

    def __init__(self) -> None:
        self._in_force: dict[str, Plan] = {}

    def in_force(self, tenant: str) -> Plan | None:
        """The tenant's plan; None before the first."""
        return self._in_force.get(tenant)

    def learn(self, happened: Happened) -> None:
        """Take a fact of router.log into account."""
        if isinstance(happened.fact, PlanActivated):
            self._in_force[happened.tenant] = happened.fact.plan
