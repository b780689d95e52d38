"""A forecast file: what is expected to come, how long it takes, and who is there; read, checked, made a scenario."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import chain
from typing import Annotated, Literal, TypeVar
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.cli.simulate.centre import Shift
from services.cli.simulate.scenario import CannotSimulate, Scenario
from services.cli.simulate.spans import AT_ONCE, NEVER, Exponential, Fixed, Lognormal, Span
from services.cli.simulate.visits import Entry, Manner, Rate, Stream, Visit
from services.plan.compiled import Attribute, Channel, Direction, Plan
from services.plan.defects import PlanRefused
from services.plan.yaml_tree import read_tree

CONTACTS_MAX = 1_000_000
T = TypeVar("T", bound="Part")
Text = Annotated[str, Field(max_length=256)]
Clock = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)$")]


class Part(BaseModel):
    """What all parts of the file have in common: nothing in them is passed over."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SpanPart(Part):
    """A mean in seconds and what the times are like around it."""

    mean: float = Field(gt=0, le=1_000_000)
    shape: Literal["exponential", "lognormal", "fixed"] = "exponential"
    variation: float = Field(default=1.0, gt=0, le=10)

    def span(self) -> Span:
        match self.shape:
            case "fixed":
                return Fixed(round(self.mean * 1000))
            case "lognormal":
                return Lognormal(self.mean * 1000, self.variation)
            case _:
                return Exponential(self.mean * 1000)


class EntryPart(Part):
    """Contacts of one kind: `contacts` are the expected ones per interval, from the start of each day on."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
    company: Text
    channel: Channel
    direction: Direction = Direction.INBOUND
    dialed: Text = ""
    caller_classes: tuple[Text, ...] = ()
    ivr_path: tuple[Text, ...] = ()
    language: Text = ""
    attributes: dict[Text, Text] = Field(default_factory=dict)
    contacts: Annotated[tuple[Annotated[float, Field(ge=0, le=100_000)], ...], Field(min_length=1, max_length=1440)]
    handling_s: SpanPart
    wrap_up_s: SpanPart | None = None
    patience_s: SpanPart | None = None
    response_s: SpanPart | None = None
    decline_percent: Annotated[int, Field(ge=0, le=90)] = 0

    def stream(self, days: Iterable[int], interval_ms: int) -> Stream:
        attributes = tuple(Attribute(name, value) for name, value in sorted(self.attributes.items()))
        entry = Entry(
            self.company,
            self.channel,
            self.direction,
            self.dialed,
            tuple(sorted(self.caller_classes)),
            "",
            self.ivr_path,
            self.language,
            attributes,
        )
        rates = tuple(
            Rate(day_ms + number * interval_ms, day_ms + (number + 1) * interval_ms, contacts)
            for day_ms in days
            for number, contacts in enumerate(self.contacts)
        )
        return Stream(self.id, entry, self._manner(), rates)

    def _manner(self) -> Manner:
        return Manner(
            handling=self.handling_s.span(),
            patience=self.patience_s.span() if self.patience_s else NEVER,
            wrap_up=self.wrap_up_s.span() if self.wrap_up_s else AT_ONCE,
            response=self.response_s.span() if self.response_s else AT_ONCE,
            decline_share=self.decline_percent / 100,
        )


class StaffPart(Part):
    """Who is on duty when, each day; `agents: all` stands for the plan's whole roster."""

    agents: tuple[Text, ...] | Literal["all"] = "all"
    on_duty: Annotated[tuple[Clock, ...], Field(min_length=1, max_length=24)]


class StaffingFile(Part):
    """The staffing alone, for `--staffing`."""

    staffing: Annotated[tuple[StaffPart, ...], Field(min_length=1, max_length=10_000)]


class ForecastFile(StaffingFile):
    """The whole file."""

    format: Annotated[int, Field(ge=1, le=1)]
    starts: datetime
    interval_min: Annotated[int, Field(ge=1, le=1440)] = 30
    days: Annotated[int, Field(ge=1, le=366)] = 1
    entries: Annotated[tuple[EntryPart, ...], Field(min_length=1, max_length=1000)]


def read_forecast(raw: bytes) -> ForecastFile:
    """Raises CannotSimulate with all that is wrong."""
    forecast = _read(raw, ForecastFile, "forecast")
    expected = sum(sum(entry.contacts) for entry in forecast.entries) * forecast.days
    if expected > CONTACTS_MAX:
        raise CannotSimulate(f"The forecast expects {expected:.0f} contacts; {CONTACTS_MAX} is the most. Shorten it.")
    return forecast


def read_staffing(raw: bytes) -> StaffingFile:
    """Raises CannotSimulate with all that is wrong."""
    return _read(raw, StaffingFile, "staffing")


def scenario_of(forecast: ForecastFile, plan: Plan) -> Scenario:
    """What the forecast means under that plan's time zone and roster."""
    days = days_of(forecast.starts, forecast.days, plan)
    streams = [entry.stream(days, forecast.interval_min * 60_000) for entry in forecast.entries]
    shifts = shifts_of(forecast, forecast.starts, forecast.days, plan)

    def visits(seed: int) -> list[Visit]:
        return sorted(
            chain.from_iterable(stream.visits(seed) for stream in streams), key=lambda each: (each.at_ms, each.id)
        )

    return Scenario("forecast", min(days[0], *(shift.from_ms for shift in shifts)), visits, shifts)


def days_of(starts: datetime, days: int, plan: Plan) -> list[int]:
    """When the first interval of each day begins: at the same time by the plan's clock on the wall."""
    return [_ms(starts + timedelta(days=number), plan) for number in range(days)]


def shifts_of(file: StaffingFile, starts: datetime, days: int, plan: Plan) -> tuple[Shift, ...]:
    """Each agent's spans on each day, overlapping ones as one. Raises CannotSimulate for agents the plan lacks."""
    roster = {agent.id: None for agent in plan.agents}
    spans: dict[str, list[tuple[int, int]]] = {}
    midnight = starts.replace(hour=0, minute=0, second=0, microsecond=0)
    for part in file.staffing:
        for agent in roster if part.agents == "all" else part.agents:
            for day in range(days):
                spans.setdefault(agent, []).extend(
                    _span(each, midnight + timedelta(days=day), plan) for each in part.on_duty
                )
    strangers = sorted(set(spans) - set(roster))
    if len(strangers) == len(spans):
        raise CannotSimulate(f"None of the agents on duty is in the plan's roster ({', '.join(strangers[:5])}).")
    return tuple(Shift(begin, end, agent) for agent, each in spans.items() for begin, end in merged(each))


def merged(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Sorted spans that neither overlap nor touch."""
    result: list[tuple[int, int]] = []
    for begin, end in sorted(spans):
        if result and begin <= result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((begin, end))
    return result


def _span(clock: str, midnight: datetime, plan: Plan) -> tuple[int, int]:
    begin, end = (_minutes(part) for part in clock.split("-"))
    if end <= begin:
        end += 1440
    return _ms(midnight + timedelta(minutes=begin), plan), _ms(midnight + timedelta(minutes=end), plan)


def _minutes(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)


def _ms(moment: datetime, plan: Plan) -> int:
    zoned = moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(plan.time_zone))
    return round(zoned.timestamp() * 1000)


def _read(raw: bytes, kind: type[T], what: str) -> T:
    try:
        tree = read_tree(raw)
        findings = [f"{_where(each.path)}: {each.what}" for each in tree.findings]
        read = kind.model_validate(tree.value)
    except PlanRefused as refused:
        findings = [f"line {each.line}: {each.what}" for each in refused.defects]
    except ValidationError as error:
        findings = [f"{_where(each['loc'])}: {each['msg']}" for each in error.errors()]
    if findings:
        raise CannotSimulate(f"The {what} has defects: {'; '.join(findings[:20])}. Mend them; see docs/simulation.md.")
    return read


def _where(path: Iterable[object]) -> str:
    return ".".join(map(str, path)) or "the file"
