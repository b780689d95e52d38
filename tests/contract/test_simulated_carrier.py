"""The simulated carrier's REST API: the official client over real HTTP, and the carrier's published description."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
from twilio.base.exceptions import TwilioRestException

from services.cli.carrier.exchange.call import Direction, Status
from services.cli.carrier.exchange.message import TextDirection, TextStatus
from services.cli.carrier.exchange.refusals import Refused
from services.cli.carrier.rest_forms import Form, read_form, update_of_call, wanted_call, wanted_message
from services.cli.carrier.rest_lists import CALLS, MESSAGES
from tests.contract.twilio.description import defects, form_fields, query_fields, values
from tests.simulated_carrier import ACCOUNT_SID, AUTH_TOKEN, Running, simulated_carrier

CUSTOMER, OTHER, SHOP = "+4915511111111", "+4915522222222", "+4930999999"
HELLO = "<Response><Say>Hello</Say></Response>"
WAIT = "<Response><Pause length='60'/><Say>Late</Say></Response>"
ACCOUNT = f"/2010-04-01/Accounts/{ACCOUNT_SID}"


@pytest.fixture
async def carrier() -> AsyncIterator[Running]:
    async with simulated_carrier(numbers={SHOP: {"voice_url": "http://127.0.0.1:9/voice"}}) as running:
        yield running


@pytest.fixture
async def rest(carrier: Running) -> AsyncIterator[httpx2.AsyncClient]:
    auth = httpx2.BasicAuth(ACCOUNT_SID, AUTH_TOKEN)
    async with httpx2.AsyncClient(timeout=60, base_url=carrier.url + ACCOUNT, auth=auth, trust_env=False) as client:
        yield client


async def test_the_official_client_calls_somebody_and_asks_what_became_of_it(carrier: Running) -> None:
    # given
    client = carrier.client()
    # when
    call = await asyncio.to_thread(client.calls.create, to=CUSTOMER, from_=SHOP, twiml=HELLO)
    await carrier.phone(CUSTOMER).hears("Hello")
    await carrier.phone(CUSTOMER).becomes("ended")
    # then
    fetched = await asyncio.to_thread(client.calls(call.sid).fetch)
    assert (call.status, fetched.status, fetched.direction) == ("queued", "completed", "outbound-api")
    assert fetched.end_time is not None
    assert [found.sid for found in await asyncio.to_thread(client.calls.list, to=CUSTOMER)] == [call.sid]
    assert await asyncio.to_thread(client.calls.list, to=OTHER) == []


async def test_the_official_client_redirects_a_call_and_ends_it(carrier: Running) -> None:
    # given
    client = carrier.client()
    call = await asyncio.to_thread(
        client.calls.create, to=CUSTOMER, from_=SHOP, twiml="<Response><Say>Wait</Say><Pause length='60'/></Response>"
    )
    await carrier.phone(CUSTOMER).hears("Wait")
    # when
    await asyncio.to_thread(client.calls(call.sid).update, twiml=f"{HELLO[:-11]}<Pause length='60'/></Response>")
    await carrier.phone(CUSTOMER).hears("Hello")
    ended = await asyncio.to_thread(client.calls(call.sid).update, status="completed")
    # then
    assert ended.sid == call.sid
    await carrier.phone(CUSTOMER).becomes("ended")
    assert (await asyncio.to_thread(client.calls(call.sid).fetch)).status == "completed"


async def test_the_official_client_pages_through_many_calls(carrier: Running) -> None:
    # given
    client = carrier.client()
    numbers = [f"+49155{number:07}" for number in range(7)]
    made = [await asyncio.to_thread(client.calls.create, to=to, from_=SHOP, twiml=HELLO) for to in numbers]
    # when
    listed = await asyncio.to_thread(client.calls.list, page_size=3)
    # then
    assert {call.sid for call in listed} == {call.sid for call in made}


async def test_the_official_client_lists_the_calls_and_messages_of_a_day(carrier: Running) -> None:
    # given
    client, today = carrier.client(), datetime.now(UTC).date()
    yesterday, tomorrow = today - timedelta(days=1), today + timedelta(days=1)
    call = await asyncio.to_thread(client.calls.create, to=CUSTOMER, from_=SHOP, twiml=HELLO)
    await carrier.phone(CUSTOMER).becomes("ended")
    message = await asyncio.to_thread(client.messages.create, to=CUSTOMER, from_=SHOP, body="Hello")
    await carrier.phone(CUSTOMER).gets_text("Hello")
    # when
    found = [
        await asyncio.to_thread(client.calls.list, start_time_after=yesterday),
        await asyncio.to_thread(client.calls.list, start_time_before=tomorrow, end_time_after=yesterday),
        await asyncio.to_thread(client.calls.list, start_time_after=tomorrow),
        await asyncio.to_thread(client.calls.list, end_time_before=yesterday),
        await asyncio.to_thread(client.messages.list, date_sent_after=yesterday),
        await asyncio.to_thread(client.messages.list, date_sent_before=yesterday),
    ]
    # then
    assert [[each.sid for each in rows] for rows in found] == [[call.sid], [call.sid], [], [], [message.sid], []]


async def test_the_official_client_sends_a_message_and_asks_what_became_of_it(carrier: Running) -> None:
    # given
    client = carrier.client()
    # when
    message = await asyncio.to_thread(client.messages.create, to=CUSTOMER, from_=SHOP, body="سلام")
    await carrier.phone(CUSTOMER).gets_text("سلام")
    # then
    fetched = await asyncio.to_thread(client.messages(message.sid).fetch)
    assert (message.status, fetched.status, fetched.num_segments) == ("queued", "delivered", "1")
    assert [found.sid for found in await asyncio.to_thread(client.messages.list, to=CUSTOMER)] == [message.sid]


REFUSED: dict[str, tuple[Callable[[Any], Any], int, int]] = {
    "call to nonsense": (lambda client: client.calls.create(to="nonsense", from_=SHOP, twiml=HELLO), 21211, 400),
    "call from nonsense": (lambda client: client.calls.create(to=CUSTOMER, from_="shop", twiml=HELLO), 21212, 400),
    "call from a number of somebody else": (
        lambda client: client.calls.create(to=CUSTOMER, from_=OTHER, twiml=HELLO),
        21210,
        400,
    ),
    "call with nothing to say": (lambda client: client.calls.create(to=CUSTOMER, from_=SHOP), 21205, 400),
    "call with a URL that is none": (
        lambda client: client.calls.create(to=CUSTOMER, from_=SHOP, url="ftp://shop.example/voice"),
        21205,
        400,
    ),
    "call that nobody knows": (lambda client: client.calls("CA" + "0" * 32).fetch(), 20404, 404),
    "redirect of a call that nobody knows": (
        lambda client: client.calls("CA" + "0" * 32).update(twiml=HELLO),
        20404,
        404,
    ),
    "message to nonsense": (lambda client: client.messages.create(to="12", from_=SHOP, body="Hello"), 21211, 400),
    "message from a number of somebody else": (
        lambda client: client.messages.create(to=CUSTOMER, from_=OTHER, body="Hello"),
        21606,
        400,
    ),
    "message without words": (lambda client: client.messages.create(to=CUSTOMER, from_=SHOP, body=" "), 21602, 400),
    "message that is too long": (
        lambda client: client.messages.create(to=CUSTOMER, from_=SHOP, body="x" * 1601),
        21617,
        400,
    ),
    "message with a callback that is no URL": (
        lambda client: client.messages.create(to=CUSTOMER, from_=SHOP, body="Hello", status_callback="here"),
        21609,
        400,
    ),
    "message that nobody knows": (lambda client: client.messages("SM" + "0" * 32).fetch(), 20404, 404),
}


@pytest.mark.parametrize("defect", REFUSED)
async def test_the_official_client_raises_what_is_refused_by_its_number(carrier: Running, defect: str) -> None:
    ask, code, status = REFUSED[defect]
    with pytest.raises(TwilioRestException) as raised:
        await asyncio.to_thread(ask, carrier.client())
    assert (raised.value.code, raised.value.status) == (code, status)


async def test_a_recipient_who_has_said_stop_gets_no_more_messages(carrier: Running) -> None:
    # given
    await carrier.phone(CUSTOMER).does("texts", to=SHOP, body="STOP")
    await carrier.phone(CUSTOMER).gets_text("unsubscribed")
    # when
    with pytest.raises(TwilioRestException) as raised:
        await asyncio.to_thread(carrier.client().messages.create, to=CUSTOMER, from_=SHOP, body="Hello")
    # then
    assert raised.value.code == 21610


@pytest.mark.parametrize("auth", [("AC" + "0" * 32, AUTH_TOKEN), (ACCOUNT_SID, "another token"), None])
async def test_nobody_but_the_account_is_answered(carrier: Running, auth: tuple[str, str] | None) -> None:
    async with httpx2.AsyncClient(timeout=60, base_url=carrier.url, trust_env=False) as client:
        basic = httpx2.BasicAuth(*auth) if auth else None
        for path in ("/Calls.json", "/Calls/CA1.json", "/Messages.json", "/Messages/SM1.json"):
            response = await client.get(ACCOUNT + path, auth=basic)
            assert (response.status_code, response.json()["code"]) == (401, 20003)


async def test_every_answer_is_as_the_carrier_publishes_it(carrier: Running, rest: httpx2.AsyncClient) -> None:
    # given
    form = {"To": CUSTOMER, "From": SHOP, "Twiml": WAIT}
    answers = [("/Calls.json", "post", created := await rest.post("/Calls.json", data=form))]
    # when
    one = f"/Calls/{created.json()['sid']}.json"
    answers += [
        ("/Calls/{Sid}.json", "get", await rest.get(one)),
        ("/Calls.json", "get", await rest.get("/Calls.json")),
    ]
    answers += [("/Calls/{Sid}.json", "post", await rest.post(one, data={"Status": "completed"}))]
    await carrier.phone(CUSTOMER).becomes("ended")
    answers += [("/Calls/{Sid}.json", "get", await rest.get(one))]
    await carrier.phone(OTHER).does("call", to=SHOP)
    await carrier.phone(OTHER).becomes("ended")
    answers += [("/Calls.json", "get", await rest.get("/Calls.json", params={"PageSize": "1"}))]
    answers += [("/Calls.json", "get", await rest.get("/Calls.json", params={"PageSize": "1", "Page": "1"}))]
    text = {"To": CUSTOMER, "From": SHOP, "Body": "Hello"}
    answers += [("/Messages.json", "post", sent := await rest.post("/Messages.json", data=text))]
    await carrier.phone(CUSTOMER).gets_text("Hello")
    answers += [("/Messages/{Sid}.json", "get", await rest.get(f"/Messages/{sent.json()['sid']}.json"))]
    answers += [("/Messages.json", "get", await rest.get("/Messages.json"))]
    # then
    for path, method, answer in answers:
        assert defects(path, method, answer.status_code, answer.json()) == [], (path, method)


def test_an_answer_that_is_not_as_published_is_found() -> None:
    found = defects(
        "/Messages/{Sid}.json", "get", 200, {"sid": "SM1", "status": "lost", "date_sent": "now", "mood": "x"}
    )
    assert len([words for words in found if words.startswith(("sid:", "status:", "date_sent:"))]) == 4
    assert any("mood" in words for words in found)
    assert any("'body' is a required property" in words for words in found)
    assert defects("/Calls.json", "post", 200, {}) == ["200 is not one of ['201']"]


class _Noting(dict[str, tuple[str, ...]]):
    """A form that remembers which fields somebody looked for."""

    def __init__(self, **fields: str) -> None:
        super().__init__({name: (value,) for name, value in fields.items()})
        self.looked_for: set[str] = set()

    def get(self, name: str, default: Any = None) -> Any:
        self.looked_for.add(name)
        return super().get(name, default)


@pytest.mark.parametrize(
    ("path", "read", "fields"),
    [
        ("/Calls.json", wanted_call, {"To": CUSTOMER, "From": SHOP, "Url": "https://shop.example/voice"}),
        ("/Calls/{Sid}.json", update_of_call, {"Url": "https://shop.example/voice"}),
        ("/Messages.json", wanted_message, {"To": CUSTOMER, "From": SHOP, "Body": "Hello"}),
    ],
)
def test_no_field_is_read_that_the_carrier_does_not_publish(
    path: str, read: Callable[[Form], Any], fields: dict[str, str]
) -> None:
    noting = _Noting(**fields)
    read(Form(noting))
    assert noting.looked_for >= set(fields)
    assert noting.looked_for <= form_fields(path)


def test_no_list_is_filtered_by_what_the_carrier_does_not_publish() -> None:
    assert CALLS.parameters() | {"PageSize", "Page"} <= query_fields("/Calls.json")
    assert MESSAGES.parameters() | {"PageSize", "Page"} <= query_fields("/Messages.json")


def test_every_status_and_direction_is_one_that_the_carrier_publishes() -> None:
    assert {status.value for status in Status} == values("call_enum_status")
    assert {status.value for status in TextStatus} <= values("message_enum_status")
    assert {direction.value for direction in TextDirection} <= values("message_enum_direction")
    assert {direction.value for direction in Direction} == {"inbound", "outbound-api", "outbound-dial"}


@pytest.mark.parametrize("body", [b"To=%FF&From=x", b"\xff\xfe", b"&".join(b"a%d=1" % n for n in range(200))])
def test_a_form_that_cannot_be_read_is_refused(body: bytes) -> None:
    with pytest.raises(Refused) as refused:
        read_form(body)
    assert refused.value.code == 20001
