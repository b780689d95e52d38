"""What would have to change for an agent to be offered a contact: worked out from verdicts, not guessed.

Each change is made to copies of the records, and the plain scan is asked again. A change is needed if the agent is kept
from the contact although all the others were made; so what is said is the least that would do, for that agent.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from services.plan.compiled import SkillLevel
from services.router.core.desk import only_for
from services.router.core.events import Presence
from services.router.core.record import changed
from services.router.core.records import Agent, Contact
from services.router.core.scan import verdict
from services.router.core.state import TenantState

MENDS_MAX = 5
AGENTS_NAMED_MAX = 5


class Change(StrEnum):
    """One thing that may stand between an agent and a contact, the one that is mended most easily first."""

    TIME = "time"
    ROOM = "room"
    DUTY = "duty"
    SKILLS = "skills"
    GROUP = "group"


@dataclass(frozen=True, slots=True)
class Mend:
    """Changes which together let any one of these agents take the contact, and the same in words.

    `agents` are at most AGENTS_NAMED_MAX of the `agent_count` of whom it is true.
    """

    changes: tuple[Change, ...]
    agents: tuple[str, ...]
    agent_count: int
    words: str


Pair = tuple[Agent, Contact]


def needed(state: TenantState, agent: Agent, contact: Contact) -> tuple[Change, ...]:
    """The fewest changes after which the agent may be offered the contact; none if all of them are not enough."""
    if verdict(state, *_after(tuple(Change), agent, contact)):
        return ()
    return tuple(each for each in Change if verdict(state, *_after(_all_but(each), agent, contact)))


def nearest(state: TenantState, contact: Contact, needs: list[tuple[Agent, tuple[Change, ...]]]) -> tuple[Mend, ...]:
    """What would let anybody take the contact: alike changes together, the fewest and easiest first."""
    kept_for = only_for(state, contact)
    together: dict[tuple[tuple[Change, ...], tuple[str, ...]], list[str]] = {}
    for agent, changes in needs:
        together.setdefault((changes, _details(agent, contact, changes, kept_for)), []).append(agent.id)
    order = tuple(Change)
    found = sorted(
        together.items(), key=lambda each: (len(each[0][0]), [order.index(one) for one in each[0][0]], each[0][1])
    )
    return tuple(_mend(changes, details, sorted(agents)) for (changes, details), agents in found[:MENDS_MAX])


def _all_but(change: Change) -> tuple[Change, ...]:
    return tuple(each for each in Change if each is not change)


def _after(changes: tuple[Change, ...], agent: Agent, contact: Contact) -> Pair:
    for change in changes:
        agent, contact = _MAKERS[change](agent, contact)
    return agent, contact


def _on_duty(agent: Agent, contact: Contact) -> Pair:
    return changed(agent, attached=True, presence=Presence.AVAILABLE), contact


def _with_room(agent: Agent, contact: Contact) -> Pair:
    return changed(agent, items=()), contact


def _after_its_time(agent: Agent, contact: Contact) -> Pair:
    # Of a consultation the first is who asks: nothing lets them be asked.
    passed_by = contact.passed_by[:1] if contact.about else ()
    freed = {"held_for": "", "held_until_ms": 0, "preferred": "", "preferred_until_ms": 0}
    return agent, changed(contact, **freed, passed_by=passed_by)


def _with_skills(agent: Agent, contact: Contact) -> Pair:
    return agent, changed(contact, skills=_attainable(agent, contact))


def _with_group(agent: Agent, contact: Contact) -> Pair:
    return agent, changed(contact, groups=(*contact.groups, *agent.profile.groups))


_MAKERS: dict[Change, Callable[[Agent, Contact], Pair]] = {
    Change.TIME: _after_its_time,
    Change.ROOM: _with_room,
    Change.DUTY: _on_duty,
    Change.SKILLS: _with_skills,
    Change.GROUP: _with_group,
}


def _attainable(agent: Agent, contact: Contact) -> tuple[SkillLevel, ...]:
    """What the contact asks for, as far as the agent has it."""
    levels = {has.skill: has.level for has in agent.profile.skills}
    lowered = (SkillLevel(each.skill, min(each.level, levels.get(each.skill, 0))) for each in contact.skills)
    return tuple(each for each in lowered if each.level)


def _details(agent: Agent, contact: Contact, changes: tuple[Change, ...], kept_for: str) -> tuple[str, ...]:
    """Changes in words; empty for those of the agents themselves, which are said of all of them together."""
    words = {
        Change.TIME: lambda: _time_words(agent, contact, kept_for),
        Change.SKILLS: lambda: _skill_words(agent, contact),
        Change.GROUP: lambda: f"agents of {' or '.join(agent.profile.groups)} might take it too",
    }
    return tuple(words[change]() if change in words else "" for change in changes)


def _time_words(agent: Agent, contact: Contact, kept_for: str) -> str:
    if kept_for in ("", agent.id):
        return ""
    if contact.held_until_ms:
        return f"the time of {kept_for}, who had it when the router changed hands, were over"
    if contact.about:
        return f"{kept_for} had not been asked by name"
    return f"the time of {kept_for}, who has it for themselves for a while, were over"


def _skill_words(agent: Agent, contact: Contact) -> str:
    attainable = {each.skill: each.level for each in _attainable(agent, contact)}
    lowered = [
        f"{each.skill} {attainable[each.skill]} instead of {each.level}"
        if each.skill in attainable
        else f"no {each.skill} instead of {each.level}"
        for each in contact.skills
        if attainable.get(each.skill, 0) < each.level
    ]
    return f"it asked for {' and '.join(lowered)}"


def _mend(changes: tuple[Change, ...], details: tuple[str, ...], agents: list[str]) -> Mend:
    subject = _subject(agents)
    of_agents = {
        Change.TIME: f"{subject} had not passed it on",
        Change.ROOM: f"{subject} had room again",
        Change.DUTY: f"{subject} came on duty",
    }
    parts = [detail or of_agents[change] for change, detail in zip(changes, details, strict=True)]
    words = f"if {' and '.join(parts)}" + (f", {subject} could take it" if all(details) else "")
    return Mend(changes, tuple(agents[:AGENTS_NAMED_MAX]), len(agents), words)


def _subject(agents: list[str]) -> str:
    if len(agents) == 1:
        return agents[0]
    more = ", ..." if len(agents) > AGENTS_NAMED_MAX else ""
    return f"one of {len(agents)} ({', '.join(agents[:AGENTS_NAMED_MAX])}{more})"
