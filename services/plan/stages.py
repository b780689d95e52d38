"""What a contact asks for as it waits: where its route puts it first, and what each step makes of that."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from services.plan.defects import Path
from services.plan.route_model import RoutePart, StepPart, diversions


@dataclass(frozen=True)
class Stage:
    """Where a contact waits, the least levels of skills that it asks for there, and the groups that joined in."""

    queue: str
    skills: Mapping[str, int] = field(default_factory=dict)
    groups: tuple[str, ...] = ()


def first_stages(path: Path, route: RoutePart) -> list[tuple[Path, Stage]]:
    """How a contact may begin to wait, each with the place in the file that says so."""
    own = ((*path, "skills"), Stage(route.queue, route.skills))
    spread = [
        ((*path, "spread", place, "queue"), Stage(each.queue, route.skills))
        for place, each in enumerate(route.spread)
        if each.queue != route.queue
    ]
    return [own, *spread]


def in_time(route: RoutePart) -> list[tuple[int, StepPart]]:
    """The steps with their place in the list, in the order in which their time comes."""
    return sorted(enumerate(route.steps), key=lambda each: (each[1].after_s, each[0]))


def stages(first: Stage, route: RoutePart) -> Iterator[Stage]:
    """The stage, and the one after each step, if all of them are taken."""
    yield first
    for _, step in in_time(route):
        first = after(first, step)
        yield first


def after(stage: Stage, step: StepPart) -> Stage:
    """What the step makes of it."""
    lowered = {skill: step.skills.get(skill, level) for skill, level in stage.skills.items()}
    kept = {skill: level for skill, level in lowered.items() if skill not in step.drop_skills}
    return Stage(step.queue or stage.queue, kept, (*stage.groups, *step.add_groups))


def is_sure(step: StepPart) -> bool:
    """Is it taken as soon as its time has come, whatever happens?"""
    others = (step.depth_over, step.expected_wait_over_s, step.service_level_under, step.nobody_on_duty)
    return not any(others)


def diverts(route: RoutePart) -> bool:
    """Does some step end the wait without an agent?"""
    return any(diversions(step) for step in route.steps)
