"""What is said of the logs: formats, owners, lag, the clock, and records that are gone."""

import pytest

from services.cli.doctor.finding import Finding, State
from services.cli.doctor.log_reading import clock, partitions
from services.cli.doctor.tail import LOOKS, tail_of
from services.router.log_codec import encode_decided
from services.shared.fence import FORMAT, ZERO_DIGEST, Barrier, Batch
from services.shared.log_codec import encode_record
from services.shared.memory_event_log import MemoryEventLog
from tests.fakes.manual_clock import ManualClock

CLAIM, OTHER = b"A" * 16, b"B" * 16
FIRST = Barrier(1, CLAIM, "router-1:8082", FORMAT)
MINUTE_MS = 60_000
SECOND = Barrier(2, OTHER, "router-2:8082", FORMAT)


def batch(epoch: int, claim: bytes, seq: int, inbound_offset: int = -1, *, format: int = FORMAT) -> Batch:
    return Batch(epoch, claim, seq, ZERO_DIGEST, format, encode_decided(0, inbound_offset, []))


async def log_of(*records: Barrier | Batch | bytes) -> MemoryEventLog:
    log = MemoryEventLog(clock=ManualClock())
    for record in records:
        await log.append(0, record if isinstance(record, bytes) else encode_record(record))
    return log


async def said(log: MemoryEventLog, check: str, *, inbound: int = 0, serving: bool = True) -> Finding:
    async def serves(address: str) -> bool:
        return serving

    received = MemoryEventLog()
    for _ in range(inbound):
        await received.append(0, b"x")
    return next(each for each in await partitions(log, received, None, serves) if each.check.startswith(check))


async def test_a_log_that_is_owned_and_read_is_well() -> None:
    log = await log_of(FIRST, batch(1, CLAIM, 1, 4))

    assert (await said(log, "formats")).saw == "the last 2 of 2 records can be read, formats up to 1"
    assert (await said(log, "owner")).saw == "router-1:8082, epoch 1, serving"
    assert (await said(log, "router behind", inbound=7)).saw == "2 records are not decided"
    assert (await said(log, "kept")).saw == "all 2 records are in the log"


async def test_the_owner_is_who_claimed_last_not_who_came_second_or_wrote_late() -> None:
    log = await log_of(FIRST, SECOND, Barrier(2, CLAIM, "router-1:8082", FORMAT), batch(1, CLAIM, 1))
    assert (await said(log, "owner")).saw == "router-2:8082, epoch 2, serving"


async def test_an_owner_is_looked_for_further_back_if_need_be() -> None:
    log = await log_of(FIRST, *(batch(1, CLAIM, seq) for seq in range(1, LOOKS[0] + 5)))
    tail = await tail_of(log, 0)
    assert tail.owner() == FIRST


async def test_an_owner_that_does_not_serve_fails() -> None:
    finding = await said(await log_of(FIRST), "owner", serving=False)
    assert finding.state is State.FAIL
    assert "does not answer SERVING" in finding.saw


async def test_a_partition_that_nobody_claimed_is_a_warning() -> None:
    finding = await said(await log_of(), "owner")
    assert (finding.state, finding.saw) == (State.WARN, "no router has claimed it yet")


@pytest.mark.parametrize(
    ("record", "saw"),
    [
        (b"\xff", "offset 1: a record of 1 bytes"),
        (batch(1, CLAIM, 1, format=FORMAT + 1), f"format {FORMAT + 1}; this version reads 1 to {FORMAT}"),
        (Batch(1, CLAIM, 1, ZERO_DIGEST, FORMAT, b"\xff"), "what was decided last can't be read"),
    ],
)
async def test_what_this_version_cannot_read_fails(record: bytes | Batch, saw: str) -> None:
    finding = await said(await log_of(FIRST, record), "formats")
    assert finding.state is State.FAIL
    assert saw in finding.saw


async def test_a_router_that_is_far_behind_is_a_warning() -> None:
    finding = await said(await log_of(FIRST, batch(1, CLAIM, 1, 4)), "router behind", inbound=1_500)
    assert (finding.state, finding.saw) == (State.WARN, "1495 records are not decided")


async def test_records_that_are_gone_and_archived_nowhere_fail() -> None:
    log = await log_of(FIRST, batch(1, CLAIM, 1))
    await log.delete_before(0, 1)
    assert (await said(log, "kept")).state is State.FAIL


async def test_a_log_whose_clock_is_ahead_fails_and_one_that_is_old_does_not() -> None:
    log, now = await log_of(FIRST), ManualClock()
    now.pass_ms(MINUTE_MS)
    assert (await clock([log], now)).state is State.OK
    now.jump_wall_ms(-2 * MINUTE_MS)
    finding = await clock([log], now)
    assert (finding.state, finding.saw) == (
        State.FAIL,
        "the newest record was appended 60.0 s after this machine's now",
    )


async def test_a_clock_without_records_is_not_judged() -> None:
    assert (await clock([MemoryEventLog()], ManualClock())).saw == "no record to compare with"
