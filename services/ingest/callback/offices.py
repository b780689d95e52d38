"""The numbers that customers can be called back from, as the plans in force say: when, and to which countries."""

from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from services.ingest.callback.languages import languages_asked_for
from services.ingest.router_log.facts import Happened, Plan, PlanActivated
from services.plan.compiled import Address, Channel, Company, Hours
from services.plan.numbers import country_of


@dataclass(frozen=True, slots=True)
class Office:
    """One such number. `hours` None: at any time. `countries` are those of the company's own numbers (ISO 3166-1).

    `languages` are those that the plan's rules for its customers tell apart; `region` is the number's own country.
    """

    zone: ZoneInfo
    hours: Hours | None
    region: str
    countries: frozenset[str]
    languages: tuple[str, ...]


class Offices:
    """A fold over PlanActivated."""

    def __init__(self) -> None:
        self._tenants: dict[str, dict[str, Office]] = {}
        # By tenant and company.
        self._countries: dict[str, dict[str, frozenset[str]]] = {}

    def find(self, tenant: str, number: str) -> Office:
        """The office of a number that `Addresses` found. Raises KeyError for one that is not in the plan in force."""
        return self._tenants[tenant][number]

    def countries(self, tenant: str, company: str) -> frozenset[str]:
        """The countries of the company's own numbers (ISO 3166-1); none where no plan in force has the company."""
        return self._countries.get(tenant, {}).get(company, frozenset())

    def learn(self, happened: Happened) -> None:
        """Take a fact of router.log into account."""
        if isinstance(happened.fact, PlanActivated):
            plan = happened.fact.plan
            self._tenants[happened.tenant] = {
                number: office for company in plan.companies for number, office in _offices(plan, company)
            }
            self._countries[happened.tenant] = {company.id: _countries(company) for company in plan.companies}


def _offices(plan: Plan, company: Company) -> Iterator[tuple[str, Office]]:
    addresses = [address for address in company.addresses if address.channel is Channel.CALLBACK]
    if addresses:
        countries = _countries(company)
        yield from ((each.address, _office(plan, company, each, countries)) for each in addresses)


def _countries(company: Company) -> frozenset[str]:
    return frozenset(country_of(each.address) for each in company.addresses) - {""}


def _office(plan: Plan, company: Company, address: Address, countries: frozenset[str]) -> Office:
    return Office(
        zone=ZoneInfo(plan.time_zone or "UTC"),
        hours=next((hours for hours in plan.hours if hours.id == address.hours), None),
        region=country_of(address.address),
        countries=countries,
        languages=languages_asked_for(plan.entry_points, company.id, address),
    )
