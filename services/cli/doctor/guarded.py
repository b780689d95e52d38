"""A check that can't be made says so, in a line of its own; the others are made all the same."""

import asyncio
from collections.abc import AsyncIterable, Awaitable, Iterable

from services.cli.doctor.finding import Finding, fail
from services.shared.blob_store import BlobUnavailable
from services.shared.distributed import ConnectionWrong
from services.shared.document_store import StoreUnavailable
from services.shared.event_log import LogUnavailable, RecordsGone
from services.shared.sqlite_event_log import LogMismatch

WITHIN_S = 60.0
# Their words are ours, and tell nothing that is secret.
IN_OUR_WORDS = (LogUnavailable, RecordsGone, LogMismatch, StoreUnavailable, BlobUnavailable, ConnectionWrong)


async def findings(check: str, made: Awaitable[Finding | Iterable[Finding]]) -> list[Finding]:
    """What the check found, or one line that says why it could not be made."""
    try:
        async with asyncio.timeout(WITHIN_S):
            found = await made
    except IN_OUR_WORDS as error:
        return [_not_made(check, str(error))]
    except TimeoutError:
        return [_not_made(check, f"no answer within {WITHIN_S:.0f} s")]
    except OSError as error:
        return [_not_made(check, error.strerror or type(error).__name__)]
    except Exception as error:  # noqa: BLE001  # a library's words may quote a password: its kind is all that is said
        return [_not_made(check, type(error).__name__)]
    return [found] if isinstance(found, Finding) else list(found)


async def collected(parts: AsyncIterable[list[Finding]]) -> list[Finding]:
    """All of them, in order."""
    return [finding async for part in parts for finding in part]


def _not_made(check: str, why: str) -> Finding:
    return fail(check, why, "what can't be looked at may be anything", "see that it runs and can be reached from here")
