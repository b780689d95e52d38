"""An agent's day over HTTP: presence, offers, work, what comes out of order, what is nobody else's business."""

import asyncio
from typing import Any

import pytest

from services.shared.tokens import Role
from switchroom.v1 import events_pb2, inbound_pb2, work_pb2
from switchroom.v1.contact_pb2 import CHANNEL_SMS, CHANNEL_WEB_CHAT, CHANNEL_WEB_FORM
from tests.unit.agents.bench import Bench, until, until_it


async def test_an_agent_becomes_available_accepts_answers_wraps_up_and_completes(bench: Bench) -> None:
    async with bench.program() as ana:
        assert (await ana.post("/v1/presence", json={"presence": "available"})).status_code == 200
        await bench.mail_arrives("c1")
        bench.router.offer("ana", "c1")
        offer = (await ana.post("/v1/next")).json()["item"]
        assert (offer["contact_id"], offer["state"], offer["reason"]) == ("c1", "offered", "longest idle of 2")
        accepted = (await ana.post("/v1/work/c1/accept", json={"offer_id": offer["offer_id"]})).json()
        assert accepted["item"]["state"] == "active"
        assert accepted["position"]["offset"] > 0

        async def filed() -> dict[str, Any] | None:
            shown: dict[str, Any] = (await ana.get("/v1/work/c1")).json()
            return shown if shown["messages"] else None

        work = await until_it(filed)
        assert work["contact"]["caller"] == "carla@c.example"
        assert [message["text"] for message in work["messages"]] == ["my order is late"]
        assert (await ana.post("/v1/work/c1/reply", json={"text": "it is on its way"})).status_code == 202
        assert (await ana.post("/v1/work/c1/finish")).json()["item"]["state"] == "wrap_up"
        done = await ana.post("/v1/work/c1/complete", json={"disposition": "solved"})
        assert done.json()["item"] is None
    assert bench.router.desk("ana").presence == events_pb2.PRESENCE_AVAILABLE
    assert bench.router.asked("complete")[0].complete.disposition == "solved"


async def test_next_waits_for_an_offer(bench: Bench) -> None:
    async with bench.program() as ana:
        waiting = asyncio.create_task(ana.post("/v1/next", params={"wait_s": 20}))
        await until(lambda: bench.router.attaches)
        bench.router.offer("ana", "c1")
        assert (await waiting).json()["item"]["contact_id"] == "c1"


async def test_next_says_null_when_nothing_comes(bench: Bench) -> None:
    async with bench.program() as ana:
        assert (await ana.post("/v1/next", params={"wait_s": 0})).json() == {"item": None}


async def test_a_reply_goes_to_the_sender_under_the_subject_and_the_references_of_the_mail(bench: Bench) -> None:
    async with bench.program() as ana:
        await bench.accepted_mail(ana, "ana", "c1")
        await ana.post("/v1/work/c1/reply", json={"text": "it is on its way", "command_id": "r1"})
    [sent] = await bench.sent()
    assert (sent.to, getattr(sent, "from"), sent.agent) == ("carla@c.example", "help@north.example", "ana")
    assert (sent.message.subject, sent.message.text) == ("Re: Order 7", "it is on its way")
    assert list(sent.message.mail_references) == ["<m0@c.example>", "<m1@c.example>"]
    assert (sent.tenant, sent.company, sent.contact_id) == ("acme", "north", "c1")


async def test_a_reply_sent_twice_under_one_id_is_written_once(bench: Bench) -> None:
    async with bench.program() as ana:
        await bench.accepted_mail(ana, "ana", "c1")
        body = {"text": "it is on its way", "command_id": "r1"}
        first = await ana.post("/v1/work/c1/reply", json=body)
        await ana.post("/v1/work/c1/finish")
        again = await ana.post("/v1/work/c1/reply", json=body)
        assert (again.status_code, again.json()["message"]["id"]) == (202, first.json()["message"]["id"])
    assert len(await bench.sent()) == 1


async def test_a_command_id_is_not_taken_for_another_reply(bench: Bench) -> None:
    async with bench.program() as ana:
        await bench.accepted_mail(ana, "ana", "c1")
        await ana.post("/v1/work/c1/reply", json={"text": "one"}, headers={"Idempotency-Key": "r1"})
        other = await ana.post("/v1/work/c1/reply", json={"text": "two"}, headers={"Idempotency-Key": "r1"})
        assert other.status_code == 409
    assert [sent.message.text for sent in await bench.sent()] == ["one"]


async def test_a_chat_is_answered_on_its_own_socket(bench: Bench) -> None:
    async with bench.program() as ana:
        await bench.accepted_mail(ana, "ana", "c1", channel=CHANNEL_WEB_CHAT, dialed="page-1")
        assert (await ana.post("/v1/work/c1/reply", json={"text": "hello"})).status_code == 202
    [sent] = await bench.sent()
    assert (sent.to, sent.message.subject, sent.message.text) == ("", "", "hello")


async def test_a_short_message_is_answered_to_the_number_that_it_came_from(bench: Bench) -> None:
    arrived = inbound_pb2.ContactArrived(
        channel=CHANNEL_SMS, dialed="+15005550006", caller="+14155552671", message=inbound_pb2.Message(text="Where?")
    )
    async with bench.program() as ana:
        await bench.hear(event_id="arrival-c1", contact_id="c1", contact_arrived=arrived)
        bench.router.offer("ana", "c1", channel=CHANNEL_SMS, dialed="+15005550006")
        await ana.post("/v1/next")
        await ana.post("/v1/work/c1/accept")

        async def filed() -> bool:
            return bool((await ana.get("/v1/work/c1")).json()["messages"])

        await until_it(filed)
        assert (await ana.post("/v1/work/c1/reply", json={"text": "hello"})).status_code == 202
    [sent] = await bench.sent()
    assert (sent.to, getattr(sent, "from"), sent.channel) == ("+14155552671", "+15005550006", CHANNEL_SMS)
    assert (sent.message.subject, sent.message.text) == ("", "hello")


@pytest.mark.parametrize(("text", "units"), [("x" * 1601, 1601), ("\N{GRINNING FACE}" * 801, 1602)])
async def test_what_is_too_long_for_a_short_message_is_refused_before_it_is_written(
    bench: Bench, text: str, units: int
) -> None:
    async with bench.program() as ana:
        await bench.accepted_mail(ana, "ana", "c1", channel=CHANNEL_SMS)
        refused = await ana.post("/v1/work/c1/reply", json={"text": text})
        assert refused.status_code == 400
        assert refused.json()["error"] == {
            "what": "The message is too long for an SMS.",
            "why": f"It has {units} characters; an SMS may have 1600.",
            "what_to_do": "Shorten it, or write it in parts.",
        }
        assert (await ana.post("/v1/work/c1/reply", json={"text": "x" * 1600})).status_code == 202
    assert len(await bench.sent()) == 1


async def test_a_form_takes_no_answer(bench: Bench) -> None:
    async with bench.program() as ana:
        await bench.accepted_mail(ana, "ana", "c1", channel=CHANNEL_WEB_FORM)
        assert (await ana.post("/v1/work/c1/reply", json={"text": "hello"})).status_code == 409
    assert await bench.sent() == []


async def test_a_note_stays_inside(bench: Bench) -> None:
    async with bench.program() as ana:
        await bench.accepted_mail(ana, "ana", "c1")
        await ana.post("/v1/work/c1/finish")
        assert (await ana.post("/v1/work/c1/note", json={"text": "call her mother"})).status_code == 200
        messages = (await ana.get("/v1/work/c1")).json()["messages"]
    assert [message["direction"] for message in messages] == ["in", "note"]
    assert await bench.sent() == []


@pytest.mark.parametrize(
    ("asked", "skills"),
    [
        ({"to_agent": "ben"}, []),
        ({"skills": [{"skill": "german", "level": 3}, {"skill": "bills"}]}, [("german", 3), ("bills", 1)]),
        ({"queue": "sales", "to_agent": "ben", "skills": [{"skill": "german", "level": 3}]}, [("german", 3)]),
    ],
)
async def test_a_transfer_names_an_agent_or_skills(
    bench: Bench, asked: dict[str, Any], skills: list[tuple[str, int]]
) -> None:
    async with bench.program() as ana:
        await bench.accepted_mail(ana, "ana", "c1")
        assert (await ana.post("/v1/work/c1/transfer", json=asked)).status_code == 200
    sent = bench.router.asked("transfer")[0].transfer
    assert (sent.queue, sent.to_agent) == (asked.get("queue", ""), asked.get("to_agent", ""))
    assert [(needed.skill, needed.level) for needed in sent.skills] == skills


async def test_a_transfer_names_the_queue(bench: Bench) -> None:
    async with bench.program() as ana:
        await bench.accepted_mail(ana, "ana", "c1")
        assert (await ana.post("/v1/work/c1/transfer", json={"queue": "sales"})).status_code == 200
    assert bench.router.asked("transfer")[0].transfer.queue == "sales"


async def test_declining_gives_the_offer_back(bench: Bench) -> None:
    async with bench.program() as ana:
        bench.router.offer("ana", "c1")
        await ana.post("/v1/next")
        assert (await ana.post("/v1/work/c1/decline")).json()["item"] is None
    assert bench.router.asked("decline")[0].decline.offer_id == "offer-c1"


@pytest.mark.parametrize(
    ("act", "body"),
    [
        ("finish", {}),
        ("complete", {"disposition": "solved"}),
        ("transfer", {"queue": "sales"}),
        ("reply", {"text": "hello"}),
        ("note", {"text": "hello"}),
    ],
)
async def test_nothing_can_be_done_with_a_contact_before_it_is_accepted(
    bench: Bench, act: str, body: dict[str, str]
) -> None:
    async with bench.program() as ana:
        await bench.mail_arrives("c1")
        bench.router.offer("ana", "c1")
        await ana.post("/v1/next")
        answer = await ana.post(f"/v1/work/c1/{act}", json=body)
    assert answer.status_code == 409
    assert set(answer.json()["error"]) == {"what", "why", "what_to_do"}


async def test_before_the_accept_nothing_private_is_shown(bench: Bench) -> None:
    async with bench.program() as ana:
        await bench.mail_arrives("c1")
        bench.router.offer("ana", "c1")
        await ana.post("/v1/next")
        answers = [await ana.get(path) for path in ("/v1/work/c1", "/v1/desk", "/v1/customers/customer-of-c1/contacts")]
    assert [answer.status_code for answer in answers] == [409, 200, 404]
    assert not any("carla" in answer.text or "late" in answer.text for answer in answers)


async def test_an_agent_can_do_nothing_with_the_contact_of_another(bench: Bench) -> None:
    async with bench.program("ana") as ana, bench.program("ben") as ben:
        await bench.accepted_mail(ana, "ana", "c1")
        await ben.post("/v1/next", params={"wait_s": 0})
        acts = {"accept": {}, "decline": {}, "finish": {}, "reply": {"text": "x"}, "note": {"text": "x"}}
        acts |= {"transfer": {"queue": "sales"}, "complete": {"disposition": "solved"}}
        answers = [await ben.post(f"/v1/work/c1/{act}", json=body) for act, body in acts.items()]
        answers.append(await ben.get("/v1/work/c1"))
    assert {answer.status_code for answer in answers} == {404}
    assert not any("carla" in answer.text for answer in answers)


async def test_the_same_agent_id_in_another_tenant_is_another_desk(bench: Bench) -> None:
    async with bench.program("ana") as ana, bench.program("ana", tenant="other") as stranger:
        await bench.accepted_mail(ana, "ana", "c1")
        await stranger.post("/v1/next", params={"wait_s": 0})
        assert (await stranger.get("/v1/work/c1")).status_code == 404
        assert (await stranger.post("/v1/work/c1/finish")).status_code == 404
    assert bench.router.desk("ana").items[0].state == work_pb2.WORK_STATE_ACTIVE


async def test_a_person_limited_to_one_company_sees_nothing_of_the_other(bench: Bench) -> None:
    async with bench.program("ana", companies=("south",)) as ana:
        await bench.mail_arrives("c1")
        bench.router.offer("ana", "c1", company="north")
        assert (await ana.post("/v1/next", params={"wait_s": 1})).json() == {"item": None}
        assert (await ana.get("/v1/desk")).json()["items"] == []
        bench.router.set_state("ana", "c1", work_pb2.WORK_STATE_ACTIVE)
        assert (await ana.get("/v1/work/c1")).status_code == 404


async def test_a_supervisor_reads_what_belongs_to_their_companies(bench: Bench) -> None:
    async with (
        bench.program("ana") as ana,
        bench.program("", Role.SUPERVISOR, ("north",)) as north,
        bench.program("", Role.SUPERVISOR, ("south",)) as south,
        bench.program("", Role.SUPERVISOR, tenant="other") as stranger,
    ):
        await bench.accepted_mail(ana, "ana", "c1")
        answers = [await client.get("/v1/work/c1") for client in (north, south, stranger)]
    assert [answer.status_code for answer in answers] == [200, 404, 404]


async def test_an_answer_that_was_lost_comes_again_after_a_reconnect(bench: Bench) -> None:
    async with bench.program() as ana:
        bench.router.offer("ana", "c1")
        await ana.post("/v1/next")
        bench.router.loses_answers = True
        accepting = asyncio.create_task(ana.post("/v1/work/c1/accept", json={"command_id": "a1"}))
        await until(lambda: bench.router.asked("accept"))
        bench.router.loses_answers = False
        bench.router.drop()
        assert (await accepting).status_code == 200
    assert {command.command_id for command in bench.router.asked("accept")} == {"a1"}
    assert len(bench.router.asked("accept")) == 2


async def test_a_retried_accept_gets_its_first_answer_when_the_contact_is_long_gone(bench: Bench) -> None:
    async with bench.program() as ana:
        bench.router.offer("ana", "c1")
        await ana.post("/v1/next")
        await ana.post("/v1/work/c1/accept", json={"command_id": "a1"})
        bench.router.withdraw("ana", "c1")
        again = await ana.post("/v1/work/c1/accept", json={"command_id": "a1"})
        assert (again.status_code, again.json()["item"]) == (200, None)


async def test_a_desk_of_an_older_epoch_is_ignored(bench: Bench) -> None:
    async with bench.program() as ana:
        bench.router.epoch = 5
        bench.router.offer("ana", "c1")
        await ana.post("/v1/next")
        bench.router.epoch = 4
        bench.router.withdraw("ana", "c1")
        await asyncio.sleep(0.3)
        assert [item["contact_id"] for item in (await ana.get("/v1/desk")).json()["items"]] == ["c1"]


async def test_an_agent_whom_the_plan_does_not_know_is_told_so(bench: Bench) -> None:
    bench.router.refuses_attach = True
    async with bench.program() as ana:
        await ana.post("/v1/next", params={"wait_s": 1})
        assert (await ana.get("/v1/desk")).json()["refused"] == "no such contact on your desk"
