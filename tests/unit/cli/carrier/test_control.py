"""The telephones over HTTP: who may use them, and what is refused."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from services.cli.demonstration.mailbox import Mailbox
from tests.simulated_carrier import CONTROL_KEY, Running, simulated_carrier

CUSTOMER, SHOP = "+4915511111111", "+4930999999"
PHONE = f"/control/handsets/{CUSTOMER}"


@pytest.fixture
async def carrier() -> AsyncIterator[Running]:
    mailbox = Mailbox("127.0.0.1", 0, next_free=False)
    await mailbox.start()
    try:
        async with simulated_carrier(
            mails=mailbox, open_pages=True, framed_by=("http://desk.example:8080",)
        ) as running:
            yield running
    finally:
        await mailbox.stop()


@pytest.fixture
async def browser(carrier: Running) -> AsyncIterator[httpx2.AsyncClient]:
    """Calls as a page of the carrier's own makes them."""
    async with httpx2.AsyncClient(
        timeout=60, base_url=carrier.url, headers={"origin": carrier.url}, trust_env=False
    ) as client:
        yield client


async def test_the_carriers_own_page_may_use_every_telephone(browser: httpx2.AsyncClient) -> None:
    response = await browser.post(f"{PHONE}/call", json={"to": SHOP})
    assert response.status_code == 200
    assert response.json()["ended_because"] == "the number is not in service"


async def test_a_page_reads_without_an_origin_when_the_browser_says_that_it_is_its_own(carrier: Running) -> None:
    async with httpx2.AsyncClient(timeout=60, base_url=carrier.url, trust_env=False) as client:
        read = await client.get(PHONE, headers={"sec-fetch-site": "same-origin"})
        assert (read.status_code, read.json()["state"]) == (200, "idle")
        # Browsers say an origin with everything that changes something.
        acted = await client.post(f"{PHONE}/call", json={"to": SHOP}, headers={"sec-fetch-site": "same-origin"})
        assert acted.status_code == 403


FOREIGN = {
    "a page of another site": {"origin": "https://evil.example"},
    "a page of another port": {"origin": "http://127.0.0.1:1"},
    "a page in a sandbox": {"origin": "null"},
    "a name that was made to mean this machine": {"origin": "http://evil.example", "host": "evil.example"},
    "no origin at all": {"origin": ""},
    "another site, by its own word": {"sec-fetch-site": "cross-site"},
    "a wrong key": {"authorization": "Bearer wrong", "origin": "https://evil.example"},
    "a key of another scheme": {"authorization": f"Basic {CONTROL_KEY}", "origin": "https://evil.example"},
}


@pytest.mark.parametrize("who", FOREIGN)
async def test_nobody_else_may(carrier: Running, who: str) -> None:
    async with httpx2.AsyncClient(timeout=60, base_url=carrier.url, headers=FOREIGN[who], trust_env=False) as client:
        tries = [
            await client.post(f"{PHONE}/call", json={"to": SHOP}),
            await client.post("/mail/kim@customer.example", json={"to": "a@b.example", "text": "x"}),
            await client.get(PHONE),
            await client.get(f"{PHONE}/events"),
            await client.get("/mail/kim@customer.example/events"),
            await client.put("/control/misbehaviour", json={}),
        ]
    assert {response.status_code for response in tries} == {403}
    assert carrier.exchange.network.handsets == {}


async def test_where_pages_are_closed_only_the_key_opens() -> None:
    async with (
        simulated_carrier() as carrier,
        httpx2.AsyncClient(timeout=60, base_url=carrier.url, trust_env=False) as client,
    ):
        own = {"origin": carrier.url, "sec-fetch-site": "same-origin"}
        assert (await client.get(PHONE, headers=own)).status_code == 401
        assert (await client.get("/phone", headers=own)).status_code == 401
        assert (await carrier.http.get(PHONE)).status_code == 200


async def test_without_a_key_no_program_may() -> None:
    async with simulated_carrier(control_key="") as carrier:
        assert (await carrier.http.get(PHONE, headers={"authorization": "Bearer"})).status_code == 401


BAD: dict[str, tuple[dict[str, Any], int]] = {
    "no JSON by its type": ({"content": b'{"to": "+4930999999"}', "headers": {"content-type": "text/plain"}}, 415),
    "a form": ({"data": {"to": SHOP}}, 415),
    "broken JSON": ({"content": b'{"to": ', "headers": {"content-type": "application/json"}}, 409),
    "a list": ({"json": [SHOP]}, 409),
    "nothing to dial": ({"json": {}}, 409),
    "a number that is a number": ({"json": {"to": 4930999999}}, 409),
    "something more": ({"json": {"to": SHOP, "mood": "good"}}, 409),
    "a number that is none": ({"json": {"to": "shop"}}, 409),
    "a number that is too long": ({"json": {"to": "+" + "1" * 200}}, 409),
    "more than 64 KiB": ({"json": {"to": "x" * 70_000}}, 413),
}


@pytest.mark.parametrize("defect", BAD)
async def test_what_is_no_good_is_refused_in_words(carrier: Running, defect: str) -> None:
    request, status = BAD[defect]
    response = await carrier.http.post(f"{PHONE}/call", **request)
    assert response.status_code == status
    assert carrier.exchange.network.calls == {}
    if status != 413:
        assert response.json()["error"]


@pytest.mark.parametrize(
    ("act", "body"),
    [
        ("keys", {"keys": "1"}),
        ("say", {"text": "Hello"}),
        ("answer", {}),
        ("reject", {}),
        ("texts", {"to": SHOP, "body": ""}),
        ("manner", {"habit": "polite"}),
        ("manner", {"habit": "busy", "after_ms": -1}),
    ],
)
async def test_what_cannot_be_done_now_is_said(carrier: Running, act: str, body: dict[str, object]) -> None:
    response = await carrier.http.post(f"{PHONE}/{act}", json=body)
    assert response.status_code == 409


async def test_an_act_that_there_is_not_is_not_found(carrier: Running) -> None:
    assert (await carrier.http.post(f"{PHONE}/dance", json={})).status_code == 404


async def test_a_screen_is_told_at_once_and_at_each_change(carrier: Running) -> None:
    # given
    screens = []
    async with carrier.http.stream("GET", f"{PHONE}/events") as stream:
        lines = stream.aiter_lines()
        async for line in lines:
            if line.startswith("data: "):
                screens.append(json.loads(line[6:]))
            if len(screens) == 1 and line:
                # when
                await carrier.phone(CUSTOMER).does("texts", to="+4915522222222", body="Hello")
            # then
            if screens and screens[-1]["texts"]:
                break
    assert screens[0]["state"] == "idle"
    assert screens[0]["manner"]["habit"] == "manual"
    assert screens[-1]["texts"][0]["body"] == "Hello"


async def test_a_number_may_be_asked_for_in_any_digits(carrier: Running) -> None:
    response = await carrier.http.get("/control/handsets/+۴۹۱۵۵۱۱۱۱۱۱۱۱")
    assert response.json()["number"] == CUSTOMER


async def test_pages_name_who_may_frame_them_and_load_nothing_from_elsewhere(browser: httpx2.AsyncClient) -> None:
    for path in ("/phone", "/phone?number=%2B4930123456", "/mailbox", "/mailbox?address=kim@customer.example"):
        page = await browser.get(path)
        assert page.status_code == 200
        assert "frame-ancestors 'self' http://desk.example:8080" in page.headers["content-security-policy"]
        assert "http" not in page.text.replace("http-equiv", "")


@pytest.mark.parametrize("asked", ["<script>alert(1)</script>", '"><img src=x>', "x" * 5_000, "\x00"])
async def test_a_page_shows_nothing_that_it_was_asked_with_unless_it_is_a_number(
    browser: httpx2.AsyncClient, asked: str
) -> None:
    phone = await browser.get("/phone", params={"number": asked})
    mailbox = await browser.get("/mailbox", params={"address": asked})
    for page in (phone, mailbox):
        assert page.status_code == 200
        assert asked not in page.text
    assert "+4917139200" in phone.text
    assert "@visitor.example" in mailbox.text


async def test_a_mail_goes_out_by_smtp_and_what_arrives_is_shown(carrier: Running) -> None:
    # given
    mailbox = carrier.mails
    assert isinstance(mailbox, Mailbox)
    mail = {"to": "Support@Acme.example", "subject": "سؤال", "text": "کجاست؟\nکیم"}
    assert (await carrier.http.post("/mail/kim@customer.example", json=mail)).status_code == 502
    carrier.part.send_mail_to("127.0.0.1", mailbox.port)
    # when
    sent = await carrier.http.post("/mail/kim@customer.example", json=mail)
    # then
    arrived = await mailbox.next_for("support@acme.example")
    assert (arrived["Subject"], arrived["From"]) == ("سؤال", "kim@customer.example")
    assert arrived.get_content().split() == ["کجاست؟", "کیم"]
    assert [(shown["mine"], shown["text"]) for shown in sent.json()["mails"]] == [(True, mail["text"])]
    # when
    answer = {"to": "kim@customer.example", "subject": "Re: x", "text": "Here", "answers": str(arrived["Message-ID"])}
    await carrier.http.post("/mail/support@acme.example", json=answer)
    # then
    again = await carrier.http.post("/mail/kim@customer.example", json=mail)
    assert [shown["mine"] for shown in again.json()["mails"]] == [True, False, True]
    assert mailbox.arrived_for("kim@customer.example")[0].mail["In-Reply-To"] == arrived["Message-ID"]


@pytest.mark.parametrize(
    ("address", "body"),
    [
        ("kim", {"to": "support@acme.example", "text": "Hello"}),
        ("kim@customer.example", {"to": "support", "text": "Hello"}),
        ("kim@customer.example", {"to": "a@b.example, c@d.example", "text": "Hello"}),
        ("kim@customer.example", {"to": "support@acme.example\r\nBcc: x@y.example", "text": "Hello"}),
        ("kim@customer.example", {"to": "support@acme.example", "text": ""}),
        ("kim@customer.example", {"to": "support@acme.example", "text": "x" * 10_001}),
        ("kim@customer.example", {"to": "support@acme.example", "text": "x", "subject": "x" * 201}),
        ("kim@customer.example", {"to": "support@acme.example", "text": "x", "answers": "<a@b>\r\nX: y"}),
    ],
)
async def test_a_mail_that_is_no_good_is_not_sent(carrier: Running, address: str, body: dict[str, str]) -> None:
    response = await carrier.http.post(f"/mail/{address}", json=body)
    assert response.status_code == 409


async def test_a_subject_of_two_lines_is_one_line(carrier: Running) -> None:
    mailbox = carrier.mails
    assert isinstance(mailbox, Mailbox)
    carrier.part.send_mail_to("127.0.0.1", mailbox.port)
    mail = {"to": "support@acme.example", "subject": "One\r\nBcc: x@y.example", "text": "Hello"}
    assert (await carrier.http.post("/mail/kim@customer.example", json=mail)).status_code == 200
    arrived = await mailbox.next_for("support@acme.example")
    assert arrived["Subject"] == "One Bcc: x@y.example"
    assert arrived["Bcc"] is None
