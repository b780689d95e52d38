"""What customers put on paper: pages as a fax machine and a scanner make files of them."""

from io import BytesIO
from textwrap import wrap

from PIL import Image, ImageDraw, ImageFont

# A page of a fax in fine resolution (ITU-T T.4): 204 x 196 dots to the inch.
FAX_SIZE, FAX_DPI = (1728, 2156), (204, 196)
SCAN_SIZE, SCAN_DPI = (1240, 1754), 150
MARGIN, LINE_CHARACTERS = 160, 44


def fax(sender: str, text: str) -> bytes:
    """A page as a fax server keeps it: TIFF, black and white, compressed as on the line (Group 4)."""
    file = BytesIO()
    page = _written(FAX_SIZE, f"FAX FROM {sender}", text, size=58).convert("1")
    page.save(file, format="TIFF", compression="group4", dpi=FAX_DPI)
    return file.getvalue()


def letter(sender: str, text: str) -> bytes:
    """A page as a scanner sends it: PDF, in grey."""
    file = BytesIO()
    _written(SCAN_SIZE, sender, text, size=42).save(file, format="PDF", resolution=SCAN_DPI)
    return file.getvalue()


def _written(page_size: tuple[int, int], head: str, text: str, *, size: int) -> Image.Image:
    page = Image.new("L", page_size, 255)
    pen = ImageDraw.Draw(page)
    pen.text((MARGIN, MARGIN), head, fill=0, font=ImageFont.load_default(size * 1.2))
    pen.line((MARGIN, MARGIN + 2 * size, page_size[0] - MARGIN, MARGIN + 2 * size), fill=0, width=4)
    lines = "\n".join(wrap(text, LINE_CHARACTERS))
    pen.multiline_text((MARGIN, MARGIN + 3 * size), lines, fill=0, font=ImageFont.load_default(size), spacing=size // 2)
    return page
