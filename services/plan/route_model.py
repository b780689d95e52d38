"""A route of the plan file as people write it: where contacts go, whom they need, and what changes as they wait."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from services.plan.compiled import PRIORITY_MAX, SpreadBy
from services.plan.fields import Caller, Id, Names, Part, Skills, YesNo, refuse
from services.plan.menu_model import Texts

STEPS_MAX = 20
SPREAD_MAX = 20
# A letter may wait for weeks.
WAIT_S_MAX = 30 * 24 * 3600
DIVERSIONS = ("voicemail", "third_party", "message")
REACHED = re.compile(r"\+?[0-9]{3,15}|[^\s@]{1,64}@[^\s@]{1,255}")


class StepPart(Part):
    """What is tried when a contact has waited: conditions, which must all hold, and at least one action."""

    after_s: int = Field(default=0, ge=0, le=WAIT_S_MAX)
    """Condition: so many seconds since it was routed."""
    depth_over: int = Field(default=0, ge=1, le=100_000)
    """Condition: more contacts than this wait in its queue."""
    expected_wait_over_s: int = Field(default=0, ge=1, le=WAIT_S_MAX)
    """Condition: the expected wait of its queue is longer than this."""
    service_level_under: int = Field(default=0, ge=1, le=100)
    """Condition: the service level of its queue is under so many per cent."""
    nobody_on_duty: YesNo = False
    """Condition: nobody is on duty who could ever take it."""
    skills: Skills = Field(default={})
    """Action: new least levels of skills that it asks for."""
    drop_skills: Names = Field(default=(), max_length=50)
    """Action: skills that it asks for no more."""
    add_groups: Names = Field(default=(), max_length=50)
    """Action: agents of these groups may take it too."""
    raise_priority: int = Field(default=0, ge=1, le=200)
    """Action: so much is added to its priority."""
    tell: YesNo = False
    """Action: the customer is told their position and the expected wait."""
    every_s: int = Field(default=0, ge=10, le=24 * 3600)
    """Beside tell: they are told again every so many seconds. Left out: once."""
    offer_callback: YesNo = False
    """Action: the customer is asked whether they want to be called back at their place in the queue."""
    queue: Id = ""
    """Action: it waits in this queue of the same company from here on."""
    voicemail: YesNo = False
    """Action: it goes to voicemail, and ends."""
    third_party: Caller = ""
    """Action: it goes to this number or mail address outside, and ends."""
    message: Texts = Field(default={})
    """Action: the customer is told this, and it ends. A text, or language: text; the first is also for all others."""


def _step(step: StepPart) -> StepPart:
    ways = diversions(step)
    others = [each for each in _actions(step) if each not in ways]
    if not ways and not others:
        refuse("has no action", f"say what is tried: {', '.join(ACTIONS)}")
    if len(ways) > 1 or (ways and "queue" in others):
        refuse("leads to several places", "keep one of queue, voicemail, third_party and message")
    if ways and others:
        refuse(f"ends the wait with {ways[0]}, so {others[0]} changes nothing", f"take {others[0]} out")
    if step.every_s and not step.tell:
        refuse("has every_s, but tells nothing", "add tell: yes, or take every_s out")
    both = sorted(set(step.skills) & set(step.drop_skills))
    if both:
        refuse(f"lowers {both[0]} and drops it", "keep one of the two")
    if step.third_party and REACHED.fullmatch(step.third_party) is None:
        refuse(
            "leads to a third party that can't be reached", "write a number as dialled from abroad, or a mail address"
        )
    return step


ACTIONS = (
    *("skills", "drop_skills", "add_groups", "raise_priority", "tell", "offer_callback", "queue"),
    *DIVERSIONS,
)


def _actions(step: StepPart) -> list[str]:
    return [name for name in ACTIONS if getattr(step, name)]


def diversions(step: StepPart) -> list[str]:
    """The ways by which the step ends the wait without an agent; one at most in a file without defects."""
    return [name for name in DIVERSIONS if getattr(step, name)]


class SharePart(Part):
    """A queue of a spread."""

    queue: Id
    """A queue of the same company."""
    share: int = Field(default=1, ge=1, le=1000)
    """How many parts of all contacts it gets."""


class RoutePart(Part):
    """Where a contact goes and whom it needs there."""

    queue: Id
    """Where it waits. With spread: where it waits if none of those is open and served."""
    skills: Skills = Field(default={})
    """Skill: the least level that will do, 1 to 10."""
    priority: int = Field(default=0, ge=-PRIORITY_MAX, le=PRIORITY_MAX)
    """Higher comes first; -100 to 100."""
    steps: tuple[Annotated[StepPart, AfterValidator(_step)], ...] = Field(default=(), max_length=STEPS_MAX)
    """What is tried when it has waited."""
    spread: tuple[SharePart, ...] = Field(default=(), min_length=2, max_length=SPREAD_MAX)
    """The queue is chosen among these before it waits."""
    spread_by: SpreadBy | None = None
    """How the queue is chosen: by share (if left out), or by the shortest expected wait."""
    agent: Id = ""
    """This agent has patience_s to take it before anybody else may."""
    patience_s: int = Field(default=60, ge=1, le=WAIT_S_MAX)
    """How long the named agent has."""


def _route(route: RoutePart) -> RoutePart:
    if "patience_s" in route.model_fields_set and not route.agent:
        refuse("has patience_s, but nobody to be patient with", "add agent: …, or take patience_s out")
    if route.spread_by is not None and not route.spread:
        refuse("has spread_by, but no spread", "add spread: [{queue: …}, {queue: …}], or take spread_by out")
    shared = any("share" in each.model_fields_set for each in route.spread)
    if route.spread_by is SpreadBy.EXPECTED_WAIT and shared:
        refuse("has shares that nothing goes by", "take them out, or choose spread_by: share")
    return route


Route = Annotated[RoutePart, AfterValidator(_route)]
