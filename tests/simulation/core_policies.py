"""Whom a queue's policy has to pick, as the auditor reckons it: its own counts, its own order."""

from services.plan.compiled import Criterion, Policy, Queue
from tests.simulation.core_books import Book, Ledger, Person


def count_until(ledger: Ledger, person: Person, at_ms: int) -> None:
    """Something changes for the person: the time since the last change counts; a new day begins anew."""
    day_ms = ledger.plan.day_ms(at_ms) if ledger.rules else 0
    if person.day_ms != day_ms:
        person.day_ms, person.answered, person.duty_ms, person.busy_ms = day_ms, 0, 0, 0
    else:
        passed_ms = max(0, at_ms - person.counted_ms)
        if person.has:
            person.busy_ms += passed_ms
        if person.has or ledger.on_duty(person.name):
            person.duty_ms += passed_ms
    person.counted_ms = at_ms


def count_answer(person: Person, took_ms: int) -> None:
    person.answered += 1
    if person.takes_ms:
        person.takes_ms += (took_ms - person.takes_ms) // 8
    else:
        person.takes_ms = took_ms
    person.takes_ms = max(1, person.takes_ms)


def rank(ledger: Ledger, name: str, book: Book) -> tuple[int | str, ...]:
    """Who has the lowest of these is the one."""
    person = ledger.people[name]
    queue = ledger.plan.queues[book.queue]
    has = {each.skill: each.level for each in ledger.plan.profiles[name].skills}
    idle_ms = max([person.idle_ms, *(each.offered_ms for each in person.has.values() if each.where == "offered")])
    match queue.policy:
        case Policy.ROUND_ROBIN:
            return (person.turn, name)
        case Policy.SKILL_BASED:
            first = len(set(has) - set(book.needs))
        case Policy.MOST_PROFICIENT:
            first = -sum(has[skill] for skill in book.needs or has)
        case Policy.FEWEST_ANSWERED:
            first = person.answered
        case Policy.LEAST_RESPONSE_TIME:
            first = person.takes_ms
        case Policy.WEIGHTED:
            first = -_points(ledger, person, queue, book, idle_ms)
        case _:
            first = 0
    return (first, idle_ms, name)


def _points(ledger: Ledger, person: Person, queue: Queue, book: Book, idle_ms: int) -> int:
    profile = ledger.plan.profiles[person.name]
    has = {each.skill: each.level for each in profile.skills}
    values = {
        Criterion.PROFICIENCY: 1000 * sum(has[skill] for skill in book.needs or has),
        Criterion.IDLE_S: -idle_ms,
        Criterion.ANSWERED: 1000 * person.answered,
        Criterion.RESPONSE_S: person.takes_ms,
        Criterion.OCCUPANCY: 100_000 * person.busy_ms // (person.duty_ms or 1),
        Criterion.LOAD: 1000 * ledger.units(person),
        Criterion.TIER: 1000 * profile.tier,
        Criterion.COST: 1000 * profile.cost,
    }
    return sum(each.weight * values[each.criterion] for each in queue.weights)
