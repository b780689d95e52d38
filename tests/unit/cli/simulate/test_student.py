"""Confidence intervals by Student's t."""

import pytest

from services.cli.simulate.student import mean_and_half_width, student_t


@pytest.mark.parametrize(("freedom", "t"), [(1, 12.706), (9, 2.262), (30, 2.042), (40, 2.021), (120, 1.980)])
def test_quantiles_are_those_of_the_tables(freedom: int, t: float) -> None:
    assert student_t(freedom) == pytest.approx(t, abs=0.002)


def test_an_interval_is_t_times_the_standard_error() -> None:
    mean, half_width = mean_and_half_width([1.0, 2.0, 3.0])
    assert mean == 2
    assert half_width == pytest.approx(4.303 * 1 / 3**0.5)


def test_one_value_has_no_interval() -> None:
    assert mean_and_half_width([5.0]) == (5.0, None)
