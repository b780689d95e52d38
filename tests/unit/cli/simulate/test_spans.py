"""Spans are drawn as their names say."""

from random import Random
from statistics import fmean, pstdev

import pytest

from services.cli.simulate.spans import AT_ONCE, NEVER, NEVER_MS, Exponential, Fixed, Lognormal, Recorded, Span
from services.cli.simulate.visits import Entry, Manner, Rate, Stream
from services.plan.compiled import Channel

ENTRY = Entry("acme", Channel.VOICE)


def drawn(span: Span, count: int = 20_000) -> list[int]:
    random = Random(7)
    return [span.draw(random) for _ in range(count)]


def test_an_exponential_varies_as_much_as_its_mean() -> None:
    values = drawn(Exponential(60_000))
    assert fmean(values) == pytest.approx(60_000, rel=0.03)
    assert pstdev(values) == pytest.approx(60_000, rel=0.05)


def test_a_lognormal_has_its_mean_and_its_variation() -> None:
    values = drawn(Lognormal(60_000, 0.5))
    assert fmean(values) == pytest.approx(60_000, rel=0.03)
    assert pstdev(values) == pytest.approx(30_000, rel=0.05)


def test_recorded_ones_come_again_each_as_often() -> None:
    values = drawn(Recorded((1, 5)))
    assert set(values) == {1, 5}
    assert fmean(values) == pytest.approx(3, rel=0.03)


def test_the_fixed_are_fixed() -> None:
    assert set(drawn(Fixed(9), 10)) == {9}
    assert set(drawn(AT_ONCE, 10)) == {0}
    assert set(drawn(NEVER, 10)) == {NEVER_MS}


def test_contacts_come_as_often_as_expected_and_only_then() -> None:
    stream = Stream("s", ENTRY, Manner(Fixed(1)), (Rate(0, 1000_000, 2_000), Rate(1000_000, 2000_000, 0)))
    times = [each.at_ms for each in stream.visits(1)]
    assert len(times) == pytest.approx(2_000, rel=0.07)
    assert times == sorted(times)
    assert max(times) < 1_000_000


def test_a_seed_gives_the_same_visits_and_another_seed_others() -> None:
    stream = Stream("s", ENTRY, Manner(Exponential(9_000), Exponential(5_000)), (Rate(0, 1000_000, 50),))
    assert list(stream.visits(1)) == list(stream.visits(1))
    assert list(stream.visits(1)) != list(stream.visits(2))


def test_offers_are_declined_as_often_as_was_said() -> None:
    manner = Manner(Fixed(1), decline_share=0.25)
    declines = [manner.visit("v", 0, ENTRY, Random(seed)).declines for seed in range(4_000)]
    assert fmean(declines) == pytest.approx(0.25 / 0.75, rel=0.1)
