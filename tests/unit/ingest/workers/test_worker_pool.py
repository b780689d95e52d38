import asyncio
import mmap
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from services.ingest.mail.parsed_mail import MAIL_PARSING, ParsedMail
from services.ingest.workers.frames import FRAME_BYTES_MAX
from services.ingest.workers.unreadable import Unreadable
from services.ingest.workers.worker_pool import ROOT, WorkerLimits, WorkerPool

GOOD = b"Subject: fine\r\n\r\nyes\r\n"
# Within every limit of the parser's, yet ten times and more what one second of processor time is enough for.
SLOW = (
    b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(190)) + b"x\n" * 490_000
)
# Takes 148 MiB beside the 31 that the worker has: ten times and more what the one of the test below is left.
LEFT_BYTES = 12 * 1024 * 1024
BIG = b"Subject: big\r\n\r\n" + b"x" * 24 * 1024 * 1024
Pool = WorkerPool[ParsedMail]
MakePool = Callable[..., Pool]


@pytest.fixture
async def make_pool() -> AsyncIterator[MakePool]:
    pools: list[Pool] = []

    def make(workers: int = 1, **limits: float) -> Pool:
        pools.append(WorkerPool(MAIL_PARSING, workers, WorkerLimits(**limits)))  # type: ignore[arg-type]
        return pools[-1]

    yield make
    for pool in pools:
        await pool.stop()


async def test_a_mail_is_parsed_in_another_process(make_pool: MakePool) -> None:
    pool = make_pool()
    await pool.start()
    assert (await pool.read(GOOD)).subject == "fine"
    assert process_of(pool) != os.getpid()


def test_the_process_that_serves_never_loads_the_parser() -> None:
    code = (
        "import sys, services.ingest.mail.parts; "
        "sys.exit(any(f'services.ingest.mail.{name}' in sys.modules for name in ('parser', 'markup', 'html_tokens'))"
        " or 'nh3' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False)  # noqa: S603  # our own code
    assert done.returncode == 0


async def test_a_mail_that_takes_too_much_processor_time_is_unreadable_and_the_next_is_read(
    make_pool: MakePool,
) -> None:
    pool = make_pool(cpu_s=1, wall_s=60)
    with pytest.raises(Unreadable, match="1 seconds of processor time"):
        await pool.read(SLOW)
    assert (await pool.read(GOOD)).text == "yes"


async def test_a_mail_that_takes_too_much_memory_is_unreadable_and_the_next_is_read(make_pool: MakePool) -> None:
    pool = make_pool()
    await pool.read(GOOD)
    own_bytes = await asyncio.to_thread(address_space_of, process_of(pool))
    pool = make_pool(memory_bytes=own_bytes + LEFT_BYTES)
    with pytest.raises(Unreadable, match=r"memory|ended the process"):
        await pool.read(BIG)
    assert (await pool.read(GOOD)).text == "yes"


@pytest.mark.parametrize("size", [FRAME_BYTES_MAX + 1, 10 * FRAME_BYTES_MAX])
async def test_what_no_frame_can_hold_is_unreadable_without_asking_a_worker(make_pool: MakePool, size: int) -> None:
    pool = make_pool()
    with pytest.raises(Unreadable, match="larger than"):
        await pool.read(bytes(size))
    assert pool._workers[0]._process is None


async def test_the_limits_are_renewed_for_each_mail(make_pool: MakePool) -> None:
    pool = make_pool(cpu_s=1)
    page = b"Content-Type: text/html\r\n\r\n" + b"<p>text" * 60_000
    first = None
    for _ in range(4):
        await pool.read(page)
        first = first or process_of(pool)
    assert process_of(pool) == first


async def test_a_worker_that_stands_still_is_replaced(make_pool: MakePool) -> None:
    pool = make_pool(wall_s=0.2)
    with pytest.raises(Unreadable, match=r"longer than 0.2 seconds"):
        await disturbed(pool, lambda: os.kill(process_of(pool), signal.SIGSTOP))
    assert (await patient(pool).read(GOOD)).text == "yes"


async def test_a_worker_that_is_killed_within_a_mail_is_replaced(make_pool: MakePool) -> None:
    pool = make_pool()
    with pytest.raises(Unreadable, match="ended the process"):
        await disturbed(pool, lambda: os.kill(process_of(pool), signal.SIGKILL), SLOW)
    assert (await pool.read(GOOD)).text == "yes"


async def test_a_worker_that_died_between_mails_is_replaced_without_harm_to_the_next(make_pool: MakePool) -> None:
    pool = make_pool()
    await pool.read(GOOD)
    os.kill(process_of(pool), signal.SIGKILL)
    await process(pool).wait()
    assert (await pool.read(GOOD)).text == "yes"


async def test_a_caller_that_gives_up_does_not_leave_its_answer_to_the_next(make_pool: MakePool) -> None:
    pool = make_pool()
    await pool.read(GOOD)
    given_up = asyncio.create_task(pool.read(b"Subject: first\r\n\r\nx"))
    await asyncio.sleep(0)
    given_up.cancel()
    await asyncio.wait([given_up])
    assert (await pool.read(GOOD)).subject == "fine"


async def test_several_workers_work_at_the_same_time(make_pool: MakePool) -> None:
    pool = make_pool(2)
    parsed = await asyncio.gather(*(pool.read(b"Subject: %d\r\n\r\n" % number) for number in range(20)))
    assert [mail.subject for mail in parsed] == [str(number) for number in range(20)]
    assert len({worker._process.pid for worker in pool._workers if worker._process}) == pool.size == 2


async def test_the_worker_has_none_of_our_environment(make_pool: MakePool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SWITCHROOM_INGEST_IDS_KEY", "secret")
    pool = make_pool()
    await pool.read(GOOD)
    assert b"SWITCHROOM" not in await asyncio.to_thread(environment_of, process_of(pool))


def environment_of(pid: int) -> bytes:
    return shown(pid, "environ")


def address_space_of(pid: int) -> int:
    """In bytes."""
    return int(shown(pid, "statm").split()[0]) * mmap.PAGESIZE


def shown(pid: int, what: str) -> bytes:
    path = f"/proc/{pid}/{what}"
    if not os.path.exists(path):  # noqa: PTH110
        pytest.skip("this system does not show what processes have")
    with open(path, "rb") as file:  # noqa: PTH123
        return file.read()


def process(pool: Pool) -> asyncio.subprocess.Process:
    found = pool._workers[0]._process
    assert found is not None
    return found


def process_of(pool: Pool) -> int:
    return process(pool).pid


def patient(pool: Pool) -> Pool:
    pool._workers[0]._limits = WorkerLimits()
    return pool


async def disturbed(pool: Pool, disturb: Callable[[], None], raw: bytes = GOOD) -> None:
    limits, pool._workers[0]._limits = pool._workers[0]._limits, WorkerLimits()
    await pool.read(GOOD)
    pool._workers[0]._limits = limits
    if raw is GOOD:
        disturb()
        await pool.read(raw)
        return
    parsing: Awaitable[object] = asyncio.ensure_future(pool.read(raw))
    await asyncio.sleep(0.05)
    disturb()
    await parsing
