"""Ends of calls as the carrier tells of them."""

import pytest

from services.ingest.carriers.webhook import NotTaken
from services.ingest.envelopes import CallUnanswered, Left, LeftReason
from services.ingest.front_door import Unavailable
from services.ingest.router_log.facts import ContactAccepted, Plan, PlanActivated, WrapUpStarted
from services.ingest.voice.calls import Call
from services.ingest.voice.connects import CONNECTS
from services.ingest.voice.line import Line
from services.ingest.voice.surroundings import DIALED, STATUS, WAIT
from services.plan.compiled import Channel
from tests.unit.ingest.voice.telephony import HOME, SID, Telephony

URL = f"{HOME}{STATUS}"


@pytest.fixture
def telephony() -> Telephony:
    return Telephony()


@pytest.mark.parametrize("state", ["completed", "busy", "no-answer", "canceled", "failed"])
async def test_a_customers_end_is_told_once_however_often_the_carrier_says_it(telephony: Telephony, state: str) -> None:
    await telephony.calls()
    for _ in range(3):
        await telephony.asks(URL, CallStatus=state)
    left = [envelope for envelope in await telephony.said() if envelope.what == Left(LeftReason.CUSTOMER)]
    assert len({envelope.event_id for envelope in left}) == 1
    assert {envelope.contact_id for envelope in left} == {telephony.contact()}


@pytest.mark.parametrize("state", ["queued", "ringing", "in-progress"])
async def test_what_is_no_end_tells_nothing(telephony: Telephony, state: str) -> None:
    await telephony.asks(URL, CallStatus=state)
    assert await telephony.told() == []


async def test_an_end_that_comes_before_the_call_is_told_all_the_same(telephony: Telephony) -> None:
    await telephony.asks(URL, CallStatus="completed")
    assert await telephony.told() == [Left(LeftReason.CUSTOMER)]


async def test_an_end_that_the_log_made_is_not_the_customers(telephony: Telephony) -> None:
    await telephony.calls()
    telephony.accepted()
    telephony.decide(WrapUpStarted(telephony.contact()))
    await telephony.asks(URL, CallStatus="completed")
    assert not any(isinstance(what, Left) for what in await telephony.told())


async def test_the_end_of_a_call_to_a_number_that_no_plan_names_any_more_is_told(telephony: Telephony) -> None:
    await telephony.calls()
    telephony.decide(PlanActivated(Plan("demo", 2, (), ())))
    await telephony.asks(URL, CallStatus="completed")
    assert (await telephony.told())[-1] == Left(LeftReason.CUSTOMER)


async def test_the_end_of_a_call_that_nobody_knows_to_a_number_that_nobody_has_is_not_taken(
    telephony: Telephony,
) -> None:
    with pytest.raises(NotTaken) as refused:
        await telephony.asks(URL, To="+442079460555", CallStatus="completed")
    assert refused.value.status == 404
    telephony.not_ready = "router.log is still being read"
    with pytest.raises(Unavailable):
        await telephony.asks(URL, To="+442079460555", CallStatus="completed")


async def test_an_end_that_can_not_be_told_now_is_to_be_said_again(telephony: Telephony) -> None:
    await telephony.calls()
    telephony.inbound.away = True
    with pytest.raises(Unavailable):
        await telephony.asks(URL, CallStatus="completed")
    telephony.inbound.away = False
    await telephony.asks(URL, CallStatus="completed")
    assert (await telephony.told())[-1] == Left(LeftReason.CUSTOMER)


async def test_where_an_agents_telephone_is_is_forgotten_with_the_call(telephony: Telephony) -> None:
    await telephony.put_through()
    assert await telephony.documents.get(CONNECTS, telephony.contact()) is not None
    await telephony.asks(URL, CallStatus="completed")
    assert await telephony.documents.get(CONNECTS, telephony.contact()) is None


async def call_back(telephony: Telephony, call_id: str = SID) -> Line:
    """A contact that is called back: what it is to the carrier is only in its document."""
    line = Line("demo", "acme", "a-call-back", "de")
    await telephony.voice.around.calls.open(
        Call(line.contact_id, "demo", "acme", Channel.CALLBACK, call_id, "+442079460150", "de")
    )
    telephony.decide(ContactAccepted(line.contact_id, Channel.CALLBACK, 1))
    return line


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        ("completed", LeftReason.CUSTOMER),
        ("busy", LeftReason.NOT_REACHED),
        ("no-answer", LeftReason.NOT_REACHED),
        ("failed", LeftReason.NOT_REACHED),
        ("canceled", LeftReason.NOT_REACHED),
    ],
)
async def test_a_call_back_that_was_never_answered_has_not_reached_the_customer(
    telephony: Telephony, state: str, reason: LeftReason
) -> None:
    line = await call_back(telephony)
    await telephony.asks(line.url(telephony.voice.around.urls, STATUS), CallStatus=state)
    (left,) = await telephony.said()
    assert (left.contact_id, left.what) == ("a-call-back", Left(reason))


async def test_a_call_back_that_is_answered_before_its_id_is_noted_is_known_by_its_claim(telephony: Telephony) -> None:
    line = await call_back(telephony, call_id="")
    answer = await telephony.asks(line.url(telephony.voice.around.urls, WAIT))
    assert answer.verbs == ["Pause", "Redirect"]
    call = await telephony.voice.around.calls.get("a-call-back")
    assert call is not None
    assert call.call_id == SID
    with pytest.raises(NotTaken):
        await telephony.asks(line.url(telephony.voice.around.urls, WAIT), CallSid="CA" + "9" * 32)


async def test_while_the_documents_are_away_a_call_back_that_is_not_known_here_holds_the_line(
    telephony: Telephony,
) -> None:
    line = await call_back(telephony)
    telephony.begin()
    telephony.documents.is_away = True
    held = await telephony.asks(line.url(telephony.voice.around.urls, WAIT))
    assert held.verbs == ["Pause", "Redirect"]
    dialed = line.url(telephony.voice.around.urls, DIALED, offer="o1")
    held = await telephony.asks(dialed, DialCallStatus="busy")
    assert held.verbs == ["Pause", "Redirect"]
    assert await telephony.told() == []
    telephony.documents.is_away = False
    assert (await telephony.asks(held.goes_on_at)).verbs == ["Say", "Redirect"]
    assert await telephony.told() == [CallUnanswered("o1", "Your telephone was busy.")]
    telephony.begin()
    telephony.documents.is_away = True
    with pytest.raises(Unavailable):
        await telephony.asks(line.url(telephony.voice.around.urls, STATUS), CallStatus="completed")
