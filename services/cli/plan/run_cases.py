"""Runs routing tests: each on a plan that was just put in force, in the router's own core."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from services.cli.plan.acts import Acts
from services.cli.plan.cases_model import CasePart, CasesModel
from services.cli.plan.contacts import KEY, Desk
from services.cli.plan.given import Opening
from services.cli.plan.scene import NotPossible, Scene
from services.cli.plan.verdicts import differences
from services.plan.caller import CallerFacts
from services.plan.compile import compile_plan
from services.plan.defects import Finding, Path, locate
from services.plan.model import PlanFile
from services.plan.read import read_as
from services.router.core.events import ContactOffered

DAY_MS = 24 * 3_600_000
WEEK_MS = 7 * DAY_MS


@dataclass(frozen=True, slots=True)
class Failure:
    """One thing that is not as expected, with the line of the file."""

    line: int
    where: str
    expected: str
    found: str


@dataclass(frozen=True, slots=True)
class CaseResult:
    """A test that ran; without failures it passed."""

    name: str
    line: int
    failures: tuple[Failure, ...]


def run_cases(plan_file: PlanFile, raw: bytes) -> list[CaseResult]:
    """Run the tests on a plan without defects. Raises PlanRefused if the file of tests has the wrong form."""
    content, lines = read_as(CasesModel, raw)
    zone = ZoneInfo(plan_file.content.time_zone)
    return [
        _result(plan_file, case, _ms(case.at or content.at, zone), ("tests", index), lines)
        for index, case in enumerate(content.tests)
    ]


def _result(plan_file: PlanFile, case: CasePart, at_ms: int, path: Path, lines: dict[Path, int]) -> CaseResult:
    failures = tuple(
        Failure(locate(Finding((*path, *below), "", ""), lines).line, ".".join(map(str, below)), expected, found)
        for below, expected, found in _failures(plan_file, case, at_ms)
    )
    return CaseResult(case.name, lines.get((*path, "name"), 0), failures)


def _failures(plan_file: PlanFile, case: CasePart, at_ms: int) -> Iterator[tuple[Path, str, str]]:
    begins_ms = at_ms - WEEK_MS - DAY_MS
    compiled = compile_plan(plan_file, begins_ms, KEY)
    scene = Scene(compiled.plan, begins_ms)
    desk = Desk(scene.plan, CallerFacts(scene.plan, compiled.private, KEY))
    try:
        _play(scene, desk, case, at_ms)
    except _Stopped as stopped:
        yield stopped.path, "this to be possible", str(stopped)
        return
    for contact_id, expected in case.then.items():
        for each in differences(scene, contact_id, expected):
            yield ("then", contact_id, each.key), each.expected, each.found


def _play(scene: Scene, desk: Desk, case: CasePart, at_ms: int) -> None:
    opening = Opening(scene, desk)
    for beginning in opening.beginnings(case, at_ms):
        with _at(beginning.path):
            scene.pass_until(beginning.at_ms)
            beginning.make()
    with _at(("waiting",)):
        scene.pass_until(at_ms)
    for place, part in enumerate(case.waiting):
        with _at(("waiting", place)):
            _still_waits(scene, part.contact)
    acts = Acts(scene, opening)
    for place, act in enumerate(case.when):
        with _at(("when", place)):
            acts.happen(act)


class _Stopped(Exception):
    def __init__(self, path: Path, words: str) -> None:
        self.path = path
        super().__init__(words)


@contextmanager
def _at(path: Path) -> Iterator[None]:
    """This place of the file is played."""
    try:
        yield
    except NotPossible as impossible:
        raise _Stopped(path, str(impossible)) from impossible


def _still_waits(scene: Scene, contact_id: str) -> None:
    offered = [each.event for each in scene.happened if isinstance(each.event, ContactOffered)]
    for offer in offered:
        if offer.contact_id == contact_id:
            raise NotPossible(f"{contact_id} does not wait: it was offered to {offer.agent}, who had room for it")
    if scene.state.contacts[contact_id].status != "queued":
        raise NotPossible(f"{contact_id} does not wait: it is {scene.state.contacts[contact_id].status}")


def _ms(local: datetime, zone: ZoneInfo) -> int:
    moment = local.replace(tzinfo=zone).astimezone(UTC)
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
