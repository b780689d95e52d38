"""The adapter of Twilio's REST API, against a server that answers as Twilio does, and as it should not."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from services.ingest.carriers.carrier import (
    Call,
    CallState,
    CarrierError,
    Media,
    Message,
    MessageState,
    NewCall,
    NewMessage,
    Refused,
    Unavailable,
    Uncertain,
)
from services.ingest.carriers.twilio_carrier import TwilioCarrier
from services.shared.serve import bind
from tests.fakes.twilio_api import Spoiled, TwilioApi, call, failing, message, saying
from tests.fakes.twilio_requests import SID, TOKEN

ACCOUNT = f"/2010-04-01/Accounts/{SID}"
MESSAGE = NewMessage("+15557122661", "+15558675310", "Hi there", "https://us.example/twilio/sms/status?send=1")
CALL = NewCall("+15557122661", "+15558675310", "https://us.example/room", "https://us.example/status", ring_s=25)
CALL_ID, MESSAGE_ID = f"CA{'1' * 32}", f"SM{'1' * 32}"
MADE_AT_MS = 1_795_341_600_000

Ask = Callable[[TwilioCarrier], Awaitable[object]]
ASKING: dict[str, Ask] = {
    "call": lambda it: it.call(CALL_ID),
    "calls_to": lambda it: it.calls_to("+1", "+2", 0),
    "calls_put_through": lambda it: it.calls_put_through(CALL_ID),
    "message": lambda it: it.message(MESSAGE_ID),
    "messages_like": lambda it: it.messages_like(MESSAGE, 0),
    "redirect_call": lambda it: it.redirect_call(CALL_ID, "https://us.example/room"),
    "hang_up": lambda it: it.hang_up(CALL_ID),
}
DOING: dict[str, Ask] = {
    "create_call": lambda it: it.create_call(CALL),
    "send_message": lambda it: it.send_message(MESSAGE),
}
# The library does not say with which status a list was refused.
REFUSABLE = {
    name: ask
    for name, ask in (ASKING | DOING).items()
    if name not in ("calls_to", "calls_put_through", "messages_like")
}
# What is left undecided by an answer, or by none.
UNDECIDED: dict[str, Spoiled] = {
    "an error of the server": failing(500),
    "a gateway that waited too long": failing(504),
    "a request that took too long": failing(408),
    "no JSON": saying("<html>"),
    "no answer at all": saying(""),
    "JSON of something else": saying("[1, 2]"),
    "a number for an id": saying('{"sid": 7, "status": "queued"}'),
    "an answer of two megabytes": saying("x" * 2_000_000),
}
NOT_NOW: dict[str, Spoiled] = {"too many requests": failing(429, 20429), "a wrong token": failing(401, 20003)}


@pytest.fixture
async def api() -> AsyncIterator[TwilioApi]:
    server = TwilioApi()
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def carrier(api: TwilioApi) -> AsyncIterator[TwilioCarrier]:
    adapter = TwilioCarrier(SID, TOKEN, api.url)
    await adapter.start()
    yield adapter
    await adapter.stop()


async def test_a_message_is_sent_under_our_url_for_what_becomes_of_it(carrier: TwilioCarrier, api: TwilioApi) -> None:
    sent = await carrier.send_message(MESSAGE)
    (asked,) = api.asked
    assert (asked.method, asked.path) == ("POST", f"{ACCOUNT}/Messages.json")
    assert dict(asked.form) == {
        "To": "+15558675310",
        "From": "+15557122661",
        "Body": "Hi there",
        "StatusCallback": "https://us.example/twilio/sms/status?send=1",
    }
    assert sent == Message(next(iter(api.resources)), MessageState.UNDERWAY)


async def test_a_call_is_made_that_asks_us_what_to_do(carrier: TwilioCarrier, api: TwilioApi) -> None:
    made = await carrier.create_call(CALL)
    (asked,) = api.asked
    assert (asked.method, asked.path) == ("POST", f"{ACCOUNT}/Calls.json")
    assert asked.form.count(("StatusCallbackEvent", "answered")) == 1
    assert [value for name, value in asked.form if name == "StatusCallbackEvent"] == [
        "initiated",
        "ringing",
        "answered",
        "completed",
    ]
    rest = {name: value for name, value in asked.form if name != "StatusCallbackEvent"}
    assert rest == {
        "To": "+15558675310",
        "From": "+15557122661",
        "Url": "https://us.example/room",
        "StatusCallback": "https://us.example/status",
        "Timeout": "25",
    }
    assert made == Call(next(iter(api.resources)), CallState.QUEUED)
    assert not made.state.is_over


async def test_a_call_is_redirected_and_ended(carrier: TwilioCarrier, api: TwilioApi) -> None:
    api.resources[CALL_ID] = call(CALL_ID, "in-progress")
    await carrier.redirect_call(CALL_ID, "https://us.example/room")
    await carrier.hang_up(CALL_ID)
    assert [dict(asked.form) for asked in api.asked] == [{"Url": "https://us.example/room"}, {"Status": "completed"}]
    assert await carrier.call(CALL_ID) == Call(CALL_ID, CallState.COMPLETED)
    assert CallState.COMPLETED.is_over


async def test_to_end_a_call_that_is_over_is_no_error(carrier: TwilioCarrier, api: TwilioApi) -> None:
    api.spoiled = [failing(400, 21220, "Invalid call state")]
    await carrier.hang_up(CALL_ID)
    api.spoiled = [failing(400, 21220, "Invalid call state")]
    with pytest.raises(Refused, match="21220"):
        await carrier.redirect_call(CALL_ID, "https://us.example/room")


@pytest.mark.parametrize("state", CallState)
async def test_every_state_of_a_call_is_known(state: CallState, carrier: TwilioCarrier, api: TwilioApi) -> None:
    api.resources[CALL_ID] = call(CALL_ID, state.value)
    assert await carrier.call(CALL_ID) == Call(CALL_ID, state)


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("accepted", MessageState.UNDERWAY),
        ("queued", MessageState.UNDERWAY),
        ("sending", MessageState.UNDERWAY),
        ("sent", MessageState.UNDERWAY),
        ("delivered", MessageState.DELIVERED),
        ("read", MessageState.DELIVERED),
        ("undelivered", MessageState.FAILED),
        ("failed", MessageState.FAILED),
        ("canceled", MessageState.FAILED),
        ("a new word", MessageState.UNDERWAY),
    ],
)
async def test_every_status_of_a_message_means_a_state(
    status: str, state: MessageState, carrier: TwilioCarrier, api: TwilioApi
) -> None:
    api.resources[MESSAGE_ID] = message(MESSAGE_ID, status, error_code=30003)
    assert await carrier.message(MESSAGE_ID) == Message(MESSAGE_ID, state, 30003)


async def test_messages_like_one_are_those_of_its_text_and_time(carrier: TwilioCarrier, api: TwilioApi) -> None:
    other, early = f"SM{'2' * 32}", f"SM{'3' * 32}"
    api.resources[MESSAGE_ID] = message(MESSAGE_ID)
    api.resources[other] = message(other, body="Something else")
    api.resources[early] = message(early, date_created="Sun, 22 Nov 2026 09:59:59 +0000")
    found = await carrier.messages_like(MESSAGE, MADE_AT_MS + 999)
    assert found == [Message(MESSAGE_ID, MessageState.UNDERWAY)]
    assert api.asked[0].query == {"From": "+15557122661", "To": "+15558675310", "PageSize": "20"}


async def test_calls_to_a_number_are_those_since_then(carrier: TwilioCarrier, api: TwilioApi) -> None:
    early = f"CA{'3' * 32}"
    api.resources[CALL_ID] = call(CALL_ID, "ringing")
    api.resources[early] = call(early, date_created="Sun, 22 Nov 2026 09:59:59 +0000")
    assert await carrier.calls_to("+15557122661", "+15558675310", MADE_AT_MS) == [Call(CALL_ID, CallState.RINGING)]


async def test_the_legs_of_a_call_are_those_that_are_on_and_were_made_for_it(
    carrier: TwilioCarrier, api: TwilioApi
) -> None:
    api.resources[CALL_ID] = call(CALL_ID, "in-progress")
    parent = f"CA{'2' * 32}"
    assert await carrier.calls_put_through(parent) == [Call(CALL_ID, CallState.IN_PROGRESS)]
    assert api.asked[0].query == {"ParentCallSid": parent, "Status": "in-progress", "PageSize": "20"}


@pytest.mark.parametrize("ask", REFUSABLE.values(), ids=REFUSABLE)
async def test_what_the_carrier_refuses_is_refused_with_its_code(
    ask: Ask, carrier: TwilioCarrier, api: TwilioApi
) -> None:
    api.spoiled = [failing(400, 21211, "The 'To' number +15558675310 is not a valid phone number.")]
    with pytest.raises(Refused) as refused:
        await ask(carrier)
    assert refused.value.code == 21211
    assert "15558675310" not in str(refused.value)


@pytest.mark.parametrize("spoiled", UNDECIDED.values(), ids=UNDECIDED)
@pytest.mark.parametrize("ask", DOING.values(), ids=DOING)
async def test_nobody_knows_what_came_of_what_was_not_answered(
    ask: Ask, spoiled: Spoiled, carrier: TwilioCarrier, api: TwilioApi
) -> None:
    api.spoiled = [spoiled]
    with pytest.raises(Uncertain):
        await ask(carrier)
    assert len(api.asked) == 1


@pytest.mark.parametrize("spoiled", UNDECIDED.values(), ids=UNDECIDED)
@pytest.mark.parametrize("ask", ASKING.values(), ids=ASKING)
async def test_what_can_be_asked_again_is_unavailable(
    ask: Ask, spoiled: Spoiled, carrier: TwilioCarrier, api: TwilioApi
) -> None:
    api.spoiled = [spoiled]
    with pytest.raises(Unavailable):
        await ask(carrier)


@pytest.mark.parametrize("spoiled", NOT_NOW.values(), ids=NOT_NOW)
@pytest.mark.parametrize("ask", [*ASKING.values(), *DOING.values()], ids=[*ASKING, *DOING])
async def test_what_was_not_done_may_be_tried_again(
    ask: Ask, spoiled: Spoiled, carrier: TwilioCarrier, api: TwilioApi
) -> None:
    api.spoiled = [spoiled]
    with pytest.raises(Unavailable):
        await ask(carrier)


@pytest.mark.parametrize("ask", [*ASKING.values(), *DOING.values()], ids=[*ASKING, *DOING])
async def test_a_carrier_that_nobody_answers_for_did_nothing(ask: Ask) -> None:
    silent = bind("127.0.0.1", 0, next_free=False)
    port = silent.getsockname()[1]
    silent.close()
    carrier = TwilioCarrier(SID, TOKEN, f"http://127.0.0.1:{port}")
    with pytest.raises(Unavailable):
        await ask(carrier)
    await carrier.stop()


async def test_a_carrier_that_never_answers_is_given_up_in_time(api: TwilioApi) -> None:
    carrier = TwilioCarrier(SID, TOKEN, api.url, answer_within_s=0.2)
    api.spoiled = [api.never()]
    with pytest.raises(Uncertain):
        await carrier.send_message(MESSAGE)
    api.spoiled = [api.never()]
    with pytest.raises(Unavailable):
        await carrier.message(MESSAGE_ID)
    await carrier.stop()


async def test_nothing_but_an_id_becomes_part_of_a_path(carrier: TwilioCarrier, api: TwilioApi) -> None:
    for wrong in ("", "../Messages", "CA1", f"{CALL_ID}/../..", f"{CALL_ID}\n"):
        with pytest.raises(Refused):
            await carrier.call(wrong)
        with pytest.raises(Refused):
            await carrier.message(wrong)
    assert api.asked == []


async def test_a_file_is_fetched_from_the_carrier_and_from_nobody_else(carrier: TwilioCarrier, api: TwilioApi) -> None:
    path = f"/Messages/{MESSAGE_ID}/Media/ME1"
    api.files[path] = (b"\x89PNG", "image/png")
    assert await carrier.media(f"https://api.twilio.com{ACCOUNT}{path}", 100) == Media("image/png", b"\x89PNG")
    assert await carrier.media(f"{api.url}{ACCOUNT}{path}", 4) == Media("image/png", b"\x89PNG")
    refused: list[CarrierError] = []
    asked = len(api.asked)
    for url in ("http://169.254.169.254/latest", "https://api.twilio.com.evil.example/x", "file:///etc/passwd", ""):
        with pytest.raises(Refused, match="not at the carrier") as error:
            await carrier.media(url, 100)
        refused.append(error.value)
    assert len(api.asked) == asked


async def test_a_file_that_is_too_large_or_gone_is_refused(carrier: TwilioCarrier, api: TwilioApi) -> None:
    path = f"/Messages/{MESSAGE_ID}/Media/ME1"
    api.files[path] = (b"x" * 101, "image/png")
    with pytest.raises(Refused, match="larger than 100 bytes"):
        await carrier.media(f"{api.url}{ACCOUNT}{path}", 100)
    with pytest.raises(Refused, match="HTTP 404"):
        await carrier.media(f"{api.url}{ACCOUNT}/Messages/none", 100)
