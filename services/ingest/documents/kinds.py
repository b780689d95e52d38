"""What a file is by its first bytes, whatever its name says."""

from enum import StrEnum


class Kind(StrEnum):
    """The media types of documents."""

    TIFF = "image/tiff"
    PDF = "application/pdf"
    OTHER = "application/octet-stream"


TIFF_BEGINNINGS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
PDF_BEGINNING = b"%PDF-"
# Some programs write a few lines in front of it, and readers allow for that.
PDF_WITHIN_BYTES = 1024
# What is likely to come under the name of a document.
DISGUISES = (
    (b"\x89PNG\r\n\x1a\n", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"MZ", "a program"),
    (b"\x7fELF", "a program"),
    (b"<", "a page of HTML or XML"),
    (b"\xd0\xcf\x11\xe0", "an old Office file"),
)


def kind_of(raw: bytes) -> Kind:
    """The kind of a file."""
    if raw.startswith(TIFF_BEGINNINGS):
        return Kind.TIFF
    return Kind.PDF if PDF_BEGINNING in raw[:PDF_WITHIN_BYTES] else Kind.OTHER


def disguised_as(raw: bytes) -> str:
    """What a file that is no document seems to be, in words; empty if it says nothing."""
    beginning = raw[:64].lstrip()
    return next((words for magic, words in DISGUISES if beginning.startswith(magic)), "")
