"""A route of the plan file to what the router goes by."""

from collections.abc import Mapping

from services.plan.compiled import Diversion, Prompt, Route, Share, SkillLevel, Step
from services.plan.route_model import RoutePart, StepPart, diversions

SECOND_MS = 1000


def compile_route(part: RoutePart) -> Route:
    """The route with its steps and its spread."""
    return Route(
        queue=part.queue,
        skills=levels(part.skills),
        priority=part.priority,
        steps=tuple(map(_step, part.steps)),
        spread=tuple(Share(each.queue, each.share) for each in part.spread),
        spread_by=part.spread_by,
        agent=part.agent,
        patience_ms=part.patience_s * SECOND_MS if part.agent else 0,
    )


def levels(skills: Mapping[str, int]) -> tuple[SkillLevel, ...]:
    """Skills with their levels, sorted by name."""
    return tuple(SkillLevel(skill, level) for skill, level in sorted(skills.items()))


def _step(part: StepPart) -> Step:
    diverted = diversions(part)
    return Step(
        after_ms=part.after_s * SECOND_MS,
        depth_over=part.depth_over,
        expected_wait_over_ms=part.expected_wait_over_s * SECOND_MS,
        service_level_under=part.service_level_under,
        nobody_on_duty=part.nobody_on_duty,
        skills=levels(part.skills),
        drop_skills=part.drop_skills,
        add_groups=part.add_groups,
        raise_priority=part.raise_priority,
        tell=part.tell,
        every_ms=part.every_s * SECOND_MS,
        offer_callback=part.offer_callback,
        queue=part.queue,
        divert=Diversion(diverted[0]) if diverted else None,
        divert_to=part.third_party or next(iter(part.message.values()), ""),
        messages=tuple(Prompt(language, text) for language, text in part.message.items() if language),
    )
