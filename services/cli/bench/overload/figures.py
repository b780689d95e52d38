"""The figures of an overload."""

from collections.abc import Iterator, Sequence

from services.cli.bench.figure import Amount, Figure, compared
from services.cli.bench.overload.course import TIMES, Course, Part, refused, taken
from services.cli.bench.overload.customers import Answer

MIB = 1024 * 1024
TWICE = 2.0
NORMAL_SECONDS = 3


def figures(course: Course) -> Iterator[Figure]:
    """All of them. The baseline of each is the same under normal intake."""
    normal, overload = course.normal, course.overload
    sent = len(overload.crowded)
    yield Figure("overload.rated_per_s", course.rated_per_s, "contacts/s", len(normal.crowded))
    yield Figure("overload.times_rated", TIMES, "times", sent)
    yield _between("overload.answer_p50_ms", _waits(normal), _waits(overload), 50)
    yield _between("overload.answer_p99_ms", _waits(normal), _waits(overload))
    yield _between("overload.decided_p99_ms", _decided(course, normal), _decided(course, overload))
    yield Figure("overload.refused_share", len(refused(overload.crowded)) / sent, "share", sent)
    yield Figure("overload.refusal_p99_ms", percentile(_took(refused(overload.crowded)), 99) * 1000, "ms", sent)
    yield Figure("overload.neither_taken_nor_refused", _others(overload), "contacts", sent)
    yield Figure("overload.lost", _lost(course), "contacts", len(course.decided_s))
    quiet = overload.quiet
    yield Figure("overload.neighbour_refused", len(quiet) - len(taken(quiet)), "contacts", len(quiet))
    yield _between("overload.neighbour_p99_ms", _took(taken(normal.quiet)), _took(taken(quiet)))
    waiting = Amount(overload.records_waiting_max, 1), Amount(max(1, normal.records_waiting_max), 1)
    yield compared("overload.records_waiting_max", "records", *waiting)
    memory = Amount(overload.memory_bytes_max / MIB, 1), Amount(normal.memory_bytes_max / MIB, 1)
    yield compared("overload.memory_mib", "MiB", *memory)
    yield Figure("overload.normal_again_s", _normal_again_s(course), "s", len(course.after.crowded))


def _between(name: str, normal: Sequence[float], overload: Sequence[float], percent: int = 99) -> Figure:
    amounts = (Amount(percentile(waits, percent) * 1000, len(waits)) for waits in (overload, normal))
    return compared(name, "ms", *amounts)


def percentile(values: Sequence[float], percent: int) -> float:
    """The value that so many percent stay within. Raises ValueError where there is none."""
    if not values:
        raise ValueError("there were no such answers: there is nothing to compare")
    ordered = sorted(values)
    return ordered[min(len(ordered) * percent // 100, len(ordered) - 1)]


def _took(answers: Sequence[Answer]) -> list[float]:
    return [answer.took_s for answer in answers]


def _waits(part: Part) -> list[float]:
    return _took(taken(part.crowded))


def _decided(course: Course, part: Part) -> list[float]:
    """From when the form was to be sent until its decision stood in the log."""
    found = ((course.decided_s.get(answer.contact_id), answer.due_s) for answer in taken(part.crowded))
    return [decided_s - due_s for decided_s, due_s in found if decided_s is not None]


def _others(part: Part) -> int:
    answers = [*part.crowded, *part.quiet]
    return len(answers) - len(taken(answers)) - len(refused(answers))


def _lost(course: Course) -> int:
    """Contacts that were acknowledged and that nobody ever decided on."""
    parts = (course.normal, course.overload, course.after)
    answers = (answer for part in parts for answer in taken([*part.crowded, *part.quiet]))
    return sum(answer.contact_id not in course.decided_s for answer in answers)


def _normal_again_s(course: Course) -> float:
    """From the last answer of the overload until three seconds follow that are normal; where none did, all that was
    looked on.
    """
    bound_s = TWICE * percentile(_waits(course.normal), 99)
    answers = [(answer.due_s - course.overload.ended_s, answer) for answer in course.after.crowded]
    last_s = int(max(since_s for since_s, _ in answers))
    windows = [[answer for since_s, answer in answers if begin <= since_s < begin + 1] for begin in range(last_s)]
    normal = [_is_normal(window, bound_s) for window in windows]
    for begin in range(len(normal) - NORMAL_SECONDS + 1):
        if all(normal[begin : begin + NORMAL_SECONDS]):
            return float(begin)
    return float(last_s)


def _is_normal(window: Sequence[Answer], bound_s: float) -> bool:
    """A second with customers of whom nobody was refused and nineteen of twenty waited at most twice what is normal."""
    return len(taken(window)) == len(window) > 0 and percentile(_took(window), 95) <= bound_s
