"""What an agent's program does wrong, or twice, changes nothing: with the whole system behind it."""

import asyncio

from tests.system.plans import TWO_COMPANIES
from tests.system.programs import Program, new_id, on_duty, status_and_words
from tests.system.running import Running

IVY = "ivy@customer.example"


# --------------------------------------------------------------------------------------------------------- doing wrong


async def test_what_comes_in_the_wrong_order_is_refused_and_changes_nothing(system: Running) -> None:
    await system.activate(TWO_COMPANIES)
    ana = await on_duty(system, "ana")
    contact_id = await system.form("acme-contact", IVY)
    offer = await ana.next()
    too_early = {"finish": {}, "complete": {"disposition": "solved"}, "transfer": {"queue": "acme-billing"}}
    too_early |= {"note": {"text": "x"}, "reply": {"text": "x"}}

    refused = [await status_and_words(ana, contact_id, act, **body) for act, body in too_early.items()]
    unopened = await ana.get(f"/v1/work/{contact_id}")
    assert await ana.item(contact_id) == offer
    await ana.do(contact_id, "accept")
    too_late = [await status_and_words(ana, contact_id, act, offer_id=offer["offer_id"]) for act in OFFER_ACTS]
    no_words = await status_and_words(ana, contact_id, "complete", disposition="booked")
    await ana.do(contact_id, "finish")
    after = [await status_and_words(ana, contact_id, act, **too_early[act]) for act in ("finish", "transfer", "reply")]

    assert refused == [(409, {"what", "why", "what_to_do"})] * 5
    assert unopened.status_code == 409
    assert too_late == [(409, {"what", "why", "what_to_do"})] * 2
    assert no_words == (400, {"what", "why", "what_to_do"})
    assert [status for status, _ in after] == [409] * 3
    item = await ana.item(contact_id)
    assert item is not None
    assert item["state"] == "wrap_up"


OFFER_ACTS = ("accept", "decline")


async def test_a_form_takes_no_answer(system: Running) -> None:
    await system.activate(TWO_COMPANIES)
    ana = await on_duty(system, "ana")
    await system.form("acme-contact", IVY)
    contact_id = await ana.take()

    assert (await status_and_words(ana, contact_id, "reply", text="Hello"))[0] == 409


EVERY_ACT: dict[str, dict[str, str]] = {
    "accept": {"offer_id": "x"},
    "decline": {"offer_id": "x"},
    "reply": {"text": "x"},
    "note": {"text": "x"},
    "transfer": {"queue": "acme-billing"},
    "finish": {},
    "complete": {"disposition": "solved"},
}


async def test_another_agents_contact_is_not_there(system: Running) -> None:
    await system.activate(TWO_COMPANIES)
    ana = await on_duty(system, "ana")
    await system.mail(IVY, "support@acme.example", "My secret")
    contact_id = await ana.take()
    ben = await on_duty(system, "ben")
    [message] = await ana.conversation(contact_id, bool)

    answers = [await ben.act(contact_id, act, **body) for act, body in EVERY_ACT.items()]
    answers += [await ben.get(f"/v1/work/{contact_id}")]
    answers += [await ben.get(f"/v1/work/{contact_id}/attachments/{message['raw_blob']}")]
    item = await ana.item(contact_id)
    assert item is not None
    answers += [await ben.get(f"/v1/customers/{item['customer']}/contacts")]

    assert [answer.status_code for answer in answers] == [404] * 10
    assert item["state"] == "active"
    assert not any("secret" in answer.text for answer in answers)


# ------------------------------------------------------------------------------------------ two programs, and retries


async def test_two_programs_of_one_agent_share_the_desk_and_one_of_them_gets_the_contact(system: Running) -> None:
    await system.activate(TWO_COMPANIES)
    one, other = await on_duty(system, "ana"), await Program(system, "ana").start()
    waiting = asyncio.gather(one.next(), other.next())
    contact_id = await system.form("acme-contact", IVY)
    offers = await waiting

    answers = await asyncio.gather(
        *(program.act(contact_id, "accept", offer_id=offers[0]["offer_id"]) for program in (one, other))
    )

    assert offers[0] == offers[1]
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert (await one.item(contact_id)) == (await other.item(contact_id))
    await other.do(contact_id, "complete", disposition="solved")
    assert (await one.desk())["items"] == []


async def test_a_retried_command_gets_its_first_answer(system: Running) -> None:
    await system.activate(TWO_COMPANIES)
    ana = await on_duty(system, "ana")
    contact_id = await system.form("acme-contact", IVY)
    offer = await ana.next()
    accept, wrong = new_id(), new_id()

    first = await ana.do(contact_id, "accept", offer_id=offer["offer_id"], command_id=accept)
    refused = await ana.act(contact_id, "complete", disposition="booked", command_id=wrong)
    await ana.do(contact_id, "finish")
    again = await ana.do(contact_id, "accept", offer_id=offer["offer_id"], command_id=accept)
    refused_again = await ana.act(contact_id, "complete", disposition="booked", command_id=wrong)
    anew = await ana.act(contact_id, "accept", offer_id=offer["offer_id"])

    assert first["command_id"] == again["command_id"] == accept
    assert (refused.status_code, refused.json()) == (refused_again.status_code, refused_again.json())
    assert refused.status_code == 400
    assert anew.status_code == 409
    item = await ana.item(contact_id)
    assert item is not None
    assert item["state"] == "wrap_up"


async def test_a_retried_answer_is_sent_once(system: Running) -> None:
    await system.activate(TWO_COMPANIES)
    ana = await on_duty(system, "ana")
    async with system.chat("acme-chat") as visitor:
        await visitor.send(say={"id": "1", "text": "Hello"})
        contact_id = await ana.take()
        command_id = new_id()
        first = await ana.do(contact_id, "reply", text="Good day", command_id=command_id)
        again = await ana.do(contact_id, "reply", text="Good day", command_id=command_id)
        other = await ana.act(contact_id, "reply", text="Good night", command_id=command_id)
        await ana.do(contact_id, "reply", text="The end")
        one = await visitor.until("message")
        two = await visitor.until("message")

    assert first["message"]["id"] == again["message"]["id"]
    assert other.status_code == 409
    assert [one["text"], two["text"]] == ["Good day", "The end"]
