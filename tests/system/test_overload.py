"""`switchroom bench overload`, cut short: ten times the rated intake on a whole Switchroom, over real HTTP.

How long things take is the bench's to tell, on a machine with nothing else to do; here it is told what becomes of whom.
"""

import pytest

from services.cli.bench.overload.course import Durations, run
from services.cli.bench.overload.figures import figures

RATED_PER_S = 6.0
SHORT = Durations(normal_s=3, overload_s=4, after_s=4)


@pytest.mark.timeout(300)
async def test_ten_times_the_rated_intake_is_refused_but_for_the_quota_and_nothing_is_lost() -> None:
    found = {figure.name.removeprefix("overload."): figure.value for figure in figures(await run(SHORT, RATED_PER_S))}
    assert found["lost"] == 0
    assert found["neither_taken_nor_refused"] == 0
    assert found["neighbour_refused"] == 0
    assert 0.6 < found["refused_share"] < 0.9
    assert found["records_waiting_max"] < 10 * RATED_PER_S * SHORT.overload_s
