from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from tests.unit.ingest.web.house import House, opened


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with opened(tmp_path) as house:
        yield house


@pytest.fixture
async def client(house: House) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(timeout=60, base_url=house.url("")) as client:
        yield client
