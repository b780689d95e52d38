"""Steps that can never fire, and steps that change nothing when they do."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from services.plan.defects import Finding, Path
from services.plan.fields import shown
from services.plan.mentions import routes
from services.plan.model import PlanModel
from services.plan.roster import Roster
from services.plan.route_model import RoutePart, StepPart, diversions
from services.plan.stages import Stage, after, in_time, is_sure


@dataclass(frozen=True)
class _Ahead:
    """A step, and what a contact asks for when its time comes: by the steps that are sure to be taken before."""

    path: Path
    step: StepPart
    route: RoutePart
    stage: Stage


def idle_step_findings(content: PlanModel) -> Iterator[Finding]:
    """Of each route, the steps that could be left out."""
    roster = Roster(content)
    for path, route in routes(content):
        yield from _never(path, route)
        for ahead in _walk(path, route):
            yield from _skills(ahead)
            yield from _groups(ahead, roster)
            yield from _place(ahead)


def _never(path: Path, route: RoutePart) -> Iterator[Finding]:
    ended: tuple[int, str] | None = None
    for place, step in in_time(route):
        if ended is not None:
            what = f"this can never fire: step {ended[0] + 1} has ended the wait before, with {ended[1]}"
            what_to_do = "let it come earlier, or give that step another condition"
            yield Finding((*path, "steps", place), what, what_to_do)
        elif diversions(step) and is_sure(step):
            ended = place, diversions(step)[0]


def _walk(path: Path, route: RoutePart) -> Iterator[_Ahead]:
    stage = Stage(route.queue, route.skills)
    for place, step in in_time(route):
        yield _Ahead((*path, "steps", place), step, route, stage)
        if is_sure(step):
            stage = after(stage, step)


def _skills(ahead: _Ahead) -> Iterator[Finding]:
    asked = ahead.stage.skills
    for skill, level in ahead.step.skills.items():
        path: Path = (*ahead.path, "skills", skill)
        if skill not in asked:
            yield Finding(path, f"{shown(skill)} is not asked for here", "take it out, or let the route ask for it")
        elif level >= asked[skill]:
            what = f"{level} is not lower than the {asked[skill]} that is asked for in {shown(skill)}"
            yield Finding(path, what, "write a lower level")
    for place, skill in enumerate(ahead.step.drop_skills):
        if skill not in asked:
            what = f"{shown(skill)} is not asked for here"
            yield Finding((*ahead.path, "drop_skills", place), what, "take it out, or let the route ask for it")


def _groups(ahead: _Ahead, roster: Roster) -> Iterator[Finding]:
    skills = _least(ahead.route)
    for place, group in enumerate(ahead.step.add_groups):
        if not any(_joins(queue, group, skills, roster) for queue in _queues(ahead.route)):
            what = f"group {shown(group)} adds nobody: who of it could take this serves the queue already"
            path: Path = (*ahead.path, "add_groups", place)
            yield Finding(path, what, "add a group with other agents who have the skills")


def _joins(queue: str, group: str, skills: Mapping[str, int], roster: Roster) -> bool:
    """Does the group bring somebody to the queue who could not take it without the group?"""
    already = {agent.id for agent in roster.able(Stage(queue, skills))}
    return any(agent.id not in already for agent in roster.able(Stage(queue, skills, (group,))))


def _least(route: RoutePart) -> dict[str, int]:
    """The lowest levels that the route ever comes down to."""
    dropped = {skill for step in route.steps for skill in step.drop_skills}
    return {
        skill: min([level, *(step.skills[skill] for step in route.steps if skill in step.skills)])
        for skill, level in route.skills.items()
        if skill not in dropped
    }


def _queues(route: RoutePart) -> set[str]:
    """Where its contacts may wait."""
    return {route.queue, *(each.queue for each in route.spread), *(step.queue for step in route.steps)} - {""}


def _place(ahead: _Ahead) -> Iterator[Finding]:
    route, step = ahead.route, ahead.step
    if step.queue and step.queue == ahead.stage.queue and len(_queues(route)) == 1:
        yield Finding((*ahead.path, "queue"), "it waits in that queue already", "choose another queue, or take it out")
