"""Documents as fax machines and scanners make them, and the means to write bad ones byte by byte."""

import struct
import zlib
from collections.abc import Sequence
from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

FAX_SIZE = (1728, 1145)
STANDARD_DOTS_PER_INCH = (204, 98)
LONG, SHORT, RATIONAL = 4, 3, 5


def a_page(text: str = "Order 4711", size: tuple[int, int] = FAX_SIZE, mode: str = "1") -> Image.Image:
    page = Image.new(mode, size, 1 if mode == "1" else "white")
    ink = 0 if mode in ("1", "L") else (10, 20, 120)
    ImageDraw.Draw(page).text((60, 60), text, fill=ink, font=ImageFont.load_default(48))
    return page


def a_tiff(pages: Sequence[Image.Image], compression: str = "group4", **more: object) -> bytes:
    into = BytesIO()
    pages[0].save(into, "TIFF", save_all=True, append_images=pages[1:], compression=compression, **more)
    return into.getvalue()


def a_fax(*texts: str) -> bytes:
    """A page a text, of standard resolution: its pixels are twice as high as wide."""
    width, height = FAX_SIZE
    pages = [a_page(text, (width, 2 * height)) for text in texts or ("Order 4711",)]
    return a_tiff([page.resize(FAX_SIZE) for page in pages], dpi=STANDARD_DOTS_PER_INCH)


def a_letter(*texts: str) -> bytes:
    """A PDF as a scanner makes it: a page a text."""
    pages = [a_page(text, (1240, 1754), "RGB") for text in texts or ("Dear all",)]
    into = BytesIO()
    pages[0].save(into, "PDF", save_all=True, append_images=pages[1:], resolution=150)
    return into.getvalue()


Tag = tuple[int, int, Sequence[int]]


def page_tags(width: int, height: int, at: int, size_bytes: int, compression: int = 1, **more: Tag) -> list[Tag]:
    """The tags of a black-and-white page whose bits stand at `at`. `more` replaces tags, or adds some."""
    tags: dict[str, Tag] = {
        "width": (256, LONG, [width]),
        "height": (257, LONG, [height]),
        "bits": (258, SHORT, [1]),
        "compression": (259, SHORT, [compression]),
        "photometric": (262, SHORT, [0]),
        "strip_offsets": (273, LONG, [at]),
        "samples": (277, SHORT, [1]),
        "rows_per_strip": (278, LONG, [height]),
        "strip_bytes": (279, LONG, [size_bytes]),
    }
    return sorted((tags | more).values())


def directory(tags: Sequence[Tag], at: int, following: int) -> bytes:
    """A directory that stands at `at`; long values stand behind it."""
    beyond_at = at + 2 + 12 * len(tags) + 4
    entries, beyond = b"", b""
    for number, kind, values in tags:
        packed = struct.pack("<" + ("H" if kind == SHORT else "I") * len(values), *(v % 2**32 for v in values))
        if len(packed) > 4:
            entries += struct.pack("<HHII", number, kind, len(values), beyond_at + len(beyond))
            beyond += packed
        else:
            entries += struct.pack("<HHI", number, kind, len(values)) + packed.ljust(4, b"\0")
    return struct.pack("<H", len(tags)) + entries + struct.pack("<I", following) + beyond


def tiff_of(tags: Sequence[Tag], bits: bytes = b"", following: int = 0) -> bytes:
    """A TIFF of one directory; the bits stand at 8."""
    at = 8 + len(bits) + len(bits) % 2
    return struct.pack("<2sHI", b"II", 42, at) + bits.ljust(at - 8, b"\0") + directory(tags, at, following)


def tiff_of_many(count: int, width: int = 16, height: int = 16) -> bytes:
    """A TIFF of so many pages, all of the same few bits."""
    bits = bytes(width * height // 8)
    first_at = 8 + len(bits)
    tags = page_tags(width, height, 8, len(bits))
    each = len(directory(tags, 0, 0))
    pages = [
        directory(tags, first_at + number * each, first_at + (number + 1) * each if number + 1 < count else 0)
        for number in range(count)
    ]
    return struct.pack("<2sHI", b"II", 42, first_at) + bits + b"".join(pages)


def pdf_of(*objects: str | bytes, root: int = 1, trailer: str = "", prev: str = "") -> bytes:
    """A PDF of these objects, numbered from 1, with a right table of them."""
    content, offsets = b"%PDF-1.7\n", []
    for number, each in enumerate(objects, start=1):
        offsets.append(len(content))
        body = each.encode("latin-1") if isinstance(each, str) else each
        content += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    table = len(content)
    content += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    content += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    last = prev.replace("TABLE", str(table))
    tail = f"trailer\n<< /Size {len(objects) + 1} /Root {root} 0 R {trailer} {last} >>\nstartxref\n{table}\n%%EOF\n"
    return content + tail.encode()


def stream_of(content: bytes, entries: str = "", *, is_deflated: bool = False) -> bytes:
    """A stream object; `is_deflated`: the content already is."""
    filtered = " /Filter /FlateDecode" if is_deflated else ""
    return (
        b"<< /Length %d %s%s >>\nstream\n" % (len(content), entries.encode(), filtered.encode())
        + content
        + b"\nendstream"
    )


def deflated_zeros(megabytes: int) -> bytes:
    """So many million zeros, deflated, without ever being there: one block that stands by itself, again and again."""
    press = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    block = press.compress(bytes(1_000_000)) + press.flush(zlib.Z_FULL_FLUSH)
    adler = (megabytes * 1_000_000 % 65_521) << 16 | 1
    return b"\x78\xda" + block * megabytes + b"\x03\x00" + adler.to_bytes(4, "big")


CATALOG = "<< /Type /Catalog /Pages 2 0 R %s >>"
PAGES = "<< /Type /Pages /Kids [3 0 R] /Count 1 >>"


def one_page_pdf(
    *more: str | bytes, catalog: str = "", page: str = "", box: str = "0 0 595 842", **other: str
) -> bytes:
    """A page without content; further objects begin at 4."""
    described = f"<< /Type /Page /Parent 2 0 R /MediaBox [{box}] {page} >>"
    return pdf_of(CATALOG % catalog, PAGES, described, *more, **other)  # type: ignore[arg-type]
