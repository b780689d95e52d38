"""Webhooks that are rightly signed, and wrong: none is taken for what it is not, and none fails us."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import httpx2
import pytest
from fastapi import FastAPI

from services.ingest.carriers.twilio_edge import TwilioAccount, TwilioEdge
from tests.fakes.twilio_requests import SID as ACCOUNT
from tests.fakes.twilio_requests import TOKEN, TwilioRequest
from tests.unit.ingest.voice.telephony import CALLER, MENUED, PLAIN, SID, Telephony

ROOT = "https://contact.example"
OTHER = "CA" + "2" * 32
LONG = "x" * 2_000
USUAL = {"AccountSid": ACCOUNT, "CallSid": SID, "To": PLAIN, "From": CALLER, "CallStatus": "in-progress"}


@dataclass(frozen=True)
class Wrong:
    """`told`: how many envelopes may come of it; `without`: fields that are not there at all."""

    name: str
    path: str
    fields: dict[str, str] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)
    without: tuple[str, ...] = ()
    doubled: tuple[tuple[str, str], ...] = ()
    status: int = 400
    verbs: tuple[str, ...] = ()
    told: int = 0


IN_MENU = {"menu": "main", "step": "0", "failed": "0"}
ASKED = ("Say", "Gather")
QUEUED = ("Say", "Redirect")

WRONG = [
    Wrong("no CallSid", "/voice", without=("CallSid",)),
    Wrong("an empty CallSid", "/voice", {"CallSid": ""}),
    Wrong("a CallSid of a message", "/voice", {"CallSid": "SM" + "1" * 32}),
    Wrong("a CallSid that is short", "/voice", {"CallSid": "CA123"}),
    Wrong("a CallSid that is long", "/voice", {"CallSid": SID + "1"}),
    Wrong("a CallSid in capitals", "/voice", {"CallSid": "CA" + "ABCDEF01" * 4}),
    Wrong("a CallSid in Devanagari digits", "/voice", {"CallSid": "CA" + "१" * 32}),
    Wrong("a CallSid with a line break", "/voice", {"CallSid": SID + "\n"}),
    Wrong("a CallSid of 60 000 letters", "/voice", {"CallSid": "CA" + "1" * 60_000}),
    Wrong("two CallSids", "/voice", doubled=(("CallSid", OTHER),)),
    Wrong("two numbers dialed", "/voice", doubled=(("To", MENUED),)),
    Wrong("no number dialed", "/voice", without=("To",), status=200, verbs=("Reject",)),
    Wrong("a dialed number that is none", "/voice", {"To": "'; DROP TABLE--"}, status=200, verbs=("Reject",)),
    Wrong("a dialed number of absurd length", "/voice", {"To": "+" + "4" * 5_000}, status=200, verbs=("Reject",)),
    Wrong("a caller of absurd length", "/voice", {"From": "+" + "4" * 5_000}, status=200, verbs=QUEUED, told=1),
    Wrong("a caller that is markup", "/voice", {"From": "<Dial>+1</Dial>"}, status=200, verbs=QUEUED, told=1),
    Wrong("a menu's URL without a tenant", "/voice/menu", query=IN_MENU | {"tenant": ""}),
    Wrong("a menu's URL without a contact", "/voice/menu", query=IN_MENU | {"contact": ""}),
    Wrong("a menu's URL of another call", "/voice/menu", {"CallSid": OTHER}, IN_MENU, status=403),
    Wrong("a menu's URL of another tenant", "/voice/menu", query=IN_MENU | {"tenant": "other"}, status=403),
    Wrong("a contact that is none", "/voice/menu", query=IN_MENU | {"contact": LONG}, status=403),
    Wrong("a step that is no number", "/voice/menu", query=IN_MENU | {"step": "one"}),
    Wrong("a step below zero", "/voice/menu", query=IN_MENU | {"step": "-1"}),
    Wrong("a step of a hundred digits", "/voice/menu", query=IN_MENU | {"step": "9" * 100}),
    Wrong("a step in Persian digits", "/voice/menu", query=IN_MENU | {"step": "۱"}),
    Wrong("tries that are no number", "/voice/menu", query=IN_MENU | {"failed": "NaN"}),
    Wrong("a menu that is unknown", "/voice/menu", {"Digits": "1"}, {"menu": "?"}, status=200, verbs=QUEUED, told=1),
    Wrong("a menu of absurd length", "/voice/menu", {"Digits": "1"}, {"menu": LONG}, status=200, verbs=QUEUED, told=1),
    Wrong(
        "a step after which all is a circle",
        "/voice/menu",
        {"Digits": "2"},
        IN_MENU | {"step": "999999"},
        status=200,
        verbs=QUEUED,
        told=1,
    ),
    Wrong("digits that are letters", "/voice/menu", {"Digits": "one"}, IN_MENU, status=200, verbs=ASKED),
    Wrong("digits in Devanagari", "/voice/menu", {"Digits": "१"}, IN_MENU, status=200, verbs=ASKED),
    Wrong("digits of absurd length", "/voice/menu", {"Digits": "1" * 60_000}, IN_MENU, status=200, verbs=ASKED),
    Wrong("digits that are controls", "/voice/menu", {"Digits": "\x00\x1b[1"}, IN_MENU, status=200, verbs=ASKED),
    Wrong("digits there twice", "/voice/menu", {"Digits": "1"}, IN_MENU, doubled=(("Digits", "2"),)),
    Wrong(
        "a language that is none",
        "/voice/menu",
        {"Digits": "7"},
        IN_MENU | {"language": "<Say>"},
        status=200,
        verbs=ASKED,
    ),
    Wrong("a waiting room without a call", "/voice/wait", query={"tenant": "", "contact": ""}),
    Wrong("the waiting room of another call", "/voice/wait", {"CallSid": OTHER}, status=403),
    Wrong("a count that is none", "/voice/wait", query={"said": "3.5"}),
    Wrong("the end of dialing of another call", "/voice/dialed", {"CallSid": OTHER}, {"offer": "o1"}, status=403),
    Wrong("the end of dialing for no offer", "/voice/dialed", {"DialCallStatus": "busy"}),
    Wrong("an offer of absurd length", "/voice/dialed", {"DialCallStatus": "busy"}, {"offer": LONG}),
    Wrong("an offer that is markup", "/voice/dialed", {"DialCallStatus": "busy"}, {"offer": "<o1>"}),
    Wrong("a moment that is a word", "/voice/dialed", {"DialCallStatus": "busy"}, {"offer": "o1", "rung": "soon"}),
    Wrong(
        "a moment of absurd length", "/voice/dialed", {"DialCallStatus": "busy"}, {"offer": "o1", "rung": "9" * 5000}
    ),
    Wrong("an agent's leg without a parent", "/voice/agent", {"CallStatus": "in-progress"}, {"offer": "o1"}),
    Wrong("an agent's leg of another call", "/voice/agent", {"ParentCallSid": OTHER}, {"offer": "o1"}, status=403),
    Wrong("an agent's leg for no offer", "/voice/agent", {"ParentCallSid": SID}),
    Wrong("a state that nobody documents", "/voice/status", {"CallStatus": "exploded"}),
    Wrong("no state", "/voice/status", without=("CallStatus",)),
    Wrong(
        "the end of an unknown call to nobody's number",
        "/voice/status",
        {"CallStatus": "completed", "To": "+15005550006"},
        status=404,
    ),
    Wrong(
        "the end of a call under another's URL",
        "/voice/status",
        {"CallStatus": "completed", "CallSid": OTHER},
        {"tenant": "demo", "contact": "1" * 32},
        status=403,
    ),
]


@pytest.fixture
def telephony() -> Telephony:
    return Telephony()


@pytest.fixture
async def carrier(telephony: Telephony) -> AsyncIterator[httpx2.AsyncClient]:
    edge = TwilioEdge(TwilioAccount(ACCOUNT, (TOKEN,)), lambda: ROOT)
    app = FastAPI()
    app.include_router(edge.routes(telephony.voice.hooks))
    async with httpx2.AsyncClient(timeout=60, transport=httpx2.ASGITransport(app), base_url=ROOT) as client:
        yield client


def request(wrong: Wrong, contact_id: str) -> TwilioRequest:
    needs_line = wrong.path not in ("/voice", "/voice/status") or wrong.query
    line = {"tenant": "demo", "company": "acme", "contact": contact_id, "language": "en"} if needs_line else {}
    query = httpx2.QueryParams(line | wrong.query)
    url = f"{ROOT}/twilio{wrong.path}" + (f"?{query}" if query else "")
    fields = {name: value for name, value in (USUAL | wrong.fields).items() if name not in wrong.without}
    return TwilioRequest(url, [*fields.items(), *wrong.doubled])


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.name)
async def test_what_is_wrong_is_not_taken_for_something_else(
    wrong: Wrong, telephony: Telephony, carrier: httpx2.AsyncClient
) -> None:
    response = await request(wrong, telephony.contact()).send(carrier)
    assert response.status_code == wrong.status, response.text
    assert len(await telephony.told()) == wrong.told
    if wrong.status == 200:
        assert all(f"<{verb}" in response.text for verb in wrong.verbs), response.text
        assert response.headers["content-type"].startswith("application/xml")
    else:
        assert response.text.startswith("The request was not taken: ")
        assert SID not in response.text
        assert CALLER not in response.text


def test_each_is_wrong_in_its_own_way() -> None:
    assert len({wrong.name for wrong in WRONG}) == len(WRONG) >= 40


async def test_a_good_request_passes_the_same_edge(telephony: Telephony, carrier: httpx2.AsyncClient) -> None:
    response = await request(Wrong("nothing", "/voice"), telephony.contact()).send(carrier)
    assert response.status_code == 200
    assert len(await telephony.told()) == 1


@pytest.mark.parametrize(
    "path", ["/voice", "/voice/menu", "/voice/wait", "/voice/dialed", "/voice/agent", "/voice/status"]
)
async def test_nothing_is_given_to_whoever_only_looks(path: str, carrier: httpx2.AsyncClient) -> None:
    assert (await carrier.get(f"/twilio{path}")).status_code == 405
