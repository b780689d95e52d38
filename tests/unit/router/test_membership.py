import pytest

from services.router.membership import OFFER_BYTES_MAX, Unreadable, decode_offer, decode_share, divide, encode_offer
from services.router.placement import Candidate

ANN = Candidate("ann", "ann:8082", ((0, 4), (3, 7)), frozenset({0, 1, 3}), frozenset({7}))


def test_an_offer_is_read_as_it_was_written() -> None:
    assert decode_offer("ann", encode_offer(ANN)) == ANN


def test_each_member_is_told_what_is_its_and_where_everything_is() -> None:
    shares = divide({"a": encode_offer(Candidate("", "a:1")), "b": encode_offer(Candidate("", "b:1"))}, 4, 1)
    a, b = decode_share(shares["a"]), decode_share(shares["b"])
    assert a.owns | b.owns == {0, 1, 2, 3}
    assert not a.owns & b.owns
    assert (a.stands_by, b.stands_by) == (b.owns, a.owns)
    assert a.owners == b.owners == tuple("a:1" if each in a.owns else "b:1" for each in range(4))
    assert a.routers == 2


@pytest.mark.parametrize(
    "offer",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"null",
        b'{"version": 1}',
        b'{"version": 2, "address": "a:1", "owns": [], "follows": [], "refuses": []}',
        b'{"version": 1, "address": "a:1", "owns": [1], "follows": [], "refuses": []}',
        b'{"version": 1, "address": "a:1", "owns": [["x", 1]], "follows": [], "refuses": []}',
        b'{"version": 1, "address": "a:1", "owns": [], "follows": null, "refuses": []}',
        b'{"version": 1, "address": "a:1", "owns": 7, "follows": [], "refuses": []}',
        b"[" * 100_000,
        b" " * (10 * OFFER_BYTES_MAX),
    ],
    ids=["empty", "no text", "a list", "null", "bare", "newer", "a bare owner", "a word", "null follows", "a number",
         "deep", "huge"],
)  # fmt: skip
def test_who_can_not_be_understood_gets_nothing_and_the_others_everything(offer: bytes) -> None:
    with pytest.raises(Unreadable):
        decode_offer("odd", offer)
    shares = divide({"good": encode_offer(Candidate("", "good:1")), "odd": offer}, 4, 1)
    assert decode_share(shares["odd"]).owns == frozenset()
    assert decode_share(shares["good"]).owns == {0, 1, 2, 3}


def test_a_share_that_can_not_be_read_is_refused() -> None:
    with pytest.raises(Unreadable):
        decode_share(b'{"version": 1, "owns": []}')
