"""Short messages to a tenant whose quota is used up: new conversations come later, those that are open go on."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.ingest.channels.sms import Sms
from services.ingest.router_log.facts import ContactAccepted, ContactEnded, ContactOutcome
from services.plan.compiled import Channel
from tests.fakes.manual_clock import ManualClock
from tests.fakes.twilio_requests import sms
from tests.unit.ingest.carriers.layouts import Layout, layout
from tests.unit.ingest.web.house import eventually

ANN, BOB = "+14155552671", "+14155552672"
# Longer ago than the log takes to speak of a message.
LONG_AGO_MS = 3_600_000


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def at(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Layout]:
    """One new contact in a minute."""
    async with layout("no proxy", tmp_path, clock, tenant_contacts_per_minute=1) as opened:
        yield opened


async def sends(at: Layout, caller: str, number: int) -> int:
    """The status that the carrier gets."""
    request = sms(f"{at.url}/sms", Body="Hello", MessageSid=f"SM{number:032x}", From=caller)
    answer = await request.send(at.client)
    assert (answer.status_code == 200) is ("retry-after" not in answer.headers)
    return answer.status_code


async def decide(at: Layout, *facts: ContactAccepted | ContactEnded) -> None:
    """Have the log say so, and ingest read it."""
    await at.house.router.commit(*facts)
    is_open, last = at.house.part(Sms).incoming.conversations.is_open, facts[-1]
    await eventually(lambda: is_open("demo", last.contact_id) is isinstance(last, ContactAccepted))


async def test_who_writes_first_is_asked_to_come_again_while_the_quota_is_used_up(
    at: Layout, clock: ManualClock
) -> None:
    assert [await sends(at, ANN, 1), await sends(at, BOB, 2)] == [200, 503]
    clock.pass_ms(60_000)
    assert await sends(at, BOB, 2) == 200


@pytest.mark.parametrize("restarted", [False, True])
async def test_who_has_a_conversation_goes_on_with_it(at: Layout, clock: ManualClock, *, restarted: bool) -> None:
    assert await sends(at, ANN, 1) == 200
    first = (await at.house.envelopes())[0].contact_id
    await decide(at, ContactAccepted(first, Channel.SMS))
    if restarted:
        at = await restart(at)
    clock.pass_ms(LONG_AGO_MS)
    assert [await sends(at, BOB, 2), await sends(at, ANN, 3), await sends(at, ANN, 4)] == [200, 200, 200]


async def test_what_is_written_in_a_conversation_does_not_use_the_quota_up(at: Layout, clock: ManualClock) -> None:
    assert await sends(at, ANN, 1) == 200
    await decide(at, ContactAccepted((await at.house.envelopes())[0].contact_id, Channel.SMS))
    clock.pass_ms(60_000)
    assert [await sends(at, caller, number) for number, caller in enumerate([ANN, ANN, ANN, BOB], 2)] == [200] * 4


async def test_of_a_message_that_the_log_has_not_spoken_of_the_next_one_is_taken(at: Layout) -> None:
    assert [await sends(at, ANN, 1), await sends(at, ANN, 2), await sends(at, BOB, 3)] == [200, 200, 503]


async def test_who_joined_a_conversation_that_another_process_knows_stays_in_it(at: Layout, clock: ManualClock) -> None:
    assert await sends(at, ANN, 1) == 200
    first = (await at.house.envelopes())[0].contact_id
    await decide(at, ContactAccepted(first, Channel.SMS))
    at = await restart(at)
    clock.pass_ms(60_000)
    assert await sends(at, ANN, 2) == 200
    second = (await at.house.envelopes())[1].contact_id
    await decide(at, ContactAccepted(second, Channel.SMS))
    await decide(at, ContactEnded(second, ContactOutcome.JOINED))
    clock.pass_ms(LONG_AGO_MS)
    assert [await sends(at, BOB, 3), await sends(at, ANN, 4)] == [200, 200]


async def test_after_its_end_a_conversation_is_a_new_contact(at: Layout, clock: ManualClock) -> None:
    assert await sends(at, ANN, 1) == 200
    first = (await at.house.envelopes())[0].contact_id
    await decide(at, ContactAccepted(first, Channel.SMS))
    await decide(at, ContactEnded(first, ContactOutcome.COMPLETED))
    clock.pass_ms(LONG_AGO_MS)
    assert [await sends(at, BOB, 2), await sends(at, ANN, 3)] == [200, 503]


async def test_while_nobody_can_tell_what_goes_on_all_are_let_in(at: Layout) -> None:
    at.house.documents.away = True
    assert [await sends(at, ANN, 1), await sends(at, BOB, 2)] == [200, 200]


async def test_a_message_that_the_log_did_not_take_does_not_count(at: Layout) -> None:
    at.house.inbound.away = True
    assert await sends(at, ANN, 1) == 503
    at.house.inbound.away = False
    assert await sends(at, BOB, 2) == 200


async def restart(at: Layout) -> Layout:
    await at.house.restart()
    return Layout(at.house, at.house.url("/twilio"), at.client)
