"""The fold that callers are told from."""

import pytest

from services.ingest.router_log.facts import (
    ConsultationOpened,
    ContactAccepted,
    ContactDiverted,
    ContactEnded,
    ContactHandedOver,
    ContactOffered,
    ContactQueued,
    ContactTransferred,
    CustomerTold,
    Fact,
    Happened,
    OfferAccepted,
    OfferReturned,
    WrapUpStarted,
)
from services.ingest.voice.room import Asked, Diverted, Outlook, Stage, Standing, WaitingRoom
from services.plan.compiled import Channel, Diversion


class Log:
    def __init__(self) -> None:
        self.room = WaitingRoom()
        self.at_ms = 1_000_000
        self.changes: list[str] = []
        self.room.on_change = lambda _tenant, contact_id: self.changes.append(contact_id)

    def __call__(self, *facts: Fact, tenant: str = "demo") -> None:
        for fact in facts:
            self.room.learn(Happened(tenant, (self.at_ms, 0, 0), fact))

    def queued(self, id: str, queue: str = "q", priority: int = 0, channel: Channel = Channel.VOICE) -> None:
        self.at_ms += 1
        self(ContactAccepted(id, channel, self.at_ms), ContactQueued(id, queue, priority, position=1))

    def outlook(self, id: str) -> Outlook | None:
        return self.room.outlook("demo", id)


@pytest.fixture
def log() -> Log:
    return Log()


def test_position_and_wait_are_what_the_router_said_last(log: Log) -> None:
    log.at_ms += 1
    log(ContactAccepted("c", Channel.VOICE, log.at_ms), ContactQueued("c", "q", 0, 4, 90_000))
    assert log.outlook("c") == Outlook(4, 90_000, 1)
    log(ContactOffered("c"))
    assert log.outlook("c") == Outlook(4, 90_000, 1)
    log(OfferReturned("c"), CustomerTold("c", 3, 0))
    assert log.outlook("c") == Outlook(3, 0, 2)
    log(ContactQueued("c", "seniors", 0))
    assert log.outlook("c") == Outlook(3, 0, 2), "going to another queue says nothing new"


def test_whoever_does_not_wait_is_told_nothing(log: Log) -> None:
    assert log.outlook("unknown") is None
    log(ContactAccepted("c", Channel.VOICE, 1))
    assert log.outlook("c") is None
    log(ContactQueued("c", "q", 0, 1), ContactOffered("c"), OfferAccepted("c", "ana", "o1"))
    assert log.outlook("c") is None
    log(ContactTransferred("c", "q"), ContactQueued("c", "q", 0, 2))
    assert log.outlook("c") == Outlook(2, 0, 2)


@pytest.mark.parametrize("channel", [Channel.VOICE, Channel.CALLBACK])
def test_a_call_that_was_diverted_is_over_and_where_it_went_is_remembered(log: Log, channel: Channel) -> None:
    log.queued("c", channel=channel)
    log(ContactDiverted("c", Diversion.VOICEMAIL, ""), ContactEnded("c"))
    assert log.room.standing("demo", "c") == Standing(Stage.OVER, diverted=Diverted(Diversion.VOICEMAIL))
    assert log.changes == ["c", "c"], "that it waits, and that it is over"


def test_where_a_call_stands_is_what_the_log_says_last(log: Log) -> None:
    standings = []

    def note(*facts: Fact) -> None:
        log(*facts)
        standings.append(log.room.standing("demo", "c"))

    note()
    note(ContactAccepted("c", Channel.VOICE, 1))
    note(ContactQueued("c", "q", 0))
    note(ContactOffered("c"))
    note(OfferAccepted("c", "ana", "o1"))
    note(ContactTransferred("c", "seniors"), ContactQueued("c", "seniors", 0))
    note(ContactOffered("c"), OfferAccepted("c", "ana", "o2"))
    note(WrapUpStarted("c"))
    note(ContactEnded("c"))
    assert standings == [
        None,
        Standing(Stage.IN_MENU),
        Standing(Stage.WAITING),
        Standing(Stage.OFFERED),
        Standing(Stage.ACCEPTED, "o1"),
        Standing(Stage.WAITING),
        Standing(Stage.ACCEPTED, "o2"),
        Standing(Stage.OVER, "o2"),
        Standing(Stage.OVER),
    ]


def test_tenants_share_nothing(log: Log) -> None:
    log.queued("c")
    log(ContactAccepted("c", Channel.VOICE, 1), ContactQueued("c", "q", 0, 7), tenant="other")
    assert log.room.outlook("other", "c") == Outlook(7, 0, 1)
    log(ContactEnded("c"), tenant="other")
    assert log.outlook("c") == Outlook(1, 0, 1)


def test_changes_of_calls_are_told_and_those_of_other_channels_are_not(log: Log) -> None:
    log.queued("mail", channel=Channel.EMAIL)
    log(OfferAccepted("mail", "ana", "o"), ContactEnded("mail"))
    assert log.changes == []
    log.queued("call")
    log(OfferAccepted("call", "ana", "o"), WrapUpStarted("call"))
    assert set(log.changes) == {"call"}
    before = len(log.changes)
    log(ContactEnded("call"))
    assert len(log.changes) == before


def test_of_calls_that_are_over_the_newest_are_remembered() -> None:
    log = Log()
    log.room = WaitingRoom(ended_max=2)
    for number in range(4):
        log.queued(f"c{number}")
        log(ContactEnded(f"c{number}"))
    over = [log.room.standing("demo", f"c{number}") for number in range(4)]
    assert over == [None, None, Standing(Stage.OVER), Standing(Stage.OVER)]


def test_who_is_asked_about_a_call_is_known_from_their_accept_to_the_end_of_the_question(log: Log) -> None:
    log.queued("c")
    log(OfferAccepted("c", "ana", "o1"), ConsultationOpened("q1", "c"), ContactQueued("q1", "q", 0))
    assert log.room.standing("demo", "c") == Standing(Stage.ACCEPTED, "o1")
    assert log.changes == ["c"] * 2
    log(ContactOffered("q1"), OfferAccepted("q1", "ben", "o2"))
    assert log.room.standing("demo", "c") == Standing(Stage.ACCEPTED, "o1", asked=Asked("q1", "o2"))
    log(ContactEnded("q1"))
    assert log.room.standing("demo", "c") == Standing(Stage.ACCEPTED, "o1")
    assert log.changes == ["c"] * 4
    # A question is no call of a customer.
    assert [call.contact_id for call in log.room.open_calls()] == ["c"]
    assert log.room.standing("demo", "q1") is None


def test_a_call_that_was_handed_over_has_the_offer_of_the_question(log: Log) -> None:
    log.queued("c")
    log(OfferAccepted("c", "ana", "o1"), ConsultationOpened("q1", "c"), OfferAccepted("q1", "ben", "o2"))
    log(ContactEnded("q1"), ContactHandedOver("c", "ben", "o2"))
    assert log.room.standing("demo", "c") == Standing(Stage.ACCEPTED, "o2", handed_over=True)


def test_a_question_about_something_else_is_nothing_to_the_waiting_room(log: Log) -> None:
    log.queued("c", channel=Channel.WEB_CHAT)
    log(OfferAccepted("c", "ana", "o1"), ConsultationOpened("q1", "c"), OfferAccepted("q1", "ben", "o2"))
    assert log.room.standing("demo", "c") == Standing(Stage.ACCEPTED, "o1")
    log(ContactEnded("q1"), ContactHandedOver("c", "ben"))
    assert log.changes == []
