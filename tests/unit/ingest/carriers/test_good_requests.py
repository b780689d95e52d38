from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from starlette.datastructures import ImmutableMultiDict

from services.ingest.carriers.twilio_edge import TwilioAccount
from services.ingest.envelopes import Arrived, Envelope
from tests.fakes.twilio_requests import FORM, TOKEN, TwilioRequest, sms
from tests.unit.ingest.carriers.layouts import LAYOUTS, Layout, layout

BEFORE = "0d" * 16
# https://www.twilio.com/docs/usage/security#validating-requests, with the token that is published with it.
PUBLISHED_URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
PUBLISHED_FIELDS = [
    ("CallSid", "CA1234567890ABCDE"),
    ("Caller", "+14158675309"),
    ("Digits", "1234"),
    ("From", "+14158675309"),
    ("To", "+18005551212"),
]
PUBLISHED_SIGNATURE = "RSOYDt4T1cUTdK1PDd93/VVr8B8="

GOOD: dict[str, Callable[[str], TwilioRequest]] = {
    "as it usually comes": sms,
    "in Persian, with marks of direction": lambda url: sms(url, Body="\u200fبسته‌ام کجاست؟ ۱۲۳۴\u200f"),
    "in Devanagari and Korean": lambda url: sms(url, Body="मेरा पार्सल कहाँ है? 내 소포는 어디에 있나요?"),
    "with pictures of faces": lambda url: sms(url, Body="Where?! 😤👩‍👩‍👧"),
    "with all signs that a form has a use for": lambda url: sms(url, Body="50%+5 = a&b; c=d?#\r\n\"e\" 'f' ~*"),
    "with an empty text": lambda url: sms(url, Body=""),
    "with empty fields": lambda url: sms(url, FromCity="", FromState="", FromZip="", FromCountry=""),
    "its fields in another order": lambda url: replace(sms(url), pairs=sms(url).pairs[::-1]),
    "a field that is there twice": lambda url: replace(sms(url), pairs=[*sms(url).pairs, ("NumMedia", "0")]),
    "a field of no use to us with two values": lambda url: replace(
        sms(url), pairs=[*sms(url).pairs, ("AddOns", "b"), ("AddOns", "a")]
    ),
    "with a field that is new": lambda url: sms(url, Tomorrow="yes"),
    "with 1600 characters": lambda url: sms(url, Body="x" * 1600),
    "from a short code": lambda url: sms(url, From="24273"),
    "from a firm's name": lambda url: sms(url, From="DHL Express"),
    "without a charset": lambda url: replace(sms(url), headers={"content-type": FORM.partition(";")[0]}),
    "signed with the token of before": lambda url: replace(sms(url), token=BEFORE),
    "called with a query of ours": lambda url: sms(f"{url}?menu=main&step=2"),
    "signed without the port": lambda url: _without_port(sms(url)),
}


def _without_port(request: TwilioRequest) -> TwilioRequest:
    """Twilio leaves the port out of what it signs where it is TLS's own, and at times else."""
    port = urlsplit(request.url).port
    return replace(request, signature=replace(request, url=request.url.replace(f":{port}", "")).signed())


def _of_its_own(number: int, request: TwilioRequest) -> TwilioRequest:
    """The same as another message, signed anew where it was signed as usual."""
    message_id = f"SM{number:032x}"
    pairs = [(name, message_id if name == "MessageSid" else value) for name, value in request.pairs]
    return replace(request, pairs=pairs)


async def answered(at: Layout, request: TwilioRequest) -> None:
    answer = await request.send(at.client, request.url)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/xml"
    assert answer.text == '<?xml version="1.0" encoding="UTF-8"?><Response />'


def arrived(envelope: Envelope) -> Arrived:
    assert isinstance(envelope.what, Arrived)
    return envelope.what


def test_the_published_example_is_genuine_with_the_published_token() -> None:
    fields = ImmutableMultiDict(PUBLISHED_FIELDS)
    assert TwilioAccount("AC", ("12345",)).signed(PUBLISHED_URL, fields, PUBLISHED_SIGNATURE)
    assert TwilioAccount("AC", (TOKEN, "12345")).signed(PUBLISHED_URL, fields, PUBLISHED_SIGNATURE)
    assert not TwilioAccount("AC", (TOKEN,)).signed(PUBLISHED_URL, fields, PUBLISHED_SIGNATURE)
    assert not TwilioAccount("AC", ("12345",)).signed(PUBLISHED_URL + "3", fields, PUBLISHED_SIGNATURE)


def test_the_account_does_not_show_its_tokens() -> None:
    assert TOKEN not in repr(TwilioAccount("AC", (TOKEN,)))


@pytest.mark.parametrize("name", LAYOUTS)
async def test_each_good_request_is_answered_and_makes_one_contact(name: str, tmp_path: Path) -> None:
    async with layout(name, tmp_path, twilio_auth_token_before=BEFORE) as at:
        for number, (words, make) in enumerate(GOOD.items(), 1):
            request = make(f"{at.url}/sms")
            if words != "signed without the port":
                request = _of_its_own(number, request)
            await answered(at, request)
        envelopes = await at.house.envelopes()
        assert len(envelopes) == len(GOOD) >= 10
        assert len({envelope.contact_id for envelope in envelopes}) == len(GOOD)
        texts = [what.message.text for envelope in envelopes if (what := arrived(envelope)).message]
        assert texts[1] == "\u200fبسته‌ام کجاست؟ ۱۲۳۴\u200f"
        assert texts[4] == "50%+5 = a&b; c=d?#\n\"e\" 'f' ~*"


@pytest.mark.parametrize("name", LAYOUTS)
async def test_a_request_that_comes_five_times_is_answered_five_times_and_makes_one_contact(
    name: str, tmp_path: Path
) -> None:
    async with layout(name, tmp_path) as at:
        request = sms(f"{at.url}/sms")
        for _ in range(5):
            await answered(at, request)
        await answered(at, replace(request, pairs=sorted(request.pairs)))
        envelopes = await at.house.envelopes()
        assert len({(envelope.event_id, envelope.contact_id) for envelope in envelopes}) == 1


async def test_while_the_log_is_away_the_carrier_is_asked_to_come_again(tmp_path: Path) -> None:
    async with layout("no proxy", tmp_path) as at:
        at.house.inbound.away = True
        answer = await sms(f"{at.url}/sms").send(at.client)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        at.house.inbound.away = False
        await answered(at, sms(f"{at.url}/sms"))


async def test_without_an_account_there_are_no_webhooks(tmp_path: Path) -> None:
    async with layout("no proxy", tmp_path, twilio_account_sid="") as at:
        assert (await sms(f"{at.url}/sms").send(at.client)).status_code == 404
