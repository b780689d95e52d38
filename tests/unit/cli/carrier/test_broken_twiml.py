"""TwiML that is no good: each a different defect, each named by line and by the carrier's number."""

import pytest

from services.cli.carrier.exchange.markup import BrokenMarkup
from services.cli.carrier.exchange.twiml import Dial, Gather, Say, read_twiml

BASE = "https://shop.example/voice"
BROKEN = {
    "nothing": (b"", 12100),
    "no XML": (b"Hello", 12100),
    "not closed": (b"<Response><Say>Hello</Response>", 12100),
    "two roots": (b"<Response/><Response/>", 12100),
    "another root": (b"<response/>", 12200),
    "an unknown verb": (b"<Response><Sing>la</Sing></Response>", 12200),
    "a verb in small letters": (b"<Response><say>Hello</say></Response>", 12200),
    "something inside <Say>": (b"<Response><Say>Hello <b>you</b></Say></Response>", 12200),
    "<Dial> inside <Gather>": (b"<Response><Gather><Dial>+4930123456</Dial></Gather></Response>", 12200),
    "<Dial> of nobody": (b"<Response><Dial/></Response>", 13201),
    "<Dial> of eleven": (b"<Response><Dial>" + b"<Number>+4930123456</Number>" * 11 + b"</Dial></Response>", 13201),
    "<Dial> of a queue": (b"<Response><Dial><Queue>a</Queue></Dial></Response>", 12200),
    "a conference and a number": (
        b"<Response><Dial><Conference>a</Conference><Number>+4930100001</Number></Dial></Response>",
        12200,
    ),
    "a conference without a name": (b"<Response><Dial><Conference> </Conference></Dial></Response>", 13225),
    "a conference that beeps as it likes": (
        b'<Response><Dial><Conference beep="loud">a</Conference></Dial></Response>',
        13221,
    ),
    "a timeout of words": (b"<Response><Gather timeout='soon'/></Response>", 12300),
    "a timeout below zero": (b"<Response><Gather timeout='-1'/></Response>", 12300),
    "a timeout of other digits": ("<Response><Gather timeout='٣'/></Response>".encode(), 12300),
    "a length of a day": (b"<Response><Pause length='86400'/></Response>", 12300),
    "a finishing key of two": (b"<Response><Gather finishOnKey='##'/></Response>", 12300),
    "a flag of yes": (b"<Response><Gather actionOnEmptyResult='yes'/></Response>", 12300),
    "a method of PUT": (b"<Response><Redirect method='PUT'>/x</Redirect></Response>", 12300),
    "an unknown event": (
        b"<Response><Dial><Number statusCallbackEvent='initiated gone'>+4930123456</Number></Dial></Response>",
        12300,
    ),
    "an unknown reason": (b"<Response><Reject reason='rude'/></Response>", 12300),
    "a document type": (b'<!DOCTYPE Response SYSTEM "http://127.0.0.1:9/x.dtd"><Response/>', 12100),
    "entities that grow": (
        b'<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><Response><Say>&b;</Say></Response>',
        12100,
    ),
    "an entity that reads a file": (
        b'<!DOCTYPE r [<!ENTITY f SYSTEM "file:///etc/passwd">]><Response><Say>&f;</Say></Response>',
        12100,
    ),
    "501 elements": (b"<Response>" + b"<Pause/>" * 500 + b"</Response>", 12100),
    "seven levels": (b"<Response>" + b"<Gather>" * 6 + b"</Gather>" * 6 + b"</Response>", 12100),
    "more than 64 KiB": (b"<Response><Say>" + b"x" * 65_536 + b"</Say></Response>", 11750),
    "broken UTF-8": (b"<Response><Say>\xff</Say></Response>", 12100),
    "a control character": (b"<Response><Say>&#0;</Say></Response>", 12100),
}


@pytest.mark.parametrize("defect", BROKEN)
def test_every_defect_is_refused_with_the_carriers_number(defect: str) -> None:
    document, code = BROKEN[defect]
    with pytest.raises(BrokenMarkup) as broken:
        read_twiml(document, BASE)
    assert broken.value.code == code


def test_urls_are_made_whole_by_the_document_they_stand_in() -> None:
    document = b"<Response><Gather action='menu?a=1&amp;b=2'/><Dial action='/after'>+4930123456</Dial></Response>"
    gather, dial = read_twiml(document, BASE)
    assert isinstance(gather, Gather)
    assert gather.action.url == "https://shop.example/menu?a=1&b=2"
    assert isinstance(dial, Dial)
    assert dial.action.url == "https://shop.example/after"


def test_white_space_and_comments_mean_nothing() -> None:
    document = b"<?xml version='1.0'?>\n<!-- note -->\n<Response>\n  <Say>\n  Hello\n  you\n</Say>\n</Response>\n"
    assert read_twiml(document, BASE) == (Say("Hello you", "en-US"),)
