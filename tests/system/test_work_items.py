"""What an agent's program can do over HTTP, and what customers get of it, with the whole system behind it."""

import asyncio
import secrets
from email.message import EmailMessage
from typing import Any

from services.shared.tokens import Role
from tests.system.plans import TWO_COMPANIES
from tests.system.programs import on_duty, status_and_words
from tests.system.running import PATIENCE_S, Running, bearer

IVY = "ivy@customer.example"
DECLINE_LAPSES_MS = 30_000


def with_channels(channels: str) -> str:
    return f"{TWO_COMPANIES}channels: {channels}\n"


async def next_mail(system: Running, address: str) -> EmailMessage:
    async with asyncio.timeout(PATIENCE_S):
        return await system.mailbox.next_for(address)


# ---------------------------------------------------------------------------------------------- logging in, and offers


async def test_a_program_logs_in_with_its_key_and_is_told_who_it_is(system: Running) -> None:
    await system.activate(TWO_COMPANIES)
    key = await system.key(Role.AGENT, agent="ana", companies=("acme",), name="Ana Lopez")

    login = await system.http.post(system.agents("/v1/login"), json={"key": key})
    wrong = await system.http.post(system.agents("/v1/login"), json={"key": key[:-1] + "!"})
    me = await system.http.get(system.agents("/v1/me"), headers=bearer(login.json()["token"]))
    nobody = await system.http.get(system.agents("/v1/me"))

    assert (login.status_code, wrong.status_code, nobody.status_code) == (200, 401, 401)
    assert (me.json()["name"], me.json()["agent"], me.json()["companies"]) == ("Ana Lopez", "ana", ["acme"])
    assert [each["id"] for each in me.json()["plan"]["queues"]]


async def test_a_body_that_is_too_large_is_refused_in_the_words_of_each_service(system: Running) -> None:
    large = b"x" * (2 * 1024 * 1024)

    agents = await system.http.post(system.agents("/v1/login"), content=large)
    form = await system.http.post(system.ingest("/v1/forms/acme-contact"), content=large)
    page = await system.http.post(system.ingest("/f/acme-contact"), content=large)
    figures = await system.http.post(system.reporting("/v1/live"), content=large[:8_000])

    assert [answer.status_code for answer in (agents, form, page, figures)] == [413] * 4
    assert set(agents.json()["error"]) == set(form.json()) == {"what", "why", "what_to_do"}
    assert agents.headers["x-content-type-options"] == page.headers["x-content-type-options"] == "nosniff"
    assert page.text.startswith("<!doctype html>")
    assert set(figures.json()) == {"detail"}


async def test_next_waits_and_gets_an_offer_that_comes_later(system: Running) -> None:
    await system.activate(TWO_COMPANIES)
    ana = await on_duty(system, "ana")
    assert (await ana.done("/v1/next?wait_s=0")) == {"item": None}
    assert [(await ana.post(f"/v1/next?wait_s={wait_s}")).status_code for wait_s in (-1, 61, "x")] == [400] * 3

    waiting = asyncio.create_task(ana.next())
    await asyncio.sleep(0.3)
    assert not waiting.done()
    contact_id = await system.form("acme-contact", IVY)
    item = await waiting

    assert (item["contact_id"], item["state"], item["channel"]) == (contact_id, "offered", "web_form")
    assert (item["company"], item["queue"]) == ("acme", "acme-support")
    assert item["deadline_ms"] > item["offered_at_ms"] >= item["arrived_at_ms"] > 0
    assert "ana" in item["reason"]


async def test_an_agent_who_is_away_gets_nothing_and_a_waiting_contact_on_coming_back(system: Running) -> None:
    await system.activate(TWO_COMPANIES)
    ana = await on_duty(system, "ana")
    await ana.done("/v1/presence", presence="away")
    contact_id = await system.form("acme-contact", IVY)
    await system.contact(contact_id, lambda it: it["stage"] == "queued")
    assert (await ana.done("/v1/next?wait_s=1"))["item"] is None

    await ana.done("/v1/presence", presence="available")

    assert (await ana.next())["contact_id"] == contact_id


# -------------------------------------------------------------------------------------------------- working on contacts


async def test_a_form_is_accepted_noted_finished_and_completed(system: Running) -> None:
    await system.activate(TWO_COMPANIES)
    ana = await on_duty(system, "ana")
    contact_id = await system.form("acme-contact", IVY, message="It leaks", name="Ivy")

    assert await ana.take() == contact_id
    await ana.do(contact_id, "note", text="Sent a new seal")
    said, noted = await ana.conversation(contact_id, lambda messages: len(messages) == 2)
    finished = await ana.do(contact_id, "finish")
    await ana.do(contact_id, "note", text="Called back too")
    completed = await ana.do(contact_id, "complete", disposition="solved")

    assert (said["direction"], said["text"]) == ("in", "It leaks")
    assert (noted["direction"], noted["text"], noted["sender"]) == ("note", "Sent a new seal", "ana")
    assert finished["item"]["state"] == "wrap_up"
    assert completed["item"] is None
    assert (await ana.desk())["items"] == []
    contact = await system.contact(contact_id, lambda it: it["stage"] == "ended")
    assert (contact["outcome"], contact["disposition"], contact["agent"]) == ("completed", "solved", "ana")


async def test_an_answer_to_a_chat_reaches_the_visitor_and_is_known_to_have(system: Running) -> None:
    await system.activate(TWO_COMPANIES)
    ana = await on_duty(system, "ana")
    async with system.chat("acme-chat") as visitor:
        await visitor.send(say={"id": "1", "text": "Hello"})
        contact_id = await ana.take()
        await visitor.until("state", state="joined", agent="ana")
        reply = await ana.do(contact_id, "reply", text="Good day")
        shown = await visitor.until("message", text="Good day")
        await visitor.send(got={"number": shown["number"]})
        messages = await ana.conversation(contact_id, lambda messages: messages[-1]["state"] == "delivered")
        await visitor.send(say={"id": "2", "text": "Thanks"})
        item = await ana.item_when(contact_id, lambda item: item["messages"] > 0)

    assert (shown["from"], shown["agent"]) == ("agent", "ana")
    assert reply["message"]["state"] == "sending"
    assert [message["text"] for message in messages] == ["Hello", "Good day"]
    assert item["state"] == "active"


async def test_an_answer_to_a_mail_reaches_the_mailbox_in_its_thread_with_the_mail_quoted(system: Running) -> None:
    await system.activate(TWO_COMPANIES)
    ana = await on_duty(system, "ana")
    mail = await system.mail(
        IVY, "support@acme.example", "The pump leaks\nagain", References="<first@customer.example>"
    )

    contact_id = await ana.take()
    await ana.conversation(contact_id, bool)
    await ana.do(contact_id, "reply", text="Tighten the seal")
    answer = await next_mail(system, IVY)
    await ana.conversation(contact_id, lambda messages: messages[-1]["state"] == "delivered")

    assert answer["In-Reply-To"] == mail["Message-ID"]
    assert answer["References"].split() == ["<first@customer.example>", mail["Message-ID"]]
    assert answer["Subject"] == "Re: A question"
    assert (answer["From"].addresses[0].addr_spec, answer["To"]) == ("support@acme.example", IVY)
    text = answer.get_content()
    assert text.startswith("Tighten the seal")
    assert "> The pump leaks\n> again" in text.replace("\r\n", "\n")


async def test_the_next_mail_joins_the_open_contact_and_becomes_a_new_one_after_its_end(system: Running) -> None:
    await system.activate(TWO_COMPANIES)
    ana = await on_duty(system, "ana")
    await system.mail(IVY, "support@acme.example", "It leaks")
    first = await ana.take()
    await ana.conversation(first, bool)
    await ana.do(first, "reply", text="Where?")
    answer = await next_mail(system, IVY)

    await system.mail(IVY, "support@acme.example", "At the back", In_Reply_To=answer["Message-ID"])
    item = await ana.item_when(first, lambda item: item["messages"] > 0)
    messages = await ana.conversation(first, lambda messages: len(messages) == 3)
    await ana.do(first, "complete", disposition="solved")
    await system.mail(IVY, "support@acme.example", "It leaks again", In_Reply_To=answer["Message-ID"])
    second = await ana.next()

    assert item["state"] == "active"
    assert [message["text"].strip() for message in messages] == ["It leaks", "Where?", "At the back"]
    assert second["contact_id"] != first
    assert second["previous_contact_id"] == first
    joined = await system.contacts(lambda contacts: len(contacts) == 3)
    assert sorted(contact["outcome"] or "" for contact in joined) == ["", "completed", "joined"]


async def test_a_contact_is_transferred_to_another_queue_of_its_company_only(system: Running) -> None:
    await system.activate(TWO_COMPANIES)
    ana = await on_duty(system, "ana")
    contact_id = await system.form("acme-contact", IVY)
    first = await ana.next()
    await ana.do(contact_id, "accept", offer_id=first["offer_id"])
    ben = await on_duty(system, "ben")
    await ana.done("/v1/presence", presence="away")

    foreign = await status_and_words(ana, contact_id, "transfer", queue="globex-travel")
    unknown = await status_and_words(ana, contact_id, "transfer", queue="nowhere")
    await ana.do(contact_id, "transfer", queue="acme-billing")
    item = await ben.next()

    assert (foreign[0], unknown[0]) == (404, 404)
    assert (item["contact_id"], item["queue"]) == (contact_id, "acme-billing")
    assert item["arrived_at_ms"] == first["arrived_at_ms"]
    assert item["queued_at_ms"] > first["queued_at_ms"]
    assert await ana.item(contact_id) is None
    assert (await ana.get(f"/v1/work/{contact_id}")).status_code == 404


# --------------------------------------------------------------------------------------------------------- saying no


async def test_a_declined_offer_goes_to_another_agent(system: Running) -> None:
    await system.activate(TWO_COMPANIES)
    ana = await on_duty(system, "ana")
    contact_id = await system.form("acme-contact", IVY)
    offer = await ana.next()
    ben = await on_duty(system, "ben")

    await ana.do(contact_id, "decline", offer_id=offer["offer_id"])
    item = await ben.next()

    assert item["contact_id"] == contact_id
    assert item["offer_id"] != offer["offer_id"]
    assert await ana.item(contact_id) is None
    assert (await ana.desk())["presence"] == "available"


async def test_a_declined_offer_comes_back_when_nobody_else_has_taken_it_for_half_a_minute(system: Running) -> None:
    await system.activate(TWO_COMPANIES)
    ana = await on_duty(system, "ana")
    contact_id = await system.form("acme-contact", IVY)
    offer = await ana.next()

    await ana.do(contact_id, "decline", offer_id=offer["offer_id"])
    assert (await ana.done("/v1/next?wait_s=20"))["item"] is None
    again = await ana.next()

    assert again["contact_id"] == contact_id
    token = await system.token(Role.ADMIN)
    timeline = await system.until(
        system.reporting(f"/v1/contacts/{contact_id}/timeline"), token, lambda it: len(offers(it)) == 2
    )
    declined = next(entry for entry in timeline["entries"] if entry["what"] == "offer_declined")
    assert offers(timeline)[1]["at_ms"] - declined["at_ms"] >= DECLINE_LAPSES_MS


def offers(timeline: dict[str, Any]) -> list[dict[str, Any]]:
    return [entry for entry in timeline["entries"] if entry["what"] == "offered"]


async def test_an_offer_that_times_out_goes_on_and_its_agent_gets_nothing_until_they_say_so(system: Running) -> None:
    await system.activate(with_channels("{web_form: {offer_s: 5}}"))
    ana = await on_duty(system, "ana")
    contact_id = await system.form("acme-contact", IVY)
    offer = await ana.next()
    ben = await on_duty(system, "ben")

    item = await ben.next()
    late = await status_and_words(ana, contact_id, "accept", offer_id=offer["offer_id"])
    desk = await ana.desk()
    await ben.do(contact_id, "accept", offer_id=item["offer_id"])
    await ben.done("/v1/presence", presence="away")
    second = await system.form("acme-contact", IVY)
    await system.contact(second, lambda it: it["stage"] == "queued")
    await ana.done("/v1/presence", presence="available")

    assert item["contact_id"] == contact_id
    assert late[0] == 404
    assert (desk["presence"], desk["items"]) == ("not_responding", [])
    assert (await ana.next())["contact_id"] == second


async def test_wrap_up_that_runs_out_ends_the_contact_without_a_disposition(system: Running) -> None:
    await system.activate(with_channels("{web_form: {wrap_up_s: 1}}"))
    ana = await on_duty(system, "ana")
    await system.form("acme-contact", IVY)
    contact_id = await ana.take()

    await ana.do(contact_id, "finish")

    contact = await system.contact(contact_id, lambda it: it["stage"] == "ended")
    assert (contact["outcome"], contact["disposition"]) == ("completed", "")


# ---------------------------------------------------------------------------------------------- customers who go away


async def test_a_visitor_who_leaves_while_waiting_has_abandoned(system: Running) -> None:
    await system.activate(TWO_COMPANIES)
    ana = await on_duty(system, "ana")
    async with system.chat("acme-chat") as visitor:
        await visitor.send(say={"id": "1", "text": "Hello"})
        contact_id = (await ana.next())["contact_id"]
        await visitor.send(end={})
        await visitor.until("state", state="ended")

    contact = await system.contact(contact_id, lambda it: it["stage"] == "ended")
    assert contact["outcome"] == "abandoned"
    assert (await ana.desk_when(lambda desk: not desk["items"]))["load"] == 0


async def test_a_visitor_who_leaves_an_agent_leaves_them_to_wrap_up(system: Running) -> None:
    await system.activate(TWO_COMPANIES)
    ana = await on_duty(system, "ana")
    async with system.chat("acme-chat") as visitor:
        await visitor.send(say={"id": "1", "text": "Hello"})
        contact_id = await ana.take()
        await visitor.send(end={})
        item = await ana.item_when(contact_id, lambda item: item["state"] == "wrap_up")

    assert item["customer_left"]
    assert (await status_and_words(ana, contact_id, "reply", text="Are you there?"))[0] == 409
    await ana.do(contact_id, "complete", disposition="solved")
    contact = await system.contact(contact_id, lambda it: it["stage"] == "ended")
    assert contact["outcome"] == "completed"


async def test_a_chat_goes_on_where_it_was_when_the_connection_was_lost(system: Running) -> None:
    await system.activate(TWO_COMPANIES)
    ana = await on_duty(system, "ana")
    token = secrets.token_hex(16)
    async with system.chat("acme-chat", token=token) as visitor:
        await visitor.send(say={"id": "1", "text": "Hello"})
        seen = await visitor.until("accepted")
        contact_id = await ana.take()
    await ana.do(contact_id, "reply", text="Good day")

    async with system.chat("acme-chat", token=token, last_seen=seen["number"]) as visitor:
        welcome = await visitor.until("welcome")
        missed = await visitor.until("message")
        await visitor.send(say={"id": "2", "text": "Back again"})
        await visitor.until("accepted", contact_id=contact_id)
        item = await ana.item_when(contact_id, lambda item: item["messages"] > 0)

    assert (welcome["contact_id"], welcome["state"], welcome["agent"]) == (contact_id, "joined", "ana")
    assert (missed["text"], missed["from"]) == ("Good day", "agent")
    assert item["state"] == "active"
    assert not item["customer_left"]
