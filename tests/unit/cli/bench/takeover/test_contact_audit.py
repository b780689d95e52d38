"""The auditor's rules of a contact: one desk at a time, one beginning, one end."""

import pytest

from services.cli.bench.takeover.committed import Happened
from services.cli.bench.takeover.contact_audit import ContactAudit
from services.cli.bench.takeover.violation import Rule, Violations

BEGUN = Happened("contact_accepted", "c1")
OFFERED = Happened("contact_offered", "c1", "ann", "o1")
TAKEN = Happened("offer_accepted", "c1", "ann", "o1")
RETURNED = Happened("offer_returned", "c1", "ann", "o1")
WRAPPED_UP = Happened("wrap_up_started", "c1", "ann")
COMPLETED = Happened("contact_ended", "c1", "ann")
OFFERED_TO_BOB = Happened("contact_offered", "c1", "bob", "o2")
LIFE = (BEGUN, OFFERED, TAKEN, WRAPPED_UP, COMPLETED)


def broken_by(*happened: Happened) -> dict[Rule, int]:
    violations = Violations()
    audit = ContactAudit(violations)
    for each in happened:
        audit.take("acme", each)
    return dict(violations.counts)


@pytest.mark.parametrize(
    "happened",
    [
        LIFE,
        (BEGUN, OFFERED, RETURNED, OFFERED_TO_BOB),
        (BEGUN, OFFERED, TAKEN, Happened("contact_returned", "c1", "ann"), OFFERED_TO_BOB),
        (BEGUN, OFFERED, TAKEN, Happened("contact_transferred", "c1", "ann"), OFFERED_TO_BOB),
        (BEGUN, OFFERED, TAKEN, Happened("contact_handed_over", "c1", "ann", "o3", "bob"),
         Happened("contact_ended", "c1", "bob")),
        (BEGUN, Happened("contact_ended", "c1")),
        (*LIFE, Happened("contact_forgotten", "c1"), Happened("agent_attached", agent="ann")),
    ],
)  # fmt: skip
def test_what_routers_do_breaks_no_rule(happened: tuple[Happened, ...]) -> None:
    assert broken_by(*happened) == {}


@pytest.mark.parametrize("happened", [(BEGUN, OFFERED, OFFERED_TO_BOB), (BEGUN, OFFERED, TAKEN, OFFERED_TO_BOB)])
def test_an_offer_to_a_second_agent_is_found_whether_the_first_has_accepted_or_not(
    happened: tuple[Happened, ...],
) -> None:
    assert broken_by(*happened) == {Rule.DOUBLE_OFFERS: 1}


@pytest.mark.parametrize(
    "happened",
    [
        (BEGUN, BEGUN),
        (OFFERED,),
        (*LIFE, OFFERED_TO_BOB),
        (*LIFE, Happened("contact_ended", "c1")),
        (BEGUN, OFFERED, Happened("offer_accepted", "c1", "bob", "o1")),
        (BEGUN, OFFERED, Happened("offer_accepted", "c1", "ann", "o9")),
        (BEGUN, RETURNED),
        (BEGUN, OFFERED, TAKEN, RETURNED),
        (BEGUN, OFFERED, Happened("contact_returned", "c1", "ann")),
        (BEGUN, OFFERED, WRAPPED_UP),
        (BEGUN, OFFERED, TAKEN, Happened("contact_ended", "c1", "bob")),
        (BEGUN, OFFERED, Happened("contact_handed_over", "c1", "ann", "o3", "bob")),
    ],
)
def test_what_no_router_may_do_is_found(happened: tuple[Happened, ...]) -> None:
    assert broken_by(*happened) == {Rule.BROKEN: 1}


def test_contacts_of_two_tenants_may_have_one_id() -> None:
    violations = Violations()
    audit = ContactAudit(violations)
    for tenant in ("acme", "globex"):
        for each in LIFE:
            audit.take(tenant, each)
    assert not violations.counts
    assert len(audit.ended) == 2
