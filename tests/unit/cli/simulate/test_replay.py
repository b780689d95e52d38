"""A recording replayed: what was recorded comes again, and what can't be known is said."""

import json
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from services.cli.simulate.centre import Shift
from services.cli.simulate.figures import figures_of
from services.cli.simulate.journeys import Journeys
from services.cli.simulate.recording import Recording, is_recording, read_recording
from services.cli.simulate.replay import reclassed, replay, shifts_under
from services.cli.simulate.scenario import CannotSimulate, Trial, measure, play
from services.cli.simulate.spans import NEVER_MS
from services.cli.simulate.unknown import unknown
from services.cli.simulate.visits import Visit
from services.plan.compiled import AgentProfile, Channel, ChannelRule, EntryPoint, Match, Menu, Plan, Route
from tests.unit.cli.simulate.floors import CALL, CHAT, T0, S, on_duty, plan_of, question, visit
from tests.unit.cli.simulate.recorded_log import record

PLAN = plan_of("ana", "ben")
SHIFTS = [on_duty("ana", 0, 4000), on_duty("ben", 500, 3000)]


def day(seed: int = 1) -> list[Visit]:
    """Sixty calls that the two have some trouble with."""
    random = Random(seed)
    return [
        visit(
            f"v{number:02}",
            number * 50 + 20,
            handling_s=random.randint(20, 160),
            patience_s=random.randint(20, 400),
            wrap_up_s=random.randint(0, 30),
            response_s=random.randint(0, 4),
        )
        for number in range(60)
    ]


@pytest.fixture
def recording(tmp_path: Path) -> Recording:
    return read_recording(record(tmp_path, PLAN, SHIFTS, day()), "demo")


def test_the_recorded_figures_are_those_of_the_day(recording: Recording) -> None:
    true = measure(Trial("day", PLAN, tuple(SHIFTS)), day(), T0)
    assert figures_of(recording.journeys, PLAN) == true


def test_replayed_under_the_plan_and_staffing_of_then_it_is_the_same_day(recording: Recording) -> None:
    scenario = replay(recording)
    again = measure(Trial("again", recording.plan, scenario.shifts), scenario.visits(5), scenario.from_ms)
    assert again == figures_of(recording.journeys, PLAN)


def test_who_gave_up_is_as_patient_again_and_who_was_answered_has_more_than_they_needed(recording: Recording) -> None:
    drawn = {each.id: each for each in replay(recording).visits(1)}
    true = {each.id: each for each in day()}
    for contact_id, journey in recording.journeys.contacts.items():
        if journey.answered_at_ms:
            assert drawn[contact_id].patience_ms >= journey.wait_ms
            assert drawn[contact_id].handling_ms == true[contact_id].handling_ms
        else:
            assert drawn[contact_id].patience_ms == true[contact_id].patience_ms


def test_where_nobody_gave_up_nobody_ever_would(tmp_path: Path) -> None:
    path = record(tmp_path, PLAN, SHIFTS, [visit("a", 10), visit("b", 20)])
    visits = replay(read_recording(path, "demo")).visits(1)
    assert {each.patience_ms for each in visits} == {NEVER_MS}


def test_seeds_draw_what_was_not_recorded_anew(recording: Recording) -> None:
    assert replay(recording).visits(1) == replay(recording).visits(1)
    assert replay(recording).visits(1) != replay(recording).visits(2)


def test_agents_come_and_go_as_recorded_and_new_ones_are_there_whenever_anybody_was(recording: Recording) -> None:
    plan = replace(PLAN, agents=(PLAN.agents[1], AgentProfile("zoe", (), 10, (), ("acme",))))
    shifts = shifts_under(recording, plan)
    assert set(shifts) == {on_duty("ben", 500, 3000), on_duty("zoe", 0, 4000)}
    assert any("zoe" in each and "ben" not in each for each in unknown(recording, plan))


def test_a_log_in_which_nothing_came_or_nobody_was_there_is_refused(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "other").mkdir()
    empty = read_recording(record(tmp_path / "one", PLAN, SHIFTS, []), "demo")
    with pytest.raises(CannotSimulate, match="No contact"):
        replay(empty)
    nobody = read_recording(record(tmp_path / "other", PLAN, [], [visit("a", 1, patience_s=9)]), "demo")
    with pytest.raises(CannotSimulate, match="--staffing"):
        replay(nobody)


def test_other_tenants_are_passed_over_and_a_log_without_the_plans_tenant_is_refused(tmp_path: Path) -> None:
    path = record(tmp_path, PLAN, SHIFTS, day())
    with pytest.raises(CannotSimulate, match="nothing of tenant globex, but of demo"):
        read_recording(path, "globex")


def test_what_is_no_log_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CannotSimulate, match=r"no router-log\.sqlite"):
        read_recording(tmp_path, "demo")
    other = tmp_path / "router-log.sqlite"
    other.write_bytes(b"SQLite format 3\0 and then nonsense")
    assert is_recording(other)
    with pytest.raises(CannotSimulate, match="can't be read"):
        read_recording(tmp_path, "demo")


def asking(*classes: str) -> Plan:
    """The plan with an entry point for each class."""
    entries = tuple(
        EntryPoint(f"for-{n}", Match(caller_classes=(each,)), Route("vip")) for n, each in enumerate(classes)
    )
    return replace(PLAN, entry_points=(*PLAN.entry_points, *entries))


def test_what_a_new_plan_cannot_know_of_callers_is_said(recording: Recording) -> None:
    said = unknown(recording, asking("list:vip", "prefix:+49", "exact:for-2"))
    assert any("prefix:+49" in each and "nobody" in each for each in said)
    assert any("exact:for-2" in each and "key" in each for each in said)
    assert not any("prefix" in each for each in unknown(recording, PLAN))


def test_with_the_key_of_the_callers_hashes_lists_and_exact_callers_are_known(recording: Recording) -> None:
    keyed = replace(recording, customers_key=b"k" * 32)
    assert not any("list:vip" in each for each in unknown(keyed, asking("exact:for-0")))
    see = reclassed(json.dumps({"list:vip": ["h1"], "exact:for-0": ["h1", "h2"]}).encode())
    caller = replace(CALL, customer="h1", caller_classes=("country:DE", "list:gone"))
    assert see(caller).caller_classes == ("country:DE", "exact:for-0", "list:vip")
    assert see(CALL).caller_classes == ()


def test_the_key_comes_from_the_data_folder(tmp_path: Path) -> None:
    path = record(tmp_path, PLAN, SHIFTS, day())
    assert read_recording(tmp_path, "demo").customers_key is None
    (tmp_path / "secrets.json").write_text(json.dumps({"customers_key": "ab" * 32}))
    assert read_recording(tmp_path, "demo").customers_key == b"\xab" * 32
    assert read_recording(path, "demo").customers_key is None


def test_other_menus_are_said(recording: Recording) -> None:
    plan = replace(PLAN, menus=(Menu("main", "acme", (), ()),))
    assert any("menus" in each for each in unknown(recording, plan))


def test_shifts_are_of_the_recorded_times(recording: Recording) -> None:
    assert set(replay(recording).shifts) == set(SHIFTS)
    assert isinstance(replay(recording).shifts[0], Shift)
    assert recording.until_ms > T0 + 3000 * S


CHATS = replace(PLAN, channels=(*PLAN.channels, ChannelRule(Channel.WEB_CHAT, 5, False, 30 * S, 60 * S)))


def day_of_questions() -> list[Visit]:
    """The day, with chats about which colleagues are asked; the last one is asked where nobody has time for it."""
    random = Random(4)
    chats = [
        visit(
            f"w{number}",
            number * 97 + 33,
            entry=CHAT,
            handling_s=random.randint(100, 200),
            questions=(
                question(random.randint(5, 40), random.randint(10, 90), ("", "ben")[number % 2], response_s=3),
                question(random.randint(80, 90), 7),
            ),
        )
        for number in range(20)
    ]
    return sorted([*day()[::5], *chats], key=lambda each: each.at_ms)


def test_colleagues_who_were_asked_give_it_the_time_that_they_gave_then(tmp_path: Path) -> None:
    recording = read_recording(record(tmp_path, CHATS, SHIFTS, day_of_questions()), "demo")
    advice = [each for each in recording.journeys.consultations.values() if each.accepted_at_ms]
    assert 5 < len(advice) < len(recording.journeys.consultations)

    scenario = replay(recording)
    trial = Trial("again", recording.plan, scenario.shifts)
    without = [replace(each, questions=()) for each in scenario.visits(5)]

    assert day_of(play(trial, scenario.visits(5), scenario.from_ms)) == day_of(recording.journeys)
    assert day_of(play(trial, without, scenario.from_ms)) != day_of(recording.journeys)


def day_of(journeys: Journeys) -> tuple[list[tuple[str, int, str]], dict[str, int]]:
    """When which contact was answered, and what became of it; and how long each agent was at work."""
    contacts = [
        (each.arrival.contact_id, each.answered_at_ms, str(each.outcome)) for each in journeys.contacts.values()
    ]
    return contacts, {agent: duty.busy_ms for agent, duty in journeys.agents.items()}


def test_how_often_colleagues_were_asked_is_said(tmp_path: Path) -> None:
    recording = read_recording(record(tmp_path, CHATS, SHIFTS, day_of_questions()), "demo")
    asked = recording.journeys.consultations.values()
    accepted = sum(1 for each in asked if each.accepted_at_ms)

    said = unknown(recording, CHATS)

    assert any(each.startswith(f"{accepted} times a colleague was asked") for each in said)
    assert any(each.startswith(f"{len(asked) - accepted} times nobody accepted") for each in said)
    assert not any("asked about" in each for each in unknown(replace(recording, journeys=Journeys()), CHATS))
