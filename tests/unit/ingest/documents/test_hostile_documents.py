"""Broken, disguised and hostile documents through the real folder and the real worker."""

import asyncio
import os
import signal
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from services.ingest.documents.converted import DOCUMENT_CONVERSION, ConvertedDocument
from services.ingest.documents.limits import LIMITS, WORKER_LIMITS
from services.ingest.envelopes import Arrived, Attachment, Changed
from services.ingest.workers.unreadable import Unreadable
from services.ingest.workers.worker_pool import WorkerLimits, WorkerPool
from tests.fakes.document_house import PACE, DocumentHouse, document_house
from tests.fakes.documents import a_fax
from tests.fakes.hostile_documents import all_hostile_documents

DOCUMENTS = all_hostile_documents()
BY_NAME = {document.name: document for document in DOCUMENTS}
Ends = dict[str, tuple[Changed, Changed, dict[str, bytes]]]
# What a PNG needs; nothing that a file said beside its pixels is in it.
CHUNKS = {b"IHDR", b"IDAT", b"IEND"}
MIB = 1024 * 1024


@pytest.fixture(scope="module")
def ends(tmp_path_factory: pytest.TempPathFactory) -> Ends:
    """What became of each document and of a good one right behind it, all read by one worker."""
    return asyncio.run(_read_all(tmp_path_factory.mktemp("hostile")))


async def _read_all(folder: Path) -> Ends:
    async with document_house(folder) as house:
        return {document.name: await _read_one(house, number) for number, document in enumerate(DOCUMENTS)}


async def _read_one(house: DocumentHouse, number: int) -> tuple[Changed, Changed, dict[str, bytes]]:
    document = DOCUMENTS[number]
    assert len(document.raw) <= PACE.file_bytes_max
    before = len(await house.envelopes())
    house.put(f"{number}-{document.file_name}", document.raw)
    house.put(f"{number}-good.tif", a_fax(f"page of {number}"))
    await house.settle()
    new = (await house.envelopes())[before:]
    arrived = {
        one.what.message.attachments[0].name: one.contact_id
        for one in new
        if isinstance(one.what, Arrived) and one.what.message
    }
    hostile = await house.read(arrived[f"{number}-{document.file_name}"])
    good = await house.read(arrived[f"{number}-good.tif"])
    blobs = {one.blob: house.blobs.blobs[one.blob] for one in pages_of(hostile)}
    return hostile, good, blobs


def pages_of(changed: Changed) -> list[Attachment]:
    assert changed.message is not None
    return [one for one in changed.message.attachments if one.media_type == "image/png"]


def test_there_are_more_than_thirty_different_documents() -> None:
    assert len(BY_NAME) == len({document.raw for document in DOCUMENTS}) == len(DOCUMENTS) >= 60


@pytest.mark.parametrize("name", BY_NAME)
def test_a_hostile_document_ends_as_a_contact_with_its_original(ends: Ends, name: str) -> None:
    changed, document = ends[name][0], BY_NAME[name]
    assert changed.ready
    assert changed.message is not None
    original = changed.message.attachments[0]
    assert original.blob == changed.message.raw_blob == sha256(document.raw).hexdigest()
    assert original.size_bytes == len(document.raw)


@pytest.mark.parametrize("name", BY_NAME)
def test_as_much_of_it_is_shown_as_can_be_and_what_is_missing_is_said(ends: Ends, name: str) -> None:
    changed, document = ends[name][0], BY_NAME[name]
    assert len(pages_of(changed)) == document.pages
    assert bool(changed.unreadable_because) is bool(document.says), changed.unreadable_because
    assert document.says in changed.unreadable_because


@pytest.mark.parametrize("name", [document.name for document in DOCUMENTS if document.pages])
def test_its_pictures_are_harmless_and_of_bounded_size(ends: Ends, name: str) -> None:
    for picture in ends[name][2].values():
        assert set(chunks_of(picture)) <= CHUNKS
        assert len(picture) <= LIMITS.picture_bytes
        with Image.open(BytesIO(picture)) as image:
            assert image.format == "PNG"
            assert image.width * image.height <= LIMITS.picture_pixels * 1.01
            assert max(image.size) <= LIMITS.picture_side


@pytest.mark.parametrize("name", BY_NAME)
def test_the_document_behind_it_is_read_as_if_nothing_had_been(ends: Ends, name: str) -> None:
    after = ends[name][1]
    assert after.unreadable_because == ""
    assert len(pages_of(after)) == 1


def chunks_of(png: bytes) -> list[bytes]:
    found, at = [], 8
    while at < len(png):
        found.append(png[at + 4 : at + 8])
        at += 12 + int.from_bytes(png[at : at + 4], "big")
    return found


# ---------------------------------------------------------------- the limits of the worker


@pytest.mark.parametrize("name", ["a TIFF of a thousand million pixels", "a TIFF as wide as a number can say"])
async def test_pixels_beyond_the_limit_are_never_allocated(name: str) -> None:
    pool = WorkerPool(DOCUMENT_CONVERSION, 1, WORKER_LIMITS)
    await pool.read(a_fax())
    before = memory_peak_bytes(pool)
    with pytest.raises(Unreadable, match="pixels"):
        await pool.read(BY_NAME[name].raw)
    assert memory_peak_bytes(pool) - before < 4 * MIB
    await pool.stop()


async def test_the_memory_of_the_worker_ends_at_its_limit() -> None:
    limit = 160 * MIB
    pool = WorkerPool(DOCUMENT_CONVERSION, 1, WorkerLimits(cpu_s=30, memory_bytes=limit, wall_s=60))
    with pytest.raises(Unreadable, match=r"memory|ended the process"):
        await pool.read(BY_NAME["a PDF whose text unfolds to 2 GB"].raw)
    assert len((await pool.read(a_fax())).pages) == 1
    assert memory_peak_bytes(pool) <= limit
    await pool.stop()


async def test_a_worker_can_open_no_file_and_write_none() -> None:
    pool = WorkerPool(DOCUMENT_CONVERSION, 1, WORKER_LIMITS)
    await pool.read(a_fax())
    limits = {line[:25].strip(): line[25:].split() for line in of_process(pool, "limits")}
    soft, hard = (int(limit) for limit in limits["Max open files"][:2])
    # 0, 1 and 2, where its answers go, and what the interpreter itself keeps open: nothing below the limit is free.
    assert soft == hard <= 5
    assert set(range(soft)) <= taken_by(pool)
    assert limits["Max file size"][:2] == limits["Max core file size"][:2] == ["0", "0"]
    assert limits["Max address space"][:2] == [str(WORKER_LIMITS.memory_bytes)] * 2
    await pool.stop()


async def test_while_a_worker_stands_still_documents_are_taken_as_ever(house: DocumentHouse) -> None:
    house.put("first.tif", a_fax("first"))
    await house.settle()
    [first] = await house.envelopes()
    await house.read(first.contact_id)
    process = house.pool._workers[0]._process
    assert process is not None
    os.kill(process.pid, signal.SIGSTOP)
    for number in range(5):
        house.put(f"{number}.tif", a_fax(f"page {number}"))
    await house.settle()
    assert len(await house.arrivals()) == 6
    os.kill(process.pid, signal.SIGCONT)
    for envelope in await house.envelopes():
        assert (await house.read(envelope.contact_id)).unreadable_because == ""


def memory_peak_bytes(pool: WorkerPool[ConvertedDocument]) -> int:
    [line] = [line for line in of_process(pool, "status") if line.startswith("VmPeak")]
    return int(line.split()[1]) * 1024


def taken_by(pool: WorkerPool[ConvertedDocument]) -> set[int]:
    """The file descriptors that the worker has open."""
    process = pool._workers[0]._process
    assert process is not None
    return {int(entry.name) for entry in Path(f"/proc/{process.pid}/fd").iterdir()}


def of_process(pool: WorkerPool[ConvertedDocument], what: str) -> list[str]:
    """What the kernel says of the worker."""
    process = pool._workers[0]._process
    assert process is not None
    path = Path(f"/proc/{process.pid}/{what}")
    if not path.exists():
        pytest.skip("this system does not show what it knows of processes")
    return path.read_text().splitlines()
