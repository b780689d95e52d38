"""An explanation in plain words, a line for each thing said: the same for the command line, programs and pages."""

from services.plan.reason import BY_TRANSFER, TERM_WORDS, chosen_by
from services.router.core.events import ScoreTerm
from services.router.core.explain import AgentStanding, Explanation
from services.router.core.mends import Change
from services.router.core.orders import PART
from services.router.core.step_standing import StepStanding, StepState
from services.router.onward_words import onward_words, time_words
from services.router.retrace import Moment, Retraced

AGENTS_SAID_MAX = 40
_CHANGES = {
    Change.TIME: "the end of somebody's time with it",
    Change.ROOM: "room",
    Change.DUTY: "to be on duty",
    Change.SKILLS: "less to be asked",
    Change.GROUP: "its group to be added",
}


def words(told: Retraced) -> tuple[str, ...]:
    """The explanation, most important first. Times in UTC."""
    explanation = told.explanation
    return (
        _what(told),
        *_instead(told),
        *_question(explanation),
        *((f"Why: {told.reason}.",) if told.reason else ()),
        *map(onward_words, told.onward),
        _way(explanation),
        _place(explanation),
        *_held(explanation),
        *map(_step, explanation.steps),
        _who(explanation),
        *map(_agent, explanation.agents[:AGENTS_SAID_MAX]),
        *_unsaid(explanation),
        *(f"What would do: {mend.words}." for mend in explanation.mends),
    )


def _what(told: Retraced) -> str:
    explanation, at = told.explanation, time_words(told.explanation.at_ms)
    head = f"{explanation.contact_id} ({explanation.channel}, for {explanation.company})"
    if told.moment is Moment.OFFER:
        return f"{head} was offered to {told.agent} at {at}: offer {told.offer} of {told.offers}."
    if told.moment is Moment.END:
        return f"{head} ended at {at} and was never offered to anybody."
    if not explanation.queue:
        return f"{head} has arrived and is not queued yet."
    return f"{head} waits in {explanation.queue} since {time_words(explanation.queued_at_ms)}; now it is {at}."


def _instead(told: Retraced) -> tuple[str, ...]:
    """Of a call whose customer chose to be called back, and of the call-back."""
    original = told.explanation.keeps_place_of
    said = {
        f"Its customer chose to be called back instead of holding the line: {told.call_back} keeps its place.": (
            told.call_back
        ),
        f"It keeps the place of {original}, whose customer chose to be called back.": original,
    }
    return tuple(each for each, is_so in said.items() if is_so)


def _question(explanation: Explanation) -> tuple[str, ...]:
    """Of a consultation: whose it is, and about what."""
    if not explanation.about:
        return ()
    return (f"It is what {explanation.asked_by} asks about {explanation.about}, and keeps that meanwhile.",)


def _way(explanation: Explanation) -> str:
    if not explanation.queue:
        return "No entry point has been looked for yet: what came with it is still being read."
    by = chosen_by(explanation.entry_point)
    skills = ", ".join(f"{each.skill} of {each.level} or more" for each in explanation.skills)
    groups = f"; agents of {' and '.join(explanation.groups)} may take it too" if explanation.groups else ""
    plan = f"by plan {explanation.plan_version}"
    return (
        f"{by[0].upper()}{by[1:]} put it in {explanation.queue} ({plan}). It asks for {skills or 'no skill'}{groups}."
    )


def _place(explanation: Explanation) -> str:
    place = explanation.place
    if not place.position:
        return "It has no place in a queue."
    counted = {
        f"priority {place.priority} counts for {_span(place.priority_counts_ms)}": place.priority_counts_ms,
        f"value {place.value} for {_span(place.value_counts_ms)}": place.value_counts_ms,
        f"its target adds {_span(place.deadline_counts_ms)}": place.deadline_counts_ms,
        f"its queue gains {_span(place.bonus_ms)} on others": place.bonus_ms,
    }
    by = "".join(f"; {said}" for said, counts in counted.items() if counts)
    return (
        f"It is number {place.position} of {place.waiting} there. It arrived at {time_words(place.arrived_at_ms)}{by}."
    )


def _held(explanation: Explanation) -> tuple[str, ...]:
    if explanation.held_for:
        until = time_words(explanation.held_until_ms)
        return (
            f"Until {until} nobody but {explanation.held_for} may have it: they did when the router changed hands.",
        )
    if explanation.preferred and explanation.about:
        return (f"Nobody but {explanation.preferred} is asked: {explanation.asked_by} asked them by name.",)
    if explanation.preferred:
        until = time_words(explanation.preferred_until_ms)
        is_named = explanation.entry_point.startswith(BY_TRANSFER)
        why = "it was transferred to them by name" if is_named else "the route names them, or the customer knows them"
        return (f"Until {until} nobody but {explanation.preferred} may have it: {why}.",)
    return ()


def _step(step: StepStanding) -> str:
    number = f"Step {step.step + 1}"
    conditions = f"; it also needs {' and '.join(step.waits_for)}" if step.waits_for else ""
    if step.state is StepState.TAKEN:
        again = f", and comes again at {time_words(step.due_ms)}" if step.due_ms else ""
        return f"{number} was taken{again}."
    if step.state is StepState.OPEN:
        return f"{number} stands open: it waits for {' and '.join(step.waits_for) or 'what happens next'}."
    if not step.due_ms:
        return f"{number} is passed over: it needs {' and '.join(step.waits_for)}."
    return f"{number} is ahead, at {time_words(step.due_ms)}{conditions}."


def _who(explanation: Explanation) -> str:
    policy = str(explanation.policy or "").replace("_", " ")
    order = f", in the order of {policy}" if policy and explanation.eligible > 1 else ""
    return (
        f"Of {_agents(explanation.serving)} who serve it {explanation.on_duty} are on duty and {explanation.free} "
        f"are free; {explanation.eligible} could be offered it{order}."
    )


def _agent(standing: AgentStanding) -> str:
    if not standing.place:
        return f"- {standing.agent} {standing.because}{_needs(standing)}."
    terms = ", ".join(_term(each) for each in standing.score)
    return f"{standing.place}. {standing.agent} could be offered it ({terms})."


def _term(term: ScoreTerm) -> str:
    """A term of the order in words. What is a time is said as one; points count the other way round, in thousandths."""
    if term.name == "idle_since_ms":
        return f"nothing new since {time_words(term.value)}" if term.value else "nothing yet"
    if term.name.startswith(PART) or term.name == "score":
        return f"{term.name.removeprefix(PART).replace('_', ' ')} {-term.value / 1000:g}"
    if term.name == "proficiency":
        return f"levels {-term.value}"
    return f"{TERM_WORDS.get(term.name, term.name.replace('_', ' '))} {term.value}"


def _needs(standing: AgentStanding) -> str:
    """What else they would need, where it is more than one thing."""
    needs = [_CHANGES[each] for each in standing.would_need]
    return f"; they would need {' and '.join(needs)}" if len(needs) > 1 else ""


def _unsaid(explanation: Explanation) -> tuple[str, ...]:
    more = max(0, len(explanation.agents) - AGENTS_SAID_MAX) + explanation.agents_left_out
    said = {
        f"Not listed: {_agents(more)} more.": more,
        f"Not listed: {_agents(explanation.agents_elsewhere)} of other companies.": explanation.agents_elsewhere,
    }
    return tuple(each for each, count in said.items() if count)


def _agents(count: int) -> str:
    return "1 agent" if count == 1 else f"{count} agents"


def _span(ms: int) -> str:
    seconds = ms // 1000
    return f"{seconds // 60} min" if seconds % 60 == 0 else f"{seconds} s"
