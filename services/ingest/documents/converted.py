"""A document as pictures; it travels from the worker process as JSON and bytes."""

import json
from dataclasses import dataclass
from typing import Any

from services.ingest.workers.craft import Craft


@dataclass(frozen=True, slots=True)
class Page:
    """One page as a PNG picture; numbers begin at 1."""

    number: int
    png: bytes


@dataclass(frozen=True, slots=True)
class ConvertedDocument:
    """`page_count`: how many pages the document says it has. `incomplete_because`: why not all are here, or empty."""

    pages: tuple[Page, ...]
    page_count: int
    incomplete_because: str = ""


def to_frames(document: ConvertedDocument) -> list[bytes]:
    """What is said of the pages as JSON, then each picture."""
    described = {
        "numbers": [page.number for page in document.pages],
        "page_count": document.page_count,
        "incomplete_because": document.incomplete_because,
    }
    return [json.dumps(described).encode(), *(page.png for page in document.pages)]


def pages_in(described: dict[str, Any]) -> int:
    """How many pictures follow."""
    return len(described["numbers"])


def from_frames(described: dict[str, Any], contents: list[bytes]) -> ConvertedDocument:
    """The document that the frames describe."""
    pages = tuple(Page(number, png) for number, png in zip(described["numbers"], contents, strict=True))
    return ConvertedDocument(pages, described["page_count"], described["incomplete_because"])


DOCUMENT_CONVERSION = Craft("services.ingest.documents.worker", "documents", pages_in, from_frames)
