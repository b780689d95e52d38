"""`switchroom doctor`: looks at an installation, says how it is, and changes nothing."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from pathlib import Path

from services.cli.doctor import folder, system
from services.cli.doctor.finding import Finding, status
from services.cli.doctor.show import as_json, as_table
from services.shared.clock import SystemClock
from services.shared.logs import set_up_logs


def doctor(data: Path | None, urls: Sequence[str], write: Callable[[str], None], *, json: bool) -> int:
    """The exit status: 0; 1 when something warns, 2 when it fails. `data` None: what the environment tells of."""
    set_up_logs(json=False, least=logging.ERROR)
    findings = asyncio.run(_examined(data, urls))
    write(as_json(findings) if json else as_table(findings))
    return status(findings)


async def _examined(data: Path | None, urls: Sequence[str]) -> list[Finding]:
    clock = SystemClock()
    if data is not None:
        return await folder.examine(data, clock)
    return await system.examine(urls, clock)
