"""The documents in memory that simulations use, against the suite."""

from collections.abc import AsyncIterator

import pytest

from tests.contract.document_store_contract import DocumentStoreContract
from tests.fakes.memory_document_store import MemoryDocumentStore


class TestMemoryDocumentStore(DocumentStoreContract):
    @pytest.fixture
    async def store(self) -> AsyncIterator[MemoryDocumentStore]:
        store = MemoryDocumentStore()
        yield store
        await store.close()
