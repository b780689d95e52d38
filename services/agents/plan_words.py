"""What pages call things by: the names in each tenant's plan, kept so that a restart has them at once."""

from dataclasses import asdict, dataclass
from typing import Any

from services.agents.documents import PLAN_WORDS
from services.agents.heard import PlanHeard
from services.plan.compiled import Channel, Company
from services.shared.document_store import DocumentStore
from services.shared.tokens import Identity


@dataclass(frozen=True, slots=True)
class Sender:
    """What a company is called, and the mailbox that it writes from where it was not written to; or empty."""

    name: str = ""
    mailbox: str = ""


class PlanWords:
    """The newest plan of each tenant, as far as names go."""

    def __init__(self, documents: DocumentStore) -> None:
        self._documents = documents

    async def learn(self, tenant: str, plan: PlanHeard) -> None:
        """File a plan that was put in force; an older one changes nothing. Raises StoreUnavailable."""
        known = await self._documents.get(PLAN_WORDS, tenant)
        if known is None or known["version"] <= plan.version:
            await self._documents.put(PLAN_WORDS, {"id": tenant, **_words(plan)})

    async def queue_name(self, tenant: str, queue_id: str) -> str:
        """What the queue is called; its id where the plan says nothing. Raises StoreUnavailable."""
        known = await self._documents.get(PLAN_WORDS, tenant) or {}
        names = {queue["id"]: queue["name"] for queue in known.get("queues", ())}
        return names.get(queue_id) or queue_id

    async def sender_of(self, tenant: str, company_id: str) -> Sender:
        """How the company writes of itself. Raises StoreUnavailable."""
        known = await self._documents.get(PLAN_WORDS, tenant) or {}
        return Sender(**known.get("senders", {}).get(company_id, {}))

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
        "senders": {company.id: {"name": company.name, "mailbox": _mailbox(company)} for company in plan.companies},
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


def _mailbox(company: Company) -> str:
    """Its first one."""
    return next((each.address for each in company.addresses if each.channel is Channel.EMAIL), "")
