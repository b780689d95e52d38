"""What pages call things by: the names in each tenant's plan, kept so that a restart has them at once."""

from dataclasses import asdict
from typing import Any

from services.agents.documents import PLAN_WORDS
from services.agents.heard import PlanHeard
from services.shared.document_store import DocumentStore
from services.shared.tokens import Identity


class PlanWords:
    """The newest plan of each tenant, as far as names go."""

    def __init__(self, documents: DocumentStore) -> None:
        self._documents = documents

    async def learn(self, tenant: str, plan: PlanHeard) -> None:
        """File a plan that was put in force; an older one changes nothing. Raises StoreUnavailable."""
        known = await self._documents.get(PLAN_WORDS, tenant)
        if known is None or known["version"] <= plan.version:
            await self._documents.put(PLAN_WORDS, {"id": tenant, **_words(plan)})

    async def words(self, identity: Identity) -> dict[str, Any]:
        """Companies with their dispositions, queues, agents and away reasons, as far as this person may see them.

        A plan that was filed by an earlier version has no agents, and no queues to escalate to, until the next one.
        """
        known = await self._documents.get(PLAN_WORDS, identity.tenant) or {}
        return {
            "companies": [company for company in known.get("companies", ()) if identity.may_see(company["id"])],
            "queues": [queue for queue in known.get("queues", ()) if identity.may_see(queue["company"])],
            "agents": [agent for agent in known.get("agents", ()) if any(map(identity.may_see, agent["companies"]))],
            "away_reasons": known.get("away_reasons", []),
        }


def _words(plan: PlanHeard) -> dict[str, Any]:
    return {
        "version": plan.version,
        "companies": [
            {
                "id": company.id,
                "name": company.name,
                "dispositions": [asdict(choice) for choice in company.dispositions],
            }
            for company in plan.companies
        ],
        "queues": [
            {"id": queue.id, "name": queue.name, "company": queue.company, "escalates_to": queue.escalates_to}
            for queue in plan.queues
        ],
        "agents": [
            {"id": agent.id, "companies": list(agent.companies), "skills": [held.skill for held in agent.skills]}
            for agent in plan.agents
        ],
        "away_reasons": list(plan.away_reasons),
    }
