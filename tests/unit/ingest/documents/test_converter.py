import json
import struct
from collections.abc import Iterator
from io import BytesIO
from itertools import count

import pytest
from PIL import Image, ImageStat

from services.ingest.documents.converted import from_frames, to_frames
from services.ingest.documents.converter import convert
from services.ingest.documents.limits import LIMITS, DocumentLimits
from services.ingest.documents.picture import as_png
from services.ingest.documents.tiff_directories import COUNT_MAX, Directories, directories_of
from services.ingest.workers.unreadable import Unreadable
from tests.fakes.documents import a_fax, a_letter, a_page, a_tiff, one_page_pdf, stream_of, tiff_of_many

NS_PER_S = 1_000_000_000


def picture(raw: bytes, limits: DocumentLimits = LIMITS) -> Image.Image:
    """The only page."""
    [page] = convert(raw, limits).pages
    return Image.open(BytesIO(page.png))


def darkness(image: Image.Image) -> float:
    """0 is white, 1 is black."""
    return 1 - ImageStat.Stat(image.convert("L")).mean[0] / 255


def test_a_fax_of_standard_resolution_has_its_right_height() -> None:
    shown = picture(a_fax("one"))
    assert (shown.mode, shown.width) == ("1", 1728)
    assert 2 * 1145 <= shown.height <= 2.2 * 1145


def test_a_fax_of_fine_resolution_stays_as_it_is() -> None:
    page = a_page("fine", (1728, 2290))
    shown = picture(a_tiff([page], dpi=(204, 196)))
    assert (shown.mode, shown.width) == ("1", 1728)
    assert abs(shown.height - 2290 * 204 / 196) < 1
    assert picture(a_tiff([page])).size == page.size


@pytest.mark.parametrize("dpi", [(1_000_000, 1), (1, 1_000_000), (0, 98), (204, 0)])
def test_a_resolution_that_cannot_be_meant_is_passed_over(dpi: tuple[int, int]) -> None:
    assert picture(a_tiff([a_page()], dpi=dpi)).size == a_page().size


@pytest.mark.parametrize("compression", ["group3", "group4", "tiff_lzw", "packbits", "tiff_adobe_deflate", "raw"])
def test_what_was_faxed_is_what_is_seen(compression: str) -> None:
    page = a_page("Order 4711")
    shown = picture(a_tiff([page], compression))
    assert (shown.size, shown.tobytes()) == (page.size, page.tobytes())


def test_the_pages_come_in_their_order_with_their_numbers() -> None:
    pages = [Image.new("L", (50, 50), shade) for shade in (10, 20, 30)]
    converted = convert(a_tiff(pages, "tiff_lzw"))
    assert [page.number for page in converted.pages] == [1, 2, 3]
    assert [Image.open(BytesIO(page.png)).getpixel((0, 0)) for page in converted.pages] == [10, 20, 30]
    assert (converted.page_count, converted.incomplete_because) == (3, "")


def test_a_page_that_lies_on_its_side_is_turned() -> None:
    page = Image.new("L", (40, 20))
    assert picture(a_tiff([page], "raw", tiffinfo={274: 6})).size == (20, 40)


@pytest.mark.parametrize("mode", ["L", "RGB", "P", "CMYK", "YCbCr", "RGBA", "LA", "I;16"])
def test_white_stays_white_and_black_black_in_every_colour_space(mode: str) -> None:
    is_deep = mode == "I;16"
    halves = Image.new(mode if is_deep else "L", (64, 64), 65_535 if is_deep else 255)
    halves.paste(0, (0, 0, 32, 64))
    page = halves if is_deep else halves.convert(mode)
    shown = picture(a_tiff([page], "raw")).convert("L")
    assert shown.getpixel((10, 10)) < 10  # type: ignore[operator]  # a pixel of a grey picture is a number
    assert shown.getpixel((50, 10)) > 245  # type: ignore[operator]


def test_deep_grey_keeps_its_shades() -> None:
    shown = picture(a_tiff([Image.new("I;16", (64, 64), 32_768)], "raw"))
    assert shown.getpixel((9, 9)) == 128


def test_what_shines_through_is_on_white_paper() -> None:
    page = Image.new("RGBA", (64, 64), (0, 0, 0, 0))
    assert darkness(picture(a_tiff([page], "raw"))) == 0


def test_a_letter_is_drawn_with_a_hundred_and_fifty_dots_per_inch() -> None:
    shown = picture(a_letter("Dear all"))
    assert abs(shown.width - 1240) <= 1
    assert abs(shown.height - 1754) <= 1
    assert 0 < darkness(shown) < 0.1


def test_text_and_forms_of_a_pdf_are_drawn() -> None:
    font = "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
    resources = "/Resources << /Font << /F 4 0 R >> >> /Contents 5 0 R"
    text = stream_of(b"BT /F 90 Tf 20 400 Td (Dear all) Tj ET")
    assert darkness(picture(one_page_pdf(font, text, page=resources))) > 0.005
    typed = "<< /FT /Tx /T (a) /V (typed) /DA (/Helv 60 Tf 0 g) /Type /Annot /Subtype /Widget /Rect [9 300 500 500] >>"
    form = "/AcroForm << /Fields [4 0 R] /DR << /Font << /Helv 5 0 R >> >> >>"
    filled = one_page_pdf(typed, font, catalog=form, page="/Annots [4 0 R]")
    assert darkness(picture(filled)) > 0.002
    assert darkness(picture(one_page_pdf())) == 0


def test_colour_that_is_grey_becomes_grey_and_colour_stays_colour() -> None:
    grey, blue = Image.new("RGB", (64, 64), (90, 90, 90)), Image.new("RGB", (64, 64), (90, 90, 91))
    assert picture(a_tiff([grey], "raw")).mode == "L"
    assert picture(a_tiff([blue], "raw")).mode == "RGB"


def test_what_a_file_says_beside_its_pixels_is_not_in_the_picture() -> None:
    page = a_page("one", (100, 100), "RGB")
    raw = a_tiff([page], "raw", tiffinfo={270: "a secret", 315: "somebody"}, icc_profile=b"a profile")
    [made] = convert(raw).pages
    for word in (b"secret", b"somebody", b"profile"):
        assert word in raw
        assert word not in made.png
    assert b"iCCP" not in made.png


def test_a_picture_is_made_smaller_until_it_is_small_enough() -> None:
    noise = Image.effect_noise((2000, 1500), 100).convert("RGB")
    limits = DocumentLimits(picture_bytes=300_000, picture_pixels=1_000_000)
    png = as_png(noise, limits)
    shown = Image.open(BytesIO(png))
    assert len(png) <= limits.picture_bytes
    assert abs(shown.width / shown.height - 2000 / 1500) < 0.02
    with pytest.raises(ValueError, match="small enough"):
        as_png(noise, DocumentLimits(picture_bytes=100))


@pytest.mark.parametrize("size", [(20_000, 30_000), (1, 30_000_000), (30_000_000, 1)])
def test_no_picture_has_more_pixels_than_a_browser_can_show(size: tuple[int, int]) -> None:
    limits = DocumentLimits(page_pixels=10**9, picture_pixels=100_000, picture_side=1000)
    shown = picture(a_tiff([Image.new("1", size)]), limits)
    assert shown.width * shown.height <= 101_000
    assert max(shown.size) <= 1000


@pytest.mark.parametrize("box", ["0 0 14400 14400", "0 0 14400 1", "0 0 1000000000 1000000000"])
def test_a_pdf_page_is_drawn_no_larger_than_a_browser_can_show(box: str) -> None:
    shown = picture(one_page_pdf(box=box))
    assert shown.width * shown.height <= LIMITS.picture_pixels * 1.01
    assert max(shown.size) <= LIMITS.picture_side + 1


# ---------------------------------------------------------------- limits


def test_pixels_are_counted_before_they_are_decoded() -> None:
    raw = a_tiff([Image.new("1", (10, 10)), Image.new("1", (100, 100)), Image.new("1", (10, 10))])
    converted = convert(raw, DocumentLimits(page_pixels=1000))
    assert [page.number for page in converted.pages] == [1, 3]
    assert "page 2 cannot be shown: it has 100 x 100 pixels" in converted.incomplete_because


def test_of_too_many_pages_the_first_are_shown_and_that_is_said() -> None:
    converted = convert(tiff_of_many(100), DocumentLimits(pages=10))
    assert [page.number for page in converted.pages] == list(range(1, 11))
    assert converted.page_count == 100
    assert converted.incomplete_because == "only the first 10 of its 100 pages were looked at"


def test_of_pages_that_take_too_long_the_first_are_shown_and_that_is_said() -> None:
    # A page takes a second of processor time.
    seconds: Iterator[int] = count()
    converted = convert(tiff_of_many(100), DocumentLimits(cpu_ms=10_000), lambda: next(seconds) * NS_PER_S)
    assert len(converted.pages) == 10
    assert converted.incomplete_because == "only the first 10 of its 100 pages were looked at"


def test_of_pictures_that_are_too_much_together_the_first_are_shown_and_that_is_said() -> None:
    raw = a_tiff([Image.effect_noise((200, 200), 100)] * 100, "raw")
    each = len(convert(raw, DocumentLimits(pages=1)).pages[0].png)
    converted = convert(raw, DocumentLimits(picture_bytes=each + 10, pictures_bytes=10 * each + 20))
    assert len(converted.pages) == 10
    assert "first 10 of its 100 pages" in converted.incomplete_because


def test_where_many_pages_cannot_be_shown_they_are_counted() -> None:
    small, large = Image.new("1", (8, 8)), Image.new("1", (50, 50))
    converted = convert(a_tiff([small, *[large] * 9]), DocumentLimits(page_pixels=100))
    assert converted.incomplete_because.startswith("9 pages cannot be shown")
    converted = convert(a_tiff([small, *[large] * 3]), DocumentLimits(page_pixels=100))
    assert converted.incomplete_because.startswith("pages 2, 3 and 4 cannot be shown")


def test_where_no_page_can_be_shown_the_first_says_why() -> None:
    with pytest.raises(Unreadable, match="50 x 50 pixels"):
        convert(a_tiff([Image.new("1", (50, 50))] * 3), DocumentLimits(page_pixels=100))


def test_directories_are_counted_in_every_form_of_tiff() -> None:
    for raw in (tiff_of_many(7), a_fax("1", "2", "3", "4", "5", "6", "7"), a_tiff([a_page()] * 7, big_tiff=True)):
        assert directories_of(raw) == Directories(7, is_whole=True)
    backwards = BytesIO()
    Image.new("I;16B", (8, 8)).save(backwards, "TIFF")
    assert backwards.getvalue()[:2] == b"MM"
    assert directories_of(backwards.getvalue()) == Directories(1, is_whole=True)


def test_no_more_directories_are_counted_than_anybody_sends() -> None:
    assert directories_of(of_empty_directories(10 * COUNT_MAX)) == Directories(COUNT_MAX, is_whole=False)
    assert directories_of(of_empty_directories(COUNT_MAX)) == Directories(COUNT_MAX, is_whole=True)


def of_empty_directories(count: int) -> bytes:
    """A TIFF of so many directories without an entry, each behind the other."""
    following = (*range(14, 8 + 6 * count, 6), 0)
    return struct.pack("<2sHI", b"II", 42, 8) + b"".join(struct.pack("<HI", 0, at) for at in following)


def test_a_converted_document_survives_its_way() -> None:
    converted = convert(a_fax("one", "two"))
    described, *contents = to_frames(converted)
    assert from_frames(json.loads(described), contents) == converted
