"""Who answers where: the addresses of all tenants' companies, as the plans in force say."""

from dataclasses import dataclass

from services.ingest.router_log.facts import Happened, Plan, PlanActivated
from services.ingest.topics import Topic, topics_of
from services.plan.compiled import Address, Channel, Company

Key = tuple[Channel, str]
Claimed = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Place:
    """Whose address it is, with what its pages show. `address` is spelt as in the plan."""

    tenant: str
    company: str
    language: str
    address: str
    company_name: str
    topics: tuple[Topic, ...] = ()
    menu: str = ""


@dataclass(frozen=True, slots=True)
class _Claim:
    since: Claimed
    place: Place


class Addresses:
    """A fold over PlanActivated. Of several tenants that name one address, the one that named it first has it."""

    def __init__(self) -> None:
        self._claims: dict[Key, dict[str, _Claim]] = {}
        self._named: dict[str, frozenset[Key]] = {}

    def find(self, channel: Channel, address: str) -> Place | None:
        """Whose address this is, in whatever case it is written; None when no plan in force names it."""
        claims = self._claims.get(_key(channel, address))
        if not claims:
            return None
        return min(claims.values(), key=lambda claim: claim.since).place

    def learn(self, happened: Happened) -> None:
        """Take a fact of router.log into account."""
        if isinstance(happened.fact, PlanActivated):
            self._activate(happened.fact.plan, happened.tenant, happened.place)

    def _activate(self, plan: Plan, tenant: str, since: Claimed) -> None:
        named: set[Key] = set()
        for company in plan.companies:
            for address in company.addresses:
                key = _key(address.channel, address.address)
                named.add(key)
                self._claim(key, tenant, since, _place(plan, tenant, company, address))
        for key in self._named.get(tenant, frozenset()) - named:
            self._withdraw(key, tenant)
        self._named[tenant] = frozenset(named)

    def _claim(self, key: Key, tenant: str, since: Claimed, place: Place) -> None:
        claims = self._claims.setdefault(key, {})
        held = claims.get(tenant)
        claims[tenant] = _Claim(held.since if held else since, place)

    def _withdraw(self, key: Key, tenant: str) -> None:
        claims = self._claims[key]
        del claims[tenant]
        if not claims:
            del self._claims[key]


def _key(channel: Channel, address: str) -> Key:
    return channel, address.casefold()


def _place(plan: Plan, tenant: str, company: Company, address: Address) -> Place:
    topics = topics_of(plan.entry_points, company.id, address)
    return Place(tenant, company.id, address.language, address.address, company.name, topics, address.menu)
