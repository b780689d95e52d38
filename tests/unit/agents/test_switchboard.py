"""Accepted calls are put through: contacts.outbound gets told, and the conversation shows how far it came."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from services.agents.bells import Bells
from services.agents.catching_up import CatchingUp
from services.agents.conversations import Conversations
from services.agents.filing import Filing
from services.agents.followers import followers
from services.agents.people import add_person
from services.agents.plan_words import PlanWords
from services.shared.clock import SystemClock
from services.shared.connections import Connections
from services.shared.serve import Part
from services.shared.tokens import Role
from switchroom.v1 import contact_pb2, events_pb2, inbound_pb2
from tests.unit.agents.bench import RouterLog, connections_in, until_it

ANAS = "+493012345678"
VOICE, CHAT, CALLBACK = contact_pb2.CHANNEL_VOICE, contact_pb2.CHANNEL_WEB_CHAT, contact_pb2.CHANNEL_CALLBACK


class Switch:
    def __init__(self, connections: Connections) -> None:
        self.connections = connections
        self.router_log = RouterLog(connections.router_log)
        self._parts: list[Part] = []
        self._decided_ms = 1_000

    async def start(self) -> None:
        filing = Filing(self.connections.documents, PlanWords(self.connections.documents), Bells())
        self._parts = followers(self.connections, filing, SystemClock(), CatchingUp(SystemClock()))
        for part in self._parts:
            await part.start()

    async def stop(self) -> None:
        for part in self._parts:
            await part.stop()

    async def decide(self, **kinds: Any) -> None:
        self._decided_ms += 1
        events = (events_pb2.Event(**{kind: value}) for kind, value in kinds.items())
        await self.router_log.decide(*events, at_ms=self._decided_ms)

    async def accept(
        self, contact_id: str = "c1", channel: Any = VOICE, offer_id: str = "o1", agent: str = "ana"
    ) -> None:
        await self.decide(
            contact_accepted={"contact_id": contact_id, "company": "north", "channel": channel, "dialed": "+4930999"},
            offer_accepted={"contact_id": contact_id, "agent": agent, "offer_id": offer_id},
        )

    async def hear(self, contact_id: str = "c1", **what: Any) -> None:
        envelope = inbound_pb2.InboundEnvelope(
            event_id=f"e-{'-'.join(what)}-{contact_id}", tenant="acme", company="north", contact_id=contact_id, **what
        )
        await self.connections.inbound.append(0, envelope.SerializeToString())

    async def sent(self, count: int) -> list[inbound_pb2.OutboundEnvelope]:
        log = self.connections.outbound

        async def enough() -> bool:
            return await log.end(0) >= count

        await until_it(enough)
        records = log.read(0, 0)
        end = await log.end(0)
        return [inbound_pb2.OutboundEnvelope.FromString((await anext(records)).record) for _ in range(end)]

    async def shows(self, contact_id: str, call: str, *lines: tuple[str, str]) -> None:
        async def it_does() -> bool:
            shown = await Conversations(self.connections.documents).shown("acme", contact_id)
            seen = [(message["sender"], message["text"]) for message in shown["messages"]]
            return shown["contact"]["call"] == call and seen == list(lines)

        await until_it(it_does)


@pytest.fixture
async def switch(tmp_path: Path) -> AsyncIterator[Switch]:
    async with connections_in(tmp_path) as connections:
        switch = Switch(connections)
        await add_person(connections.documents, tenant="acme", name="Ana", role=Role.AGENT, agent="ana", phone=ANAS)
        await add_person(connections.documents, tenant="acme", name="Ben", role=Role.AGENT, agent="ben")
        await add_person(connections.documents, tenant="other", name="Ana", role=Role.AGENT, agent="ana", phone="+1555")
        await switch.start()
        await switch.router_log.claim()
        yield switch
        await switch.stop()


@pytest.mark.parametrize("channel", [VOICE, CALLBACK])
async def test_an_accepted_call_is_to_be_put_through_to_the_agents_telephone(switch: Switch, channel: Any) -> None:
    await switch.accept(channel=channel)
    (sent,) = await switch.sent(1)
    assert (sent.tenant, sent.company, sent.contact_id, sent.channel) == ("acme", "north", "c1", channel)
    assert (sent.agent, getattr(sent, "from")) == ("ana", "+4930999")
    assert (sent.connect.offer_id, sent.connect.agent_address) == ("o1", ANAS)
    assert not sent.HasField("message")


@pytest.mark.parametrize("agent", ["ben", "nobody"])
async def test_an_agent_without_a_telephone_has_an_empty_one(switch: Switch, agent: str) -> None:
    await switch.accept(agent=agent)
    (sent,) = await switch.sent(1)
    assert sent.HasField("connect")
    assert (sent.connect.offer_id, sent.connect.agent_address) == ("o1", "")


async def test_other_channels_are_not_put_through(switch: Switch) -> None:
    await switch.accept("chat", CHAT)
    await switch.accept("call", VOICE)
    (sent,) = await switch.sent(1)
    assert sent.contact_id == "call"


async def test_each_accept_has_an_id_of_its_own_that_a_restart_repeats(switch: Switch) -> None:
    await switch.accept(offer_id="o1")
    await switch.decide(
        contact_returned={"contact_id": "c1", "agent": "ana"},
        offer_accepted={"contact_id": "c1", "agent": "ana", "offer_id": "o2"},
    )
    first = await switch.sent(2)
    await switch.stop()
    await switch.start()
    again = await switch.sent(4)
    assert [sent.event_id for sent in again] == [sent.event_id for sent in first] * 2
    assert len({sent.event_id for sent in first}) == 2


async def test_the_conversation_shows_how_far_the_call_came(switch: Switch) -> None:
    await switch.hear(
        contact_arrived={"channel": VOICE, "dialed": "+4930999", "caller": "+4915511111111", "ready": True}
    )
    await switch.accept()
    await switch.shows("c1", "connecting")
    await switch.decide(call_connected={"contact_id": "c1", "agent": "ana"})
    await switch.shows("c1", "connected", ("ana", "Connected."))
    await switch.hear(contact_left={"reason": inbound_pb2.LEFT_REASON_CUSTOMER})
    await switch.shows("c1", "connected", ("ana", "Connected."), ("ana", "The customer hung up."))


@pytest.mark.parametrize(
    ("reason", "line"),
    [
        ("LEFT_REASON_CUSTOMER", "The customer hung up."),
        ("LEFT_REASON_CONNECTION_LOST", "The connection to the customer was lost."),
        ("LEFT_REASON_EXPIRED", "The call was ended."),
        ("LEFT_REASON_NOT_REACHED", "The customer was not reached."),
        ("LEFT_REASON_AGENT", "The agent's telephone hung up."),
    ],
)
async def test_each_reason_of_an_end_has_words(switch: Switch, reason: str, line: str) -> None:
    await switch.accept(channel=CALLBACK)
    await switch.shows("c1", "connecting")
    await switch.hear(contact_left={"reason": inbound_pb2.LeftReason.Value(reason)})
    await switch.shows("c1", "connecting", ("ana", line))


async def test_why_a_telephone_was_not_answered_is_kept_once_with_whose_it_was(switch: Switch) -> None:
    await switch.accept()
    await switch.shows("c1", "connecting")
    for _ in range(3):
        await switch.hear(call_unanswered={"offer_id": "o1", "why": "Your telephone was busy."})
    await switch.shows("c1", "connecting", ("ana", "Your telephone was busy."))


async def test_who_left_a_chat_is_no_line_of_it(switch: Switch) -> None:
    await switch.accept("chat", CHAT)
    await switch.accept("call", VOICE)
    await switch.shows("call", "connecting")
    await switch.hear("chat", contact_left={"reason": inbound_pb2.LEFT_REASON_CUSTOMER})
    await switch.hear("call", contact_left={"reason": inbound_pb2.LEFT_REASON_CUSTOMER})
    await switch.shows("call", "connecting", ("ana", "The customer hung up."))
    await switch.shows("chat", "")


async def test_a_reason_that_is_none_tells_nothing_and_stops_nobody(switch: Switch) -> None:
    await switch.accept()
    await switch.shows("c1", "connecting")
    await switch.hear(contact_left={"reason": inbound_pb2.LEFT_REASON_UNSPECIFIED})
    await switch.hear(call_unanswered={"offer_id": "o1", "why": "Your telephone was busy."})
    await switch.shows("c1", "connecting", ("ana", "Your telephone was busy."))


async def consulted(switch: Switch, channel: Any = VOICE) -> None:
    """Ben has the call, and Ana has accepted to be asked about it."""
    await switch.accept(channel=channel, agent="ben")
    opened = {"contact_id": "c1.c1", "about": "c1", "agent": "ben", "company": "north", "channel": channel}
    accepted = {"contact_id": "c1.c1", "agent": "ana", "offer_id": "o2"}
    await switch.decide(consultation_opened=opened, offer_accepted=accepted)


@pytest.mark.parametrize("channel", [VOICE, CALLBACK])
async def test_who_accepts_to_be_asked_about_a_call_is_to_be_connected_with_who_asks(
    switch: Switch, channel: Any
) -> None:
    await consulted(switch, channel)
    _, sent = await switch.sent(2)
    assert (sent.contact_id, sent.channel, sent.agent) == ("c1.c1", channel, "ana")
    assert (sent.connect.offer_id, sent.connect.agent_address, sent.connect.about) == ("o2", ANAS, "c1")


async def test_what_is_heard_of_a_questions_telephones_stands_with_its_call(switch: Switch) -> None:
    await consulted(switch)
    await switch.decide(call_connected={"contact_id": "c1.c1", "agent": "ana"})
    asks = ("ben", "Asks a colleague, and keeps the contact meanwhile.")
    connected = ("ana", "Connected with the colleague who asks. The customer is on hold.")
    await switch.shows("c1", "connecting", asks, connected)
    await switch.hear("c1.c1", contact_left={"reason": inbound_pb2.LEFT_REASON_AGENT})
    over = ("", "One of the two telephones hung up: nobody is asked any more.")
    await switch.shows("c1", "connecting", asks, connected, over)
    asked = await Conversations(switch.connections.documents).shown("acme", "c1", "c1.c1")
    assert asked["contact"]["call"] == "connected"


async def test_why_a_colleagues_telephone_was_not_answered_stands_with_the_call(switch: Switch) -> None:
    await consulted(switch)
    asks = ("ben", "Asks a colleague, and keeps the contact meanwhile.")
    await switch.shows("c1", "connecting", asks)
    await switch.hear("c1.c1", call_unanswered={"offer_id": "o2", "why": "Your telephone was busy."})
    await switch.shows("c1", "connecting", asks, ("ana", "Your telephone was busy."))


async def test_a_call_is_connected_anew_with_a_colleague_whose_telephone_still_rings(switch: Switch) -> None:
    await consulted(switch)
    await switch.decide(call_connected={"contact_id": "c1", "agent": "ben"})
    handed_over = {"contact_id": "c1", "agent": "ben", "to_agent": "ana", "queue": "q", "consultation": "c1.c1"}
    await switch.decide(contact_handed_over=handed_over)
    asks = ("ben", "Asks a colleague, and keeps the contact meanwhile.")
    await switch.shows("c1", "connecting", asks, ("ben", "Connected."), ("ben", "Handed over to ana."))
