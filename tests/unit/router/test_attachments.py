import asyncio

from services.router.attachments import LEASE_S, AgentKey, Attachments
from tests.fakes.virtual_time import in_virtual_time

ANN = ("harbour", "ann")
BOB = ("harbour", "bob")


def recording() -> tuple[Attachments, list[AgentKey]]:
    detached: list[AgentKey] = []
    return Attachments(detached.append), detached


def test_an_agent_is_detached_when_the_last_stream_lets_go() -> None:
    attachments, detached = recording()
    attachments.hold(ANN, "one")
    attachments.hold(ANN, "two")
    attachments.release(ANN, "one")
    assert detached == []
    attachments.release(ANN, "two")
    assert detached == [ANN]
    assert attachments.of("harbour") == []


def test_letting_go_of_what_one_does_not_hold_is_no_harm() -> None:
    attachments, detached = recording()
    attachments.release(ANN, "one")
    attachments.hold(ANN, "one")
    attachments.release(ANN, "two")
    assert detached == []


def test_who_holds_whom_is_known_by_tenant() -> None:
    attachments, _ = recording()
    for key in (ANN, BOB, ("lagoon", "cyd")):
        attachments.hold(key, "one")
    assert attachments.of("harbour") == ["ann", "bob"]


@in_virtual_time
async def test_a_lease_runs_out_unless_it_is_renewed() -> None:
    attachments, detached = recording()
    attachments.lease(ANN)
    await asyncio.sleep(LEASE_S - 1)
    attachments.lease(ANN)
    await asyncio.sleep(LEASE_S - 1)
    assert detached == []
    await asyncio.sleep(2)
    assert detached == [ANN]


@in_virtual_time
async def test_a_stream_holds_an_agent_whose_lease_has_run_out_and_the_other_way_round() -> None:
    attachments, detached = recording()
    attachments.lease(ANN)
    attachments.hold(ANN, "one")
    attachments.hold(BOB, "one")
    attachments.lease(BOB)
    attachments.release(BOB, "one")
    await asyncio.sleep(LEASE_S - 1)
    assert detached == []
    await asyncio.sleep(2)
    assert detached == [BOB]
    attachments.release(ANN, "one")
    assert detached == [BOB, ANN]


@in_virtual_time
async def test_what_is_forgotten_is_not_detached_any_more() -> None:
    attachments, detached = recording()
    attachments.lease(ANN)
    attachments.hold(BOB, "one")
    attachments.forget()
    attachments.release(BOB, "one")
    await asyncio.sleep(2 * LEASE_S)
    assert detached == []
