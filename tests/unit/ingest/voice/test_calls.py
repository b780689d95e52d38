"""The documents of calls that are on: shared by processes, and written later while the store is away."""

import pytest

from services.ingest.voice.calls import Call, Calls
from services.plan.compiled import Channel
from services.shared.document_store import StoreUnavailable
from tests.fakes.manual_clock import ManualClock
from tests.fakes.memory_document_store import MemoryDocumentStore

UNHEARD_MS = 60_000
SID = "CA" + "1" * 32
CALL = Call("c1", "demo", "acme", Channel.VOICE, SID, "+442079460100", "de")


class Processes:
    """Two that share a store and a clock."""

    def __init__(self) -> None:
        self.documents = MemoryDocumentStore()
        self.clock = ManualClock()
        self.first, self.second = (Calls(self.documents, self.clock, UNHEARD_MS) for _ in range(2))


@pytest.fixture
def processes() -> Processes:
    return Processes()


async def test_a_call_is_noted_once_and_known_to_all(processes: Processes) -> None:
    assert await processes.first.open(CALL)
    assert not await processes.second.open(CALL)
    known = await processes.second.get("c1")
    assert known is not None
    assert (known.call_id, known.dialed, known.language, known.channel) == (SID, CALL.dialed, "de", Channel.VOICE)
    found = await processes.second.find(SID)
    assert found is not None
    assert found.contact_id == "c1"


async def test_a_silent_call_is_given_out_once_to_one_of_them(processes: Processes) -> None:
    await processes.first.keep(CALL)
    assert await processes.second.due(10) == []
    processes.clock.pass_ms(UNHEARD_MS)
    given = [*await processes.first.due(10), *await processes.second.due(10), *await processes.first.due(10)]
    assert [call.contact_id for call in given] == ["c1"]
    processes.clock.pass_ms(UNHEARD_MS)
    assert len(await processes.second.due(10)) == 1


async def test_who_hears_of_a_call_does_not_ask_after_it(processes: Processes) -> None:
    await processes.first.keep(CALL)
    processes.clock.pass_ms(UNHEARD_MS - 1)
    await processes.first.keep(CALL)
    processes.clock.pass_ms(1)
    assert await processes.first.due(10) == []


async def test_a_call_that_is_over_is_not_begun_again_by_what_comes_late(processes: Processes) -> None:
    await processes.first.keep(CALL)
    await processes.first.over("c1")
    await processes.first.keep(CALL)
    await processes.second.keep(CALL)
    processes.clock.pass_ms(10 * UNHEARD_MS)
    assert await processes.first.due(10) == []
    assert await processes.second.all_open() == []


async def test_whom_a_call_was_put_through_to_is_taken_back_only_if_it_still_is_so(processes: Processes) -> None:
    await processes.first.keep(CALL)
    await processes.first.dialing("c1", "o1")
    await processes.second.dialing("c1", "", instead_of="another")
    call = await processes.first.get("c1")
    assert call is not None
    assert call.dialed_offer == "o1"
    await processes.second.dialing("c1", "", instead_of="o1")
    call = await processes.first.get("c1")
    assert call is not None
    assert call.dialed_offer == ""


async def test_what_happened_while_the_store_was_away_is_written_when_it_is_back(processes: Processes) -> None:
    processes.documents.is_away = True
    await processes.first.keep(CALL)
    await processes.first.dialing("c1", "o1")
    here = await processes.first.get("c1")
    assert here is not None
    assert here.dialed_offer == "o1"
    with pytest.raises(StoreUnavailable):
        await processes.second.get("c1")
    with pytest.raises(StoreUnavailable):
        await processes.first.due(10)
    processes.documents.is_away = False
    await processes.first.due(10)
    there = await processes.second.get("c1")
    assert there is not None
    assert there.dialed_offer == "o1"


async def test_a_call_that_was_put_through_while_the_store_was_away_keeps_the_rest_of_its_document(
    processes: Processes,
) -> None:
    await processes.first.keep(CALL)
    processes.documents.is_away = True
    await processes.first.dialing("c1", "o1")
    processes.documents.is_away = False
    await processes.first.due(10)
    call = await processes.second.get("c1")
    assert call is not None
    assert (call.dialed_offer, call.call_id, call.open) == ("o1", SID, True)


async def test_an_end_that_could_not_be_written_is_found_out_again(processes: Processes) -> None:
    await processes.first.keep(CALL)
    processes.documents.is_away = True
    await processes.first.over("c1")
    processes.documents.is_away = False
    processes.clock.pass_ms(UNHEARD_MS)
    assert [call.contact_id for call in await processes.first.due(10)] == ["c1"]


async def test_a_call_back_gets_its_id_when_it_is_made(processes: Processes) -> None:
    claim = Call("c2", "demo", "acme", Channel.CALLBACK, "", "+442079460150")
    assert await processes.first.open(claim)
    await processes.first.named("c2", SID)
    call = await processes.second.get("c2")
    assert call is not None
    assert (call.call_id, call.channel) == (SID, Channel.CALLBACK)
