from base64 import b64encode
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.ingest.envelopes import (
    Arrived,
    Attachment,
    Changed,
    Connect,
    Content,
    Delivered,
    Envelope,
    Failed,
    Outgoing,
)
from services.ingest.log_codec import encode, encode_outgoing
from services.ingest.mail.sender import SENDS
from services.ingest.sends import LEASE_MS
from services.plan.compiled import Attribute, Channel
from services.shared.document_store import Document
from tests.fakes.mail_house import MailHouse, a_mail, mail_house
from tests.fakes.mail_sink import MailSink


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[MailHouse]:
    async with mail_house(tmp_path) as opened:
        yield opened


async def sends(house: MailHouse) -> list[Document]:
    return await house.documents.find(SENDS, {})


async def test_a_mail_is_received_read_answered_and_the_answer_to_that_continues_it(house: MailHouse) -> None:
    arrival, read = await house.receive_and_read(a_mail(Content_Language="en-GB", X_Priority="1"))
    assert read.message is not None
    assert (read.ready, read.message.subject, read.message.text) == (True, "It leaks", "My pump leaks.")
    assert (read.language, read.attributes) == ("en-gb", (Attribute("x-priority", "1"),))
    assert (read.continues_contact_id, read.message.reply_to) == ("", "ann@example.org")

    await house.answer(arrival.contact_id, "Try turning it off.", to="ann@example.org")
    assert await house.fate() == Delivered("o1")
    [answer] = await house.sink.wait_for(1)
    assert (answer["To"], answer["From"], answer["Subject"]) == ("ann@example.org", "help@pumps.test", "Re: It leaks")
    assert (answer["In-Reply-To"], answer["References"]) == ("<1@example.org>", "<1@example.org>")
    assert "> My pump leaks." in answer.get_content()
    assert house.sink.taken[0].mail_from == "help@pumps.test"

    again = a_mail("Re: It leaks", "Still.", "<2@example.org>", In_Reply_To=answer["Message-ID"])
    _, continued = await house.receive_and_read(again)
    assert continued.continues_contact_id == arrival.contact_id


async def test_an_automatic_reply_says_that_it_is_one_quotes_nothing_and_answers_nothing(house: MailHouse) -> None:
    arrival, _ = await house.receive_and_read(a_mail())
    await house.answer(arrival.contact_id, "You are next.", to="ann@example.org", automatic=True)
    assert await house.fate() == Delivered("o1", automatic=True)
    [told] = await house.sink.wait_for(1)
    assert (told["Auto-Submitted"], told["X-Auto-Response-Suppress"]) == ("auto-replied", "All")
    assert (told["Subject"], told["In-Reply-To"]) == ("Re: It leaks", "<1@example.org>")
    assert told.get_content().strip() == "You are next."
    # What came back to it, were it answered again, is known for a program's.
    answered = a_mail("Re: It leaks", "I am away.", "<2@example.org>", Auto_Submitted="auto-replied")
    _, read = await house.receive_and_read(answered)
    assert read.attributes == (Attribute("automatic", "yes"),)


async def test_an_automatic_reply_that_fails_says_so_as_one(house: MailHouse) -> None:
    arrival, _ = await house.receive_and_read(a_mail())
    house.sink.answers.append("550 no such user")
    await house.answer(arrival.contact_id, "You are next.", to="ann@example.org", automatic=True)
    fate = await house.fate()
    assert isinstance(fate, Failed)
    assert fate.automatic


async def test_an_answer_of_an_agent_says_nothing_of_being_automatic(house: MailHouse) -> None:
    arrival, _ = await house.receive_and_read(a_mail())
    await house.answer(arrival.contact_id, "Here.", to="ann@example.org")
    [answer] = await house.sink.wait_for(1)
    assert answer["Auto-Submitted"] is None


async def test_a_mail_that_refers_to_an_earlier_mail_of_the_customer_continues_it(house: MailHouse) -> None:
    first, _ = await house.receive_and_read(a_mail())
    _, second = await house.receive_and_read(a_mail(id="<2@example.org>", References="<0@x.y> <1@example.org>"))
    assert second.continues_contact_id == first.contact_id


async def test_another_company_and_another_tenant_have_no_part_in_a_conversation(house: MailHouse) -> None:
    first, _ = await house.receive_and_read(a_mail())
    await house.answer(first.contact_id, "Here.", to="ann@example.org")
    [answer] = await house.sink.wait_for(1)
    for number, mailbox in enumerate(["help@fans.test", "help@zeta.test"]):
        mail = a_mail(id=f"<9{number}@x.y>", References=f"<1@example.org> {answer['Message-ID']}")
        _, other = await house.receive_and_read(mail, mailbox)
        assert other.continues_contact_id == ""


async def test_a_stranger_cannot_claim_a_conversation_by_an_id_of_his_making(house: MailHouse) -> None:
    first, _ = await house.receive_and_read(a_mail())
    made_up = f"<{first.contact_id}.{'0' * 32}.{'0' * 16}@pumps.test>"
    _, other = await house.receive_and_read(a_mail(id="<2@evil.test>", In_Reply_To=made_up))
    assert other.continues_contact_id == ""


async def test_a_stranger_in_a_conversation_is_not_quoted_to_the_customer(house: MailHouse) -> None:
    first, _ = await house.receive_and_read(a_mail())
    before = await house.inbound.end(0)
    stranger = a_mail("Re: It leaks", "Secret of another", "<2@evil.test>", References="<1@example.org>")
    await house.receive(stranger, sender="eve@evil.test")
    await house.wait_for(lambda one: isinstance(one.what, Changed), before)
    await house.answer(first.contact_id, "Here.", to="ann@example.org")
    [answer] = await house.sink.wait_for(1)
    assert "My pump leaks" in answer.get_content()
    assert "Secret" not in answer.get_content()


async def test_the_newest_mail_of_the_customer_is_the_one_quoted(house: MailHouse) -> None:
    first, _ = await house.receive_and_read(a_mail())
    house.clock.pass_ms(1000)
    await house.receive_and_read(a_mail("Re: It leaks", "More water now.", "<2@x.y>", References="<1@example.org>"))
    await house.answer(first.contact_id, "Here.", to="ann@example.org")
    [answer] = await house.sink.wait_for(1)
    assert "> More water now." in answer.get_content()
    assert answer["In-Reply-To"] == "<2@x.y>"


async def test_attachments_come_and_go_as_they_are(house: MailHouse) -> None:
    mail = a_mail()
    mail.add_attachment(b"\x89PNG", maintype="image", subtype="png", filename="leak.png")
    arrival, read = await house.receive_and_read(mail)
    assert read.message is not None
    [attachment] = read.message.attachments
    assert (attachment.name, attachment.media_type, attachment.size_bytes) == ("leak.png", "image/png", 4)
    assert await house.blobs.get(attachment.blob) == b"\x89PNG"
    await house.answer(arrival.contact_id, "See.", to="ann@example.org", attachments=(attachment,))
    [answer] = await house.sink.wait_for(1)
    assert [one.get_content() for one in answer.iter_attachments()] == [b"\x89PNG"]


async def test_attachments_beyond_the_limit_stay_reachable_in_the_whole_mail(house: MailHouse) -> None:
    mail = a_mail()
    for number in range(60):
        mail.add_attachment(b"%d" % number, maintype="image", subtype="png", filename=f"{number}.png")
    _, read = await house.receive_and_read(mail)
    assert read.message is not None
    assert len(read.message.attachments) == 51
    assert read.message.attachments[-1].name == "whole-mail.eml"
    assert read.message.attachments[-1].blob == read.message.raw_blob


async def test_a_mail_without_a_sender_is_marked_as_automatic(house: MailHouse) -> None:
    await house.receive(a_mail(), sender="")
    read = await house.wait_for(lambda one: isinstance(one.what, Changed))
    assert isinstance(read.what, Changed)
    assert read.what.attributes == (Attribute("automatic", "yes"),)


async def test_a_mail_that_cannot_be_read_is_queued_with_its_reason_and_its_raw_source(house: MailHouse) -> None:
    arrival, read = await house.receive_and_read(b"X: y\r\n" * 5000 + b"\r\nbody\r\n")
    assert (read.ready, read.unreadable_because) == (True, "the header has more than 1000 lines")
    assert isinstance(arrival.what, Arrived)
    assert read.message == arrival.what.message


async def test_a_raw_mail_that_was_lost_is_said_and_holds_up_nobody(house: MailHouse) -> None:
    await house.stop()
    arrived = Arrived(Channel.EMAIL, ready=False, message=Content(raw_blob="0" * 64))
    await house.inbound.append(0, encode(Envelope("e1", "acme", "pumps", "c1", 1, arrived)))
    await house.start()
    read = await house.wait_for(lambda one: isinstance(one.what, Changed))
    assert isinstance(read.what, Changed)
    assert "blob store" in read.what.unreadable_because
    await house.receive_and_read(a_mail(id="<2@x.y>"))


async def test_nothing_is_read_or_sent_twice_after_a_restart(house: MailHouse) -> None:
    arrival, _ = await house.receive_and_read(a_mail())
    await house.answer(arrival.contact_id, "Once.", to="ann@example.org")
    await house.fate()
    said = await house.inbound.end(0)
    await house.stop()
    await house.start()
    await house.receive_and_read(a_mail(id="<2@x.y>"))
    assert await house.inbound.end(0) == said + 2
    assert len(house.sink.taken) == 1


async def test_a_call_to_be_put_through_is_no_mail(house: MailHouse) -> None:
    to, from_, connect = "ann@example.org", "help@pumps.test", Connect("offer", "+493012345678")
    call = Outgoing("o0", "acme", "pumps", "c0", Channel.EMAIL, "bob", to, from_, Content(), 1, connect)
    await house.outbound.append(0, encode_outgoing(call))
    await house.answer("c1", "Hello", to="ann@example.org")
    assert await house.fate() == Delivered("o1")
    assert len(house.sink.taken) == 1


async def test_a_refused_mail_fails_with_a_reason_for_the_agent(house: MailHouse) -> None:
    house.sink.answers = ["550 no such user"]
    await house.answer("c1", "Hello", to="nobody@example.org")
    fate = await house.fate()
    assert isinstance(fate, Failed)
    assert "550" in fate.why
    assert "example.org" not in fate.why


@pytest.mark.parametrize("trouble", ["451 greylisted", "421 busy", "hang up"])
async def test_trouble_of_the_server_is_waited_out(house: MailHouse, trouble: str) -> None:
    house.sink.answers = [trouble]
    await house.answer("c1", "Hello", to="ann@example.org")
    await attempted(house, 1)
    await house.answer("c2", "Others are not held up", id="o2", to="bob@example.org")
    assert await house.fate("o2") == Delivered("o2")
    house.clock.pass_ms(1_000)
    assert await house.fate("o1") == Delivered("o1")
    assert [mail["To"] for mail in house.sink.mails] == ["bob@example.org", "ann@example.org"]


async def test_a_server_that_is_away_is_tried_until_it_is_there(house: MailHouse) -> None:
    await house.sink.stop()
    await house.answer("c1", "Hello", to="ann@example.org")
    await attempted(house, 1)
    back = MailSink(port=house.sink.port)
    await back.start()
    house.clock.pass_ms(1_000)
    assert await house.fate() == Delivered("o1")
    await back.stop()


async def test_a_mail_that_nobody_takes_fails_in_the_end(house: MailHouse) -> None:
    house.sink.answers = ["451 later"] * 100
    await house.answer("c1", "Hello", to="ann@example.org")
    await attempted(house, 1)
    house.clock.pass_ms(600_000)
    fate = await house.fate()
    assert isinstance(fate, Failed)
    assert "too long" in fate.why


async def test_each_attempt_waits_longer_than_the_one_before(house: MailHouse) -> None:
    house.sink.answers = ["451 later"] * 100
    await house.answer("c1", "Hello", to="ann@example.org")
    for count, wait_ms in [(1, 1_000), (2, 2_000), (3, 4_000)]:
        await attempted(house, count)
        [send] = await sends(house)
        assert send["due_at_ms"] == house.clock.wall_ms() + wait_ms
        house.clock.pass_ms(wait_ms)


async def test_what_a_crash_left_is_sent_again_under_the_same_id(house: MailHouse) -> None:
    arrival, _ = await house.receive_and_read(a_mail())
    await house.answer(arrival.contact_id, "Hello", to="ann@example.org")
    await house.fate()
    [send] = await sends(house)
    record = await first_record(house)
    # As a crash would leave it that came when the server had taken the mail and before that was noted.
    await house.documents.put(SENDS, send | {"state": "claimed", "open": True, "record": record})
    house.clock.pass_ms(LEASE_MS)
    first, second = await house.sink.wait_for(2)
    assert first["Message-ID"] == second["Message-ID"]


async def test_a_result_that_could_not_be_told_is_told_later_without_sending_again(house: MailHouse) -> None:
    house.inbound.is_away = True
    await house.answer("c1", "Hello", to="ann@example.org")
    await house.sink.wait_for(1)
    while (await sends(house))[0]["state"] != "sent":
        pass
    house.inbound.is_away = False
    house.clock.pass_ms(LEASE_MS)
    assert await house.fate() == Delivered("o1")
    assert len(house.sink.taken) == 1


async def test_what_was_sent_is_not_kept_with_the_send(house: MailHouse) -> None:
    await house.answer("c1", "Private words", to="ann@example.org")
    await house.fate()
    while (await sends(house))[0]["open"]:
        pass
    assert "ann@example.org" not in str(await sends(house))
    assert (await sends(house))[0]["record"] == ""


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"to": ""}, "no address"),
        ({"to": "ann@example.org\r\nDATA"}, "line breaks"),
        ({"to": "a@b.c", "subject": "x\r\nBcc: evil@example.org"}, "line breaks"),
        ({"to": "a@b.c", "attachments": (Attachment("x", "a/b", 1, "0" * 64),)}, "missing"),
        ({"to": "a@b.c", "attachments": (Attachment("x", "a/b", 10**9, "0" * 64),)}, "too large"),
    ],
)
async def test_what_cannot_be_sent_fails_and_nothing_of_it_is_on_the_wire(
    house: MailHouse, said: dict[str, object], why: str
) -> None:
    await house.answer("c1", "Hello", **said)  # type: ignore[arg-type]
    fate = await house.fate()
    assert isinstance(fate, Failed)
    assert why in fate.why
    assert house.sink.asked == 0


async def test_records_that_are_no_mails_are_passed_over(house: MailHouse) -> None:
    await house.inbound.append(0, b"\xff\xff")
    await house.outbound.append(0, b"\xff\xff")
    arrival, _ = await house.receive_and_read(a_mail())
    await house.answer(arrival.contact_id, "Hello", to="ann@example.org")
    [answer] = await house.sink.wait_for(1)
    assert answer["To"] == "ann@example.org"


async def attempted(house: MailHouse, count: int) -> None:
    while not (found := await sends(house)) or found[0]["attempts"] < count:
        pass


async def first_record(house: MailHouse) -> str:
    async for record in house.outbound.read(0, 0):
        return b64encode(record.record).decode()
    raise AssertionError
