"""The process that makes pictures of documents."""

from io import BytesIO

from PIL import Image

from services.ingest.documents.converted import to_frames
from services.ingest.documents.converter import convert
from services.ingest.documents.limits import LIMITS
from services.ingest.documents.picture import as_png
from services.ingest.workers.worker import forbid_opening, run

SPECIMEN_PIXELS = (16, 16)
# For some of them the library loads more of itself.
COLOUR_SPACES = ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "LAB", "HSV", "I", "F", "I;16")


def read(raw: bytes) -> list[bytes]:
    """The frames that hold a document's pages. Raises Unreadable."""
    return to_frames(convert(raw))


def get_ready() -> None:
    """Have the libraries load all that they load when first used; after that nothing can be opened any more."""
    for colour_space in COLOUR_SPACES:
        as_png(Image.new(colour_space, SPECIMEN_PIXELS), LIMITS)
    for form in ("TIFF", "PDF"):
        specimen = BytesIO()
        Image.new("RGB", SPECIMEN_PIXELS).save(specimen, form)
        convert(specimen.getvalue())
    forbid_opening()


if __name__ == "__main__":
    run(read, get_ready)
