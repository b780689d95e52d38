"""Student's t: how far a mean of few runs may be off."""

from math import sqrt
from statistics import NormalDist, fmean, stdev

# Two-sided 95 %, by degrees of freedom from 1 (Fisher and Yates, "Statistical Tables", table III).
TABLE = (
    *(12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228),
    *(2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086),
    *(2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042),
)
NORMAL = NormalDist().inv_cdf(0.975)


def student_t(freedom: int) -> float:
    """The two-sided 95 % quantile. Beyond the table by the first terms of Hill's expansion (1970), right to 0.001."""
    if freedom <= len(TABLE):
        return TABLE[freedom - 1]
    return NORMAL + (NORMAL**3 + NORMAL) / (4 * freedom)


def mean_and_half_width(values: list[float]) -> tuple[float, float | None]:
    """The mean and half the width of its 95 % confidence interval; None for one value."""
    if len(values) < 2:
        return fmean(values), None
    return fmean(values), student_t(len(values) - 1) * stdev(values) / sqrt(len(values))
