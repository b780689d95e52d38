import pytest

from services.ingest.addresses import Addresses
from services.ingest.router_log.facts import ContactEnded, Happened
from services.ingest.topics import Topic, chosen
from services.plan.compiled import Address, Attribute, Channel, Company
from tests.unit.ingest.web.router_log import ACME, plan


def company(name: str, *addresses: str) -> Company:
    return Company(name, name.title(), tuple(Address(Channel.EMAIL, address) for address in addresses))


def known(*happened: Happened) -> Addresses:
    addresses = Addresses()
    for each in happened:
        addresses.learn(each)
    return addresses


def activated(tenant: str, at: int, *companies: Company, partition: int = 0) -> Happened:
    return Happened(tenant, (at, partition, at), plan(tenant, *companies))


def owner(addresses: Addresses, address: str) -> str | None:
    place = addresses.find(Channel.EMAIL, address)
    return place.tenant if place else None


def test_an_address_belongs_to_the_company_whose_plan_names_it() -> None:
    addresses = known(activated("demo", 1, ACME))
    place = addresses.find(Channel.WEB_FORM, "acme-kontakt")
    assert place
    assert (place.tenant, place.company, place.company_name, place.language) == ("demo", "acme", "Acme Parts", "de")
    assert addresses.find(Channel.WEB_CHAT, "acme-kontakt") is None
    assert addresses.find(Channel.WEB_FORM, "other") is None


def test_the_case_of_an_address_does_not_matter() -> None:
    addresses = known(activated("demo", 1, company("acme", "Help@Acme.example")))
    found = addresses.find(Channel.EMAIL, "hELP@aCME.EXAMPLE")
    assert found
    assert found.address == "Help@Acme.example"


def test_the_tenant_that_named_an_address_first_keeps_it() -> None:
    first, second = activated("a", 1, company("x", "x@y.example")), activated("b", 2, company("x", "x@y.example"))
    again = activated("a", 3, company("x", "x@y.example", "z@y.example"))
    assert owner(known(first, second, again), "x@y.example") == "a"


def test_who_was_first_goes_by_the_log_and_not_by_what_is_read_first() -> None:
    first = activated("a", 1, company("x", "x@y.example"), partition=1)
    second = activated("b", 2, company("x", "x@y.example"), partition=0)
    assert owner(known(second, first), "x@y.example") == owner(known(first, second), "x@y.example") == "a"


def test_an_address_that_a_plan_names_no_longer_goes_to_the_next_tenant() -> None:
    first, second = activated("a", 1, company("x", "x@y.example")), activated("b", 2, company("x", "x@y.example"))
    without = activated("a", 3, company("x", "z@y.example"))
    addresses = known(first, second, without)
    assert owner(addresses, "x@y.example") == "b"
    assert owner(addresses, "z@y.example") == "a"
    back = activated("a", 4, company("x", "x@y.example"))
    addresses.learn(back)
    assert owner(addresses, "x@y.example") == "b"


def test_an_address_that_no_plan_names_any_more_is_unknown() -> None:
    first, without = activated("a", 1, company("x", "x@y.example")), activated("a", 2, company("x"))
    assert owner(known(first, without), "x@y.example") is None


def test_reading_the_log_once_more_changes_nothing() -> None:
    story = (
        activated("a", 1, company("x", "x@y.example")),
        activated("b", 2, company("x", "x@y.example")),
        activated("a", 3, company("x", "z@y.example")),
        Happened("a", (4, 0, 4), ContactEnded("c1")),
    )
    addresses = known(*story, *story)
    assert (owner(addresses, "x@y.example"), owner(addresses, "z@y.example")) == ("b", "a")


def test_a_page_offers_the_topics_and_menus_that_rules_ask_of_it() -> None:
    addresses = known(activated("demo", 1, ACME))
    form, chat = (
        addresses.find(Channel.WEB_FORM, "acme-contact"),
        addresses.find(Channel.WEB_CHAT, "acme-chat"),
    )
    assert form
    assert chat
    assert form.topics == (
        Topic("refund", "Refund"),
        Topic("lost-parcel", "Lost parcel"),
        Topic("menu/billing/invoice", "Billing: invoice"),
    )
    assert [topic.value for topic in chat.topics] == ["refund", "lost-parcel"]


def test_a_choice_is_an_attribute_or_a_way_through_a_menu() -> None:
    topics = (Topic("refund", "Refund"), Topic("menu/billing/invoice", "Billing: invoice"))
    assert chosen("", topics) == ((), ())
    assert chosen("refund", topics) == ((), (Attribute("topic", "refund"),))
    assert chosen("menu/billing/invoice", topics) == (("billing", "invoice"), ())


@pytest.mark.parametrize("value", ["Refund", "refunds", "menu/billing", "menu/refund", "+4930123456"])
def test_what_the_page_does_not_offer_is_no_choice(value: str) -> None:
    assert chosen(value, (Topic("refund", "Refund"), Topic("menu/billing/invoice", "Billing: invoice"))) == ((), ())
