"""The contacts of a routing test, as the router gets them."""

from dataclasses import dataclass

from services.cli.plan.cases_model import ContactPart
from services.cli.plan.scene import NotPossible
from services.plan.caller import CallerFacts, caller_hash
from services.plan.compiled import Address, Attribute, Channel, Plan
from services.router.core.commands import Arrive
from services.router.core.records import Contact

KEY = b"of routing tests, where nobody's privacy hangs on it"


@dataclass(frozen=True, slots=True)
class Desk:
    """What turns the words of a test into commands: the plan, and who is in its classes of callers."""

    plan: Plan
    callers: CallerFacts

    def arrival(self, part: ContactPart, at_ms: int) -> Arrive:
        """The contact's arrival. Raises NotPossible if no company has such an address."""
        company, address = self._reached(part)
        return Arrive(
            contact_id=part.contact,
            company=company,
            channel=part.channel,
            direction=part.direction,
            dialed=address.address,
            caller_classes=self.callers.classes(part.caller) if part.caller else (),
            customer=self.customer(part),
            ivr_path=part.ivr_path,
            language=part.language or address.language,
            attributes=tuple(Attribute(name, value) for name, value in sorted(part.attributes.items())),
            arrived_at_ms=at_ms,
            previous_contact_id="",
            ready=True,
        )

    def customer(self, part: ContactPart) -> str:
        """What stands for the customer; each contact without a caller is another one's."""
        return caller_hash(KEY, self.plan.tenant, part.caller or f"caller of {part.contact}")

    def _reached(self, part: ContactPart) -> tuple[str, Address]:
        for company in self.plan.companies:
            for address in company.addresses:
                if _is_meant(part, company.id, address):
                    return company.id, address
        if part.company and not part.dialed:
            return part.company, Address(part.channel, "")
        where = f"the address {part.dialed}" if part.dialed else "an address"
        raise NotPossible(f"no company has {where} of {part.channel}: write dialed, or company")


def _is_meant(part: ContactPart, company: str, address: Address) -> bool:
    return (
        address.channel is part.channel
        and company == (part.company or company)
        and address.address == (part.dialed or address.address)
    )


def call_back_of(contact: Contact, at_ms: int) -> Arrive:
    """The call-back that the caller takes instead of holding the line."""
    return Arrive(
        contact_id=f"{contact.id}-call-back",
        company=contact.company,
        channel=Channel.CALLBACK,
        direction=contact.direction,
        dialed=contact.dialed,
        caller_classes=contact.caller_classes,
        customer=contact.customer,
        ivr_path=(),
        language=contact.language,
        attributes=(),
        arrived_at_ms=at_ms,
        previous_contact_id=contact.id,
        ready=True,
        keeps_place_of=contact.id,
    )


def first_queue(plan: Plan, company: str) -> str:
    """A queue of the company. Raises NotPossible if it has none."""
    for queue in plan.queues:
        if queue.company == company:
            return queue.id
    raise NotPossible(f"company {company} has no queue")


def costs(plan: Plan, channel: Channel) -> tuple[int, bool]:
    """The units that a contact of the channel takes, and whether it stands alone."""
    rule = next(each for each in plan.channels if each.channel is channel)
    return rule.units, rule.alone
