"""Requests with one named defect each: refused with what, why and what to do, and nobody is called."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
import pytest_asyncio

from tests.unit.ingest.callback.house import ANY_TIME, OFFICE_ONLY, opened
from tests.unit.ingest.web.house import House

# One ingest for all of them: it has to stand it anyway.
pytestmark = pytest.mark.asyncio(loop_scope="module")

GOOD: dict[str, Any] = {"token": "program-token-0001", "number": "+44 20 7946 0300"}
ACME, GLOBEX = f"/v1/callbacks/{ANY_TIME[1:]}", f"/v1/callbacks/{OFFICE_ONLY[1:]}"

# What is sent beside the good, the field that is named, a part of what is said of it.
BAD_NUMBERS: dict[str, tuple[Any, str]] = {
    "no number": (None, "string"),
    "an empty number": ("", "at least 1"),
    "a number as a number": (442079460300, "string"),
    "blanks": ("   ", "is empty"),
    "words": ("call me", "letters"),
    "a mail address": ("ada@engines.example", "letters"),
    "an extension": ("+44 20 7946 0300 ext. 12", "extension"),
    "a number cut off": ("+44 20 7946", "lacks its area code"),
    "a number that is too long": ("+44 20 7946 0300 0000 0000", "digits"),
    "65 characters": ("+44" + " " * 51 + "20 79460300", "at most 64"),
    "a country that there is not": ("+999 20 7946 0300", "country"),
    "a number that is not given out": ("+44 20 7946 03000", "too long"),
    "an area that there is not": ("+44 29 9999 9999", "no such telephone number"),
    "an emergency": ("112", "digits"),
    "an emergency of one's own country": ("999", "digits"),
    "a premium number": ("+44 909 879 0000", "ordinary"),
    "a number at shared cost": ("+44 843 123 4567", "ordinary"),
    "a personal number, which is as dear": ("+44 70 1234 5678", "ordinary"),
    "a pager": ("+44 76 4012 3456", "ordinary"),
    "a number that is free of charge": ("+44 800 123 4567", "ordinary"),
    "a number for a company": ("+44 55 1234 5678", "ordinary"),
    "a country that we are not in": ("+91 98765 43210", "country"),
    "an island whose numbers begin as those of our country": ("+44 1534 123456", "country"),
    "a satellite": ("+870 773 123 456", "that country"),
    "our own number": ("+44 20 7946 0100", "our own"),
    "the number of the page itself": (ANY_TIME, "our own"),
    "a number of another company of ours": (OFFICE_ONLY, "our own"),
    "numbers in circles": ("+44 20 7946 030①", "no digits"),
    "a line of SIP": ("+442079460300;isub=12", "letters"),
    "two numbers": ("+44 20 7946 0300, +44 20 7946 0301", "characters"),
    "NUL in it": ("+44 20 7946 0300\x00", "characters"),
}
BAD_TIMES: dict[str, tuple[Any, str]] = {
    "a time that has passed": ("2026-11-22T09:00", "passed"),
    "the first day of Unix": ("1970-01-01T00:00Z", "passed"),
    "more than 30 days ahead": ("2026-12-24T09:00", "30 days"),
    "the year 9999": ("9999-12-31T23:59:59Z", "30 days"),
    "the last moment of all, further west": ("9999-12-31T23:59:59-14:00", "not a time"),
    "the first moment of all": ("0001-01-01T00:00:00+14:00", "not a time"),
    "a day that there is not": ("2026-11-31T09:00", "not a time"),
    "an hour that there is not": ("2026-11-24T25:00", "not a time"),
    "a zone that there is not": ("2026-11-24T09:00+25:00", "not a time"),
    "a day without an hour": ("2026-11-24", "not a time"),
    "words": ("tomorrow", "not a time"),
    "a week": ("2026-W48-2T09:00", "not a time"),
    "digits of another script": ("۲۰۲۶-۱۱-۲۴T۰۹:۰۰", "not a time"),
    "milliseconds since 1970": ("1795419000000", "not a time"),
    "a number": (1795419000000, "string"),
    "a list": (["now"], "string"),
    "36 characters": ("2" * 36, "at most 35"),
    "a line break": ("2026-11-24T09:00\nX: 1", "control characters"),
}
BAD_ENTRIES: dict[str, tuple[dict[str, Any], str]] = {
    "no token": ({"token": None}, "token"),
    "a token that is short": ({"token": "short"}, "token"),
    "a token with a slash": ({"token": "program/token/0001"}, "token"),
    "a name of 101 characters": ({"name": "x" * 101}, "name"),
    "a name that turns its direction": ({"name": "a\u202eb"}, "name"),
    "a language that is a name": ({"language": "Persian!"}, "language"),
    "a topic that is not offered": ({"topic": "+44 20 7946 0300"}, "topic"),
    "a message of 2,001 characters": ({"message": "x" * 2_001}, "message"),
    "a message with an escape": ({"message": "a\x1b[31mb"}, "message"),
    "a field that there is not": ({"priority": 100}, "priority"),
    "the contact's own id": ({"contact_id": "c1"}, "contact_id"),
}
BAD_JSON: dict[str, bytes] = {
    "nothing": b"",
    "no JSON": b"number=+442079460300",
    "JSON cut off": b'{"token": "program-token-0001", "num',
    "a list": json.dumps([GOOD]).encode(),
    "nested 30,000 deep": b"[" * 30_000 + b"]" * 30_000,
    "bytes that are no UTF-8": b'{"token": "program-token-0001", "number": "\xff\xfe"}',
    "half a surrogate pair": b'{"token": "program-token-0001", "number": "\\ud800"}',
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    folder = tmp_path_factory.mktemp("house")
    async with opened(folder, calls_per_minute=60_000, contacts_per_minute=60_000) as (house, _carrier):
        yield house


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(house: House) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(timeout=60, base_url=house.url("")) as client:
        yield client


@pytest_asyncio.fixture(loop_scope="module", autouse=True)
async def nothing_appended(house: House) -> AsyncIterator[None]:
    before = await house.inbound.end(0)
    yield
    assert await house.inbound.end(0) == before


async def refused(client: httpx2.AsyncClient, entry: dict[str, Any], page: str = ACME) -> dict[str, str]:
    answer = await client.post(page, content=json.dumps(entry), headers={"content-type": "application/json"})
    assert answer.status_code == 400, answer.text
    told = answer.json()
    assert all(told[name] for name in ("what", "why", "what_to_do"))
    fields: dict[str, str] = told.get("fields", {})
    return fields


@pytest.mark.parametrize("name", BAD_NUMBERS)
async def test_a_number_that_is_not_to_be_called(client: httpx2.AsyncClient, name: str) -> None:
    number, said = BAD_NUMBERS[name]

    fields = await refused(client, {**GOOD, "number": number})

    assert said in fields["number"], fields


@pytest.mark.parametrize("name", BAD_TIMES)
async def test_a_time_that_is_none(client: httpx2.AsyncClient, name: str) -> None:
    when, said = BAD_TIMES[name]

    fields = await refused(client, {**GOOD, "when": when})

    assert said in fields["when"], fields


@pytest.mark.parametrize("name", BAD_ENTRIES)
async def test_a_request_that_is_none(client: httpx2.AsyncClient, name: str) -> None:
    changes, field = BAD_ENTRIES[name]

    assert list(await refused(client, {**GOOD, **changes})) == [field]


@pytest.mark.parametrize("name", BAD_JSON)
async def test_a_body_that_is_none(client: httpx2.AsyncClient, name: str) -> None:
    answer = await client.post(ACME, content=BAD_JSON[name], headers={"content-type": "application/json"})

    assert answer.status_code == 400
    assert answer.json()["what_to_do"]


async def test_a_time_after_which_the_number_never_opens(client: httpx2.AsyncClient) -> None:
    fields = await refused(client, {**GOOD, "when": "2026-11-26T09:00"}, GLOBEX)

    assert "Nobody calls" in fields["when"]


@pytest.mark.parametrize("page", ["0", "44", "442079460999", "+", "acme-contact", "%2B%2B442079460150", "x" * 200])
async def test_a_number_that_is_no_page(client: httpx2.AsyncClient, page: str) -> None:
    answers = [
        await client.get(f"/b/{page}"),
        await client.post(f"/v1/callbacks/{page}", json=GOOD),
        await client.delete(f"/v1/callbacks/{page}/{'0' * 32}-{'0' * 32}"),
        await client.get(f"/b/{page}/cancel/{'0' * 32}-{'0' * 32}"),
    ]

    assert [answer.status_code for answer in answers] == [404] * 4


async def test_a_web_site_that_is_not_ours(client: httpx2.AsyncClient) -> None:
    headers = {"origin": "https://evil.example"}
    answers = [
        await client.post(ACME, json=GOOD, headers=headers),
        await client.post(f"/b/{ANY_TIME[1:]}", data=GOOD, headers=headers),
        await client.delete(f"{ACME}/{'0' * 65}", headers=headers),
        await client.post(f"/b/{ANY_TIME[1:]}/cancel/{'0' * 65}", headers=headers),
    ]

    assert [answer.status_code for answer in answers] == [403] * 4


async def test_another_media_type_and_a_body_too_large(client: httpx2.AsyncClient) -> None:
    form = await client.post(ACME, data=GOOD)
    large = await client.post(ACME, json={**GOOD, "message": "x" * 300_000})

    assert (form.status_code, large.status_code) == (415, 413)


BAD_FORMS: dict[str, tuple[bytes, int]] = {
    "nothing": (b"", 400),
    "the field that people don't see": (b"token=0123456789abcdef&number=%2B442079460300&website=x", 400),
    "a field twice": (b"token=0123456789abcdef&number=%2B442079460300&number=%2B442079460301", 400),
    "bytes that are no UTF-8": (b"token=0123456789abcdef&number=%ff", 400),
    "21 fields": (b"&".join(b"f%d=1" % number for number in range(21)), 400),
}


@pytest.mark.parametrize("name", BAD_FORMS)
async def test_a_form_that_is_none(client: httpx2.AsyncClient, name: str) -> None:
    content, status = BAD_FORMS[name]

    page = await client.post(
        f"/b/{ANY_TIME[1:]}", content=content, headers={"content-type": "application/x-www-form-urlencoded"}
    )

    assert page.status_code == status
    assert 'role="alert"' in page.text
