"""What a route has those told who wrote to us: once each, to whom it can be told, and never to a program."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from services.agents.bells import Bells
from services.agents.catching_up import CatchingUp
from services.agents.documents import CHECKPOINTS, MESSAGES
from services.agents.filing import Filing
from services.agents.followers import followers
from services.agents.plan_words import PlanWords
from services.agents.telling_words import WORDS, outlook, words_in
from services.agents.tellings import A_DAY_MAX, DAY_MS, DIVERTED_WITHIN_MS, TOLD_WITHIN_MS
from services.shared.connections import Connections
from services.shared.serve import Part
from switchroom.v1 import contact_pb2, events_pb2, inbound_pb2, plan_pb2
from tests.fakes.manual_clock import ManualClock
from tests.unit.agents.bench import RouterLog, connections_in, until_it

SMS, MAIL, FORM = contact_pb2.CHANNEL_SMS, contact_pb2.CHANNEL_EMAIL, contact_pb2.CHANNEL_WEB_FORM
CHAT, FAX = contact_pb2.CHANNEL_WEB_CHAT, contact_pb2.CHANNEL_FAX
TOLD = {"position": 3, "expected_wait_ms": 130_000, "expected_wait_p90_ms": 300_000}
MESSAGE = plan_pb2.DIVERSION_MESSAGE
CALLERS = {SMS: "+15550101", MAIL: "ann@c.example", FORM: "ann@c.example", CHAT: "", FAX: "+15550101"}
DIALED = {SMS: "+4930999", MAIL: "help@north.example", FORM: "north-form", CHAT: "north-chat", FAX: "+4930998"}


class Floor:
    """The followers of the service, on logs in memory."""

    def __init__(self, connections: Connections) -> None:
        self.connections = connections
        self.clock = ManualClock()
        self.router_log = RouterLog(connections.router_log)
        self._parts: list[Part] = []
        self._asked = 0

    async def start(self) -> None:
        filing = Filing(self.connections.documents, PlanWords(self.connections.documents), Bells())
        self._parts = followers(self.connections, filing, self.clock, CatchingUp(self.clock))
        for part in self._parts:
            await part.start()

    async def stop(self) -> None:
        for part in self._parts:
            await part.stop()

    async def hear(self, contact_id: str, **what: Any) -> None:
        envelope = inbound_pb2.InboundEnvelope(
            event_id=f"e-{'-'.join(what)}-{contact_id}", tenant="acme", company="north", contact_id=contact_id, **what
        )
        await self.connections.inbound.append(0, envelope.SerializeToString())

    async def arrives(self, contact_id: str, channel: Any, caller: str = "", **changed: Any) -> None:
        """A contact that was read, as far as it is to be read."""
        caller, dialed = caller or CALLERS[channel], DIALED[channel]
        arrived = {"channel": channel, "dialed": dialed, "caller": caller, "message": {"text": "Hello"}}
        await self.hear(contact_id, contact_arrived=arrived)
        read = {"subject": "Order 7", "text": "Hello", "mail_message_id": "<m1@c.example>"}
        if channel == MAIL:
            await self.hear(contact_id, contact_changed={"ready": True, "message": read, **changed})
        await self.decide(
            contact_accepted={
                "contact_id": contact_id,
                "company": "north",
                "channel": channel,
                "dialed": dialed,
                "customer": f"hash of {caller}",
            }
        )

    async def decide(self, ago_ms: int = 0, **kinds: Any) -> None:
        events = (events_pb2.Event(**{kind: value}) for kind, value in kinds.items())
        await self.router_log.decide(*events, at_ms=self.clock.wall_ms() - ago_ms)

    async def tell(self, contact_id: str, ago_ms: int = 0) -> None:
        await self.decide(ago_ms, customer_told={"contact_id": contact_id, **TOLD})

    async def divert(
        self, contact_id: str, to: Any = MESSAGE, address: str = "Come back later.", ago_ms: int = 0
    ) -> None:
        await self.decide(ago_ms, contact_diverted={"contact_id": contact_id, "to": to, "address": address})

    async def sent(self) -> list[inbound_pb2.OutboundEnvelope]:
        """All that was appended once everything decided so far has been heard."""
        self._asked += 1
        last = f"asked {self._asked}"
        await self.arrives(last, SMS, f"+1555999{self._asked}")
        await self.tell(last)
        log = self.connections.outbound

        async def all_of_it() -> list[inbound_pb2.OutboundEnvelope]:
            records, end = log.read(0, 0), await log.end(0)
            found = [inbound_pb2.OutboundEnvelope.FromString((await anext(records)).record) for _ in range(end)]
            return found if found and found[-1].contact_id == last else []

        return [each for each in await until_it(all_of_it) if not each.contact_id.startswith("asked")]


@pytest.fixture
async def floor(tmp_path: Path) -> AsyncIterator[Floor]:
    async with connections_in(tmp_path) as connections:
        floor = Floor(connections)
        await floor.start()
        await floor.router_log.claim()
        mailbox = plan_pb2.Address(channel=MAIL, address="help@north.example")
        company = plan_pb2.Company(id="north", name="North", addresses=[mailbox])
        plan = plan_pb2.Plan(tenant="acme", version=1, companies=[company])
        await floor.decide(plan_activated={"plan": plan})
        yield floor
        await floor.stop()


@pytest.mark.parametrize("channel", [SMS, MAIL])
async def test_a_place_in_the_queue_is_told_once_however_often_the_route_says_it(floor: Floor, channel: Any) -> None:
    await floor.arrives("c1", channel)
    for _ in range(3):
        await floor.tell("c1")
    (told,) = await floor.sent()
    assert told.message.text == (
        "We have received your message. You are number 3 in line. We expect to answer in about 3 minutes."
    )
    assert (told.to, getattr(told, "from")) == (CALLERS[channel], DIALED[channel])
    assert (told.automatic, told.agent, told.channel) == (True, "", channel)


async def test_a_mail_goes_into_the_thread_and_a_form_gets_one_of_its_own(floor: Floor) -> None:
    await floor.arrives("c1", MAIL)
    await floor.arrives("c2", FORM)
    await floor.divert("c1")
    await floor.divert("c2")
    mail, form = await floor.sent()
    assert (mail.message.subject, list(mail.message.mail_references)) == ("Re: Order 7", ["<m1@c.example>"])
    assert (form.channel, form.to, getattr(form, "from")) == (MAIL, "ann@c.example", "help@north.example")
    assert (form.message.subject, list(form.message.mail_references)) == ("Your message to North", [])
    assert {mail.message.text, form.message.text} == {"Come back later."}


async def test_what_we_write_around_a_message_is_in_its_language(floor: Floor) -> None:
    await floor.arrives("c1", FORM)
    away = {"contact_id": "c1", "to": MESSAGE, "address": "Wir sind nicht da.", "language": "de"}
    await floor.decide(contact_diverted=away)
    (form,) = await floor.sent()
    assert (form.message.subject, form.message.text) == ("Ihre Nachricht an North", "Wir sind nicht da.")


async def test_a_mail_that_says_which_language_it_is_in_is_told_in_that(floor: Floor) -> None:
    await floor.arrives("c1", MAIL, language="de-at")
    await floor.divert("c1", plan_pb2.DIVERSION_THIRD_PARTY, "+493055")
    await floor.arrives("c2", MAIL, language="xx")
    await floor.divert("c2", plan_pb2.DIVERSION_VOICEMAIL, "")
    assert [each.message.text for each in await floor.sent()] == [
        "Bitte wenden Sie sich damit an +493055.",
        "Nobody can answer you at the moment. Please contact us again later.",
    ]


async def test_who_can_not_be_told_in_writing_or_is_told_by_others_is_not(floor: Floor) -> None:
    await floor.arrives("by fax", FAX)
    await floor.arrives("in a chat", CHAT)
    await floor.arrives("with a number", FORM, "+15550102")
    for contact_id in ("by fax", "in a chat", "with a number", "that nobody knows"):
        await floor.tell(contact_id)
        await floor.divert(contact_id)
    assert await floor.sent() == []


async def test_what_a_program_wrote_is_not_answered(floor: Floor) -> None:
    await floor.arrives("c1", MAIL, attributes=[{"name": "automatic", "value": "yes"}])
    await floor.divert("c1")
    assert await floor.sent() == []


async def test_what_is_old_news_is_told_to_nobody(floor: Floor) -> None:
    for contact_id in ("late", "very late", "late, and still true"):
        await floor.arrives(contact_id, SMS)
    await floor.tell("late", ago_ms=TOLD_WITHIN_MS + 1)
    await floor.divert("very late", ago_ms=DIVERTED_WITHIN_MS + 1)
    await floor.divert("late, and still true", ago_ms=TOLD_WITHIN_MS + 1)
    assert [each.contact_id for each in await floor.sent()] == ["late, and still true"]


async def test_a_customer_is_told_a_few_things_a_day_so_that_two_programs_never_talk_for_long(floor: Floor) -> None:
    for number in range(A_DAY_MAX + 3):
        await floor.arrives(f"c{number}", SMS)
        await floor.divert(f"c{number}")
    assert len(await floor.sent()) == A_DAY_MAX
    floor.clock.pass_ms(DAY_MS)
    await floor.arrives("tomorrow", SMS)
    await floor.divert("tomorrow")
    assert (await floor.sent())[-1].contact_id == "tomorrow"


async def test_what_was_heard_before_a_crash_is_appended_again_under_the_same_id_or_not_at_all(floor: Floor) -> None:
    documents = floor.connections.documents
    for contact_id in ("c1", "c2"):
        await floor.arrives(contact_id, SMS)
        await floor.tell(contact_id)
    before = await floor.sent()
    await floor.stop()
    # Of c1 the crash came before it was noted that it had been appended; and no bookmark was kept.
    await documents.change(MESSAGES, before[0].event_id, {"state": "writing"})
    beginning = {"epoch": 0, "claim_id": "", "seq": 0, "digest": bytes(32).hex(), "offset": 0}
    await documents.put(CHECKPOINTS, {"id": "router-log-0", **beginning})
    await floor.start()
    after = await floor.sent()
    assert [each.event_id for each in after] == [*(each.event_id for each in before), before[0].event_id]


def test_there_are_words_for_every_outlook_in_every_language() -> None:
    for language, words in WORDS.items():
        said = [outlook(words, position, wait_ms) for position in (1, 7) for wait_ms in (0, 5_000, 600_000, 7_200_000)]
        assert len(set(said)) == len(said), language
        assert not any("{" in text for text in said)
        assert "{" not in words.elsewhere.format(address="x") + words.subject.format(company="x")
    assert words_in("fil-PH") is WORDS["tl"]
    assert words_in("") is WORDS["en"]
