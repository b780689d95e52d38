"""The fold that callers are told from: compared with the router's own state, and by its formula."""

from random import Random
from typing import Any

import pytest

from services.ingest.router_log.facts import (
    AgentAttached,
    AgentDetached,
    ContactAccepted,
    ContactEnded,
    ContactOffered,
    ContactQueued,
    ContactReturned,
    ContactTransferred,
    Fact,
    Happened,
    OfferAccepted,
    OfferReturned,
    OwnerChanged,
    Plan,
    PlanActivated,
    Presence,
    PresenceChanged,
    WrapUpStarted,
)
from services.ingest.voice.room import Outlook, Stage, Standing, WaitingRoom
from services.plan.compiled import AgentProfile, Channel, Policy, Queue

QUEUES = (
    Queue("q", "acme", "Q", Policy.LONGEST_IDLE),
    Queue("seniors", "acme", "S", Policy.LONGEST_IDLE, groups=("senior",)),
)
AGENTS = (
    AgentProfile("ana", (), 10, ("senior",), ("acme",)),
    AgentProfile("ben", (), 10, (), ("acme",)),
    AgentProfile("eve", (), 10, ("senior",), ("globex",)),
)
EVERYBODY = Plan("demo", 1, (), (), queues=QUEUES, agents=AGENTS)
NOBODY_LEFT = Plan("demo", 2, (), (), queues=QUEUES)
MINUTE = 60_000
PRIOR = 3 * MINUTE


class Log:
    def __init__(self) -> None:
        self.room = WaitingRoom()
        self.at_ms = 1_000_000
        self.changes: list[str] = []
        self.room.on_change = lambda _tenant, contact_id: self.changes.append(contact_id)
        self(PlanActivated(EVERYBODY))

    def __call__(self, *facts: Fact, tenant: str = "demo") -> None:
        for fact in facts:
            self.room.learn(Happened(tenant, (self.at_ms, 0, 0), fact))

    def queued(self, id: str, queue: str = "q", priority: int = 0, channel: Channel = Channel.VOICE) -> None:
        self.at_ms += 1
        self(ContactAccepted(id, channel, self.at_ms), ContactQueued(id, queue, priority))

    def on_duty(self, *agents: str) -> None:
        for agent in agents:
            self(AgentAttached(agent), PresenceChanged(agent, Presence.AVAILABLE))

    def position(self, id: str) -> int | None:
        outlook = self.room.outlook("demo", id)
        return outlook.position if outlook else None

    def wait_ms(self, id: str) -> int | None:
        outlook = self.room.outlook("demo", id)
        return outlook.wait_ms if outlook else None


@pytest.fixture
def log() -> Log:
    return Log()


def test_the_place_is_by_priority_and_then_by_arrival(log: Log) -> None:
    log.queued("first")
    log.queued("second")
    log.queued("urgent", priority=10)
    log.queued("mail", channel=Channel.EMAIL)
    log.queued("elsewhere", queue="seniors")
    positions = [log.position(contact_id) for contact_id in ("urgent", "first", "second", "mail", "elsewhere")]
    assert positions == [1, 2, 3, 4, 1]


def test_of_two_who_arrived_at_the_same_moment_the_one_accepted_first_comes_first(log: Log) -> None:
    log(ContactAccepted("a", Channel.VOICE, 5), ContactAccepted("b", Channel.VOICE, 5))
    log(ContactQueued("b", "q", 0), ContactQueued("a", "q", 0))
    assert (log.position("a"), log.position("b")) == (1, 2)


def test_who_is_offered_is_not_before_the_others_and_keeps_the_place(log: Log) -> None:
    log.queued("first")
    log.queued("second")
    log(ContactOffered("first"))
    assert (log.position("first"), log.position("second")) == (1, 1)
    log(OfferReturned("first"))
    assert (log.position("first"), log.position("second")) == (1, 2)


def test_whoever_does_not_wait_is_told_nothing(log: Log) -> None:
    assert log.room.outlook("demo", "unknown") is None
    log(ContactAccepted("c", Channel.VOICE, 1))
    assert log.room.outlook("demo", "c") is None
    log(ContactQueued("c", "q", 0), ContactOffered("c"), OfferAccepted("c", "ana", "o1"))
    assert log.room.outlook("demo", "c") is None


def test_the_wait_is_position_times_mean_handling_time_over_agents_on(log: Log) -> None:
    log.queued("first")
    log.queued("second")
    assert log.room.outlook("demo", "second") == Outlook(2, None)
    log.on_duty("ana", "ben", "eve")  # eve serves another company
    assert log.room.outlook("demo", "second") == Outlook(2, 2 * PRIOR // 2)
    assert log.room.outlook("demo", "first") == Outlook(1, PRIOR // 2)


def test_agents_on_are_attached_and_available_and_of_the_queues_groups(log: Log) -> None:
    log.queued("c", queue="seniors")
    log.on_duty("ben")
    assert log.wait_ms("c") is None
    log.on_duty("ana")
    assert log.wait_ms("c") == PRIOR
    for gone, back in (
        (AgentDetached("ana"), AgentAttached("ana")),
        (PresenceChanged("ana", Presence.AWAY), PresenceChanged("ana", Presence.AVAILABLE)),
        (PresenceChanged("ana", Presence.NOT_RESPONDING), PresenceChanged("ana", Presence.AVAILABLE)),
        (OwnerChanged(), AgentAttached("ana")),
        (PlanActivated(NOBODY_LEFT), PlanActivated(EVERYBODY)),
    ):
        log(gone)
        assert log.wait_ms("c") is None, gone
        log(back)
        assert log.wait_ms("c") == PRIOR, back


def segment(log: Log, id: str, ms: int, *end: Fact) -> None:
    log.queued(id)
    log(ContactOffered(id), OfferAccepted(id, "ana", f"o-{id}"))
    log.at_ms += ms
    log(*end)


@pytest.mark.parametrize(
    "end",
    [
        (ContactEnded("c"),),
        (ContactTransferred("c", "seniors"),),
        (ContactReturned("c"),),
    ],
)
def test_a_segment_ends_with_the_contact_with_a_transfer_and_with_a_return(log: Log, end: tuple[Fact, ...]) -> None:
    log.on_duty("ana")
    segment(log, "c", 9 * MINUTE, *end)
    log(*(fact for fact in (ContactEnded("c"),) if fact not in end))
    log.queued("next")
    assert log.wait_ms("next") == (5 * PRIOR + 9 * MINUTE) // 6


def test_wrap_up_is_part_of_the_handling_time(log: Log) -> None:
    log.on_duty("ana")
    segment(log, "c", MINUTE, WrapUpStarted("c"))
    log.at_ms += 8 * MINUTE
    log(ContactEnded("c"))
    log.queued("next")
    assert log.wait_ms("next") == (5 * PRIOR + 9 * MINUTE) // 6


def test_only_the_last_fifty_segments_count(log: Log) -> None:
    log.on_duty("ana")
    for number in range(60):
        segment(log, f"c{number}", MINUTE if number >= 10 else 99 * MINUTE, ContactEnded(f"c{number}"))
    log.queued("next")
    assert log.wait_ms("next") == (5 * PRIOR + 50 * MINUTE) // 55


def test_a_contact_that_only_waited_is_no_segment(log: Log) -> None:
    log.on_duty("ana")
    log.queued("c")
    log.at_ms += 9 * MINUTE
    log(ContactEnded("c"))
    log.queued("next")
    assert log.wait_ms("next") == PRIOR


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
    log.queued("d")
    log(ContactAccepted("c", Channel.VOICE, 1), ContactQueued("c", "q", 0), tenant="other")
    assert log.position("d") == 2
    assert log.room.outlook("other", "c") == Outlook(1, None)
    log(ContactEnded("c"), tenant="other")
    assert log.position("c") == 1


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


def test_positions_are_those_of_a_plain_count_whatever_happens() -> None:
    random, log = Random(7), Log()
    waiting: dict[str, tuple[str, tuple[int, int, int]]] = {}
    known: dict[str, Any] = {}
    for number in range(2_000):
        contact_id = f"c{number}" if not known or random.random() < 0.5 else random.choice(list(known))
        if contact_id not in known:
            known[contact_id] = (
                random.randrange(50),
                len(known),
                random.choice((0, 0, 5)),
                random.choice(("q", "seniors")),
            )
            arrived_ms, order, priority, queue = known[contact_id]
            log(ContactAccepted(contact_id, Channel.VOICE, arrived_ms), ContactQueued(contact_id, queue, priority))
            waiting[contact_id] = (queue, (-priority, arrived_ms, order))
        elif contact_id in waiting:
            log(ContactOffered(contact_id))
            del waiting[contact_id]
        elif log.room.standing("demo", contact_id) == Standing(Stage.OFFERED) and random.random() < 0.5:
            log(OfferReturned(contact_id))
            arrived_ms, order, priority, queue = known[contact_id]
            waiting[contact_id] = (queue, (-priority, arrived_ms, order))
        else:
            log(ContactEnded(contact_id))
    assert len(waiting) > 100
    for contact_id, (queue, place) in waiting.items():
        assert log.position(contact_id) == sum(other == queue and at <= place for other, at in waiting.values())
