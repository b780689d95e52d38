"""The link to the router: attachment, leases, renewal, silence, answers that do not come."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from services.agents.bells import Bells
from services.agents.desk import Accept, Presence, SetPresence
from services.agents.desk_link import (
    COMMANDS_PER_AGENT_MAX,
    CommandIdTaken,
    DeskLink,
    LinkTimes,
    OutcomeUnknown,
    TooManyCommands,
)
from services.agents.desk_links import DeskLinks
from services.agents.grpc_client import RouterChannel
from services.shared.clock import SystemClock
from services.shared.tokens import Identity, Role, TokenChecker, TokenMaker
from tests.fakes.fake_router import FakeRouter
from tests.fakes.manual_clock import ManualClock
from tests.unit.agents.bench import PRIVATE, PUBLIC, until

TIMES = LinkTimes(silence_ms=10**9, answer_ms=400, tick_ms=10, retry_first_ms=10, retry_max_ms=50)
IMPATIENT = replace(TIMES, silence_ms=6_000)
ANA = Identity("acme", (), Role.AGENT, "ana", "person-1", 0)
AVAILABLE = SetPresence(Presence.AVAILABLE)


class Floor:
    def __init__(self, router: FakeRouter, links: DeskLinks, clock: ManualClock) -> None:
        self.router = router
        self.links = links
        self.clock = clock

    @property
    def link(self) -> DeskLink:
        return self.links.of("acme")


@pytest.fixture
async def floor() -> AsyncIterator[Floor]:
    async with a_floor() as floor:
        yield floor


@asynccontextmanager
async def a_floor(times: LinkTimes = TIMES) -> AsyncIterator[Floor]:
    clock = ManualClock(SystemClock().wall_ms())
    router = FakeRouter(TokenChecker(PUBLIC, clock))
    channel = RouterChannel(f"127.0.0.1:{await router.start()}")
    links = DeskLinks(channel.connect, TokenMaker(PRIVATE, clock), Bells(), clock, times)
    try:
        yield Floor(router, links, clock)
    finally:
        await links.stop()
        await channel.stop()
        await router.stop()


async def test_all_agents_of_a_tenant_share_one_stream(floor: Floor) -> None:
    for number in range(20):
        floor.link.seat(Identity("acme", (), Role.AGENT, f"agent-{number}", "p", 0))
    await until(lambda: len(floor.router.attaches) == 20)
    assert floor.router.streams == 1


async def test_two_tenants_have_a_stream_each(floor: Floor) -> None:
    floor.link.seat(ANA)
    floor.links.of("other").seat(Identity("other", (), Role.AGENT, "ana", "p", 0))
    await until(lambda: sorted(floor.router.attaches) == [("acme", "ana"), ("other", "ana")])
    assert floor.router.streams == 2


async def test_an_agent_is_detached_when_the_lease_runs_out(floor: Floor) -> None:
    floor.link.seat(ANA)
    await until(lambda: floor.router.attaches)
    floor.clock.pass_ms(TIMES.lease_ms)
    floor.link.seat(ANA)
    floor.clock.pass_ms(TIMES.lease_ms - 1)
    await asyncio.sleep(0.05)
    assert floor.router.asked("detach") == []
    floor.clock.pass_ms(2)
    await until(lambda: floor.router.asked("detach"))


async def test_an_open_desk_keeps_the_agent_attached_and_a_lease_after_it_closed(floor: Floor) -> None:
    seat = floor.link.seat(ANA)
    floor.link.hold(seat)
    await until(lambda: floor.router.attaches)
    floor.clock.pass_ms(10 * TIMES.lease_ms)
    await asyncio.sleep(0.05)
    floor.link.release(seat)
    await asyncio.sleep(0.05)
    assert floor.router.asked("detach") == []
    floor.clock.pass_ms(TIMES.lease_ms + 1)
    await until(lambda: floor.router.asked("detach"))


async def test_a_token_is_renewed_before_it_expires(floor: Floor) -> None:
    floor.link.hold(floor.link.seat(ANA))
    await until(lambda: floor.router.attaches)
    floor.clock.pass_ms(TIMES.token_ms - TIMES.renew_before_ms + 1)
    await until(lambda: len(floor.router.attaches) == 2)
    first, second = (request.attach.token for request in floor.router.asked("attach")[:2])
    assert first != second


async def test_a_silent_stream_is_opened_again() -> None:
    async with a_floor(IMPATIENT) as floor:
        floor.link.hold(floor.link.seat(ANA))
        await until(lambda: floor.link.connected)
        floor.router.silent = True
        await asyncio.sleep(0.3)
        floor.clock.pass_ms(IMPATIENT.silence_ms + 1)
        await until(lambda: len(floor.router.attaches) >= 2)
        floor.router.silent = False
        await until(lambda: floor.link.connected)


async def test_a_router_that_comes_back_finds_everybody_again(floor: Floor) -> None:
    floor.link.hold(floor.link.seat(ANA))
    await until(lambda: floor.link.connected)
    await floor.router.stop()
    await until(lambda: not floor.link.connected)
    await floor.router.start(floor.router.port)
    await until(lambda: len(floor.router.attaches) == 2)


async def test_a_zombie_of_an_older_epoch_is_not_listened_to(floor: Floor) -> None:
    floor.router.epoch = 7
    seat = floor.link.seat(ANA)
    floor.link.hold(seat)
    await until(lambda: seat.desk is not None)
    floor.router.epoch = 6
    floor.router.offer("ana", "c1")
    with pytest.raises(OutcomeUnknown):
        await floor.link.command(ANA, "id-1", AVAILABLE)
    assert seat.desk is not None
    assert seat.desk.items == ()


async def test_without_an_answer_the_outcome_is_unknown_and_the_same_id_finds_it(floor: Floor) -> None:
    floor.router.loses_answers = True
    with pytest.raises(OutcomeUnknown):
        await floor.link.command(ANA, "id-1", AVAILABLE)
    floor.router.loses_answers = False
    answered = await floor.link.command(ANA, "id-1", AVAILABLE)
    assert answered.outcome.refusal is None
    assert len(floor.router.outcomes) == 1


async def test_two_who_send_one_command_get_one_answer(floor: Floor) -> None:
    first, second = await asyncio.gather(*(floor.link.command(ANA, "id-1", AVAILABLE) for _ in range(2)))
    assert first == second
    assert len(floor.router.asked("set_presence")) == 1


async def test_one_id_for_two_commands_at_once_is_refused(floor: Floor) -> None:
    floor.router.loses_answers = True
    first = asyncio.create_task(floor.link.command(ANA, "id-1", AVAILABLE))
    await until(lambda: floor.router.asked("set_presence"))
    with pytest.raises(CommandIdTaken):
        await floor.link.command(ANA, "id-1", Accept("c1", "o1"))
    with pytest.raises(OutcomeUnknown):
        await first


async def test_an_agent_has_only_so_many_commands_under_way(floor: Floor) -> None:
    floor.router.loses_answers = True
    tasks = [
        asyncio.create_task(floor.link.command(ANA, f"id-{number}", AVAILABLE))
        for number in range(10 * COMMANDS_PER_AGENT_MAX)
    ]
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes].count(TooManyCommands) == 9 * COMMANDS_PER_AGENT_MAX
    assert [type(outcome) for outcome in outcomes].count(OutcomeUnknown) == COMMANDS_PER_AGENT_MAX


async def test_whoever_is_limited_to_other_companies_from_now_on_is_attached_anew(floor: Floor) -> None:
    floor.link.seat(ANA)
    await until(lambda: len(floor.router.attaches) == 1)
    floor.link.seat(Identity("acme", ("north",), Role.AGENT, "ana", "person-1", 0))
    await until(lambda: len(floor.router.attaches) == 2)


async def test_an_agent_whom_the_plan_did_not_know_is_let_in_once_it_does(floor: Floor) -> None:
    floor.router.refuses_attach = True
    seat = floor.link.seat(ANA)
    floor.link.hold(seat)
    await until(lambda: seat.refused)
    floor.router.refuses_attach = False
    floor.clock.pass_ms(TIMES.retry_attach_ms + 1)
    await until(lambda: seat.desk)
    assert seat.refused is None
