import asyncio
from contextlib import suppress
from functools import partial

import pytest

from services.ingest.chat.states import ENDED, WAITING, ChatStates, Stage, State
from services.ingest.router_log.facts import (
    ContactAccepted,
    ContactEnded,
    Fact,
    Happened,
    OfferAccepted,
    PlanActivated,
    WrapUpStarted,
)
from services.ingest.router_log.follower import RouterLogFollower
from services.ingest.router_log.log_codec import UnreadableDecision, commit_of
from services.plan.compiled import Channel
from services.shared.fence import Barrier
from services.shared.log_codec import encode_record
from services.shared.memory_event_log import MemoryEventLog
from switchroom.v1 import log_pb2
from tests.unit.ingest.web.house import eventually
from tests.unit.ingest.web.router_log import RouterLog, decided, plan

HERE = (1, 0, 1)


def said_last(heard: list[Happened], fact: Fact) -> bool:
    return bool(heard) and heard[-1].fact == fact


async def test_all_facts_are_heard_once_and_in_order_also_when_following_is_begun_again() -> None:
    log = MemoryEventLog()
    router, heard = RouterLog(log), list[Happened]()
    await router.claim()
    await router.commit(plan(), ContactAccepted("c1", Channel.WEB_CHAT))
    follower = RouterLogFollower(log, heard.append)
    assert follower.not_ready_because()
    for fact in (OfferAccepted("c1", "ana"), ContactEnded("c1")):
        following = asyncio.create_task(follower.follow(0))
        await router.commit(fact)
        await eventually(partial(said_last, heard, fact))
        following.cancel()
        with suppress(asyncio.CancelledError):
            await following
    kinds = [type(happened.fact) for happened in heard]
    assert kinds == [PlanActivated, ContactAccepted, OfferAccepted, ContactEnded]
    assert [happened.place[2] for happened in heard] == [1, 1, 2, 3]
    assert follower.not_ready_because() is None


async def test_a_log_that_ends_with_what_nobody_accepts_has_been_read_all_the_same() -> None:
    log = MemoryEventLog(partitions=2)
    for partition in range(2):
        router = RouterLog(log, partition)
        await router.claim()
        await router.commit(plan())
        await log.append(partition, encode_record(Barrier(1, b"z" * 16, "too late", 1)))
    follower = RouterLogFollower(log)
    async with asyncio.TaskGroup() as tasks:
        following = [tasks.create_task(follower.follow(partition)) for partition in range(2)]
        await eventually(lambda: follower.not_ready_because() is None)
        for task in following:
            task.cancel()


def test_kinds_that_ingest_does_not_use_are_passed_over() -> None:
    message = log_pb2.Decided.FromString(decided("demo", ContactEnded("c1")))
    message.commands[0].events.add().contact_forgotten.contact_id = "c0"
    message.commands[0].events.add()
    assert commit_of(message.SerializeToString(), HERE).facts == (Happened("demo", HERE, ContactEnded("c1")),)


@pytest.mark.parametrize("content", [b"\xff", decided("demo", plan())[:-3]])
def test_what_cannot_be_read_is_said(content: bytes) -> None:
    with pytest.raises(UnreadableDecision):
        commit_of(content, HERE)


def test_a_value_of_a_newer_version_is_said() -> None:
    message = log_pb2.Decided()
    message.commands.add().events.add().contact_accepted.channel = 99  # type: ignore[assignment]  # a newer one
    with pytest.raises(UnreadableDecision):
        commit_of(message.SerializeToString(), HERE)


def told(states: ChatStates, *facts: OfferAccepted | ContactAccepted | ContactEnded | WrapUpStarted) -> None:
    for fact in facts:
        states.learn(Happened("demo", HERE, fact))


def test_only_chats_are_kept_and_of_the_ended_ones_only_the_newest() -> None:
    states = ChatStates(ended_max=2)
    told(states, ContactAccepted("call", Channel.VOICE), OfferAccepted("call", "ana"), ContactEnded("call"))
    assert states.state_of("call") is None
    for contact in ("a", "b", "c", "d"):
        told(states, ContactAccepted(contact, Channel.WEB_CHAT))
    told(states, *(ContactEnded(contact) for contact in ("a", "b", "c")))
    assert [states.state_of(contact) for contact in ("a", "b", "c", "d")] == [None, ENDED, ENDED, WAITING]
    assert list(states.open_contacts()) == ["d"]


def test_wrap_up_ends_the_chat_for_its_visitor_though_not_yet_the_contact() -> None:
    states = ChatStates()
    changes: list[tuple[str, State]] = []
    states.on_change = lambda contact, state: changes.append((contact, state))
    told(states, ContactAccepted("c1", Channel.WEB_CHAT), OfferAccepted("c1", "ana"), WrapUpStarted("c1"))
    assert states.state_of("c1") == ENDED
    assert list(states.open_contacts()) == ["c1"]
    assert [state.stage for _, state in changes] == [Stage.WAITING, Stage.JOINED, Stage.ENDED]
