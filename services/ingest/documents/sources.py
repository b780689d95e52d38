"""The pages of a document as images, one after the other: TIFF by Pillow, PDF by PDFium.

Runs in the worker process only.
"""

import math
from functools import cached_property
from io import BytesIO
from typing import Protocol

import pypdfium2
from PIL import Image, TiffImagePlugin

from services.ingest.documents.limits import DocumentLimits
from services.ingest.documents.picture import as_png, fitting
from services.ingest.documents.tiff_directories import directories_of
from services.ingest.workers.unreadable import Unreadable

PDF_DOTS_PER_INCH = 150
POINTS_PER_INCH = 72
X_RESOLUTION, Y_RESOLUTION = 282, 283
# What fax machines make lies between these; beyond it is a mistake in the file.
PIXEL_HEIGHT_MIN, PIXEL_HEIGHT_MAX = 0.2, 5.0
ACRO_FORM = 1
ENCRYPTED = b"/Encrypt"


class Source(Protocol):
    """A document that was opened. `is_whole`: no page can be missing."""

    @property
    def page_count(self) -> int: ...

    @property
    def is_whole(self) -> bool: ...

    def png(self, number: int) -> bytes:
        """The picture of a page. Raises Unreadable, and whatever the library raises."""
        ...


class TiffSource:
    """A TIFF. Each page is looked at before it is decoded."""

    is_whole: bool
    page_count: int

    def __init__(self, raw: bytes, limits: DocumentLimits) -> None:
        directories = directories_of(raw)
        if directories.count == 0:
            raise Unreadable("it is damaged: it has no page")
        self.page_count = directories.count
        self.is_whole = directories.is_whole
        self._raw = raw
        self._limits = limits

    def png(self, number: int) -> bytes:
        """See Source."""
        image = self._image
        image.seek(number - 1)
        width, height = image.size
        if width * height > self._limits.page_pixels:
            raise Unreadable(f"it has {width} x {height} pixels, and at most {self._limits.page_pixels} are decoded")
        pixel_height = _pixel_height(image)
        image.load()
        return as_png(image, self._limits, pixel_height)

    @cached_property
    def _image(self) -> TiffImagePlugin.TiffImageFile:
        # The library's own check is of the first page only, and less strict.
        Image.MAX_IMAGE_PIXELS = None
        return TiffImagePlugin.TiffImageFile(BytesIO(self._raw))


def _pixel_height(image: TiffImagePlugin.TiffImageFile) -> float:
    """Faxes of standard resolution have pixels twice as high as wide."""
    tags = image.tag_v2
    try:
        ratio = float(tags[X_RESOLUTION]) / float(tags[Y_RESOLUTION])
    except (KeyError, TypeError, ValueError, ArithmeticError):
        return 1.0
    return ratio if PIXEL_HEIGHT_MIN <= ratio <= PIXEL_HEIGHT_MAX else 1.0


class PdfSource:
    """A PDF. Nothing in it is executed: the library was built without JavaScript, and actions are not looked at."""

    is_whole = True
    page_count: int

    def __init__(self, raw: bytes, limits: DocumentLimits) -> None:
        try:
            self._document = pypdfium2.PdfDocument(raw)
        except pypdfium2.PdfiumError as error:
            raise Unreadable(_why_closed(error, raw)) from None
        self.page_count = len(self._document)
        if self.page_count < 1:
            raise Unreadable("it is damaged: it has no page")
        self._limits = limits
        if self._document.get_formtype() == ACRO_FORM:
            # What was typed into a form is drawn only then.
            self._document.init_forms()

    def png(self, number: int) -> bytes:
        """See Source."""
        page = self._document[number - 1]
        try:
            bitmap = page.render(scale=self._scale(page))
            return as_png(bitmap.to_pil(), self._limits)
        finally:
            page.close()

    def _scale(self, page: pypdfium2.PdfPage) -> float:
        scale = PDF_DOTS_PER_INCH / POINTS_PER_INCH
        width, height = (side * scale for side in page.get_size())
        if not (math.isfinite(width) and math.isfinite(height) and width > 0 and height > 0):
            raise Unreadable("it has no size")
        return scale * fitting(width, height, self._limits)


def _why_closed(error: pypdfium2.PdfiumError, raw: bytes) -> str:
    # The library may report the error of an earlier document.
    is_protected = error.err_code == pypdfium2.raw.FPDF_ERR_PASSWORD and ENCRYPTED in raw
    return "it is protected by a password" if is_protected else "it is damaged"
