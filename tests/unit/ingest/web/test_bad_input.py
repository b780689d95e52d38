"""Named bad inputs over HTTP and WebSocket: each is refused with what, why and what to do, and nothing is appended."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
import pytest_asyncio
from websockets.exceptions import InvalidStatus

from services.ingest.chat.visitor_socket import BAD_FRAMES_MAX
from tests.fakes.numbers import NO_NUMBERS
from tests.unit.ingest.web.house import TOKEN, WITHIN_S, House, opened

# One ingest for all of them: it has to stand it anyway.
pytestmark = pytest.mark.asyncio(loop_scope="module")

GOOD: dict[str, Any] = {
    "token": "program-token-0001",
    "email_or_phone": "ada@engines.example",
    "message": "The engine stopped.",
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with opened(tmp_path_factory.mktemp("house"), calls_per_minute=60_000, contacts_per_minute=60_000) as house:
        yield house


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(house: House) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(timeout=60, base_url=house.url("")) as client:
        yield client


@pytest_asyncio.fixture(loop_scope="module")
async def nothing_appended(house: House) -> AsyncIterator[None]:
    before = await house.inbound.end(0)
    yield
    assert await house.inbound.end(0) == before


def new_token() -> str:
    return secrets.token_hex(16)


DEEP = "[" * 30_000 + "]" * 30_000

BAD_JSON: dict[str, str | bytes] = {
    "nothing": b"",
    "no JSON": "message=hello",
    "JSON cut off": '{"token": "program-token-0001", "mess',
    "a list": json.dumps([GOOD]),
    "null": "null",
    "nested 30,000 deep": DEEP,
    "deep inside a field": f'{{"message": {DEEP}}}',
    "NaN as a token": '{"token": NaN, "email_or_phone": "a@b.example", "message": "x"}',
    "bytes that are no UTF-8": b'{"token": "program-token-0001", "message": "\xff\xfe"}',
    "half a surrogate pair": ('{"token": "program-token-0001", "email_or_phone": "a@b.example", "message": "\\ud800"}'),
}
BAD_ENTRIES: dict[str, dict[str, Any]] = {
    "no token": {"token": None},
    "a token that is short": {"token": "short"},
    "a token with a slash": {"token": "program/token/0001"},
    "a token as a number": {"token": 1234567890123456},
    "a token with a line feed behind": {"token": "program-token-0001\n"},
    "an operator of a database as a token": {"token": {"$ne": ""}},
    "no message": {"message": None},
    "a message of blanks": {"message": " \r\n\t "},
    "a message with NUL": {"message": "a\x00b"},
    "a message with an escape": {"message": "a\x1b[31mb"},
    "a message of 16,001 characters": {"message": "x" * 16_001},
    "a message as a list": {"message": ["x"]},
    "no address": {"email_or_phone": None},
    "an empty address": {"email_or_phone": ""},
    "an address of two ats": {"email_or_phone": "a@b@c.example"},
    "an address with a line break": {"email_or_phone": "a@b.example\r\nBcc: c@d.example"},
    "an address with a blank": {"email_or_phone": "a b@c.example"},
    "two addresses": {"email_or_phone": "a@b.example,c@d.example"},
    "an address with an empty label": {"email_or_phone": "a@b..example"},
    "an address of 255 characters": {"email_or_phone": "a@" + "b" * 253},
    "a phone number with letters": {"email_or_phone": "+49 CALL ME"},
    "a phone number of 16 digits": {"email_or_phone": "1234567890123456"},
    "a phone number with a tag": {"email_or_phone": "<b>123</b>"},
    "a name with a line break": {"name": "Ada\nLovelace"},
    "a name that turns its direction": {"name": "Ada \u202egnp.exe"},
    "a name of 101 characters": {"name": "x" * 101},
    "a topic with a blank": {"topic": "lost parcel"},
    "a topic that is a phone number": {"topic": "4930123456"},
    "a topic of another page": {"topic": "travel"},
    "a topic for calls": {"topic": "calls"},
    "the beginning of a menu": {"topic": "menu/billing"},
    "a topic of nine menus": {"topic": "menu/" + "/".join("abcdefghi")},
    "a topic that climbs": {"topic": "menu//.."},
    "a language that is none": {"language": "<script>"},
    "a language of 36 characters": {"language": "en-" + "a" * 33},
    "a field that nobody asked for": {"priority": "100"},
    "somebody else's tenant": {"tenant": "other"},
}

BAD_ENTRIES |= {
    f"a phone number with {defect}": {"email_or_phone": written}
    for defect, (written, _) in NO_NUMBERS.items()
    # A form takes the number of a customer who leaves the country out.
    if defect != "no country"
}


def entry(changes: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in {**GOOD, **changes}.items() if value is not None}


def assert_says_what_to_do(answer: httpx2.Response) -> None:
    told = answer.json()
    assert told["what"]
    assert told["why"]
    assert told["what_to_do"]


@pytest.mark.usefixtures("nothing_appended")
@pytest.mark.parametrize("content", BAD_JSON.values(), ids=BAD_JSON)
async def test_a_body_that_is_no_entry_is_refused(
    content: str | bytes, house: House, client: httpx2.AsyncClient
) -> None:
    headers = {"content-type": "application/json"}
    answer = await client.post("/v1/forms/acme-contact", content=content, headers=headers)
    assert answer.status_code == 400
    assert_says_what_to_do(answer)


@pytest.mark.usefixtures("nothing_appended")
@pytest.mark.parametrize("changes", BAD_ENTRIES.values(), ids=BAD_ENTRIES)
async def test_an_entry_with_a_defect_is_refused_and_its_field_is_named(
    changes: dict[str, Any], house: House, client: httpx2.AsyncClient
) -> None:
    answer = await client.post("/v1/forms/acme-contact", json=entry(changes))
    assert answer.status_code == 400
    assert_says_what_to_do(answer)
    assert set(answer.json()["fields"]) == set(changes)


async def test_what_was_refused_is_not_said_back(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/v1/forms/acme-contact", json=entry({"message": "my card \x00 4111111111111111"}))
    assert "4111" not in answer.text


@pytest.mark.usefixtures("nothing_appended")
@pytest.mark.parametrize(
    ("status", "path", "content", "media_type"),
    [
        (404, "/v1/forms/unknown", "{}", "application/json"),
        (404, "/v1/forms/acme-chat", "{}", "application/json"),
        (404, "/v1/forms/" + "x" * 5000, "{}", "application/json"),
        (404, "/v1/forms/%00", "{}", "application/json"),
        (404, "/v1/forms/..%2f..%2fetc%2fpasswd", "{}", "application/json"),
        (404, "/f/unknown", "", "application/x-www-form-urlencoded"),
        (415, "/v1/forms/acme-contact", "{}", "text/plain"),
        (415, "/v1/forms/acme-contact", "{}", ""),
        (415, "/f/acme-contact", "{}", "application/json"),
        (415, "/f/acme-contact", "--x--", "multipart/form-data; boundary=x"),
        (400, "/f/acme-contact", "", "application/x-www-form-urlencoded"),
        (400, "/f/acme-contact", "a&" * 100_000, "application/x-www-form-urlencoded"),
        (400, "/f/acme-contact", "a;" * 100_000, "application/x-www-form-urlencoded"),
        (400, "/f/acme-contact", "message=%ff%fe", "application/x-www-form-urlencoded"),
        (400, "/f/acme-contact", "message=ä", "application/x-www-form-urlencoded"),
        (400, "/f/acme-contact", "message=a&message=b", "application/x-www-form-urlencoded"),
        (404, "/f/acme-contact/x", "", "application/x-www-form-urlencoded"),
        (405, "/healthz", "", "application/x-www-form-urlencoded"),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_a_call_that_can_never_be_a_form_is_refused(
    status: int, path: str, content: str, media_type: str, client: httpx2.AsyncClient
) -> None:
    answer = await client.post(path, content=content.encode(), headers={"content-type": media_type})
    assert answer.status_code == status


async def status_of(house: House, *lines: str, body: bytes = b"") -> int:
    """The answer to a call of which the rest is never sent."""
    reader, writer = await asyncio.open_connection("127.0.0.1", house.port)
    writer.write("\r\n".join((*lines, "host: x", "content-type: application/json", "", "")).encode() + body)
    status = int((await asyncio.wait_for(reader.readline(), WITHIN_S)).split()[1])
    writer.close()
    return status


@pytest.mark.usefixtures("nothing_appended")
@pytest.mark.parametrize("path", ["/v1/forms/acme-contact", "/f/acme-contact"])
async def test_a_body_above_the_limit_is_refused_unread_whether_it_says_so_or_not(path: str, house: House) -> None:
    assert await status_of(house, f"POST {path} HTTP/1.1", "content-length: 262145") == 413
    assert await status_of(house, f"POST {path} HTTP/1.1", "content-length: 99999999999999999") == 413
    chunk = b"x" * 2_621_450
    chunks = b"%x\r\n%b\r\n" % (len(chunk), chunk)
    assert (
        await status_of(house, "POST /v1/forms/acme-contact HTTP/1.1", "transfer-encoding: chunked", body=chunks) == 413
    )


@pytest.mark.usefixtures("nothing_appended")
async def test_a_robot_that_fills_in_what_people_do_not_see_is_told_so(
    house: House, client: httpx2.AsyncClient
) -> None:
    page = await client.post("/f/acme-contact", data={**GOOD, "website": "https://spam.example"})
    assert page.status_code == 400
    assert "Leave this field empty" in page.text


@pytest.mark.usefixtures("nothing_appended")
@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        "",
        "https://shop.example.evil.example",
        "https://shop.example:8443",
        "http://shop.example",
        "https://evil.example/https://shop.example",
        "file://",
        "chrome-extension://abcdefgh",
        "http://localhost.evil.example",
    ],
)
async def test_a_foreign_web_site_can_neither_send_a_form_nor_open_a_chat(
    origin: str, house: House, client: httpx2.AsyncClient
) -> None:
    for path, content in (("/v1/forms/acme-contact", {"json": GOOD}), ("/f/acme-contact", {"data": GOOD})):
        answer = await client.post(path, headers={"origin": origin}, **content)  # type: ignore[arg-type]
        assert answer.status_code == 403
    with pytest.raises(InvalidStatus) as refused:
        async with house.visitor(additional_headers={"Origin": origin}):
            pass
    assert refused.value.response.status_code == 403


async def test_our_own_pages_and_those_allowed_may(house: House, client: httpx2.AsyncClient) -> None:
    for origin in (house.url("").lower(), "https://shop.example", "https://SHOP.example"):
        answer = await client.post("/v1/forms/acme-contact", headers={"origin": origin}, json=GOOD)
        assert answer.status_code == 202
        async with house.visitor(origin=origin) as visitor:
            await visitor.hello()


@pytest.mark.parametrize("page", ["unknown", "acme-contact", "%00", "x" * 500])
async def test_a_chat_on_an_unknown_page_is_refused_before_it_begins(page: str, house: House) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with house.visitor(page):
            pass
    assert refused.value.response.status_code == 404
    assert json.loads(refused.value.response.body)["what_to_do"]


HELLO = {"token": TOKEN}
BAD_HELLOS: dict[str, Any] = {
    "no JSON": "hello",
    "nothing": "",
    "null": "null",
    "a list": "[]",
    "a number": "42",
    "an empty frame": {},
    "an unknown frame": {"shout": {}},
    "two at once": {"hello": HELLO, "say": {"id": "a", "text": "x"}},
    "nested 30,000 deep": DEEP,
    "hello as text": {"hello": "hello"},
    "hello without a token": {"hello": {}},
    "hello null": {"hello": None},
    "a token of 31 digits": {"hello": {"token": "a" * 31}},
    "a token in capitals": {"hello": {"token": "A" * 32}},
    "a token that is no hex": {"hello": {"token": "g" * 32}},
    "a token as a number": {"hello": {"token": int("1" * 32)}},
    "an operator of a database as a token": {"hello": {"token": {"$gt": ""}}},
    "last_seen below zero": {"hello": {**HELLO, "last_seen": -1}},
    "last_seen as text": {"hello": {**HELLO, "last_seen": "1"}},
    "last_seen beyond all bounds": {"hello": {**HELLO, "last_seen": 2**63}},
    "last_seen as a fraction": {"hello": {**HELLO, "last_seen": 1.5}},
    "a mail address without a domain": {"hello": {**HELLO, "email": "ada"}},
    "a mail address with a line break": {"hello": {**HELLO, "email": "a@b.example\nBcc: x@y.example"}},
    "a name with NUL": {"hello": {**HELLO, "name": "A\x00"}},
    "a language that is none": {"hello": {**HELLO, "language": "English please"}},
    "a topic that is none": {"hello": {**HELLO, "topic": "a b"}},
    "somebody else's contact": {"hello": {**HELLO, "contact_id": "c1"}},
    "binary": b'{"hello": {}}',
    "say before hello": {"say": {"id": "a", "text": "x"}},
    "got before hello": {"got": {"number": 1}},
    "end before hello": {"end": {}},
}
BAD_FRAMES: dict[str, Any] = {
    "hello once more": {"hello": {"token": "f" * 32}},
    "say nothing": {"say": {"id": "a", "text": ""}},
    "say blanks": {"say": {"id": "a", "text": " \n "}},
    "say NUL": {"say": {"id": "a", "text": "\x00"}},
    "say 8,001 characters": {"say": {"id": "a", "text": "x" * 8_001}},
    "say half a surrogate pair": '{"say": {"id": "a", "text": "\\ud800"}}',
    "say without an id": {"say": {"text": "x"}},
    "say with an id of 65 characters": {"say": {"id": "x" * 65, "text": "x"}},
    "say with an id that climbs": {"say": {"id": "../../a", "text": "x"}},
    "say a list": {"say": {"id": "a", "text": ["x"]}},
    "say as somebody else": {"say": {"id": "a", "text": "x", "agent": "ana"}},
    "got nothing": {"got": {}},
    "got zero": {"got": {"number": 0}},
    "got true": {"got": {"number": True}},
    "got beyond all bounds": {"got": {"number": 10**30}},
    "end with a reason": {"end": {"because": "bored"}},
    "binary": b"\xff\xfe",
    "JSON cut off": '{"say": {"id": "a", "te',
}


@pytest.mark.parametrize("frame", BAD_HELLOS.values(), ids=BAD_HELLOS)
async def test_a_bad_first_frame_is_answered_and_a_good_one_is_taken_after_it(frame: Any, house: House) -> None:
    async with house.visitor() as visitor:
        await visitor.send(frame)
        error = await visitor.next("error")
        assert error["what"]
        assert error["why"]
        assert error["what_to_do"]
        assert (await visitor.hello(new_token()))["state"] == "new"


@pytest.mark.parametrize("frame", BAD_FRAMES.values(), ids=BAD_FRAMES)
async def test_a_bad_frame_is_answered_and_the_chat_goes_on(frame: Any, house: House) -> None:
    async with house.visitor() as visitor:
        await visitor.hello(new_token())
        await visitor.send(frame)
        error = await visitor.next("error")
        assert error["what_to_do"]
        await visitor.say("And now a good one")


async def test_frames_out_of_order_do_no_harm(house: House) -> None:
    async with house.visitor() as visitor:
        await visitor.hello(new_token(), last_seen=999)
        for frame in ('{"got": {"number": 999}}', '{"end": {}}', '{"got": {"number": 1}}'):
            await visitor.send(frame)
        assert (await visitor.say("Hello?"))["number"] == 1


async def test_a_page_that_sends_nothing_but_bad_frames_is_sent_away(house: House) -> None:
    async with house.visitor() as visitor:
        await visitor.hello(new_token())
        for _ in range(BAD_FRAMES_MAX):
            await visitor.send("nonsense")
        assert await visitor.closed() == 1008


async def test_a_frame_beyond_64_kib_ends_the_socket(house: House) -> None:
    async with house.visitor() as visitor:
        await visitor.hello(new_token())
        await visitor.send(json.dumps({"say": {"id": "a", "text": "x" * 660_000}}))
        assert await visitor.closed() == 1009
    async with house.visitor() as visitor:
        await visitor.hello(new_token())
        await visitor.say("Still at your service")


async def test_ten_thousand_guessed_tokens_would_find_nothing(house: House) -> None:
    async with house.visitor() as visitor:
        await visitor.hello(new_token())
        await visitor.say("Secret")
    for guess in range(50):
        async with house.visitor() as stranger:
            welcome = await stranger.hello(f"{guess:032x}")
            assert (welcome["contact_id"], welcome["last"]) == ("", 0)
