"""The process that makes pictures of documents."""

from io import BytesIO

from PIL import Image

from services.ingest.documents.converted import to_frames
from services.ingest.documents.converter import convert
from services.ingest.workers.worker import forbid_opening, run

SPECIMEN_PIXELS = (16, 16)


def read(raw: bytes) -> list[bytes]:
    """The frames that hold a document's pages. Raises Unreadable."""
    return to_frames(convert(raw))


def get_ready() -> None:
    """Have the libraries load all that they load when first used; after that nothing can be opened any more."""
    for form in ("TIFF", "PDF"):
        specimen = BytesIO()
        Image.new("RGB", SPECIMEN_PIXELS).save(specimen, form)
        convert(specimen.getvalue())
    forbid_opening()


if __name__ == "__main__":
    run(read, get_ready)
