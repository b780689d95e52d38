"""Steps that have customers told something by channels on which nobody can be told."""

from collections.abc import Iterator, Sequence

from services.plan.borders import address_owners, companies_of
from services.plan.compiled import Channel
from services.plan.defects import Finding, Path
from services.plan.dry_entries import addresses_of
from services.plan.model import EntryPointPart, PlanModel
from services.plan.route_model import StepPart, diversions

# Where a telephone is held, a page is open, or an address is known.
TOLD = (Channel.VOICE, Channel.WEB_CHAT, Channel.SMS, Channel.EMAIL)


def untold_findings(content: PlanModel) -> Iterator[Finding]:
    """Of each entry point, the steps that say something to customers who can't hear it."""
    owners = address_owners(content)
    for index, entry in enumerate(content.entry_points):
        companies = companies_of(entry, content, owners)
        deaf = _deaf(entry, content, companies)
        for place, step in enumerate(entry.route.steps):
            if deaf and (said := _said(step)):
                path: Path = ("entry_points", index, "route", "steps", place, said)
                channels = " and ".join(deaf)
                what = f"customers who come here by {channels} can't be told: their contact has no address to write to"
                what_to_do = "let the route of those channels do without it"
                if Channel.WEB_FORM in deaf:
                    what_to_do += ", or give the company a mailbox, from which forms with a mail address are answered"
                yield Finding(path, what, what_to_do)


def _said(step: StepPart) -> str:
    return "tell" if step.tell else next(iter(diversions(step)), "")


def _deaf(entry: EntryPointPart, content: PlanModel, companies: Sequence[str]) -> list[Channel]:
    """Channels of the entry point by which nobody can be told: those that it names; or all that lead to it."""
    mailboxes = [
        company.id for company in content.companies if any(each.channel is Channel.EMAIL for each in company.addresses)
    ]
    told = {*TOLD, *([Channel.WEB_FORM] if all(each in mailboxes for each in companies) else [])}
    reached = {each.channel for each in addresses_of(entry, content, companies)}
    if entry.match.channel:
        return sorted(set(entry.match.channel) - told)
    return sorted(reached) if reached and not reached & told else []
