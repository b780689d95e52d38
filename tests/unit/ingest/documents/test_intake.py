import asyncio
import os
from hashlib import sha256
from pathlib import Path

import pytest

from services.ingest.documents.folder import DocumentFolder
from services.ingest.documents.intake import DEALT_WITH_PER_SWEEP
from services.ingest.documents.refusals import STRANGER_MS, UNKNOWN_ADDRESS_MS
from services.plan.compiled import Attribute, Channel
from tests.fakes.document_house import FAX, LETTER, PACE, DocumentHouse
from tests.fakes.documents import a_fax, a_letter

RAW = b"II*\0 not looked into here"
DAY_MS = 24 * 3_600_000


async def test_a_fax_is_taken_once_it_has_stood_still(house: DocumentHouse) -> None:
    path = house.put("scan.tif", RAW)
    await house.intake.sweep()
    house.clock.pass_ms(PACE.settle_ms - 1)
    await house.intake.sweep()
    assert await house.envelopes() == []
    house.clock.pass_ms(1)
    await house.intake.sweep()
    [arrived] = await house.arrivals()
    assert (arrived.channel, arrived.dialed, arrived.caller, arrived.language) == (Channel.FAX, FAX, "", "de")
    assert (arrived.ready, arrived.attributes) == (False, ())
    assert arrived.message is not None
    assert await house.blobs.get(arrived.message.raw_blob) == RAW
    [original] = arrived.message.attachments
    assert (original.name, original.media_type, original.size_bytes) == ("scan.tif", "image/tiff", len(RAW))
    assert not path.exists()
    [envelope] = await house.envelopes()
    assert house.lying("done") == [f"{envelope.contact_id}-scan.tif"]


async def test_a_letter_comes_to_its_address_however_that_is_written(house: DocumentHouse) -> None:
    house.put("a.pdf", a_letter(), "Post", "letter")
    house.put("b.tif", RAW, "+49 89 123")
    await house.settle()
    [letter, fax] = sorted(await house.arrivals(), key=lambda one: one.channel, reverse=True)
    assert (letter.channel, letter.dialed) == (Channel.LETTER, LETTER)
    assert (fax.channel, fax.dialed) == (Channel.FAX, FAX)


async def test_what_is_still_being_written_is_left_alone(house: DocumentHouse) -> None:
    path = house.put("slow.tif", RAW)
    for _ in range(5):
        await house.intake.sweep()
        house.clock.pass_ms(PACE.settle_ms - 1)
        with path.open("ab") as file:
            file.write(b"more")
    await house.intake.sweep()
    assert await house.envelopes() == []
    house.clock.pass_ms(PACE.settle_ms)
    await house.intake.sweep()
    [arrived] = await house.arrivals()
    assert arrived.message is not None
    assert house.blobs.blobs[arrived.message.raw_blob] == RAW + b"more" * 5


async def test_a_slip_says_who_sent_it_and_that_nobody_needs_to_wait(house: DocumentHouse) -> None:
    slip = (
        b'{"sender": "+49 (0) 30 1234567", "received_at": "2026-11-22T10:00:00+01:00", "reference": "000123", '
        b'"incomplete": true, "complete": true, "more": 1}'
    )
    house.put("fax1.tif", RAW, slip=slip)
    await house.intake.sweep()
    [arrived] = await house.arrivals()
    assert arrived.caller == "+49301234567"
    assert arrived.attributes == (Attribute("received_at", "2026-11-22T09:00:00Z"), Attribute("incomplete", "yes"))
    assert arrived.message is not None
    assert arrived.message.subject == "000123"
    [envelope] = await house.envelopes()
    assert house.lying("done") == [f"{envelope.contact_id}-fax1.tif", f"{envelope.contact_id}-fax1.tif.json"]
    assert house.lying("fax") == []


async def test_a_slip_that_is_still_being_written_is_waited_for(house: DocumentHouse) -> None:
    slip = house.put("fax1.tif", RAW).with_name("fax1.tif.json")
    await house.intake.sweep()
    house.clock.pass_ms(PACE.settle_ms)
    slip.write_bytes(b'{"sender": ')
    await house.intake.sweep()
    assert await house.envelopes() == []
    slip.write_bytes(b'{"sender": "+4930999"}')
    await house.settle()
    assert [one.caller for one in await house.arrivals()] == ["+4930999"]
    assert house.lying("refused") == []


async def test_the_name_of_a_file_may_say_who_sent_it_and_a_slip_knows_better(house: DocumentHouse) -> None:
    house.put("+49 30 1234567__a.tif", RAW + b"1")
    house.put("Anna Schmidt__b.pdf", RAW + b"2", LETTER, "letter")
    house.put("+4930111__c.tif", RAW + b"3", slip=b'{"sender": "+4930222"}')
    await house.settle()
    assert {one.caller for one in await house.arrivals()} == {"+49301234567", "Anna Schmidt", "+4930222"}


@pytest.mark.parametrize(
    "slip",
    [
        b"{",
        b"[]",
        b"\xff\xfe",
        b'{"sender": 5}',
        b'{"sender": "a\\nb"}',
        b'{"sender": "a\\u202eb"}',
        b'{"sender": "' + b"9" * 3200 + b'"}',
        b'{"received_at": "yesterday"}',
        b'{"received_at": "2026-11-22T10:00:00"}',
        b'{"received_at": "0001-01-01T00:00:00Z"}',
        b'{"reference": "' + b"x" * 2000 + b'"}',
        b'{"incomplete": "perhaps"}',
        b'{"more": "' + b"x" * 200_000 + b'"}',
        b"[" * 10_000,
    ],
)
async def test_a_bad_slip_does_not_lose_the_document(house: DocumentHouse, slip: bytes) -> None:
    house.put("+4930111__a.tif", RAW, slip=slip)
    await house.settle()
    assert [one.caller for one in await house.arrivals()] == ["+4930111"]
    assert house.lying("refused") == ["+4930111__a.tif.json", "+4930111__a.tif.json.reason.txt"]
    assert house.lying("fax") == []


async def test_a_slip_that_cannot_be_opened_does_not_lose_the_document(house: DocumentHouse) -> None:
    house.put("a.tif", RAW).with_name("a.tif.json").symlink_to("/etc/passwd")
    await house.settle()
    await house.settle()
    assert len(await house.arrivals()) == 1
    assert house.lying("refused") == ["a.tif.json", "a.tif.json.reason.txt"]


async def test_a_slip_without_a_document_is_refused_after_an_hour(house: DocumentHouse) -> None:
    house.put("a.tif.json", b"{}")
    await house.settle()
    assert house.lying("refused") == []
    house.clock.pass_ms(STRANGER_MS)
    await house.intake.sweep()
    assert house.lying("refused") == ["a.tif.json", "a.tif.json.reason.txt"]


async def test_a_file_of_another_kind_is_refused_after_an_hour_with_a_reason(house: DocumentHouse) -> None:
    house.put("scan.docx", b"PK")
    await house.settle()
    assert house.lying("refused") == []
    house.clock.pass_ms(STRANGER_MS)
    await house.intake.sweep()
    assert house.lying("refused") == ["scan.docx", "scan.docx.reason.txt"]
    assert ".tif, .tiff, .pdf" in reason(house)
    assert await house.envelopes() == []


@pytest.mark.parametrize(("channel", "address"), [("fax", "+4989999"), ("fax", LETTER), ("letter", FAX), ("fax", "")])
async def test_a_document_to_an_address_of_no_plan_is_refused_after_a_minute_and_not_lost(
    house: DocumentHouse, channel: str, address: str
) -> None:
    house.put("a.tif", RAW, address, channel)
    await house.settle()
    assert house.lying("refused") == []
    house.clock.pass_ms(UNKNOWN_ADDRESS_MS)
    await house.intake.sweep()
    assert house.lying("refused") == ["a.tif", "a.tif.reason.txt"]
    assert "Correct the plan" in reason(house)
    assert [path.read_bytes() for path in (house.root / "refused").rglob("a.tif")] == [RAW]


async def test_a_document_that_is_too_large_is_refused_and_not_lost(house: DocumentHouse) -> None:
    large = RAW.ljust(10 * PACE.file_bytes_max, b"\0")
    house.put("a.tif", large, slip=b'{"complete": true}')
    await house.intake.sweep()
    assert house.lying("refused") == []
    await house.settle()
    assert house.lying("refused") == ["a.tif", "a.tif.reason.txt"]
    assert await house.envelopes() == []
    house.clock.pass_ms(STRANGER_MS)
    await house.intake.sweep()
    assert "a.tif.json" in house.lying("refused")


async def test_two_that_are_refused_under_one_name_are_both_kept(house: DocumentHouse) -> None:
    for content in (b"1", b"2"):
        house.put("a.txt", content)
        await house.intake.sweep()
        house.clock.pass_ms(STRANGER_MS)
        await house.intake.sweep()
    assert {path.read_bytes() for path in (house.root / "refused").rglob("*a.txt")} == {b"1", b"2"}


async def test_links_pipes_and_what_lies_behind_them_are_not_read(house: DocumentHouse, tmp_path: Path) -> None:
    secret = tmp_path / "secret.tif"
    secret.write_bytes(b"secret")
    folder = house.put("good.tif", RAW).parent
    (folder / "link.tif").symlink_to(secret)
    os.mkfifo(folder / "pipe.tif")
    (house.root / "fax" / "elsewhere").symlink_to(tmp_path)
    await house.settle()
    assert len(await house.arrivals()) == 1
    assert sha256(b"secret").hexdigest() not in house.blobs.blobs
    assert house.lying("refused") == ["elsewhere.reason.txt", *named("link.tif"), *named("pipe.tif")]
    assert (house.root / "refused" / "fax" / "elsewhere").is_symlink()
    assert secret.read_bytes() == b"secret"


async def test_hidden_files_and_folders_are_passed_over(house: DocumentHouse) -> None:
    folder = house.put("a.tif", RAW).parent
    (folder / ".hidden.tif").write_bytes(RAW)
    (folder / "folder.tif").mkdir()
    await house.settle()
    house.clock.pass_ms(STRANGER_MS)
    await house.intake.sweep()
    assert len(await house.arrivals()) == 1
    assert (folder / ".hidden.tif").exists()
    assert (folder / "folder.tif").is_dir()


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a..%2f..%2fetc.tif", "a..%2f..%2fetc.tif"),
        ("a\nb\x1b[31m.tif", "a_b_[31m.tif"),
        ("exe.\u202efit.tif", "exe._fit.tif"),
        (b"caf\xe9.tif".decode("utf-8", "surrogateescape"), "caf_.tif"),
        ("سلام.tif", "سلام.tif"),
        ("x" * 240 + ".tiff", "x" * 145 + ".tiff"),
        ("A.TIF", "A.TIF"),
    ],
)
async def test_a_name_is_made_harmless_and_the_file_is_taken(house: DocumentHouse, name: str, shown: str) -> None:
    house.put(name, RAW)
    await house.settle()
    [arrived] = await house.arrivals()
    assert arrived.message is not None
    assert arrived.message.attachments[0].name == shown
    [kept] = house.lying("done")
    assert set(kept) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")
    assert len(kept) <= 133


async def test_the_same_file_again_is_the_same_contact_and_any_other_is_another(house: DocumentHouse) -> None:
    for name, content, address, channel in [
        ("a.tif", RAW, FAX, "fax"),
        ("a.tif", RAW, FAX, "fax"),
        ("b.tif", RAW, FAX, "fax"),
        ("a.tif", RAW + b"!", FAX, "fax"),
        ("a.tif", RAW, LETTER, "letter"),
    ]:
        house.put(name, content, address, channel)
        await house.settle()
    envelopes = await house.envelopes()
    assert envelopes[0].contact_id == envelopes[1].contact_id
    assert envelopes[0].event_id == envelopes[1].event_id
    assert len({one.contact_id for one in envelopes}) == len({one.event_id for one in envelopes}) == 4


@pytest.mark.parametrize("away", ["log", "blobs"])
async def test_while_log_or_blob_store_is_away_the_file_stays(house: DocumentHouse, away: str) -> None:
    path = house.put("a.tif", RAW)
    house.inbound.is_away = away == "log"
    house.blobs.is_away = away == "blobs"
    await house.settle()
    assert path.exists()
    house.inbound.is_away = house.blobs.is_away = False
    await house.settle()
    assert len(await house.arrivals()) == 1
    assert not path.exists()


async def test_a_crash_before_it_was_put_away_makes_one_contact(house: DocumentHouse) -> None:
    path = house.put("a.tif", RAW, slip=b'{"sender": "+4930111"}')
    slip = path.with_name("a.tif.json").read_bytes()
    await house.settle()
    for lost in (path.parent / "a.tif", path.parent / "a.tif.json"):
        lost.write_bytes(RAW if lost.suffix == ".tif" else slip)
    house.restart()
    await house.settle()
    first, second = await house.envelopes()
    assert (first.contact_id, first.event_id, first.what) == (second.contact_id, second.event_id, second.what)


async def test_a_crash_between_document_and_slip_does_not_bring_the_document_back(house: DocumentHouse) -> None:
    path = house.put("a.tif", RAW, slip=b'{"sender": "+4930111"}')
    await house.settle()
    path.with_name("a.tif.json").write_bytes(b'{"sender": "+4930111"}')
    house.restart()
    await house.settle()
    assert len(await house.envelopes()) == 1


async def test_a_file_that_cannot_be_put_away_for_now_is_told_once(house: DocumentHouse) -> None:
    path = house.put("a.tif", RAW)
    blocked = house.root / "done"
    blocked.rmdir()
    blocked.write_bytes(b"a file where a folder should be")
    house.intake._tidied_at_ms = 0  # what is there is no folder to tidy
    await house.settle()
    await house.settle()
    assert len(await house.envelopes()) == 1
    assert path.exists()
    blocked.unlink()
    await house.settle()
    assert len(await house.envelopes()) == 1
    assert not path.exists()


async def test_another_file_that_got_the_name_meanwhile_is_not_put_away_unread(house: DocumentHouse) -> None:
    path = house.put("a.tif", RAW)
    [entry] = house.intake.folder.entries()
    house.put("a.tif", RAW + b"2")
    with pytest.raises(Exception, match=r"^$"):
        house.intake.folder.put_away(entry, "2026-11-22", "c1")
    assert path.read_bytes() == RAW + b"2"
    assert house.lying("done") == []


async def test_before_the_plans_are_known_nothing_is_touched(house: DocumentHouse) -> None:
    house.put("a.tif", RAW, "+4989999")
    house.not_ready = "router.log is still being read"
    await house.settle()
    house.clock.pass_ms(STRANGER_MS)
    await house.settle()
    assert house.lying("refused") == []
    assert house.lying("fax") == ["a.tif"]


async def test_documents_of_a_tenant_whose_router_lags_wait(house: DocumentHouse) -> None:
    house.put("a.tif", RAW)
    house.behind.add("acme")
    await house.settle()
    assert await house.envelopes() == []
    house.behind.clear()
    await house.settle()
    assert len(await house.envelopes()) == 1


async def test_a_heap_is_taken_in_portions_the_oldest_first(house: DocumentHouse) -> None:
    portions = 10
    count = portions * DEALT_WITH_PER_SWEEP
    for number in range(count):
        path = house.put(f"{number}.tif", RAW + b"%d" % number)
        os.utime(path, ns=(10**18 - number, 10**18 - number))
    await house.intake.sweep()
    house.clock.pass_ms(PACE.settle_ms)
    for taken in range(1, portions + 1):
        assert await house.intake.sweep() == (taken < portions)
        assert len(await house.envelopes()) == taken * DEALT_WITH_PER_SWEEP
    names = [one.message.attachments[0].name for one in await house.arrivals() if one.message]
    assert names == [f"{number}.tif" for number in reversed(range(count))]


async def test_more_files_than_are_listed_at_a_time_are_taken_in_turn(house: DocumentHouse) -> None:
    house.intake.folder = DocumentFolder(house.root, entries_max=10)
    for number in range(100):
        house.put(f"{number}.tif", RAW + b"%d" % number)
    assert len(house.intake.folder.entries()) == 10
    for taken in range(10, 101, 10):
        await house.settle()
        assert len(await house.envelopes()) == taken


async def test_two_processes_may_watch_one_folder(house: DocumentHouse) -> None:
    for number in range(10):
        house.put(f"{number}.tif", RAW + b"%d" % number)
    first = house.intake
    house.restart()
    for _ in range(2):
        await asyncio.gather(first.sweep(), house.intake.sweep())
        house.clock.pass_ms(PACE.settle_ms)
    assert len({one.contact_id for one in await house.envelopes()}) == 10
    assert len(house.lying("done")) == 10
    assert house.lying("fax") == house.lying("refused") == []


async def test_what_was_put_away_is_deleted_after_its_days_and_nothing_else_is(house: DocumentHouse) -> None:
    house.put("a.tif", RAW)
    house.put("b.txt", RAW)
    await house.settle()
    house.clock.pass_ms(STRANGER_MS)
    await house.intake.sweep()
    (house.root / "done" / "1 of mine").mkdir()
    for days, kept in ((PACE.keep_days - 1, 1), (1, 1), (1, 0)):
        house.clock.pass_ms(days * DAY_MS)
        await house.intake.sweep()
        assert len(house.lying("done")) == kept
    assert (house.root / "done" / "1 of mine").is_dir()
    assert house.lying("refused") == ["b.txt", "b.txt.reason.txt"]


async def test_a_folder_that_cannot_be_opened_holds_up_no_other(house: DocumentHouse) -> None:
    house.put("a.tif", RAW)
    gone = house.root / "letter"
    gone.rmdir()
    gone.write_bytes(b"")
    with pytest.raises(NotADirectoryError):
        await house.intake.sweep()
    gone.unlink()
    house.restart()
    await house.settle()
    assert len(await house.envelopes()) == 1


async def test_a_fax_becomes_pictures_with_the_original_beside_them(house: DocumentHouse) -> None:
    house.put("a.tif", a_fax("one", "two"), slip=b'{"reference": "R1"}')
    await house.settle()
    [arrival] = await house.envelopes()
    changed = await house.read(arrival.contact_id)
    assert (changed.ready, changed.unreadable_because) == (True, "")
    assert changed.message is not None
    assert [one.name for one in changed.message.attachments] == ["a.tif", "page-1.png", "page-2.png"]
    assert [one.media_type for one in changed.message.attachments] == ["image/tiff", "image/png", "image/png"]
    assert (changed.message.subject, changed.message.text) == ("R1", "")


def reason(house: DocumentHouse) -> str:
    [path] = (house.root / "refused").rglob("*.reason.txt")
    return path.read_text()


def named(name: str) -> list[str]:
    return [name, f"{name}.reason.txt"]


async def test_documents_above_the_quota_wait_and_are_taken_in_their_turn(house: DocumentHouse) -> None:
    house.quota = 2
    house.restart()
    for number in range(3):
        house.put(f"{number}.tif", RAW + b"%d" % number)
    await house.settle()
    assert len(await house.envelopes()) == 2
    assert len(house.lying("fax")) == 1
    house.clock.pass_ms(30_000)
    await house.settle()
    assert len(await house.envelopes()) == 3
