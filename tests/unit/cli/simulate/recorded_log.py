"""A router.log as the router would have written it in a simulated day, in a file."""

import asyncio
from pathlib import Path

from services.cli.simulate.centre import Centre, Shift
from services.cli.simulate.visits import Visit
from services.plan.compiled import Plan
from services.router.core.events import Event, OfferAccepted
from services.router.decided import DecidedCommand
from services.router.log_codec import encode_command, encode_decided
from services.shared.fence import ZERO_DIGEST, Barrier, Batch, next_digest
from services.shared.log_codec import encode_record
from services.shared.sqlite_event_log import SqliteEventLog
from tests.unit.cli.simulate.floors import T0

CLAIM = b"s" * 16


def record(folder: Path, plan: Plan, shifts: list[Shift], visits: list[Visit]) -> Path:
    """Simulate, and keep what was decided in `folder`/router-log.sqlite. Returns that file."""
    told: list[tuple[Event, int]] = []
    Centre(plan, shifts, lambda event, at_ms: told.append((event, at_ms))).run(visits, T0)
    path = folder / "router-log.sqlite"
    accepts = [number for number, (event, _) in enumerate(told) if isinstance(event, OfferAccepted)]
    asyncio.run(_write(path, [_batch(plan.tenant, event, at_ms) for event, at_ms in told], (accepts or [0])[-1]))
    return path


def _batch(tenant: str, event: Event, at_ms: int) -> bytes:
    return encode_decided(at_ms, -1, [encode_command(DecidedCommand(tenant, "", at_ms, None, (event,)))])


async def _write(path: Path, contents: list[bytes], repeated: int) -> None:
    log = await SqliteEventLog.open(path)
    records, digest = [encode_record(Barrier(1, CLAIM, "127.0.0.1:8082", 1))], ZERO_DIGEST
    for seq, content in enumerate(contents, start=1):
        records.append(encode_record(Batch(1, CLAIM, seq, digest, 1, content)))
        digest = next_digest(digest, 1, content)
        if seq == repeated + 1:
            # An append that landed twice, which no reader counts.
            records.append(records[-1])
    await asyncio.gather(*(log.append(0, each) for each in records))
    await log.close()
