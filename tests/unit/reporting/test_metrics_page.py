import re
from pathlib import Path

from services.reporting.metrics import FiguresCollector
from services.reporting.projector import Bounds, Projector
from services.shared.memory_event_log import MemoryEventLog
from tests.fakes.manual_clock import ManualClock
from tests.fakes.memory_document_store import MemoryDocumentStore

PAGE = Path(__file__).parents[3] / "docs" / "metrics.md"


async def test_every_metric_is_defined_in_the_docs_and_no_other() -> None:
    projector = Projector(MemoryEventLog(), MemoryDocumentStore(), Bounds(timelines_max=1, wait_ms=0))
    families = FiguresCollector(projector, ManualClock()).collect()
    there = {family.name + ("_total" if family.type == "counter" else "") for family in families}
    assert set(re.findall(r"^\| `(switchroom_\w+)`", PAGE.read_text(), re.MULTILINE)) == there
