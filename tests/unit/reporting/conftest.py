from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.shared.memory_event_log import MemoryEventLog
from tests.unit.reporting.house import House, started


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with started(tmp_path, MemoryEventLog()) as house:
        await house.writer.claim()
        yield house
