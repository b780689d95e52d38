"""What a recording can't tell about another plan: said beside the figures, so that nobody takes them for more."""

from collections.abc import Iterator

from services.cli.simulate.recording import Recording
from services.cli.simulate.replay import BY_HASH, new_agents
from services.plan.compiled import Plan, Route

AGENTS_NAMED_MAX = 10


def unknown(recording: Recording, plan: Plan) -> tuple[str, ...]:
    """In sentences; what is always so comes last."""
    return (
        *_classes(recording, plan),
        *_menus(recording, plan),
        *_people(recording, plan),
        *_steps(plan),
        *_call_backs(recording),
        *_transfers(recording),
        *_consultations(recording),
        *_always(recording),
    )


def _classes(recording: Recording, plan: Plan) -> Iterator[str]:
    """Classes of callers were worked out when they came, by the plan of then; the log has no numbers and addresses."""
    asked = {each for _, each in _asked_by(recording.plan)}
    for who, each in _asked_by(plan):
        if each.startswith(BY_HASH):
            if recording.customers_key is None:
                yield (
                    f"{who} asks for {each}. Who that is now can't be told without the key of the callers' "
                    "hashes: the classes of then were used. Give the data folder and not the log alone."
                )
        elif each not in asked:
            yield f"{who} asks for {each}, which the plan of then did not: nobody was taken to be of it."


def _asked_by(plan: Plan) -> Iterator[tuple[str, str]]:
    """Who in the plan asks for which class of callers."""
    for entry in plan.entry_points:
        yield from ((entry.id, each) for each in entry.match.caller_classes)
    yield from (("a customer value", each.caller_class) for each in plan.caller_values)


def _menus(recording: Recording, plan: Plan) -> Iterator[str]:
    if plan.menus != recording.plan.menus:
        yield "The menus differ. Callers took the recorded ways through the menus of then."


def _people(recording: Recording, plan: Plan) -> Iterator[str]:
    new = new_agents(recording, plan)
    if new:
        more = f" and {len(new) - AGENTS_NAMED_MAX} more" if len(new) > AGENTS_NAMED_MAX else ""
        who = ", ".join(new[:AGENTS_NAMED_MAX]) + more
        yield f"The log knows no hours of {who}: taken to be on duty whenever anybody was. Say otherwise by --staffing."


def _steps(plan: Plan) -> Iterator[str]:
    steps = [step for route in _routes(plan) for step in route.steps]
    if any(step.offer_callback for step in steps):
        yield "Nobody was taken to accept an offered call-back: the log can't tell who would."
    if any(step.tell or step.divert for step in steps):
        yield "Callers were taken to be as patient as they were, whatever they are told now."


def _call_backs(recording: Recording) -> Iterator[str]:
    count = sum(1 for each in recording.journeys.contacts.values() if each.keeps_place)
    if count:
        yield f"{count} callers chose to be called back. Each was replayed as a caller who held the line."


def _transfers(recording: Recording) -> Iterator[str]:
    count = sum(1 for each in recording.journeys.contacts.values() if each.was_transferred)
    if count:
        yield f"{count} contacts were handed on. Each was replayed as one segment of the same length altogether."


def _consultations(recording: Recording) -> Iterator[str]:
    asked = recording.journeys.consultations.values()
    count = sum(1 for each in asked if each.accepted_at_ms)
    if count:
        yield (
            f"{count} times a colleague was asked about a contact. Each was asked again, after as much work and for as "
            "long; one who was named and can't be asked then is replaced by whoever serves the queue."
        )
    if count < len(asked):
        yield f"{len(asked) - count} times nobody accepted being asked. These were left out."


def _always(recording: Recording) -> Iterator[str]:
    if len(recording.plans) > 1:
        yield f"The log has {len(recording.plans)} plans; the newest one stands for today's."
    yield "Work on a contact takes as long as it took, whoever has it, and an agent's hours are those of then."
    yield "How long who was answered would have waited was drawn, not recorded."


def _routes(plan: Plan) -> tuple[Route, ...]:
    return (plan.default_route, *(entry.route for entry in plan.entry_points))
