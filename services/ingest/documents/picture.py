"""A page's image made a PNG that every browser shows: of a bounded size, and with nothing in it but the picture.

Runs in the worker process only.
"""

import math
from collections.abc import Iterator
from io import BytesIO

from PIL import Image

from services.ingest.documents.limits import DocumentLimits

WHITE = "white"
DEEP_GREY = ("I;16", "I;16B", "I;16L", "I;16N")
WITH_TRANSPARENCY = ("RGBA", "LA", "PA", "RGBa", "La")
# Higher ones take several times as long, and save a tenth.
COMPRESSION = 4


def as_png(image: Image.Image, limits: DocumentLimits, pixel_height: float = 1.0) -> bytes:
    """The picture; a pixel of the image is `pixel_height` times as high as it is wide. Raises ValueError."""
    plain = without_colour_that_is_grey(plain_mode(image))
    shaped = _shaped(plain, limits, pixel_height)
    for attempt in _smaller_and_smaller(shaped):
        png = _encoded(attempt)
        if len(png) <= limits.picture_bytes:
            return png
    raise ValueError("no picture of it is small enough")


def fitting(width: float, height: float, limits: DocumentLimits) -> float:
    """The factor by which a page has to be made smaller for its picture; 1 if it fits."""
    return min(1.0, math.sqrt(limits.picture_pixels / (width * height)), limits.picture_side / max(width, height))


def plain_mode(image: Image.Image) -> Image.Image:
    """Black and white ("1"), grey ("L") or colour ("RGB"), on white paper. Raises ValueError for other colours."""
    if image.mode in ("1", "L", "RGB"):
        return image
    if image.mode in DEEP_GREY:
        return image.point(lambda value: value * (1 / 256)).convert("L")
    if image.mode in WITH_TRANSPARENCY or "transparency" in image.info:
        paper = Image.new("RGBA", image.size, WHITE)
        return Image.alpha_composite(paper, image.convert("RGBA")).convert("RGB")
    return image.convert("RGB")


def without_colour_that_is_grey(image: Image.Image) -> Image.Image:
    """Grey instead of colour if red, green and blue are the same everywhere."""
    if image.mode != "RGB":
        return image
    red, green, blue = (channel.tobytes() for channel in image.split())
    return image.getchannel(0) if red == green == blue else image


def _shaped(image: Image.Image, limits: DocumentLimits, pixel_height: float) -> Image.Image:
    width, height = image.width, image.height * pixel_height
    factor = fitting(width, height, limits)
    size = max(1, round(width * factor)), max(1, round(height * factor))
    if size == image.size:
        return image
    if image.mode == "1" and factor == 1.0:
        return image.resize(size, Image.Resampling.NEAREST)
    grey = image.convert("L") if image.mode == "1" else image
    return grey.resize(size, Image.Resampling.BOX, reducing_gap=2.0)


def _smaller_and_smaller(image: Image.Image) -> Iterator[Image.Image]:
    yield image
    grey = image.convert("L")
    yield grey
    for factor in (2, 4, 8):
        yield grey.reduce(factor)


def _encoded(image: Image.Image) -> bytes:
    # A new image has none of what the file said beside its pixels: colour profiles, comments, positions.
    bare = Image.new(image.mode, image.size)
    bare.paste(image)
    into = BytesIO()
    bare.save(into, "PNG", compress_level=COMPRESSION)
    return into.getvalue()
