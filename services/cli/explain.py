"""`switchroom explain`: why a contact waits or who got it, out of the log of a data folder, whether it runs or not."""

import asyncio
import json as json_format
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from services.cli.archived_log import with_archive
from services.router.explanation_words import words
from services.router.log_codec import Unreadable
from services.router.retrace import NothingToExplain, Retraced, Retracing
from services.shared.event_log import LogUnavailable, RecordsGone
from services.shared.fence import FenceStopped
from services.shared.sqlite_event_log import LogMismatch, SqliteEventLog

LOG_NAME = "router-log.sqlite"
# An embedded log has one.
PARTITION = 0


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be explained; offer 0: as it is now. An empty tenant: the only one that has such a contact."""

    data: Path
    contact: str
    offer: int = 0
    tenant: str = ""


def explain(asked: Asked, write: Callable[[str], None], *, json: bool) -> int:
    """The exit status: 0, or 1 when there is nothing to explain; that is said to standard error."""
    path = asked.data / LOG_NAME
    if not path.is_file():
        return _complain(
            f"there is no {LOG_NAME} in {asked.data}: name the folder that `switchroom up` keeps its data in"
        )
    try:
        told = asyncio.run(_explain(path, asked))
    except NothingToExplain as nothing:
        return _complain(f"{nothing}. The tables of contacts and their timelines have the ids")
    except (LogMismatch, LogUnavailable, RecordsGone, FenceStopped, Unreadable) as error:
        return _complain(f"{path} can't be read: {error}")
    write(_as_json(told) if json else "\n".join(words(told)))
    return 0


async def _explain(path: Path, asked: Asked) -> Retraced:
    log = await SqliteEventLog.open(path)
    try:
        return await Retracing(with_archive(log, path.parent)).explain(
            PARTITION, asked.tenant, asked.contact, asked.offer
        )
    finally:
        await log.close()


def _as_json(told: Retraced) -> str:
    return json_format.dumps(asdict(told) | {"words": words(told)})


def _complain(what: str) -> int:
    sys.stderr.write(f"switchroom: {what}.\n")
    return 1
