from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fakes.document_house import DocumentHouse, document_house


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[DocumentHouse]:
    async with document_house(tmp_path) as opened:
        yield opened
