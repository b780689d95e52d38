from collections.abc import Sequence

import pytest

from services.cli.bench.overload.course import Course, Part
from services.cli.bench.overload.customers import Answer
from services.cli.bench.overload.figures import figures, percentile

ENDED_S = 100.0


def answer(due_s: float, took_s: float = 0.1, status: int = 202, *, says_when: bool = True) -> Answer:
    return Answer(due_s, took_s, status, f"c{due_s}" if status == 202 else "", says_when)


def part(crowded: Sequence[Answer], quiet: Sequence[Answer] = (answer(0.5),), waiting: int = 0) -> Part:
    return Part(crowded, quiet, waiting, 100 * 1024 * 1024, ENDED_S)


def course(overload: Part, after: Part | None = None) -> Course:
    normal = part([answer(each / 100) for each in range(100)])
    after = after or part([answer(ENDED_S + each / 10) for each in range(100)])
    known = (*normal.crowded, *overload.crowded, *overload.quiet, *after.crowded, *normal.quiet, *after.quiet)
    return Course(
        10.0, normal, overload, after, {each.contact_id: each.due_s + 0.2 for each in known if each.contact_id}
    )


def values(done: Course) -> dict[str, float]:
    return {figure.name.removeprefix("overload."): figure.value for figure in figures(done)}


def test_those_who_were_taken_are_compared_with_those_of_normal_times() -> None:
    crowd = [answer(each, 0.1 if each < 98 else 0.3) for each in range(100)] + [
        answer(200.0 + each, 9, 429) for each in range(300)
    ]
    found = {figure.name: figure for figure in figures(course(part(crowd, waiting=7)))}
    assert found["overload.answer_p99_ms"].value == pytest.approx(300)
    assert found["overload.answer_p99_ms"].ratio == pytest.approx(3)
    assert found["overload.decided_p99_ms"].ratio == pytest.approx(1)
    assert found["overload.refused_share"].value == 0.75
    assert found["overload.refusal_p99_ms"].value == pytest.approx(9_000)
    assert found["overload.records_waiting_max"].value == 7


@pytest.mark.parametrize(
    "odd", [answer(1.5, status=500), answer(1.5, status=0), answer(1.5, status=429, says_when=False)]
)
def test_an_answer_that_is_neither_yes_nor_come_again_is_told(odd: Answer) -> None:
    assert values(course(part([answer(1.0), answer(2.0, status=429), odd])))["neither_taken_nor_refused"] == 1


def test_a_contact_that_was_acknowledged_and_never_decided_on_is_lost() -> None:
    done = course(part([answer(1.0), answer(1.1), answer(2.0, status=503)]))
    del done.decided_s["c1.0"]
    assert values(done)["lost"] == 1


def test_neighbours_who_are_refused_are_told() -> None:
    quiet = (answer(0.5), answer(0.6, status=429))
    assert values(course(part([answer(1.0), answer(2.0, status=429)], quiet)))["neighbour_refused"] == 1


@pytest.mark.parametrize(
    ("odd", "again_s"),
    [
        ([], 0),
        ([answer(ENDED_S + 0.55, status=429)], 1),
        ([answer(ENDED_S + 1.55, 0.25), answer(ENDED_S + 2.55, 0.25), answer(ENDED_S + 2.56, 0.25)], 3),
        ([answer(ENDED_S + each, status=503) for each in range(10)], 9),
    ],
)
def test_normal_again_is_when_three_seconds_were_normal(odd: list[Answer], again_s: float) -> None:
    calm = [answer(ENDED_S + each / 10) for each in range(100)]
    overload = part([answer(1.0), answer(2.0, status=429)])
    assert values(course(overload, part([*calm, *odd])))["normal_again_s"] == again_s


def test_without_a_single_answer_there_is_no_percentile() -> None:
    with pytest.raises(ValueError, match="nothing to compare"):
        percentile([], 99)
