"""Filing: what the topics say becomes documents, once, in any order, and again after a restart."""

import asyncio
from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from services.agents.bells import Bells, contact_topic
from services.agents.catching_up import CatchingUp
from services.agents.conversations import Conversations
from services.agents.documents import CHECKPOINTS, CONTACTS, CUSTOMERS, MESSAGES
from services.agents.filing import Filing
from services.agents.followers import KEEP_EVERY_S, RECORDS_MAX, followers
from services.agents.log_codec import UnreadableRecord, decode_decided, decode_inbound
from services.agents.plan_words import PlanWords
from services.shared.clock import Clock, SystemClock
from services.shared.connections import Connections
from services.shared.event_log import EventLog
from services.shared.file_blob_store import FileBlobStore
from services.shared.memory_event_log import MemoryEventLog
from services.shared.serve import Part
from services.shared.tokens import Identity, Role
from switchroom.v1 import contact_pb2, events_pb2, inbound_pb2, plan_pb2
from tests.fakes.memory_document_store import MemoryDocumentStore
from tests.fakes.virtual_time import VirtualClock, in_virtual_time
from tests.unit.agents.bench import RouterLog, connections_in, until, until_it

CLOCK = SystemClock()


class Desk:
    """The filing part alone, restarted at will."""

    def __init__(self, connections: Connections, clock: Clock = CLOCK) -> None:
        self.connections = connections
        self.clock = clock
        self.documents = connections.documents
        self.conversations = Conversations(self.documents)
        self.router_log = RouterLog(connections.router_log)
        self.bells = Bells()
        self._parts: list[Part] = []

    async def start(self) -> None:
        filing = Filing(self.documents, PlanWords(self.documents), self.bells)
        self._parts = followers(self.connections, filing, self.clock, CatchingUp(self.clock))
        for part in self._parts:
            await part.start()

    async def stop(self) -> None:
        for part in self._parts:
            await part.stop()
        self._parts = []

    @property
    def inbound(self) -> MemoryEventLog:
        return memory(self.connections.inbound)

    @property
    def whole_log(self) -> MemoryEventLog:
        return memory(self.connections.router_log)

    async def hear(self, **facts: Any) -> None:
        envelope = inbound_pb2.InboundEnvelope(**({"tenant": "acme", "company": "north"} | facts))
        await self.connections.inbound.append(0, envelope.SerializeToString())

    async def texts(self, contact_id: str, tenant: str = "acme") -> list[str]:
        return [message["text"] for message in await self.conversations.messages(tenant, contact_id)]

    async def has(self, contact_id: str, **facts: Any) -> None:
        async def it_has() -> bool:
            contact = await self.conversations.contact("acme", contact_id) or {}
            return all(contact.get(name) == value for name, value in facts.items())

        await until_it(it_has)

    async def reads(self, contact_id: str, *texts: str) -> None:
        async def it_reads() -> bool:
            return await self.texts(contact_id) == list(texts)

        await until_it(it_reads)


def memory(log: EventLog) -> MemoryEventLog:
    assert isinstance(log, MemoryEventLog)
    return log


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with connections_in(tmp_path) as connections:
        desk = Desk(connections)
        await desk.start()
        await desk.router_log.claim()
        yield desk
        await desk.stop()


def arrival(text: str = "hello", caller: str = "carla@c.example", **facts: Any) -> inbound_pb2.ContactArrived:
    return inbound_pb2.ContactArrived(
        channel=contact_pb2.CHANNEL_EMAIL,
        dialed="help@north.example",
        caller=caller,
        caller_name="Carla",
        message=inbound_pb2.Message(text=text, raw_blob="b" * 64),
        **facts,
    )


def accepted(contact_id: str, customer: str = "k1", company: str = "north", **facts: Any) -> events_pb2.Event:
    return events_pb2.Event(
        contact_accepted=events_pb2.ContactAccepted(
            contact_id=contact_id,
            company=company,
            channel=contact_pb2.CHANNEL_EMAIL,
            direction=contact_pb2.DIRECTION_INBOUND,
            customer=customer,
            **facts,
        )
    )


def ended(contact_id: str, **facts: Any) -> events_pb2.Event:
    facts = {"outcome": events_pb2.CONTACT_OUTCOME_COMPLETED} | facts
    return events_pb2.Event(contact_ended=events_pb2.ContactEnded(contact_id=contact_id, **facts))


def identity(*companies: str, tenant: str = "acme") -> Identity:
    return Identity(tenant, companies, Role.SUPERVISOR, "", "somebody", 0)


async def test_a_redelivered_message_is_filed_once(desk: Desk) -> None:
    for _ in range(3):
        await desk.hear(event_id="e1", contact_id="c1", contact_arrived=arrival())
    await desk.hear(event_id="e2", contact_id="c1", message_added={"message": {"text": "more"}})
    await desk.reads("c1", "hello", "more")


async def test_a_parsed_mail_takes_the_place_of_the_raw_one_and_keeps_it(desk: Desk) -> None:
    await desk.hear(event_id="e1", contact_id="c1", contact_arrived=arrival("RAW"))
    readable = inbound_pb2.Message(subject="Order", text="readable", html="<p>readable</p>")
    await desk.hear(event_id="e2", contact_id="c1", contact_changed={"message": readable, "ready": True})
    await desk.hear(event_id="e1", contact_id="c1", contact_arrived=arrival("RAW"))
    await desk.hear(event_id="e3", contact_id="c1", message_added={"message": {"text": "end"}})
    await desk.reads("c1", "readable", "end")
    first = (await desk.conversations.messages("acme", "c1"))[0]
    assert (first["id"], first["subject"], first["raw_blob"]) == ("e1", "Order", "b" * 64)


async def test_a_mail_that_cannot_be_parsed_says_so(desk: Desk) -> None:
    await desk.hear(event_id="e1", contact_id="c1", contact_arrived=arrival("RAW"))
    await desk.hear(event_id="e2", contact_id="c1", contact_changed={"unreadable_because": "too deep", "ready": True})

    async def says_so() -> bool:
        shown = (await desk.conversations.shown("acme", "c1"))["messages"]
        return bool(shown) and shown[0]["unreadable_because"] == "too deep"

    await until_it(says_so)


async def test_a_delivery_marks_the_reply_of_its_own_tenant_alone(desk: Desk) -> None:
    for tenant in ("acme", "other"):
        document = {"id": f"r-{tenant}", "tenant": tenant, "contact_id": "c1", "at_ms": 1, "state": "sending"}
        await desk.documents.insert(MESSAGES, document)
    await desk.hear(event_id="e1", contact_id="c1", message_delivered={"outbound_id": "r-other"})
    await desk.hear(event_id="e2", contact_id="c1", message_failed={"outbound_id": "r-acme", "why": "mailbox is full"})

    async def failed() -> bool:
        return ((await desk.documents.get(MESSAGES, "r-acme")) or {}).get("state") == "failed"

    await until_it(failed)
    assert ((await desk.documents.get(MESSAGES, "r-other")) or {})["state"] == "sending"


@pytest.mark.parametrize("router_first", [True, False])
async def test_a_customer_is_filed_whichever_topic_speaks_first(desk: Desk, router_first: bool) -> None:
    async def router() -> None:
        await desk.router_log.decide(accepted("c1", arrived_at_ms=5))
        await desk.has("c1", customer="k1")

    async def world() -> None:
        await desk.hear(event_id="e1", contact_id="c1", contact_arrived=arrival())
        await desk.has("c1", caller="carla@c.example")

    for speak in (router, world) if router_first else (world, router):
        await speak()

    async def filed() -> bool:
        return bool(await desk.documents.find(CUSTOMERS, {"tenant": "acme", "customer": "k1"}))

    await until_it(filed)
    assert await desk.conversations.customer_name("acme", "north", "k1") == "Carla"


async def test_history_holds_the_contacts_of_the_companies_that_one_may_see(desk: Desk) -> None:
    await desk.router_log.decide(accepted("c1", arrived_at_ms=5), accepted("c2", company="south", arrived_at_ms=6))
    await desk.router_log.decide(ended("c2", disposition="solved"), at_ms=9)
    await desk.has("c2", outcome="completed", disposition="solved", ended_at_ms=9)
    everything = await desk.conversations.history(identity(), "k1")
    assert [contact["contact_id"] for contact in everything] == ["c2", "c1"]
    assert [one["contact_id"] for one in await desk.conversations.history(identity("north"), "k1")] == ["c1"]
    assert await desk.conversations.history(identity("east"), "k1") == []
    assert await desk.conversations.history(identity(tenant="other"), "k1") == []


async def test_what_the_router_had_a_customer_told_and_where_it_sent_them_is_read_in_the_conversation(
    desk: Desk,
) -> None:
    def told(position: int, wait_ms: int, **more: Any) -> events_pb2.Event:
        said = events_pb2.CustomerTold(contact_id="c1", position=position, expected_wait_ms=wait_ms, **more)
        return events_pb2.Event(customer_told=said)

    await desk.router_log.decide(accepted("c1"))
    await desk.router_log.decide(told(3, 0), at_ms=2_000)
    await desk.reads("c1", "To tell the customer: number 3 in the queue.")
    await desk.router_log.decide(told(2, 90_000, callback_offered=True), at_ms=3_000)
    newest = "To tell the customer: number 2 in the queue, about 2 minutes. To offer: a call-back."
    await desk.reads("c1", newest)
    away = events_pb2.ContactDiverted(contact_id="c1", to=plan_pb2.DIVERSION_THIRD_PARTY, address="+49 89 1234567")
    await desk.router_log.decide(
        events_pb2.Event(contact_diverted=away),
        ended("c1", outcome=events_pb2.CONTACT_OUTCOME_DIVERTED),
        at_ms=4_000,
    )
    await desk.reads("c1", newest, "Sent to +49 89 1234567.")


async def test_who_had_it_whom_they_asked_and_what_was_tried_is_read_by_whoever_has_it_next(desk: Desk) -> None:
    step = events_pb2.StepTaken(contact_id="c1", step=1, because="60 s have passed")
    opened = events_pb2.ConsultationOpened(
        contact_id="c1.c1", about="c1", agent="ana", company="north", channel=contact_pb2.CHANNEL_EMAIL, to_agent="ben"
    )
    events = (
        events_pb2.Event(step_taken=step),
        events_pb2.Event(contact_returned=events_pb2.ContactReturned(contact_id="c1", agent="ada")),
        events_pb2.Event(
            contact_transferred=events_pb2.ContactTransferred(contact_id="c1", agent="ada", queue="tier2")
        ),
        events_pb2.Event(consultation_opened=opened),
        events_pb2.Event(
            contact_handed_over=events_pb2.ContactHandedOver(contact_id="c1", agent="ana", to_agent="ben", queue="law")
        ),
    )
    await desk.router_log.decide(accepted("c1"))
    for number, event in enumerate(events):
        await desk.router_log.decide(event, at_ms=2_000 + number)
    await desk.reads(
        "c1",
        "Step 2 of the route was taken: 60 s have passed.",
        "Back in the queue: this agent was gone, or did not answer the telephone.",
        "Transferred to the queue tier2.",
        "Asks ben, and keeps the contact meanwhile.",
        "Handed over to ben.",
    )
    await desk.has("c1", agent="ben", queue="law")
    await desk.has("c1.c1", about="c1", company="north")


async def test_a_mail_that_joined_a_conversation_is_read_in_it(desk: Desk) -> None:
    await desk.hear(event_id="e1", contact_id="c1", contact_arrived=arrival("first"))
    await desk.hear(event_id="e2", contact_id="c2", contact_arrived=arrival("second"))
    joined = {"outcome": events_pb2.CONTACT_OUTCOME_JOINED, "joined_contact_id": "c1"}
    await desk.router_log.decide(accepted("c1"), accepted("c2"), ended("c2", **joined))
    await desk.reads("c1", "first", "second")


async def test_files_that_follow_a_message_that_joined_are_shown_to_who_reads_the_conversation(desk: Desk) -> None:
    await desk.hear(event_id="e1", contact_id="c1", contact_arrived=arrival("first"))
    await desk.hear(event_id="e2", contact_id="c2", contact_arrived=arrival("second"))
    joined = {"outcome": events_pb2.CONTACT_OUTCOME_JOINED, "joined_contact_id": "c1"}
    await desk.router_log.decide(accepted("c1"), accepted("c2"), ended("c2", **joined))
    await desk.reads("c1", "first", "second")
    reader = desk.bells.listener(contact_topic("acme", "c1"))
    picture = {"name": "file-1.png", "media_type": "image/png", "size_bytes": 7, "blob": "b" * 64}
    await desk.hear(
        event_id="e3", contact_id="c2", contact_changed={"message": {"text": "second", "attachments": [picture]}}
    )
    assert await reader.wait(10) == {contact_topic("acme", "c1")}
    messages = await desk.conversations.messages("acme", "c1")
    assert [message["attachments"] for message in messages] == [[], [picture]]


async def test_a_conversation_of_many_short_messages_is_read_whole(desk: Desk) -> None:
    joined = {"outcome": events_pb2.CONTACT_OUTCOME_JOINED, "joined_contact_id": "c0"}
    texts = [f"message {number:03d}" for number in range(150)]
    for number, text in enumerate(texts):
        await desk.hear(event_id=f"e{number:03d}", contact_id=f"c{number}", contact_arrived=arrival(text))
        end = [ended(f"c{number}", **joined)] if number else []
        await desk.router_log.decide(accepted(f"c{number}"), *end)
    await desk.reads("c0", *texts)


async def test_a_message_after_the_end_begins_the_conversation_that_follows(desk: Desk) -> None:
    await desk.hear(event_id="e1", contact_id="c1", contact_arrived=arrival("first"))
    await desk.hear(
        event_id="e2", contact_id="c1", message_added={"message": {"text": "one more"}, "successor_contact_id": "c2"}
    )
    await desk.router_log.decide(accepted("c1"), ended("c1"), accepted("c2", previous_contact_id="c1"))
    await desk.reads("c2", "one more")
    await desk.has("c2", caller="carla@c.example", previous_contact_id="c1")


async def test_two_tenants_who_chose_the_same_contact_id_share_nothing(desk: Desk) -> None:
    await desk.hear(event_id="e1", contact_id="c1", contact_arrived=arrival("ours"))
    await desk.hear(event_id="e2", contact_id="c1", tenant="other", contact_arrived=arrival("theirs", "x@y.example"))
    await desk.hear(event_id="e3", contact_id="c1", message_added={"message": {"text": "end"}})
    await desk.reads("c1", "ours", "end")
    assert await desk.texts("c1", "other") == ["theirs"]
    await desk.has("c1", caller="carla@c.example")


async def test_plans_give_names_to_what_a_person_may_see(desk: Desk) -> None:
    def plan(version: int, name: str) -> events_pb2.Event:
        companies = [
            plan_pb2.Company(id="north", name=name, dispositions=[plan_pb2.Disposition(id="solved", name="Solved")]),
            plan_pb2.Company(id="south", name="South"),
        ]
        queues = [plan_pb2.Queue(id="q", company="south", name="Q", policy=plan_pb2.POLICY_ROUND_ROBIN)]
        facts: dict[str, Any] = {
            "version": version,
            "companies": companies,
            "queues": queues,
            "away_reasons": ["lunch"],
        }
        return events_pb2.Event(plan_activated=events_pb2.PlanActivated(plan=plan_pb2.Plan(**facts)))

    await desk.router_log.decide(plan(1, "Old"), plan(2, "North"), plan(1, "Old"))
    words = PlanWords(desk.documents)

    async def known() -> bool:
        return [company["name"] for company in (await words.words(identity()))["companies"]] == ["North", "South"]

    await until_it(known)
    limited = await words.words(identity("north"))
    assert [company["id"] for company in limited["companies"]] == ["north"]
    assert limited["companies"][0]["dispositions"] == [{"id": "solved", "name": "Solved"}]
    assert (limited["queues"], limited["away_reasons"]) == ([], ["lunch"])


async def test_a_record_that_cannot_be_read_is_passed_over(desk: Desk) -> None:
    await desk.connections.inbound.append(0, b"\xff\xff\xff")
    await desk.hear(event_id="e1", contact_id="c1", contact_arrived={"channel": 99})
    await desk.hear(event_id="e2", contact_id="c1", contact_arrived=arrival())
    await desk.reads("c1", "hello")


async def test_after_a_restart_filing_goes_on_where_it_was(desk: Desk) -> None:
    await desk.hear(event_id="first", contact_id="c1", contact_arrived=arrival("first"))
    numbers = count()

    async def more() -> None:
        number = next(numbers)
        await desk.hear(event_id=f"e{number}", contact_id="c2", message_added={"message": {"text": "x"}})
        await desk.router_log.decide(accepted(f"d{number}"))

    for _ in range(RECORDS_MAX):
        await more()
    await desk.reads("c1", "first")

    async def remembered() -> bool:
        await more()  # On a slow machine the place was last written for its age: it is with the next record.
        places = [await desk.documents.get(CHECKPOINTS, f"{name}-0") for name in ("inbound", "router-log")]
        return all(place and place["offset"] >= RECORDS_MAX for place in places)

    await until_it(remembered)
    await desk.stop()
    await desk.documents.delete(MESSAGES, "first")
    await desk.documents.delete(CONTACTS, "acme/d0")
    await desk.hear(event_id="last", contact_id="c3", contact_arrived=arrival("last"))
    await desk.router_log.decide(accepted("c4"))
    await desk.start()
    await desk.reads("c3", "last")
    await desk.has("c4", customer="k1")
    assert await desk.texts("c1") == []
    assert await desk.conversations.contact("acme", "d0") is None


async def test_filing_without_a_bookmark_begins_with_the_first_record_that_there_still_is(desk: Desk) -> None:
    await desk.stop()
    for number in range(3):
        await desk.hear(event_id=f"e{number}", contact_id=f"c{number}", contact_arrived=arrival(f"{number}"))
    await desk.inbound.delete_before(0, 2)
    await desk.start()
    await desk.reads("c2", "2")
    assert await desk.texts("c0") == []


async def test_filing_whose_bookmark_is_older_than_the_topic_stands_still_and_says_so_till_it_is_taken_away(
    desk: Desk,
) -> None:
    await desk.stop()
    for number in range(3):
        await desk.hear(event_id=f"e{number}", contact_id=f"c{number}", contact_arrived=arrival(f"{number}"))
    await desk.inbound.delete_before(0, 2)
    await desk.documents.put(CHECKPOINTS, {"id": "inbound-0", "offset": 1})
    with capture_logs() as said:
        await desk.start()
        await until(lambda: "records_gone" in {line["event"] for line in said})
        assert await desk.texts("c2") == []
        # What operations.md says to do, while it runs.
        assert await desk.documents.delete(CHECKPOINTS, "inbound-0")
        await desk.reads("c2", "2")
    gone = next(line for line in said if line["event"] == "records_gone")
    assert gone["bookmark"] == "agents_checkpoints/inbound-0"


async def test_router_log_is_filed_whole_or_not_at_all(desk: Desk) -> None:
    await desk.stop()
    await desk.router_log.decide(accepted("c1"), accepted("c2"))
    await desk.whole_log.delete_before(0, 1)
    with capture_logs() as said:
        await desk.start()
        await until(lambda: "records_gone" in {line["event"] for line in said})
    assert await desk.conversations.contact("acme", "c1") is None


@in_virtual_time
async def test_a_bookmark_is_kept_when_nothing_more_comes() -> None:
    documents, folder = MemoryDocumentStore(), Path()
    connections = Connections(
        MemoryEventLog(), MemoryEventLog(), MemoryEventLog(), documents, FileBlobStore(folder / "unused")
    )
    desk = Desk(connections, VirtualClock())
    await desk.start()
    for number in range(3):
        await desk.hear(event_id=f"e{number}", contact_id="c1", message_added={"message": {"text": "x"}})
    await asyncio.sleep(KEEP_EVERY_S + 1)
    assert await documents.get(CHECKPOINTS, "inbound-0") == {"id": "inbound-0", "offset": 3}
    await desk.stop()


@pytest.mark.parametrize("garbage", [b"\xff", b"\x0a\xff\xff\xff\xff\x0f"])
def test_garbage_in_a_topic_is_called_so(garbage: bytes) -> None:
    with pytest.raises(UnreadableRecord):
        decode_inbound(garbage)
    with pytest.raises(UnreadableRecord):
        decode_decided(garbage)
