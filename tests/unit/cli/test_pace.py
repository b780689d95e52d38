"""Simulated agents are quick while the first contacts are told, and calm when somebody watches."""

from services.cli.demonstration.pace import CALM, QUICK, Pace


def test_an_agent_is_quick_until_slowed_down_and_then_wraps_up_too() -> None:
    pace = Pace()
    quick = (pace.wraps_up, pace.thinks_s(), pace.works_s(), pace.wraps_up_s())
    pace.slow_down()
    calm = [(pace.thinks_s(), pace.works_s(), pace.wraps_up_s()) for _ in range(100)]

    assert quick == (False, QUICK.thinks_s[0], QUICK.works_s[0], 0)
    assert pace.wraps_up
    for spans in zip((CALM.thinks_s, CALM.works_s, CALM.wraps_up_s), zip(*calm, strict=True), strict=True):
        (least, most), drawn = spans
        assert least <= min(drawn) < max(drawn) <= most
