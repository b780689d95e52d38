"""A recording made a scenario: its contacts come again, with what was not recorded drawn from what was.

Arrivals are as recorded. Handling, wrap-up and response are the contact's own; those that no agent had get a recorded
one of their channel. The patience of who gave up is known. Who was answered had more than they waited: how much more is
drawn from an exponential, whose mean is estimated as all waiting by all giving up (the maximum likelihood for censored
spans, as in Brown et al. 2005, "Statistical Analysis of a Telephone Call Center", section 6).
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from random import Random

from services.cli.simulate.centre import Shift
from services.cli.simulate.forecast import merged
from services.cli.simulate.journeys import Journey
from services.cli.simulate.recording import Recording
from services.cli.simulate.scenario import CannotSimulate, Scenario
from services.cli.simulate.spans import AT_ONCE, NEVER, NEVER_MS, Exponential, Recorded, Span
from services.cli.simulate.visits import Entry, Visit
from services.plan.compiled import Channel, Plan
from services.router.core.events import ContactOutcome

Classes = dict[str, tuple[str, ...]]
LEAVES = (ContactOutcome.ABANDONED, ContactOutcome.CANCELLED)
# Classes that a caller's keyed hash decides.
BY_HASH = ("list:", "exact:")


@dataclass(frozen=True, slots=True)
class Habits:
    """What was recorded of a channel."""

    handling: Span
    wrap_up: Span
    response: Span
    # How much longer somebody would have waited.
    more_patience: Span


def replay(recording: Recording) -> Scenario:
    """Raises CannotSimulate when nobody was ever queued. Who chose a call-back is taken to have held the line."""
    journeys = recording.journeys.contacts.values()
    queued = [each for each in journeys if each.queued_at_ms and not each.keeps_place]
    if not queued:
        raise CannotSimulate("No contact was ever queued in the log, so there is nothing to replay.")
    habits = habits_of(queued, recording.until_ms)

    def visits(seed: int) -> list[Visit]:
        random = Random(f"{seed}/replay")  # noqa: S311  # so that a run can be had again
        drawn = (_visit(each, habits[each.channel], random, recording.until_ms) for each in queued)
        return sorted(drawn, key=lambda each: (each.at_ms, each.id))

    return Scenario("recording", recording.from_ms, visits, shifts_under(recording, recording.plan))


def habits_of(queued: Iterable[Journey], until_ms: int) -> dict[Channel, Habits]:
    """By channel; of one in which nobody was served yet, what all channels together show."""
    journeys = list(queued)
    by_channel: defaultdict[Channel, list[Journey]] = defaultdict(list)
    for each in journeys:
        by_channel[each.channel].append(each)
    return {
        channel: _habits(of_channel if any(map(_was_served, of_channel)) else journeys, of_channel, until_ms)
        for channel, of_channel in by_channel.items()
    }


def shifts_under(recording: Recording, plan: Plan) -> tuple[Shift, ...]:
    """As recorded; who is new in the plan is there whenever anybody was."""
    duties = recording.journeys.agents
    anybody = merged(span for duty in duties.values() for span in duty.shifts)
    if not anybody:
        raise CannotSimulate("Nobody was ever on duty in the log; say who is with --staffing.")
    shifts = {agent: duty.shifts for agent, duty in duties.items()}
    new = new_agents(recording, plan)
    return tuple(
        Shift(begin, end, agent.id)
        for agent in plan.agents
        for begin, end in (anybody if agent.id in new else shifts.get(agent.id, []))
    )


def new_agents(recording: Recording, plan: Plan) -> tuple[str, ...]:
    """Those of the plan's roster whom the log does not know at all."""
    known = {agent.id for agent in recording.plan.agents} | set(recording.journeys.agents)
    return tuple(agent.id for agent in plan.agents if agent.id not in known)


def reclassed(private: bytes) -> Callable[[Entry], Entry]:
    """Gives each caller the classes that a plan's own lists and exact callers decide by the recorded keyed hash."""
    classes: Classes = {}
    for caller_class, hashes in json.loads(private or b"{}").items():
        for each in hashes:
            classes[each] = (*classes.get(each, ()), caller_class)

    def with_classes(entry: Entry) -> Entry:
        kept = [each for each in entry.caller_classes if not each.startswith(BY_HASH)]
        found = sorted({*kept, *classes.get(entry.customer, ())})
        return Entry(
            entry.company,
            entry.channel,
            entry.direction,
            entry.dialed,
            tuple(found),
            entry.customer,
            entry.ivr_path,
            entry.language,
            entry.attributes,
        )

    return with_classes


def _habits(served: list[Journey], of_channel: list[Journey], until_ms: int) -> Habits:
    done = [each for each in served if _was_served(each)]
    gone = sum(1 for each in of_channel if _gave_up(each))
    waited_ms = sum(each.waited_until_ms(until_ms) for each in of_channel)
    return Habits(
        handling=_recorded(each.handled_ms for each in done),
        wrap_up=_recorded(each.wrap_up_ms for each in done),
        response=_recorded(each.response_ms for each in served if each.answered_at_ms),
        more_patience=Exponential(max(1, waited_ms) / gone) if gone else NEVER,
    )


def _visit(journey: Journey, habits: Habits, random: Random, until_ms: int) -> Visit:
    """All is drawn for each contact, whether it is needed or not, so that one more or less changes no other."""
    handling_ms, wrap_up_ms = habits.handling.draw(random), habits.wrap_up.draw(random)
    response_ms, more_ms = habits.response.draw(random), habits.more_patience.draw(random)
    served, waited_ms = _was_served(journey), journey.waited_until_ms(until_ms)
    return Visit(
        journey.arrival.contact_id,
        journey.queued_at_ms,
        _entry(journey),
        patience_ms=waited_ms if _gave_up(journey) else min(NEVER_MS, waited_ms + more_ms),
        handling_ms=journey.handled_ms if served else handling_ms,
        wrap_up_ms=journey.wrap_up_ms if served else wrap_up_ms,
        response_ms=journey.response_ms if journey.answered_at_ms else response_ms,
        declines=journey.declines,
        questions=tuple(each.question(until_ms) for each in journey.consultations if each.accepted_at_ms),
    )


def _entry(journey: Journey) -> Entry:
    arrival = journey.arrival
    return Entry(
        arrival.company,
        arrival.channel,
        arrival.direction,
        arrival.dialed,
        arrival.caller_classes,
        arrival.customer,
        arrival.ivr_path,
        arrival.language,
        arrival.attributes,
    )


def _was_served(journey: Journey) -> bool:
    return bool(journey.answered_at_ms and journey.ended_at_ms)


def _gave_up(journey: Journey) -> bool:
    return not journey.answered_at_ms and journey.outcome in LEAVES


def _recorded(values_ms: Iterable[int]) -> Span:
    values = tuple(values_ms)
    return Recorded(values) if values else AT_ONCE
