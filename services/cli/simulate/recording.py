"""What a router.log recorded: its contacts and duties, folded from the facts that it holds and nothing else."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from services.cli.archived_log import with_archive
from services.cli.simulate.journeys import Journeys
from services.cli.simulate.scenario import CannotSimulate
from services.plan.compiled import Plan
from services.router.core.events import Event, PlanActivated
from services.router.log_codec import Unreadable, decode_decided
from services.shared.event_log import EventLog, LogUnavailable, RecordsGone
from services.shared.fence import Batch, Fence, FenceStopped, Verdict
from services.shared.log_codec import judge_record
from services.shared.sqlite_event_log import LogMismatch, SqliteEventLog

LOG_NAME = "router-log.sqlite"
SECRETS_NAME = "secrets.json"
PARTITION = 0


@dataclass(frozen=True, slots=True)
class Recording:
    """One tenant's past. `plans`: as they were put in force, the newest last; times in log time."""

    tenant: str
    plans: tuple[Plan, ...]
    journeys: Journeys
    from_ms: int
    until_ms: int
    # The key under which callers were hashed; None when only the log itself was given.
    customers_key: bytes | None = None

    @property
    def plan(self) -> Plan:
        return self.plans[-1]


def is_recording(path: Path) -> bool:
    """Whether this is a data folder or a log, and not a forecast."""
    if path.is_dir():
        return True
    with path.open("rb") as file:
        return file.read(16) == b"SQLite format 3\0"


def read_recording(path: Path, tenant: str) -> Recording:
    """Read a data folder, or its router-log.sqlite alone, up to its present end. Raises CannotSimulate."""
    log_path = path / LOG_NAME if path.is_dir() else path
    if not log_path.is_file():
        raise CannotSimulate(
            f"There is no {LOG_NAME} in {path}. Name the folder that `switchroom up` keeps its data in."
        )
    try:
        return asyncio.run(_read(log_path, tenant, _key(path)))
    except (LogMismatch, LogUnavailable, RecordsGone, FenceStopped, Unreadable) as error:
        raise CannotSimulate(f"{log_path} can't be read: {error}.") from error


def _key(path: Path) -> bytes | None:
    secrets = path / SECRETS_NAME
    if not path.is_dir() or not secrets.is_file():
        return None
    return bytes.fromhex(json.loads(secrets.read_text())["customers_key"])


async def _read(path: Path, tenant: str, key: bytes | None) -> Recording:
    journeys, plans, tenants = Journeys(), list[Plan](), dict[str, None]()
    from_ms = 0
    async with _opened(path) as log:
        async for of_tenant, event, at_ms in _events(log):
            tenants[of_tenant] = None
            if of_tenant != tenant:
                continue
            if not from_ms:
                from_ms = journeys.last_ms = at_ms
            if isinstance(event, PlanActivated):
                plans.append(event.plan)
            journeys.note(event, at_ms)
    if not plans:
        raise CannotSimulate(f"The log has nothing of tenant {tenant}, but of {', '.join(tenants) or 'nobody'}.")
    journeys.close(journeys.last_ms)
    return Recording(tenant, tuple(plans), journeys, from_ms, journeys.last_ms, key)


@asynccontextmanager
async def _opened(path: Path) -> AsyncIterator[EventLog]:
    log = await SqliteEventLog.open(path)
    try:
        yield with_archive(log, path.parent)
    finally:
        await log.close()


async def _events(log: EventLog) -> AsyncIterator[tuple[str, Event, int]]:
    """Tenant, event and time of all that counts, up to the end as it is now."""
    fence, end = Fence(), await log.end(PARTITION)
    if not end:
        return
    async with aclosing(log.read(PARTITION, 0)) as records:  # type: ignore[type-var]
        async for record in records:
            verdict, envelope = judge_record(fence, record)
            if verdict is Verdict.ACCEPTED and isinstance(envelope, Batch):
                for command in decode_decided(envelope.decided).commands:
                    for event in command.events:
                        yield command.tenant, event, command.at_ms
            if record.offset >= end - 1:
                return
