"""A document made pictures: bytes in, ConvertedDocument out. Runs in the worker process only."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from services.ingest.documents.converted import ConvertedDocument, Page
from services.ingest.documents.kinds import Kind, disguised_as, kind_of
from services.ingest.documents.limits import LIMITS, DocumentLimits
from services.ingest.documents.sources import PdfSource, Source, TiffSource
from services.ingest.workers.unreadable import Unreadable

# So many numbers of pages are listed; of more it is told how many they are.
LISTED_MAX = 8
NS_PER_MS = 1_000_000


@dataclass(frozen=True, slots=True)
class Failed:
    """A page that cannot be shown."""

    number: int
    why: str


def convert(
    raw: bytes, limits: DocumentLimits = LIMITS, processor_ns: Callable[[], int] = time.process_time_ns
) -> ConvertedDocument:
    """The pages of a document, as far as they can be shown. Raises Unreadable where none can."""
    source = _opened(raw, limits)
    outcomes = list(_outcomes(source, limits, processor_ns))
    pages = tuple(outcome for outcome in outcomes if isinstance(outcome, Page))
    failed = tuple(outcome for outcome in outcomes if isinstance(outcome, Failed))
    if not pages:
        raise Unreadable(failed[0].why if failed else "it took too long to open")
    missing = "; ".join(_what_is_missing(source, len(outcomes), failed))
    return ConvertedDocument(pages, source.page_count, missing)


def _outcomes(source: Source, limits: DocumentLimits, processor_ns: Callable[[], int]) -> Iterator[Page | Failed]:
    """What becomes of each page, until a limit of the whole document is reached."""
    give_up_ns = processor_ns() + limits.cpu_ms * NS_PER_MS
    left_bytes = limits.pictures_bytes
    for number in range(1, min(source.page_count, limits.pages) + 1):
        if processor_ns() > give_up_ns or left_bytes < limits.picture_bytes:
            return
        try:
            page = Page(number, source.png(number))
        except Exception as error:  # noqa: BLE001  # whatever is wrong with a page, the others are shown
            yield Failed(number, _why(error))
        else:
            left_bytes -= len(page.png)
            yield page


def _opened(raw: bytes, limits: DocumentLimits) -> Source:
    if not raw:
        raise Unreadable("it is empty: nothing was sent, or nothing arrived")
    match kind_of(raw):
        case Kind.TIFF:
            return TiffSource(raw, limits)
        case Kind.PDF:
            return PdfSource(raw, limits)
        case Kind.OTHER:
            seeming = disguised_as(raw)
            raise Unreadable("it is no TIFF and no PDF" + (f" but seems to be {seeming}" if seeming else ""))


def _why(error: Exception) -> str:
    if isinstance(error, Unreadable):
        return str(error)
    if isinstance(error, MemoryError):
        return "it needs too much memory"
    return f"it is damaged, or of a kind that is not read ({type(error).__name__})"


def _what_is_missing(source: Source, tried: int, failed: tuple[Failed, ...]) -> Iterator[str]:
    if tried < source.page_count:
        yield f"only the first {tried} of its {source.page_count} pages were looked at"
    if failed:
        yield f"{_listed([page.number for page in failed])} cannot be shown: {failed[0].why}"
    if not source.is_whole:
        yield "it is damaged, and pages may be missing"


def _listed(numbers: list[int]) -> str:
    if len(numbers) == 1:
        return f"page {numbers[0]}"
    if len(numbers) > LISTED_MAX:
        return f"{len(numbers)} pages"
    return f"pages {', '.join(map(str, numbers[:-1]))} and {numbers[-1]}"
