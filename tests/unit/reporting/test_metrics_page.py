import re
from pathlib import Path

from services.reporting.interval_rows import RATIOS, SUMS, TIMES
from services.reporting.list_rows import CONTACT_COLUMNS
from services.reporting.metrics import FiguresCollector
from services.reporting.projector import Bounds, Projector
from services.shared.memory_event_log import MemoryEventLog
from tests.fakes.manual_clock import ManualClock
from tests.fakes.memory_document_store import MemoryDocumentStore

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "metrics.md"
COUNTED_BY_PROCESSES = re.compile(r'(?:Counter|Gauge|Histogram|Summary)\(\s*"(switchroom_\w+)"')


def documented() -> set[str]:
    return set(re.findall(r"^\| `(switchroom_\w+)`", PAGE.read_text(), re.MULTILINE))


async def test_every_metric_is_defined_in_the_docs_and_no_other() -> None:
    projector = Projector(MemoryEventLog(), MemoryDocumentStore(), Bounds(timelines_max=1, wait_ms=0))
    families = FiguresCollector(projector, ManualClock()).collect()
    figures = {family.name + ("_total" if family.type == "counter" else "") for family in families}
    sources = (path.read_text() for path in (ROOT / "services").rglob("*.py"))
    of_processes = {name for source in sources for name in COUNTED_BY_PROCESSES.findall(source)}
    assert of_processes
    assert documented() == figures | of_processes


def test_every_column_is_on_the_page() -> None:
    words = set(re.findall(r"`(\w+)`", PAGE.read_text()))
    plain = {"contact_id", "company", "channel", "direction", "dialed", "ivr_path", "language", "customer"}
    ids = {"previous_contact_id", "joined_contact_id"}
    assert {*SUMS, *RATIOS, *TIMES, *CONTACT_COLUMNS} - plain - ids <= words
