from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.ingest.mail.data_collector import Budget, DataCollector, Verdict


def collected(stream: bytes, cuts: list[int], size_max: int = 10_000) -> tuple[bytes, bytes] | Verdict | None:
    """The mail and what came after it."""
    collector = DataCollector(size_max, Budget(1_000_000))
    edges = [0, *sorted(cut % (len(stream) + 1) for cut in cuts), len(stream)]
    for start, stop in pairwise(edges):
        rest = collector.feed(stream[start:stop])
        if rest is not None:
            return collector.verdict or (collector.content(), rest + stream[stop:])
    return collector.verdict


LINES = st.lists(
    st.sampled_from([b"", b".", b"..", b"...x", b"x", b"\r", b"\n", b"\n.\n", b"\r.\r", b"\n.\r", b"x" * 90])
)


@settings(max_examples=400)
@given(LINES, st.lists(st.integers(0, 2000), max_size=8))
def test_a_mail_comes_out_as_it_was_stuffed_however_the_stream_is_cut(lines: list[bytes], cuts: list[int]) -> None:
    mail = b"".join(line + b"\r\n" for line in lines)
    stuffed = b"\r\n".join(b"." + part if part.startswith(b".") else part for part in mail.split(b"\r\n"))
    assert collected(stuffed + b".\r\nQUIT\r\n", cuts) == (mail, b"QUIT\r\n")


@pytest.mark.parametrize(
    "false_end", [b"\n.\n", b"\n.\r\n", b"\r.\r", b"\r\n.\n", b"\r\n.\r", b"\r.\r\n", b"\n.\r", b"\r.\n"]
)
@pytest.mark.parametrize("smuggled", [b"MAIL FROM:<evil@example.org>\r\n", b"RSET\r\n"])
def test_only_the_whole_mark_ends_a_mail(false_end: bytes, smuggled: bytes) -> None:
    stream = b"one" + false_end + smuggled + b"\r\n.\r\n"
    found = collected(stream, [])
    assert isinstance(found, tuple)
    assert smuggled.strip() in found[0]
    assert found[1] == b""


@pytest.mark.parametrize("cuts", [[], [998], [999], [1000], [1001], list(range(0, 3000, 7))])
def test_a_line_of_1000_bytes_passes_and_a_longer_one_does_not(cuts: list[int]) -> None:
    fits = b"x" * 998 + b"\r\n"
    assert collected(fits * 2 + b".\r\n", cuts) == (fits * 2, b"")
    assert collected(b"." + fits + b".\r\n", cuts) == (fits, b"")
    assert collected(b"x" * 1000 + b"\r\n.\r\n", cuts) is Verdict.LINE_TOO_LONG
    assert collected(fits + b"y" * 9_000, cuts) is Verdict.LINE_TOO_LONG


def test_a_mail_of_the_limit_passes_and_a_larger_one_does_not() -> None:
    line = b"x" * 98 + b"\r\n"
    assert collected(line * 100 + b".\r\n", [5000]) == (line * 100, b"")
    assert collected(line * 100 + b"y\r\n.\r\n", [5000]) is Verdict.TOO_LARGE


def test_ten_times_the_limit_keeps_nothing_in_memory() -> None:
    budget = Budget(10_000)
    collector = DataCollector(1000, budget)
    for _ in range(10):
        collector.feed(b"x" * 98 + b"\r\n" + b"y" * 898 + b"\r\n")
    assert collector.verdict is Verdict.TOO_LARGE
    assert budget.left_bytes == 10_000


def test_mails_share_a_budget_and_give_it_back() -> None:
    budget = Budget(1500)
    first, second = DataCollector(10_000, budget), DataCollector(10_000, budget)
    first.feed(b"x" * 998 + b"\r\n")
    second.feed(b"y" * 998 + b"\r\n")
    assert (first.verdict, second.verdict) == (None, Verdict.TOO_MANY)
    first.forget()
    second.forget()
    assert budget.left_bytes == 1500


@pytest.mark.parametrize("line", [b"x" * 10_010, b"x" * 10_010 + b"\r\ny", b"y\r\n" + b"x" * 10_010])
@pytest.mark.parametrize("cuts", [[], [500, 1002, 9000]])
def test_a_line_of_ten_times_the_length_is_refused_wherever_it_stands(line: bytes, cuts: list[int]) -> None:
    assert collected(line + b"\r\n.\r\n", cuts, size_max=1_000_000) is Verdict.LINE_TOO_LONG


def test_nothing_is_kept_of_a_mail_of_ten_times_the_size() -> None:
    budget = Budget(1_000_000)
    collector = DataCollector(10_000, budget)
    for _ in range(100):
        collector.feed(b"x" * 998 + b"\r\n")
    assert collector.verdict is Verdict.TOO_LARGE
    assert budget.left_bytes == 1_000_000
