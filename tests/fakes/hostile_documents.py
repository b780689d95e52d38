"""Documents that are broken, disguised or an attack: each of another kind, under a name that says which."""

import random
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO

from PIL import Image

from tests.fakes.documents import (
    LONG,
    SHORT,
    a_fax,
    a_letter,
    a_page,
    a_tiff,
    deflated_zeros,
    directory,
    one_page_pdf,
    page_tags,
    pdf_of,
    stream_of,
    tiff_of,
    tiff_of_many,
)


@dataclass(frozen=True)
class HostileDocument:
    """`pages`: how many of its pages can be shown. `says`: words of what is said of the rest; empty for nothing."""

    name: str
    # What takes long to make is made when it is asked for: every process that collects the tests goes through here.
    content: bytes | Callable[[], bytes]
    pages: int = 0
    says: str = ""
    file_name: str = "document.tif"

    @cached_property
    def raw(self) -> bytes:
        return self.content if isinstance(self.content, bytes) else self.content()


def all_hostile_documents() -> list[HostileDocument]:
    return [*_of_no_kind(), *_cut_off(), *_tiffs(), *_pictures(), *_pdfs(), *_active_pdfs()]


def _tif(name: str, content: bytes | Callable[[], bytes], pages: int = 0, says: str = "") -> HostileDocument:
    return HostileDocument(name, content, pages, says)


def _pdf(name: str, raw: bytes, pages: int = 0, says: str = "") -> HostileDocument:
    return HostileDocument(name, raw, pages, says, "document.pdf")


def _of_no_kind() -> Iterator[HostileDocument]:
    yield _tif("nothing at all", b"", says="empty")
    yield _tif("a ZIP archive", b"PK\x03\x04" + bytes(200), says="a ZIP archive")
    yield _pdf("a page of HTML", b"<!doctype html><script>alert(1)</script>", says="HTML")
    yield _tif("a program of Windows", b"MZ\x90\0" + bytes(500), says="a program")
    yield _pdf("a program of Linux", b"\x7fELF" + bytes(500), says="a program")
    yield _tif("a PNG", _saved("PNG"), says="a PNG")
    yield _pdf("a JPEG", _saved("JPEG"), says="a JPEG")
    yield _tif("an SVG with a script", b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", says="XML")
    yield _tif("noise", random.Random(1).randbytes(5000), says="no TIFF and no PDF")
    yield _tif("noise behind the beginning of a TIFF", b"II*\0" + random.Random(2).randbytes(5000), says="damaged")
    yield _pdf("noise behind the beginning of a PDF", b"%PDF-1.7\n" + random.Random(3).randbytes(5000), says="damaged")
    yield HostileDocument("a TIFF that is called a PDF", a_fax("called a PDF"), 1, "", "document.pdf")
    yield HostileDocument("a PDF that is called a TIFF", a_letter(), 1, "", "document.tif")


def _cut_off() -> Iterator[HostileDocument]:
    fax = a_fax("one", "two", "three")
    first = struct.unpack("<I", fax[4:8])[0]
    yield _tif("a TIFF cut off in its header", fax[:6], says="damaged")
    yield _tif("a TIFF cut off before its first directory", fax[:first], says="damaged")
    yield _tif("a TIFF cut off in its first directory", fax[: first + 30], says="damaged")
    bits = bytes(2 * 64)
    behind = directory(page_tags(16, 64, 8 + 4096, len(bits)), 8, 0)
    head = struct.pack("<2sHI", b"II", 42, 8) + behind.ljust(4096, b"\0")
    yield _tif("a TIFF cut off in its picture", head + bits[:20], says="damaged")
    letter = a_letter("one", "two")
    yield _pdf("a PDF cut off behind its first line", letter[:9], says="damaged")
    yield _pdf("a PDF cut off in the middle", letter[: len(letter) // 2], says="damaged")
    yield _pdf("a PDF without its last line", letter.rsplit(b"startxref", 1)[0], 2)


def _tiffs() -> Iterator[HostileDocument]:
    bits = bytes(16 * 16 // 8)

    def tiff(compression: int = 1, width: int = 16, height: int = 16, following: int = 0, **more: object) -> bytes:
        return tiff_of(page_tags(width, height, 8, len(bits), compression, **more), bits, following)  # type: ignore[arg-type]

    yield _tif("a TIFF of ten thousand pages", lambda: tiff_of_many(10_000), 200, "first 200 of its 10000 pages")
    yield _tif("a TIFF of a thousand million pixels", tiff(4, 31_623, 31_623), says="pixels")
    yield _tif("a TIFF as wide as a number can say", tiff(1, 2**32 - 1, 1), says="pixels")
    yield _tif("a TIFF of a negative height", tiff(height=-16), says="pixels")
    yield _tif("a TIFF without width", tiff(width=0), says="damaged")
    yield _tif("a TIFF whose directory is its own successor", tiff(following=40), 1, "pages may be missing")
    yield _tif("a TIFF whose directories run in a circle", _in_a_circle(), 2, "pages may be missing")
    yield _tif("a TIFF whose next page is beyond its end", tiff(following=2**31), 1, "pages may be missing")
    yield _tif("a TIFF whose strips are beyond its end", tiff(strip_offsets=(273, LONG, [2**31])), says="damaged")
    yield _tif("a TIFF whose strips are longer than itself", tiff(strip_bytes=(279, LONG, [2**31])), 1)
    yield _tif("a TIFF of a thousand million strips", _with_count(tiff(), 273, 10**9), says="damaged")
    yield _tif("a TIFF without strips", tiff(strip_offsets=(273, LONG, [])), says="damaged")
    yield _tif("a TIFF of 65 535 tags", struct.pack("<2sHIH", b"II", 42, 8, 65_535) + bytes(100), says="damaged")
    yield _tif("a TIFF of a compression that nobody knows", tiff(65_000), says="damaged")
    yield _tif("a TIFF of JBIG", tiff(34_661), says="damaged")
    yield _tif("a TIFF of 200 samples a pixel", tiff(samples=(277, SHORT, [200])), says="damaged")
    yield _tif("a TIFF of 64 bits a sample", tiff(bits=(258, SHORT, [64])), says="damaged")
    yield _tif("a TIFF whose fax data is noise", _with_noise(), 1)
    yield _tif("a BigTIFF whose directory is its own successor", _big_loop(), 1, "pages may be missing")
    yield _tif("a fax whose second page is broken", _broken_in_between(), 2, "page 2 cannot be shown")


def _pictures() -> Iterator[HostileDocument]:
    yield _tif("a TIFF of printers' colours", a_tiff([Image.new("CMYK", (64, 64))], "tiff_lzw"), 1)
    yield _tif("a TIFF of laboratory colours", a_tiff([Image.new("LAB", (64, 64))], "raw"), 1)
    yield _tif("a TIFF of deep grey", a_tiff([Image.new("I;16", (64, 64), 40_000)], "raw"), 1)
    yield _tif("a TIFF of fractions", a_tiff([Image.new("F", (64, 64), 0.5)], "raw"), 1)
    yield _tif("a TIFF that shines through", a_tiff([Image.new("RGBA", (64, 64))], "tiff_lzw"), 1)
    yield _tif("a TIFF of one pixel", a_tiff([a_page(size=(1, 1))]), 1)
    yield _tif("a TIFF as high as a tower", lambda: a_tiff([Image.new("1", (1, 30_000_000))]), 1)
    yield _tif("a TIFF with pixels a million times as high as wide", a_tiff([a_page()], dpi=(1_000_000, 1)), 1)
    yield _tif("a TIFF of no resolution", a_tiff([a_page()], dpi=(0, 0)), 1)


def _pdfs() -> Iterator[HostileDocument]:
    yield _pdf("a PDF with a password", _protected(), says="password")
    yield _pdf("a PDF whose table of objects follows itself", one_page_pdf(prev="/Prev TABLE"), 1)
    yield _pdf("a PDF whose tree of pages holds itself", _pages("[2 0 R]", 1), says="damaged")
    yield _pdf("a PDF that says it has a thousand million pages", _pages("[3 0 R]", 10**9), 1)
    yield _pdf("a PDF of fewer than no pages", _pages("[]", -5), says="damaged")
    yield _pdf("a PDF of ten thousand pages", _pages("[" + "3 0 R " * 10_000 + "]", 10_000), 200, "first 200")
    yield _pdf("a PDF page of a thousand million points", one_page_pdf(box="0 0 1e9 1e9"), 1)
    yield _pdf("a PDF page of a negative size", one_page_pdf(box="0 0 -595 -842"), 1)
    yield _pdf("a PDF page of no size", one_page_pdf(box="0 0 0 0"), 1)
    yield _pdf("a PDF page of no numbers", one_page_pdf(box="a b c d"), 1)
    yield _pdf("a PDF whose text unfolds to 2 GB", _unfolding(), says="ended the process")
    yield _pdf("a PDF picture of a thousand million pixels", _large_picture(), 1)
    form = stream_of(b"/F Do", "/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /F 4 0 R >> >>")
    page = "/Resources << /XObject << /F 4 0 R >> >> /Contents 5 0 R"
    yield _pdf("a PDF that draws itself within itself", one_page_pdf(form, stream_of(b"/F Do"), page=page), 1)
    yield _pdf("a PDF nested a hundred thousand deep", one_page_pdf("[" * 100_000 + "]" * 100_000, page="/A 4 0 R"), 1)
    saved = stream_of(b"q " * 500_000)
    yield _pdf("a PDF that saves its state half a million times", one_page_pdf(saved, page="/Contents 4 0 R"), 1)
    yield _pdf("a PDF whose length of a stream is its stream", one_page_pdf(_own_length(), page="/Contents 4 0 R"), 1)


def _active_pdfs() -> Iterator[HostileDocument]:
    script = "/OpenAction << /S /JavaScript /JS (app.alert\\(1\\); while\\(true\\){}) >>"
    yield _pdf("a PDF that opens with a script", one_page_pdf(catalog=script), 1)
    launch = "/OpenAction << /S /Launch /F (/bin/sh) /Win << /F (cmd.exe) >> >>"
    yield _pdf("a PDF that starts a program", one_page_pdf(catalog=launch), 1)
    held = stream_of(b"MZ" + bytes(100), "/Type /EmbeddedFile")
    names = "/Names << /EmbeddedFiles << /Names [(a.exe) << /Type /Filespec /F (a.exe) /EF << /F 4 0 R >> >>] >> >>"
    yield _pdf("a PDF with a program inside", one_page_pdf(held, catalog=names), 1)
    on_key = "/AA << /K << /S /JavaScript /JS (x) >> >>"
    field = f"<< /FT /Tx /T (a) /V (typed) /Type /Annot /Subtype /Widget /Rect [9 9 99 99] {on_key} >>"
    form = "/AcroForm << /Fields [4 0 R] /CO [4 0 R] >>"
    yield _pdf("a PDF form that calculates", one_page_pdf(field, catalog=form, page="/Annots [4 0 R]"), 1)
    yield _pdf("a PDF form that is its own field", one_page_pdf("<< /Kids [4 0 R] /T (a) >>", catalog=form), 1)
    outside = "/OpenAction << /S /GoToR /F (\\\\\\\\evil.test\\\\share) >>"
    yield _pdf("a PDF that leads to another computer", one_page_pdf(catalog=outside), 1)


def _saved(form: str) -> bytes:
    into = BytesIO()
    Image.new("RGB", (8, 8)).save(into, form)
    return into.getvalue()


def _in_a_circle() -> bytes:
    bits = bytes(32)
    tags = page_tags(16, 16, 8, len(bits))
    each = len(directory(tags, 0, 0))
    second = 40 + each
    return struct.pack("<2sHI", b"II", 42, 40) + bits + directory(tags, 40, second) + directory(tags, second, 40)


def _with_count(tiff: bytes, tag: int, count: int) -> bytes:
    """The number of values of a tag, replaced."""
    at = tiff.index(struct.pack("<HH", tag, LONG), 8)
    return tiff[: at + 4] + struct.pack("<I", count) + tiff[at + 8 :]


def _with_noise() -> bytes:
    noise = random.Random(4).randbytes(4000)
    return tiff_of(page_tags(1728, 1000, 8, len(noise), 4), noise)


def _broken_in_between() -> bytes:
    """Three pages, of which the second says that its bits are beyond the end."""
    bits = bytes(32)
    good, bad = page_tags(16, 16, 8, len(bits)), page_tags(16, 16, 2**31, len(bits))
    each = len(directory(good, 0, 0))
    pages = [
        directory(tags, 40 + number * each, following)
        for number, (tags, following) in enumerate([(good, 40 + each), (bad, 40 + 2 * each), (good, 0)])
    ]
    return struct.pack("<2sHI", b"II", 42, 40) + bits + b"".join(pages)


def _big_loop() -> bytes:
    bits = bytes(32)
    tags = page_tags(16, 16, 16, len(bits))
    entries = b"".join(
        struct.pack("<HHQ", number, kind, 1) + struct.pack("<Q", values[0]) for number, kind, values in tags
    )
    at = 16 + len(bits)
    own = struct.pack("<Q", len(tags)) + entries + struct.pack("<Q", at)
    return struct.pack("<2sHHHQ", b"II", 43, 8, 0, at) + bits + own


def _pages(kids: str, count: int) -> bytes:
    page = "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 20 20] >>"
    return pdf_of("<< /Type /Catalog /Pages 2 0 R >>", f"<< /Type /Pages /Kids {kids} /Count {count} >>", page)


def _protected() -> bytes:
    key = "<" + "5a" * 32 + ">"
    locked = f"<< /Filter /Standard /V 1 /R 2 /Length 40 /P -4 /O {key} /U {key} >>"
    return one_page_pdf(locked, trailer="/Encrypt 4 0 R /ID [<00> <00>]")


def _unfolding() -> bytes:
    return one_page_pdf(stream_of(deflated_zeros(2000), is_deflated=True), page="/Contents 4 0 R")


def _large_picture() -> bytes:
    entries = "/Type /XObject /Subtype /Image /Width 31623 /Height 31623 /BitsPerComponent 8 /ColorSpace /DeviceGray"
    picture = stream_of(deflated_zeros(1000), entries, is_deflated=True)
    page = "/Resources << /XObject << /I 4 0 R >> >> /Contents 5 0 R"
    return one_page_pdf(picture, stream_of(b"595 0 0 842 0 0 cm /I Do"), page=page)


def _own_length() -> bytes:
    return b"<< /Length 4 0 R >>\nstream\n0 0 9 9 re f\nendstream"
