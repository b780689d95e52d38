"""Asking for a call, from the page and by a program, over real HTTP."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from services.ingest.addresses import Place
from services.ingest.channels.callback import CallBack
from services.ingest.envelopes import Arrived, Content, Envelope, Left, LeftReason
from services.ingest.router_log.facts import ContactAccepted, ContactEnded, ContactOffered, ContactQueued, OfferAccepted
from services.plan.compiled import Attribute, Channel
from tests.fakes.manual_clock import ManualClock
from tests.unit.ingest.callback.house import ANY_TIME, DAY_MS, HOUR_MS, MINUTE_MS, NOW_MS, OFFICE_ONLY, PLAN, opened
from tests.unit.ingest.web.house import House, eventually
from tests.unit.ingest.web.router_log import HOSTILE

GOOD: dict[str, Any] = {
    "token": "program-token-0001",
    "number": "+44 20 7946 0300",
    "name": " Ada Lovelace ",
    "language": "hi-IN",
    "topic": "refund",
    "message": "The engine\r\nstopped.",
}
ACME, GLOBEX = f"/v1/callbacks/{ANY_TIME[1:]}", f"/v1/callbacks/{OFFICE_ONLY[1:]}"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(wall_ms=NOW_MS)


@pytest.fixture
async def house(tmp_path: Path, clock: ManualClock) -> AsyncIterator[House]:
    async with opened(tmp_path, clock) as (house, _carrier):
        yield house


@pytest.fixture
async def client(house: House) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(timeout=60, base_url=house.url("")) as client:
        yield client


async def arrivals(house: House) -> list[tuple[Envelope, Arrived]]:
    return [(each, each.what) for each in await house.envelopes() if isinstance(each.what, Arrived)]


async def test_a_request_of_a_program_becomes_a_contact_that_waits_at_once(
    house: House, client: httpx2.AsyncClient
) -> None:
    answer = await client.post(ACME, json=GOOD)

    assert answer.status_code == 202, answer.text
    ((envelope, arrived),) = await arrivals(house)
    assert (envelope.tenant, envelope.company) == ("demo", "acme")
    assert arrived == Arrived(
        channel=Channel.CALLBACK,
        dialed=ANY_TIME,
        caller="+442079460300",
        language="hi-in",
        attributes=(Attribute("topic", "refund"),),
        ready=True,
        message=Content(text="The engine\nstopped."),
        caller_name="Ada Lovelace",
    )
    told = answer.json()
    assert told.pop("receipt").startswith(f"{envelope.contact_id}-")
    assert told == {"contact_id": envelope.contact_id, "number": "+442079460300", "from": None}


async def test_a_browser_walks_from_the_page_to_the_promise(house: House, client: httpx2.AsyncClient) -> None:
    page = await client.get(f"/b/{ANY_TIME[1:]}?lang=fa")
    token = re.search(r'name="token" value="([0-9a-f]{32})"', page.text)
    assert token
    fields = {"token": token[1], "number": "۰۲۰ ۷۹۴۶ ۰۳۰۱", "when": "", "name": "", "language": "fa", "website": ""}

    answer = await client.post(f"/b/{ANY_TIME[1:]}", data={**fields, "message": "سلام"})

    assert answer.status_code == 200
    assert "We will call you" in answer.text
    assert "+442079460301" in answer.text
    ((_, arrived),) = await arrivals(house)
    assert (arrived.caller, arrived.language, arrived.ready) == ("+442079460301", "fa", True)


@pytest.mark.parametrize(
    "written",
    [
        "+442079460300",
        "0044 20 7946 0300",
        "020 7946 0300",
        "(020) 7946-0300",
        "+۴۴ ۲۰ ۷۹۴۶ ۰۳۰۰",
        "+४४ २० ७९४६ ०३००",
        "+44 20 7946 0300",
        "\u202a+44 20 7946 0300\u202c",
        "+44\N{NO-BREAK SPACE}20\N{NO-BREAK SPACE}7946\N{EN DASH}0300",
    ],
)
async def test_numbers_are_understood_as_people_write_them(
    house: House, client: httpx2.AsyncClient, written: str
) -> None:
    answer = await client.post(ACME, json={**GOOD, "number": written})

    assert answer.status_code == 202, answer.text
    ((_, arrived),) = await arrivals(house)
    assert arrived.caller == "+442079460300"


async def test_who_says_no_language_has_that_of_the_number(house: House, client: httpx2.AsyncClient) -> None:
    for page in (ACME, GLOBEX):
        answer = await client.post(page, json={**GOOD, "topic": "", "language": ""})
        assert answer.status_code == 202

    assert [arrived.language for _, arrived in await arrivals(house)] == ["en", ""]


async def test_a_later_call_is_queued_at_its_time(house: House, client: httpx2.AsyncClient) -> None:
    local = await client.post(ACME, json={**GOOD, "when": "2026-11-23T18:30"})
    abroad = await client.post(ACME, json={**GOOD, "when": "2026-11-24T00:00:00-05:00", "token": "program-token-0002"})

    at = [arrived.queue_at_ms for _, arrived in await arrivals(house)]
    assert at == [NOW_MS + 10 * HOUR_MS, NOW_MS + 22 * HOUR_MS - 30 * MINUTE_MS]
    assert not any(arrived.ready for _, arrived in await arrivals(house))
    assert local.json()["from"] == "2026-11-23T18:30:00+01:00"
    assert abroad.json()["from"] == "2026-11-24T06:00:00+01:00"


async def test_as_soon_as_possible_is_when_the_number_opens(
    house: House, client: httpx2.AsyncClient, clock: ManualClock
) -> None:
    closed = await client.post(GLOBEX, json={**GOOD, "topic": "", "when": "now"})
    clock.pass_ms(HOUR_MS)
    opened_now = await client.post(GLOBEX, json={**GOOD, "topic": "", "token": "program-token-0002"})

    assert closed.json()["from"] == "2026-11-23T09:00:00+01:00"
    assert opened_now.json()["from"] is None
    first, second = [arrived for _, arrived in await arrivals(house)]
    assert (first.ready, first.queue_at_ms) == (False, NOW_MS + 30 * MINUTE_MS)
    assert (second.ready, second.queue_at_ms) == (True, 0)


async def test_a_time_when_the_number_is_closed_becomes_the_next_at_which_it_opens(
    client: httpx2.AsyncClient,
) -> None:
    evening = await client.post(GLOBEX, json={**GOOD, "topic": "", "when": "2026-11-23T21:00"})
    within = await client.post(
        GLOBEX, json={**GOOD, "topic": "", "when": "2026-11-23T11:00", "token": "program-token-0002"}
    )

    assert evening.json()["from"] == "2026-11-24T09:00:00+01:00"
    assert within.json()["from"] == "2026-11-23T11:00:00+01:00"


async def test_a_time_that_passed_while_the_page_was_filled_in_means_now(client: httpx2.AsyncClient) -> None:
    answer = await client.post(ACME, json={**GOOD, "when": "2026-11-23T08:20"})

    assert answer.json()["from"] is None


async def test_the_same_token_is_the_same_contact(house: House, client: httpx2.AsyncClient) -> None:
    answers = [await client.post(ACME, json=GOOD) for _ in range(3)]
    elsewhere = await client.post(GLOBEX, json={**GOOD, "topic": ""})

    ids = {answer.json()["contact_id"] for answer in answers}
    assert len(ids) == 1
    assert elsewhere.json()["contact_id"] not in ids
    assert len({envelope.event_id for envelope, _ in (await arrivals(house))[:3]}) == 1


async def test_the_page_says_what_it_offers_and_when_it_opens(client: httpx2.AsyncClient) -> None:
    acme = (await client.get(f"/b/{ANY_TIME}")).text
    globex = (await client.get(f"/b/{OFFICE_ONLY[1:]}")).text

    assert re.findall(r'<option value="([^"]+)"', acme) == ["en", "fa", "hi", "refund"]
    assert "हिन्दी" in acme
    assert "closed" not in acme
    assert "We are closed now and call again from Monday 23 November, 09:00 (Europe/Berlin)." in globex
    assert 'min="2026-11-23T08:30" max="2026-12-23T08:30"' in globex


async def test_what_was_typed_stays_when_it_has_to_be_corrected(client: httpx2.AsyncClient) -> None:
    page = await client.post(f"/b/{ANY_TIME[1:]}", data={**GOOD, "number": "nobody", "language": "hi"})

    assert page.status_code == 400
    assert 'id="number-wrong"' in page.text
    assert 'aria-invalid="true" aria-describedby="number-wrong"' in page.text
    assert 'value="refund" selected' in page.text
    assert "The engine" in page.text
    assert GOOD["token"] in page.text


async def test_it_is_not_promised_before_it_is_in_the_log_and_trying_again_costs_nothing(
    house: House, client: httpx2.AsyncClient
) -> None:
    house.inbound.away = True
    answers = [await client.post(ACME, json=GOOD) for _ in range(12)]
    page = await client.post(f"/b/{ANY_TIME[1:]}", data={**GOOD, "message": "keep <me>"})
    house.inbound.away = False
    then = await client.post(ACME, json=GOOD)

    assert {answer.status_code for answer in answers} == {503}
    assert int(answers[0].headers["retry-after"]) > 0
    assert page.status_code == 503
    assert "keep &lt;me&gt;" in page.text
    assert then.status_code == 202


async def test_what_visitors_say_is_escaped(client: httpx2.AsyncClient) -> None:
    fields = {**GOOD, "number": HOSTILE[:60], "name": HOSTILE, "message": f"</textarea>{HOSTILE}", "when": '"><b>'}

    page = await client.post(f"/b/{ANY_TIME[1:]}", data=fields)

    assert page.status_code == 400
    assert "<script>" not in page.text
    assert '"><b>' not in page.text


async def test_pages_have_no_script_or_style_inside_and_forbid_what_they_do_not_need(
    client: httpx2.AsyncClient,
) -> None:
    page = await client.get(f"/b/{ANY_TIME[1:]}")

    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\son[a-z]+=|\sstyle=", page.text)
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert page.headers["cache-control"] == "no-store"


async def test_one_number_may_be_asked_for_so_often_in_an_hour_and_in_a_day(tmp_path: Path) -> None:
    clock = ManualClock(wall_ms=NOW_MS)
    often = opened(tmp_path, clock, callback_number_per_hour=2, callback_number_per_day=3)
    async with often as (house, _), httpx2.AsyncClient(timeout=60, base_url=house.url("")) as client:

        async def asked(number: str = "+442079460300") -> int:
            return (await client.post(ACME, json={**GOOD, "number": number})).status_code

        assert [await asked() for _ in range(3)] == [202, 202, 429]
        assert await asked("+442079460301") == 202
        clock.pass_ms(HOUR_MS)
        assert [await asked() for _ in range(2)] == [202, 429]
        clock.pass_ms(HOUR_MS)
        refused = await client.post(ACME, json=GOOD)
        assert refused.status_code == 429
        # A day's bucket of three fills by one in eight hours.
        assert int(refused.headers["retry-after"]) <= 8 * 3600
        page = await client.post(f"/b/{ANY_TIME[1:]}", data={**GOOD, "language": "hi"})
        assert (page.status_code, 'id="number-wrong"' in page.text) == (429, True)
        clock.pass_ms(DAY_MS)
        assert await asked() == 202


async def test_numbers_of_one_client_are_limited_as_forms_are(tmp_path: Path) -> None:
    async with opened(tmp_path, contacts_per_minute=2) as (house, _), httpx2.AsyncClient(timeout=60) as client:
        url = house.url(ACME)
        answers = [await client.post(url, json={**GOOD, "number": f"+44207946030{last}"}) for last in range(3)]
        assert [answer.status_code for answer in answers] == [202, 202, 429]


async def test_countries_that_are_named_take_the_place_of_the_companys_own(tmp_path: Path) -> None:
    named = opened(tmp_path, callback_countries=("IN", "DE"))
    async with named as (house, _), httpx2.AsyncClient(timeout=60, base_url=house.url("")) as client:
        numbers = ("+91 98765 43210", "+49 30 1234567", "+44 20 7946 0300")
        answers = [await client.post(ACME, json={**GOOD, "number": number}) for number in numbers]
        assert [answer.status_code for answer in answers] == [202, 202, 400]


async def test_where_no_carrier_is_there_are_no_call_backs(tmp_path: Path) -> None:
    async with opened(tmp_path, twilio_account_sid="") as (house, _), httpx2.AsyncClient(timeout=60) as client:
        assert (await client.post(house.url(ACME), json=GOOD)).status_code == 404
        assert (await client.get(house.url(f"/b/{ANY_TIME[1:]}"))).status_code == 404


# Cancelling


async def receipt(client: httpx2.AsyncClient) -> tuple[str, str]:
    told = (await client.post(ACME, json=GOOD)).json()
    return told["contact_id"], told["receipt"]


async def test_whoever_has_the_receipt_can_cancel(house: House, client: httpx2.AsyncClient) -> None:
    contact_id, held = await receipt(client)

    answer = await client.delete(f"{ACME}/{held}")

    assert (answer.status_code, answer.json()) == (202, {"contact_id": contact_id})
    left = (await house.envelopes())[-1]
    assert (left.contact_id, left.company, left.what) == (contact_id, "acme", Left(LeftReason.CUSTOMER))


async def test_the_link_of_the_page_asks_first_and_then_cancels(house: House, client: httpx2.AsyncClient) -> None:
    fields = {"token": "a" * 32, "number": "020 7946 0300"}
    taken = await client.post(f"/b/{ANY_TIME[1:]}", data=fields)
    link = re.search(r'href="(/b/[^"]+/cancel/[^"]+)"', taken.text)
    assert link

    asked = await client.get(link[1])
    assert "Do you want to cancel" in asked.text
    assert len(await house.envelopes()) == 1
    done = await client.post(link[1])

    assert "The call is cancelled" in done.text
    assert isinstance((await house.envelopes())[-1].what, Left)


async def test_cancelling_twice_is_one_event(house: House, client: httpx2.AsyncClient) -> None:
    _, held = await receipt(client)

    for _ in range(2):
        assert (await client.delete(f"{ACME}/{held}")).status_code == 202

    assert len({envelope.event_id for envelope in (await house.envelopes())[1:]}) == 1


@pytest.mark.parametrize("forged", ["id alone", "another's proof", "another number", "cut off", "longer", "no ASCII"])
async def test_a_receipt_that_is_not_ours_cancels_nothing(
    house: House, client: httpx2.AsyncClient, forged: str
) -> None:
    contact_id, held = await receipt(client)
    others = (await client.post(ACME, json={**GOOD, "token": "program-token-0002"})).json()["receipt"]
    page, presented = {
        "id alone": (ACME, contact_id),
        "another's proof": (ACME, f"{contact_id}-{others.partition('-')[2]}"),
        "another number": (GLOBEX, held),
        "cut off": (ACME, held[:-1]),
        "longer": (ACME, f"{held}0"),
        "no ASCII": (ACME, f"{held[:-1]}٣"),
    }[forged]

    answers = [await client.delete(f"{page}/{presented}"), await client.get(f"/b/{page[-12:]}/cancel/{presented}")]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert len(await arrivals(house)) == len(await house.envelopes()) == 2


async def test_an_accepted_request_is_being_called_and_an_ended_one_is_over(
    house: House, client: httpx2.AsyncClient
) -> None:
    contact_id, held = await receipt(client)
    channel, place = house.part(CallBack), Place("demo", "acme", "en", ANY_TIME, "Acme Parts")
    accepted = ContactAccepted(contact_id, Channel.CALLBACK, NOW_MS, "hi")
    await house.router.commit(accepted, ContactQueued(contact_id, "q", 0), ContactOffered(contact_id))
    await house.router.commit(OfferAccepted(contact_id, "ana", "o1"))
    await eventually(lambda: channel.stage(place, contact_id) == "accepted")
    calling = await client.delete(f"{ACME}/{held}")
    page = await client.post(f"/b/{ANY_TIME[1:]}/cancel/{held}")
    await house.router.commit(ContactEnded(contact_id))
    await eventually(lambda: channel.stage(place, contact_id) == "over")
    over = await client.delete(f"{ACME}/{held}")

    assert (calling.status_code, page.status_code, over.status_code) == (409, 409, 409)
    assert "calling you right now" in page.text
    assert "first request stands" in over.json()["why"]
    assert len(await house.envelopes()) == 1


async def test_a_plan_that_names_the_number_no_more_closes_the_page(house: House, client: httpx2.AsyncClient) -> None:
    acme, _ = PLAN.plan.companies
    assert acme.id == "acme"
    without = type(PLAN.plan)("demo", 2, (acme,), (), (), time_zone="Europe/Berlin")
    await house.router.commit(type(PLAN)(without))

    async def gone() -> bool:
        return (await client.get(f"/b/{OFFICE_ONLY[1:]}")).status_code == 404

    for _ in range(200):
        if await gone():
            break
    assert await gone()
    assert (await client.get(f"/b/{ANY_TIME[1:]}")).status_code == 200


async def test_above_the_quota_requests_come_later_and_what_was_wrong_does_not_count(
    tmp_path: Path, clock: ManualClock
) -> None:
    async with opened(tmp_path, clock, tenant_contacts_per_minute=1) as (house, _carrier):
        async with httpx2.AsyncClient(timeout=60, base_url=house.url("")) as client:
            assert (await client.post(ACME, json=GOOD | {"number": "110"})).status_code == 400
            assert (await client.post(ACME, json=GOOD)).status_code == 202
            refused = await client.post(ACME, json=GOOD | {"token": "program-token-0002"})
            page = await client.post(f"/b/{ANY_TIME[1:]}", data=GOOD | {"token": "program-token-0003"})
            assert (refused.status_code, page.status_code) == (429, 429)
            assert int(refused.headers["retry-after"]) > 0
        assert len(await arrivals(house)) == 1
