"""When contacts were decided on: what both logs say after the contact centre was stopped."""

from pathlib import Path

from services.router.core.events import ContactAccepted
from services.router.log_codec import decode_decided
from services.shared.accepted import accepted
from services.shared.sqlite_event_log import SqliteEventLog


async def decided_at_ms(folder: Path) -> dict[str, int]:
    """By contact, when the decision to take it in stood in router.log, wall clock."""
    log = await SqliteEventLog.open(folder / "router-log.sqlite")
    try:
        return await _read(log)
    finally:
        await log.close()


async def _read(log: SqliteEventLog) -> dict[str, int]:
    found: dict[str, int] = {}
    end = await log.end(0)
    async for batch in accepted(log.read(0, 0)):
        for command in decode_decided(batch.decided).commands:
            for event in command.events:
                if isinstance(event, ContactAccepted):
                    found[event.contact_id] = batch.appended_at_ms
        if batch.offset + 1 >= end:
            break
    return found
