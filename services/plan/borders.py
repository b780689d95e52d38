"""Contacts stay within their company: no entry point, step, spread or escalation takes one to a queue of another."""

from collections.abc import Iterator, Mapping

from services.plan.compiled import Channel
from services.plan.defects import Finding, Path
from services.plan.fields import shown
from services.plan.match_model import MatchPart
from services.plan.mentions import leads, routes
from services.plan.model import EntryPointPart, PlanModel


def border_findings(content: PlanModel) -> Iterator[Finding]:
    """Routes across the border between companies, and addresses that belong to nobody there."""
    companies = {queue.id: queue.company for queue in content.queues}
    owners = address_owners(content)
    known = {company.id for company in content.companies}
    for index, entry in enumerate(content.entry_points):
        yield from _dialed(index, entry, content)
        company = companies.get(entry.route.queue)
        strangers = [each for each in companies_of(entry, content, owners) if each != company and each in known]
        if company is not None and strangers:
            what = (
                f"contacts of {_listed(strangers)} would come to queue {shown(entry.route.queue)} of {shown(company)}"
            )
            what_to_do = f"write company: {company} in the match, or choose a queue of the contacts' own company"
            yield Finding(("entry_points", index, "route", "queue"), what, what_to_do)
    yield from _default(content, companies)
    for path, home, queue in _onward(content):
        ours, theirs = companies.get(home), companies.get(queue)
        if ours is not None and theirs is not None and ours != theirs:
            what = f"contacts of {shown(ours)} would come to queue {shown(queue)} of {shown(theirs)}"
            yield Finding(path, what, f"choose a queue of {shown(ours)}")


def _onward(content: PlanModel) -> Iterator[tuple[Path, str, str]]:
    """Every place that leads on from a queue: where it is, from which queue, to which."""
    for path, route in routes(content):
        yield from ((where, route.queue, queue) for where, queue in leads(path, route))
    for index, part in enumerate(content.queues):
        yield ("queues", index, "escalates_to"), part.id, part.escalates_to


def address_owners(content: PlanModel) -> dict[str, str]:
    """The company that each address belongs to."""
    return {part.address: company.id for company in content.companies for part in company.addresses}


def companies_of(entry: EntryPointPart, content: PlanModel, owners: Mapping[str, str]) -> tuple[str, ...]:
    """Whose contacts can enter here: those of the companies it names, or of the addresses it names, or all."""
    if entry.match.company:
        return entry.match.company
    if entry.match.dialed:
        return tuple(sorted({owners[each] for each in entry.match.dialed if each in owners}))
    return tuple(company.id for company in content.companies)


def _dialed(index: int, entry: EntryPointPart, content: PlanModel) -> Iterator[Finding]:
    for place, address in enumerate(entry.match.dialed):
        path = ("entry_points", index, "match", "dialed", place)
        reached = _reached(address, content)
        if not reached:
            yield Finding(path, f"no company has the address {shown(address)}", "list it under a company's addresses")
        elif not any(_asked_for(company, channel, entry.match) for company, channel in reached):
            what = f"{shown(address)} is of another company or channel than this entry point asks for"
            yield Finding(path, what, "take it out, or ask for its company and channel")


def _reached(address: str, content: PlanModel) -> list[tuple[str, Channel]]:
    return [
        (company.id, part.channel)
        for company in content.companies
        for part in company.addresses
        if part.address == address
    ]


def _asked_for(company: str, channel: Channel, match: MatchPart) -> bool:
    return company in (match.company or (company,)) and channel in (match.channel or (channel,))


def _default(content: PlanModel, companies: Mapping[str, str]) -> Iterator[Finding]:
    home = companies.get(content.default.queue)
    if home is None:
        return
    caught = {name for entry in content.entry_points if _asks_for_company_only(entry) for name in entry.match.company}
    for company in content.companies:
        if company.id not in {home, *caught}:
            what = f"contacts of {shown(company.id)} that match nothing would come to a queue of {shown(home)}"
            what_to_do = f"end the entry points with one for all the rest of it: match: {{company: {company.id}}}"
            yield Finding(("default", "queue"), what, what_to_do)


def _asks_for_company_only(entry: EntryPointPart) -> bool:
    return entry.match.model_fields_set == {"company"}


def _listed(names: list[str]) -> str:
    return ", ".join(map(shown, names[:5])) + (" …" if len(names) > 5 else "")
