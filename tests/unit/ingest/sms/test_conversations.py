from services.ingest.addresses import Place
from services.ingest.sms.conversations import CONTACTS_MAX, FRESH_MS, SMS_CONVERSATIONS, Conversations
from tests.fakes.manual_clock import ManualClock
from tests.fakes.memory_document_store import MemoryDocumentStore

PLACE = Place("demo", "acme", "en", "+15005550006", "Acme")
ELSEWHERE = Place("demo", "acme", "de", "+4930901820", "Acme")
ANN = "+14155552671"


def conversations(open_contacts: set[str], documents: MemoryDocumentStore, clock: ManualClock) -> Conversations:
    return Conversations(
        documents, lambda tenant, contact: tenant == "demo" and contact in open_contacts, clock, b"key"
    )


async def test_what_is_remembered_here_is_bounded_and_the_store_knows_the_rest() -> None:
    clock, open_contacts = ManualClock(), {f"c{number}" for number in range(100)}
    here = conversations(open_contacts, MemoryDocumentStore(), clock)
    here.here_max = 10
    for number in range(100):
        await here.note(PLACE, f"+1415555{number:04}", f"c{number}")
    assert len(here._here) == 10
    clock.pass_ms(FRESH_MS)
    assert not here.is_known(PLACE, "+14155550000")
    assert await here.goes_on(PLACE, "+14155550000")


async def test_a_customer_has_a_conversation_with_each_number_by_itself() -> None:
    clock = ManualClock()
    here = conversations({"c1"}, MemoryDocumentStore(), clock)
    await here.note(PLACE, ANN, "c1")
    clock.pass_ms(FRESH_MS)
    assert await here.goes_on(PLACE, ANN)
    assert not await here.goes_on(ELSEWHERE, ANN)


async def test_of_a_customer_who_writes_again_and_again_the_newest_contacts_are_kept() -> None:
    documents = MemoryDocumentStore()
    here = conversations(set(), documents, ManualClock())
    for number in range(10 * CONTACTS_MAX):
        await here.note(PLACE, ANN, f"c{number}")
    (note,) = await documents.find(SMS_CONVERSATIONS, {})
    assert note["contact_ids"] == [f"c{number}" for number in range(9 * CONTACTS_MAX, 10 * CONTACTS_MAX)]


async def test_a_process_learns_from_the_store_which_conversation_a_message_has_joined() -> None:
    documents, clock = MemoryDocumentStore(), ManualClock()
    await conversations({"c1"}, documents, clock).note(PLACE, ANN, "c1")
    other = conversations({"c1"}, documents, clock)
    await other.note(PLACE, ANN, "c2")
    assert other.is_known(PLACE, ANN)
