"""Forecast files: what they mean, and that what is wrong in them is said."""

from datetime import UTC, datetime

import pytest

from services.cli.simulate.forecast import merged, read_forecast, read_staffing, scenario_of
from services.cli.simulate.scenario import CannotSimulate
from tests.unit.cli.simulate.floors import plan_of

FORECAST = """
format: 1
starts: 2026-11-23T08:00
interval_min: 60
days: 2
entries:
  - id: phone
    company: acme
    channel: voice
    dialed: "+1"
    attributes: {topic: refund}
    contacts: [200, 0, 400]
    handling_s: {mean: 240, shape: lognormal, variation: 0.8}
    wrap_up_s: {mean: 20, shape: fixed}
    patience_s: {mean: 90}
    response_s: {mean: 3}
    decline_percent: 10
staffing:
  - agents: [ana]
    on_duty: ["08:00-12:00", "11:00-16:00"]
  - agents: all
    on_duty: ["22:00-02:00"]
"""
HOUR_MS = 3_600_000
# Eight in the morning in Berlin.
OPENS_MS = round(datetime(2026, 11, 23, 7, tzinfo=UTC).timestamp() * 1000)


def changed(old: str, new: str) -> bytes:
    assert old in FORECAST
    return FORECAST.replace(old, new).encode()


def test_contacts_come_in_their_intervals_by_the_plans_clock() -> None:
    scenario = scenario_of(read_forecast(FORECAST.encode()), plan_of("ana", "ben"))
    visits = scenario.visits(1)
    hours = [(visit.at_ms - OPENS_MS) // HOUR_MS for visit in visits]
    assert set(hours) == {0, 2, 24, 26}
    assert hours.count(0) == pytest.approx(200, rel=0.2)
    assert hours.count(26) == pytest.approx(400, rel=0.2)
    assert {visit.wrap_up_ms for visit in visits} == {20_000}


def test_shifts_that_overlap_are_one_and_go_past_midnight() -> None:
    scenario = scenario_of(read_forecast(FORECAST.encode()), plan_of("ana", "ben"))
    anas = [
        ((s.from_ms - OPENS_MS) // HOUR_MS, (s.until_ms - OPENS_MS) // HOUR_MS)
        for s in scenario.shifts
        if s.agent == "ana"
    ]
    bens = [shift for shift in scenario.shifts if shift.agent == "ben"]
    assert sorted(anas) == [(0, 8), (14, 18), (24, 32), (38, 42)]
    assert len(bens) == 2


def test_spans_that_touch_are_merged() -> None:
    assert merged([(5, 7), (1, 3), (3, 4), (6, 9)]) == [(1, 4), (5, 9)]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("format: 1", "format: 2", "format"),
        ("channel: voice", "channel: pigeon", "entries.0.channel"),
        ("mean: 240", "mean: -1", "entries.0.handling_s.mean"),
        ("mean: 240, ", "", "entries.0.handling_s.mean"),
        ("days: 2", "dayz: 2", "dayz"),
        ("decline_percent: 10", "decline_percent: 100", "decline_percent"),
        ("08:00-12:00", "8 to 12", "staffing.0.on_duty.0"),
        ("contacts: [200, 0, 400]", "contacts: [90000, 90000]\n    days: 1", "days"),
        ("starts: 2026-11-23T08:00", "starts: monday", "starts"),
        ("days: 2", "days: 366", "73"),
        ("days: 2", "days: [", "YAML"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(old: str, new: str, says: str) -> None:
    raw = changed(old, new) if says != "73" else changed("[200, 0, 400]", "[20000]").replace(b"days: 2", b"days: 366")
    with pytest.raises(CannotSimulate, match=says):
        read_forecast(raw)


def test_aliases_are_not_expanded() -> None:
    with pytest.raises(CannotSimulate):
        read_forecast(b"format: 1\nstarts: &a [x]\nentries: *a\n")


def test_people_who_are_all_strangers_to_the_plan_are_refused() -> None:
    with pytest.raises(CannotSimulate, match="ana"):
        scenario_of(read_forecast(changed("agents: all", "agents: [ana]")), plan_of("zoe"))


def test_a_staffing_file_has_the_staffing_alone() -> None:
    part = read_staffing(b'staffing:\n  - {agents: [ana], on_duty: ["08:00-24:00"]}\n').staffing[0]
    assert (part.agents, part.on_duty) == (("ana",), ("08:00-24:00",))
    with pytest.raises(CannotSimulate, match="staffing"):
        read_staffing(b"staffing: []")
