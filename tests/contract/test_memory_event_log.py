"""The log in memory, against the suite."""

import pytest

from services.shared.memory_event_log import MemoryEventLog
from tests.contract.event_log_contract import PARTITIONS, RECORD_BYTES_MAX, EventLogContract
from tests.fakes.manual_clock import ManualClock


class TestMemoryEventLog(EventLogContract):
    @pytest.fixture
    def log(self, clock: ManualClock) -> MemoryEventLog:
        return MemoryEventLog(PARTITIONS, clock, record_bytes_max=RECORD_BYTES_MAX)
