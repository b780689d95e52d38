"""A data folder, whether a process runs on it or not."""

import asyncio
import fcntl
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from services.cli.data_folder import Addresses, DataFolder
from services.cli.doctor import service_checks, store_checks
from services.cli.doctor.finding import Finding, fail, ok, warn
from services.cli.doctor.guarded import collected, findings
from services.cli.doctor.kept_checks import FolderNames
from services.cli.doctor.log_reading import clock, partitions
from services.cli.doctor.owner_health import serves
from services.cli.doctor.tail import span
from services.shared.clock import Clock
from services.shared.event_log import EventLog, LogUnavailable
from services.shared.fence import Fence, FenceStopped
from services.shared.log_codec import judge_record
from services.shared.object_names import KEPT
from services.shared.sqlite_event_log import SqliteEventLog

ROUTER_LOG, INBOUND = "router-log.sqlite", "contacts-inbound.sqlite"

SECRETS = "secrets.json"
FOR_OTHERS = 0o077


async def examine(folder: Path, clock: Clock) -> list[Finding]:
    """All that can be told of it."""
    if not (folder / ROUTER_LOG).is_file():
        what_to_do = "name the folder that `switchroom up` keeps its data in"
        return [fail("folder", f"there is no {ROUTER_LOG} in {folder}", "there is nothing to look at", what_to_do)]
    return await collected(_examined(folder, clock))


async def _examined(folder: Path, now: Clock) -> AsyncIterator[list[Finding]]:
    held = is_held(folder)
    yield [lock(folder, held=held), store_checks.free_space(folder), own_eyes(folder)]
    yield await findings("logs", _logs(folder, now, held=held))
    for url in _urls(folder) if held else ():
        yield await findings(url, service_checks.service(url, now))


async def _logs(folder: Path, now: Clock, *, held: bool) -> list[Finding]:
    async with _opened(folder / ROUTER_LOG) as router_log, _opened(folder / INBOUND) as inbound:
        return [
            await chain(router_log),
            *await partitions(router_log, inbound, FolderNames(folder / KEPT), serves if held else None),
            await clock((router_log, inbound), now),
        ]


async def chain(log: EventLog) -> Finding:
    """Every record of partition 0, judged as every reader judges it. Raises LogUnavailable."""
    fence, start, end = Fence(), await log.start(0), await log.end(0)
    if start:
        return ok("digest chain", f"not verified: the log starts at {start}, and its beginning is archived")
    try:
        async for record in span(log, 0, 0, end):
            judge_record(fence, record)
    except FenceStopped as stopped:
        return fail("digest chain", str(stopped), "no router starts on it", "restore the folder from a copy")
    dropped = sum(fence.dropped.values())
    return ok("digest chain", f"all {end} records verified, {dropped} of them dropped, epoch {fence.checkpoint.epoch}")


def lock(folder: Path, *, held: bool) -> Finding:
    """Whether a process runs on the folder; both is well."""
    return ok("lock", f"a process runs on {folder}" if held else f"no process runs on {folder}")


def is_held(folder: Path) -> bool:
    """Whether a process has the folder's lock; it is not taken from anybody, nor kept."""
    try:
        with (folder / "lock").open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def own_eyes(folder: Path) -> Finding:
    """Whether others than the folder's owner can read its secrets."""
    path = folder / SECRETS
    if not path.is_file():
        return ok("secrets", "none yet; the first start makes them")
    if path.stat().st_mode & FOR_OTHERS:
        why = "whoever has read them is the system"
        return warn("secrets", f"other users may read {path}", why, f"chmod 600 {path}; make new ones if somebody did")
    return ok("secrets", "only their owner may read them")


def _urls(folder: Path) -> tuple[str, ...]:
    try:
        running: Addresses | None = DataFolder(folder).running()
    except (OSError, json.JSONDecodeError, TypeError):
        return ()
    ports = (running.router_http, running.ingest, running.reporting, running.agents) if running else ()
    return tuple(running.url(port) for port in ports) if running else ()


@asynccontextmanager
async def _opened(path: Path) -> AsyncIterator[SqliteEventLog]:
    # Opening it would make it.
    if not await asyncio.to_thread(path.is_file):
        raise LogUnavailable(f"there is no {path.name} in {path.parent}")
    log = await SqliteEventLog.open(path)
    try:
        yield log
    finally:
        await log.close()
