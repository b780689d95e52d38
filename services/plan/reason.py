"""Why an agent got a contact, in one sentence for people: what the engine went by, and nothing it did not."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Protocol

TERM_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "idle_since_ms": "time without a new contact",
        "last_offer": "turn",
        "id": "name",
        "response_ms": "time to answer",
        "answered": "contacts taken today",
        "score": "points",
    }
)
# Terms that only show what points are made of, in thousandths.
PART = "of_score:"


class Level(Protocol):
    """A skill and the least level that will do."""

    @property
    def skill(self) -> str: ...
    @property
    def level(self) -> int: ...


class Term(Protocol):
    """One term of the policy's order; the lower value comes first."""

    @property
    def name(self) -> str: ...
    @property
    def value(self) -> int: ...


class Why(Protocol):
    """What the engine went by: see protos/switchroom/v1/events.proto."""

    @property
    def plan_version(self) -> int: ...
    @property
    def entry_point(self) -> str: ...
    @property
    def queue(self) -> str: ...
    @property
    def policy(self) -> str: ...
    @property
    def skills(self) -> Sequence[Level]: ...
    @property
    def free(self) -> int: ...
    @property
    def eligible(self) -> int: ...
    @property
    def winner(self) -> Sequence[Term]: ...
    @property
    def runner_up(self) -> str: ...
    @property
    def runner_up_score(self) -> Sequence[Term]: ...
    @property
    def decided_by(self) -> str: ...
    @property
    def steps(self) -> Sequence[int]: ...
    @property
    def preferred(self) -> bool: ...


# What stands where an entry point's id would: of what was transferred with the queue's id behind it.
BY_TRANSFER, BY_QUESTION = "queue:", "question:"
# Where no entry point chose the queue; empty in the logs of earlier versions.
_CHOSEN_BY = {
    "": "a transfer",
    BY_TRANSFER: "a transfer",
    BY_QUESTION: "a colleague's question",
    "default": "the default route",
}


def reason(agent: str, why: Why) -> str:
    """One sentence: how the contact came to its queue, who could take it, and why this agent did. Times in UTC."""
    return f"{_way(why)}; {_choice(why)}; {_decision(agent, why)}"


def handed_over_reason(agent: str) -> str:
    """Of what came to an agent without an offer, so that nothing was chosen."""
    return f"{agent} was asked about it by a colleague, who then handed it over"


def chosen_by(entry_point: str) -> str:
    """What chose the queue, in words."""
    way = BY_TRANSFER if entry_point.startswith(BY_TRANSFER) else entry_point
    return _CHOSEN_BY.get(way, f"entry point {entry_point}")


def _way(why: Why) -> str:
    return f"{chosen_by(why.entry_point)} put it in {why.queue} (plan {why.plan_version}){_steps(why)}"


def _steps(why: Why) -> str:
    numbers = [str(step + 1) for step in why.steps]
    return f", and step{'s' if len(numbers) > 1 else ''} {', '.join(numbers)} came after" if numbers else ""


def _choice(why: Why) -> str:
    needed = ", ".join(f"{each.skill} ≥ {each.level}" for each in why.skills)
    asked = f" ({needed})" if needed else ""
    agents = "agent" if why.free == 1 else "agents"
    return f"of {why.free} free {agents} {why.eligible} could take it{asked}"


def _decision(agent: str, why: Why) -> str:
    if why.preferred and why.entry_point == BY_QUESTION:
        return f"{agent} was asked by name, so nobody else is asked"
    if why.preferred and (not why.entry_point or why.entry_point.startswith(BY_TRANSFER)):
        return f"{agent} comes before all others for a time: the transfer names them"
    if why.preferred:
        return f"{agent} comes before all others for a time: the route names them, or the customer knows them"
    if why.decided_by == "only":
        return f"{agent} was the only one"
    policy = why.policy.replace("_", " ")
    return f"by {policy}, {_difference(agent, why)}{_equality(why)}"


def _difference(agent: str, why: Why) -> str:
    ours, theirs = _value(why.winner, why.decided_by), _value(why.runner_up_score, why.decided_by)
    other = why.runner_up
    by_term = {
        "other_skills": f"has fewer other skills than {other} ({ours} against {theirs}) and is missed less",
        "proficiency": f"is more proficient than {other} (levels of {-ours} against {-theirs} in all)",
        "idle_since_ms": f"has been without a new contact for longest{_since(why)}, before {other}",
        "id": f"comes before {other} in the alphabet",
        "response_ms": f"answers sooner than {other} ({ours} ms against {theirs} on average)",
        "answered": f"has taken fewer today than {other} ({ours} against {theirs})",
        "score": f"has {_points(theirs - ours)} points more than {other}{_parts(why)}",
    }
    if why.decided_by == "last_offer":
        return f"it is the turn of {agent}, before {other}"
    unnamed = f"comes before {other} in {_words(why.decided_by)} ({ours} against {theirs})"
    return f"{agent} {by_term.get(why.decided_by, unnamed)}"


def _equality(why: Why) -> str:
    """In what they were equal, so that a later term had to decide."""
    names = [term.name for term in why.winner if not term.name.startswith(PART)]
    before = names[: names.index(why.decided_by)] if why.decided_by in names else names
    return f" (equal in {' and '.join(map(_words, before))})" if before else ""


def _parts(why: Why) -> str:
    """What each criterion adds to the difference in points."""
    names = [term.name for term in why.winner if term.name.startswith(PART)]
    more = {name: _points(_value(why.runner_up_score, name) - _value(why.winner, name)) for name in names}
    said = [f"{name.removeprefix(PART)} {points:+}" for name, points in more.items() if points]
    return f" ({', '.join(said)})" if said else ""


def _points(thousandths: int) -> int:
    return (thousandths + 500) // 1000


def _value(terms: Sequence[Term], name: str) -> int:
    return next((term.value for term in terms if term.name == name), 0)


def _since(why: Why) -> str:
    at_ms = _value(why.winner, "idle_since_ms")
    # An agent who never had one has no such moment.
    if at_ms <= 0:
        return ""
    return f" (since {datetime.fromtimestamp(at_ms // 1000, UTC):%Y-%m-%d %H:%M:%S} UTC)"


def _words(term: str) -> str:
    return TERM_WORDS.get(term, term.replace("_", " "))
