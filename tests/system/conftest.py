"""Fixtures of the tests that run the whole system."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.system.running import Running, running


@pytest.fixture
async def system(tmp_path: Path) -> AsyncIterator[Running]:
    async with running(tmp_path / "data") as started:
        yield started
