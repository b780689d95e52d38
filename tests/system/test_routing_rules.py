"""Where a contact goes, by each thing that the rules can see, through the real edges (mission R1, R2)."""

from datetime import UTC, datetime
from typing import Any

from tests.system.plans import TWO_COMPANIES, with_hours
from tests.system.running import Running

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ALWAYS = "{" + ", ".join(f'{day}: "00:00-24:00"' for day in DAYS) + "}"


def another_day() -> str:
    """Hours of a weekday that it is not anywhere near."""
    weekday = (datetime.now(tz=UTC).weekday() + 3) % 7
    return "{" + DAYS[weekday] + ': "09:00-17:00"}'


async def queue_of_mail(system: Running, sender: str, mailbox: str, **headers: str) -> str:
    """Send a mail; the queue that its contact lands in."""
    before = {contact["contact_id"] for contact in await system.contacts(lambda _: True)}
    await system.mail(sender, mailbox, **headers)

    def queued(contacts: list[dict[str, Any]]) -> bool:
        return any(each["contact_id"] not in before and each["queue"] for each in contacts)

    found = [each for each in await system.contacts(queued) if each["contact_id"] not in before]
    queue: str = found[0]["queue"]
    return queue


async def test_the_same_customer_goes_to_another_queue_by_mailbox(system: Running) -> None:
    await system.activate(TWO_COMPANIES)

    assert await queue_of_mail(system, "ivy@customer.example", "support@acme.example") == "acme-support"
    assert await queue_of_mail(system, "ivy@customer.example", "billing@acme.example") == "acme-billing"
    assert await queue_of_mail(system, "ivy@customer.example", "hello@globex.example") == "globex-travel"


async def test_a_customer_goes_to_another_queue_once_they_are_on_a_list(system: Running) -> None:
    await system.activate(TWO_COMPANIES.replace("vera@", "somebody.else@"))
    assert await queue_of_mail(system, "Vera@Customer.example", "support@acme.example") == "acme-support"

    await system.activate(TWO_COMPANIES)

    assert await queue_of_mail(system, "Vera@Customer.example", "support@acme.example") == "acme-vip"


async def test_the_same_customer_goes_to_another_queue_by_language(system: Running) -> None:
    await system.activate(TWO_COMPANIES)

    plain = await queue_of_mail(system, "ivy@customer.example", "support@acme.example")
    german = await queue_of_mail(system, "ivy@customer.example", "support@acme.example", Content_Language="de-AT")

    assert (plain, german) == ("acme-support", "acme-german")


async def test_the_same_customer_goes_to_another_queue_by_the_hour(system: Running) -> None:
    await system.activate(with_hours(ALWAYS))
    while_open = await queue_of_mail(system, "ivy@customer.example", "support@acme.example")

    await system.activate(with_hours(another_day()))
    while_closed = await queue_of_mail(system, "ivy@customer.example", "support@acme.example")

    assert (while_open, while_closed) == ("acme-billing", "acme-support")


async def test_forms_and_chats_follow_the_same_rules_as_mail(system: Running) -> None:
    await system.activate(TWO_COMPANIES)

    form = await system.form("acme-contact", "vera@customer.example")
    async with system.chat("acme-chat", email="ivy@customer.example", language="de") as chat:
        await chat.send(say={"id": "1", "text": "Guten Tag"})
        await chat.until("accepted", id="1")
        found = await system.contacts(lambda contacts: sum(bool(each["queue"]) for each in contacts) == 2)

    by_channel = {each["channel"]: each["queue"] for each in found}
    assert by_channel == {"web_form": "acme-vip", "web_chat": "acme-german"}
    assert (await system.contact(form, lambda it: it["queue"] != ""))["company"] == "acme"
