"""What `switchroom simulate` does: reads what it is given, runs the plans side by side, and tells what came out."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from services.cli.simulate.centre import Shift, SimulationBroken
from services.cli.simulate.comparison import SEEDS_MAX, Comparison, compare
from services.cli.simulate.figures import figures_of
from services.cli.simulate.forecast import ForecastFile, read_forecast, read_staffing, scenario_of, shifts_of
from services.cli.simulate.recording import Recording, is_recording, read_recording
from services.cli.simulate.replay import reclassed, replay, shifts_under
from services.cli.simulate.scenario import CannotSimulate, Trial, as_it_is
from services.cli.simulate.unknown import unknown
from services.plan.compiled import Plan
from services.plan.load import CompiledPlan, PlanRefused, load_plan
from services.plan.read import read_plan
from services.router.core.invariants import InvariantBroken

Progress = Callable[[str], None]
FILE_BYTES_MAX = 4 * 1024 * 1024
UNUSED_KEY = b"not used without a recording"
NEW, TODAY, OTHER_STAFF = "new plan", "today's plan", "other staffing"


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked. `today`: the plan to compare with, for a forecast; a recording has it in itself."""

    plan: Path
    source: Path
    today: Path | None
    staffing: Path | None
    seeds: int


def answer(question: Question, progress: Progress) -> Comparison:
    """Raises CannotSimulate."""
    if not 1 <= question.seeds <= SEEDS_MAX:
        raise CannotSimulate(f"--seeds goes from 1 to {SEEDS_MAX}, and is {question.seeds}.")
    if not question.source.exists():
        raise CannotSimulate(f"There is no {question.source}: name a data folder, a router-log.sqlite or a forecast.")
    try:
        if is_recording(question.source):
            return _by_recording(question, progress)
        return _by_forecast(question, progress)
    except (InvariantBroken, SimulationBroken) as error:
        raise CannotSimulate(f"The simulation stopped at something that must not be: {error}. Report it.") from error


def _by_recording(question: Question, progress: Progress) -> Comparison:
    progress(f"Reading {question.source} ...")
    raw = _bytes(question.plan)
    recording = read_recording(question.source, _tenant(raw, question.plan))
    new = _compiled(raw, question.plan, recording.from_ms, recording.customers_key or UNUSED_KEY)
    scenario = replay(recording)
    known = recording.customers_key is not None
    trials = (
        Trial(TODAY, recording.plan, scenario.shifts),
        Trial(NEW, new.plan, _hours(question, recording, new.plan), reclassed(new.private) if known else as_it_is),
    )
    names, rows = compare(scenario, trials, question.seeds, progress)
    recorded = figures_of(recording.journeys, recording.plan)
    return Comparison(scenario.source, question.seeds, names, rows, recorded, unknown(recording, new.plan))


def _by_forecast(question: Question, progress: Progress) -> Comparison:
    forecast = read_forecast(_bytes(question.source))
    new = _plan_for(forecast, question.plan)
    scenario = scenario_of(forecast, new)
    trials = [Trial(NEW, new, scenario.shifts)]
    if question.staffing is not None:
        trials.append(Trial(OTHER_STAFF, new, _staffed(question.staffing, forecast.starts, forecast.days, new)))
    if question.today is not None:
        today = _plan_for(forecast, question.today)
        trials.insert(0, Trial(TODAY, today, shifts_of(forecast, forecast.starts, forecast.days, today)))
    names, rows = compare(scenario, trials, question.seeds, progress)
    return Comparison(scenario.source, question.seeds, names, rows, None, ())


def _hours(question: Question, recording: Recording, plan: Plan) -> tuple[Shift, ...]:
    """Who is there when under the new plan: as recorded, or as another staffing says for the recorded days."""
    if question.staffing is None:
        return shifts_under(recording, plan)
    zone = ZoneInfo(plan.time_zone)
    first, last = (datetime.fromtimestamp(ms / 1000, zone) for ms in (recording.from_ms, recording.until_ms))
    days = (last.date() - first.date()).days + 1
    return _staffed(question.staffing, first.replace(tzinfo=None), days, plan)


def _staffed(file: Path, starts: datetime, days: int, plan: Plan) -> tuple[Shift, ...]:
    return shifts_of(read_staffing(_bytes(file)), starts, days, plan)


def _plan_for(forecast: ForecastFile, file: Path) -> Plan:
    """Compiled for the days of the forecast: opening hours reach 400 days from its start on."""
    day_before = forecast.starts.replace(tzinfo=forecast.starts.tzinfo or UTC) - timedelta(days=1)
    return _compiled(_bytes(file), file, round(day_before.timestamp() * 1000), UNUSED_KEY).plan


def _compiled(raw: bytes, file: Path, now_ms: int, key: bytes) -> CompiledPlan:
    try:
        return load_plan(raw, now_ms, key)
    except PlanRefused as refused:
        raise _refused(file, refused) from refused


def _tenant(raw: bytes, file: Path) -> str:
    try:
        return read_plan(raw).content.tenant
    except PlanRefused as refused:
        raise _refused(file, refused) from refused


def _refused(file: Path, refused: PlanRefused) -> CannotSimulate:
    return CannotSimulate(f"{file} is no plan that could be put in force: {refused}. See `switchroom plan check`.")


def _bytes(file: Path) -> bytes:
    """Raises CannotSimulate for what is no file or is too large."""
    try:
        with file.open("rb") as opened:
            raw = opened.read(FILE_BYTES_MAX + 1)
    except OSError as error:
        raise CannotSimulate(f"{file} can't be read: {error.strerror}.") from error
    if len(raw) > FILE_BYTES_MAX:
        raise CannotSimulate(f"{file} has more than {FILE_BYTES_MAX} bytes, which are the most that are read.")
    return raw
