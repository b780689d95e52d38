"""Every figure of docs/metrics.md equals an independent count over the log of a simulated day; sums of cuts add up."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from functools import cache
from itertools import combinations
from random import Random
from typing import Any

import pytest

from services.plan.compiled import Channel, Diversion
from services.reporting.interval_rows import SUMS, TIMES
from services.reporting.metrics import BY_AGENT, BY_PLACE, HISTOGRAMS
from services.reporting.projections.counters import BUCKETS_S
from services.reporting.projections.waits import WaitEnd
from services.reporting.queries import By
from services.router.core import events as said
from services.router.core.events import ContactOutcome
from tests.simulation.day_count import SPOKEN, DayCount, Key, Story, Told
from tests.simulation.day_figures import Fed, fed, fed_with_restarts, sums_of
from tests.simulation.day_log import records
from tests.simulation.reporting_day import CHANNELS, TENANT, Day, Step

SHORT, WHOLE = (6, 500, 9), (2, 6_000, 36)
# With so few agents somebody waits at any moment.
BUSY = (3, 600, 4)
SIZES = [SHORT, pytest.param(WHOLE, marks=[pytest.mark.proof, pytest.mark.timeout(900)])]
CUTS = [cut for size in range(5) for cut in combinations(By, size)]


@dataclass(frozen=True)
class Played:
    """A day, its log, and what was counted in it."""

    steps: list[Step]
    log: list[bytes]
    count: DayCount


@cache
def played(seed: int, contacts: int, agents: int, part: float = 1.0) -> Played:
    """The day, or its first part."""
    steps = Day(seed, contacts, agents).play()
    steps = steps[: int(len(steps) * part)]
    count = DayCount([(step.at_ms, event) for step in steps for event in step.events])
    return Played(steps, records(steps, Random(seed)), count)


REPORTS: dict[int, Fed] = {}


async def reported(day: Played) -> Fed:
    """Reporting that has read the day: made once, for reading only."""
    if id(day) not in REPORTS:
        REPORTS[id(day)] = await fed(day.log, day.count.end_ms)
    return REPORTS[id(day)]


def by_key(found: dict[Key, Counter[str]], *names: str) -> dict[Any, Counter[str]]:
    """The count summed up by interval and these parts of the key."""
    parts = ("company", "queue", "channel", "agent")
    sums: dict[Any, Counter[str]] = defaultdict(Counter)
    for key, counts in found.items():
        place = dict(zip(parts, key[1:], strict=True))
        sums[key[0], *(place[name] for name in names)].update({name: counts[name] for name in SUMS if counts[name]})
    return dict(sums)


def of_rows(rows: list[dict[str, Any]], *names: str) -> dict[Any, Counter[str]]:
    found = {
        (row["from_ms"], *(row[name] for name in names)): Counter({name: row[name] for name in SUMS if row[name]})
        for row in rows
    }
    return {key: counts for key, counts in found.items() if counts}


def test_a_day_has_everything_in_it() -> None:
    count = played(*SHORT).count
    names = Counter(type(each.event).__name__ for each in count.log)
    assert {story.accepted.channel for story in count.stories.values()} == set(CHANNELS)
    assert {each.end for waits in count.waits.values() for each in waits} == set(WaitEnd)
    outcomes = {each.event.outcome for each in count.log if isinstance(each.event, said.ContactEnded)}
    # Who keeps a place, and who is asked, has tests of their own: test_kept_place.py, test_decide_consultation.py.
    assert outcomes == set(ContactOutcome) - {ContactOutcome.CALLBACK, ContactOutcome.CONSULTED}
    assert {each.event.to for each in count.log if isinstance(each.event, said.ContactDiverted)} == set(Diversion)
    figures = {name for counts in count.figures.values() for name in counts if counts[name]}
    assert figures >= {*SUMS} - {"offer_lapsed", "ended_callback"}
    assert (names["OwnerChanged"], names["PlanActivated"]) == (2, 3)


@pytest.mark.parametrize("size", SIZES)
async def test_every_figure_of_every_interval_equals_the_count(size: tuple[int, int, int]) -> None:
    day = played(*size)
    rows = await (await reported(day)).rows(*By)
    names = tuple(each.value for each in By)
    assert of_rows(rows, *names) == {key: counts for key, counts in by_key(day.count.figures, *names).items() if counts}


@pytest.mark.parametrize("cut", CUTS, ids=lambda cut: "+".join(cut) or "whole")
async def test_sums_over_any_cut_add_up(cut: tuple[By, ...]) -> None:
    day = played(*SHORT)
    report = await reported(day)
    rows = await report.rows(*cut)
    names = tuple(each.value for each in cut)
    assert of_rows(rows, *names) == {key: counts for key, counts in by_key(day.count.figures, *names).items() if counts}
    assert sums_of(rows) == sums_of(await report.rows())


@pytest.mark.parametrize("size", SIZES)
async def test_service_level_asa_and_aht_are_what_the_waits_and_segments_say(size: tuple[int, int, int]) -> None:
    day = played(*size)
    for row in await (await reported(day)).rows(By.QUEUE, By.CHANNEL):
        of_row = [
            each
            for name, waits in day.count.waits.items()
            for each in waits
            if (each.queue, day.count.stories[name].accepted.channel) == (row["queue"], row["channel"])
            and row["from_ms"] <= each.until_ms < row["until_ms"]
        ]
        answered = [each for each in of_row if each.end == "answered"]
        gave_up = [each for each in of_row if each.end == "abandoned" and each.wait_ms >= 5_000]
        level = sum(each.within for each in answered) / len(answered + gave_up) if answered + gave_up else None
        assert row["service_level"] == (None if level is None else pytest.approx(level, abs=0.0001))
        asa = sum(each.wait_ms for each in answered) / len(answered) if answered else None
        assert row["asa_ms"] == (None if asa is None else pytest.approx(asa, abs=0.51))
        handled = list(_handled_ms(day.count, row))
        aht = sum(handled) / len(handled) if handled else None
        assert row["aht_ms"] == (None if aht is None else pytest.approx(aht, abs=0.51))


def _handled_ms(count: DayCount, row: dict[str, Any]) -> Iterator[int]:
    for name, segments in count.segments.items():
        channel = count.stories[name].accepted.channel
        for each in segments:
            met_ms = each.connected_ms if channel in SPOKEN else each.accepted_ms
            here = (each.queue, channel) == (row["queue"], row["channel"])
            if met_ms and here and row["from_ms"] <= each.ended_ms < row["until_ms"]:
                yield each.ended_ms - met_ms


@pytest.mark.parametrize("size", SIZES)
async def test_the_time_of_agents_in_each_state_equals_the_count(size: tuple[int, int, int]) -> None:
    day = played(*size)
    report = await reported(day)
    counted = {key: +times for key, times in day.count.times.items() if +times}
    assert await report.times() == counted
    for row in await report.rows(By.AGENT):
        spent = counted.get((row["from_ms"], row["agent"]), Counter())
        length_ms = min(row["until_ms"], day.count.end_ms) - row["from_ms"]
        in_states = sum(row[name] for name in TIMES if name.startswith("in_"))
        assert in_states == (length_ms if row["agent"] else 0)
        assert sum(row["away_by_reason"].values()) == row["in_away_ms"]
        idle = spent["available"] + spent["offered"]
        working = spent["busy"] + spent["wrap_up"]
        occupancy = working / (working + idle) if working + idle else None
        assert row["occupancy"] == (None if occupancy is None else pytest.approx(occupancy, abs=0.0001))


@pytest.mark.parametrize("size", SIZES)
async def test_every_wait_that_began_has_ended_in_one_way_or_runs(size: tuple[int, int, int]) -> None:
    day = played(*size)
    report = await reported(day)
    total = sums_of(await report.rows())
    running = sum(bool(row["clock_since_ms"]) and row["stage"] != "ended" for row in (await report.contacts()).values())
    assert total["entered"] == sum(total[end] for end in WaitEnd) + running


@pytest.mark.parametrize("size", SIZES)
async def test_every_row_of_the_contact_table_equals_the_count(size: tuple[int, int, int]) -> None:
    day = played(*size)
    rows = await (await reported(day)).contacts()
    assert rows.keys() == day.count.stories.keys()
    for name, story in day.count.stories.items():
        assert _told_by(rows[name]) == _counted_of(day.count, story)


def _told_by(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "company": row["company"],
        "opened": row["opened_at_ms"],
        "waits": [tuple(each.values()) for each in row["waits"]],
        "segments": [tuple(each.values()) for each in row["segments"]],
        "waited": row["waited_ms"],
        "wait": (row["wait_ms"], row["wait_end"], row["within_service_level"]),
        "answered": row["answered_at_ms"],
        "queued": row["first_queued_at_ms"],
        "accepted": row["accepted_at_ms"],
        "replied": row["replied_at_ms"],
        "ended": (row["ended_at_ms"], row["outcome"], row["disposition"], row["joined_contact_id"]),
        "last": (row["queue"], row["agent"], sorted(row["agents"])),
        "sums": {name: number for name, number in row["sums"].items() if number},
    }


def _counted_of(count: DayCount, story: Story) -> dict[str, Any]:
    name = story.accepted.contact_id
    waits, segments = count.waits[name], count.segments[name]
    ends = [each for each in story.told if isinstance(each.event, said.ContactEnded)]
    until = story.told.index(ends[0]) + 1 if ends else len(story.told)
    life = story.told[:until]
    end = ends[0].event if ends and isinstance(ends[0].event, said.ContactEnded) else None
    answered = [each for each in waits if each.end == "answered"]
    replies = [each.at_ms for each in life if isinstance(each.event, said.ReplySettled) and each.event.delivered]
    return {
        "company": story.accepted.company,
        "opened": story.told[0].at_ms,
        "waits": [(each.queue, each.from_ms, each.until_ms, each.wait_ms, each.end, each.within) for each in waits],
        "segments": [astuple(each) for each in segments],
        "waited": sum(each.wait_ms for each in answered),
        "wait": _first_wait(waits),
        "answered": min((each.until_ms for each in answered), default=0),
        "queued": min((each.at_ms for each in life if isinstance(each.event, said.ContactQueued)), default=0),
        "accepted": min((each.at_ms for each in life if isinstance(each.event, said.OfferAccepted)), default=0),
        "replied": min(replies, default=0),
        "ended": (ends[0].at_ms, end.outcome, end.disposition, end.joined_contact_id) if end else (0, None, "", ""),
        "last": (story.queue_before(until), _last_agent(story, until), _who_accepted(life)),
        "sums": _sums_of(count, story, until),
    }


def _who_accepted(life: list[Told]) -> list[str]:
    return sorted({each.event.agent for each in life if isinstance(each.event, said.OfferAccepted)})


def _first_wait(waits: list[Any]) -> tuple[Any, ...]:
    if not waits:
        return None, None, None
    first = waits[0]
    counts = first.end == "answered" or (first.end == "abandoned" and first.wait_ms >= 5_000)
    return first.wait_ms, first.end, first.within if counts else None


def _last_agent(story: Story, until: int) -> str:
    """Whoever ended it or had it then; or has it, or has the offer."""
    last = story.told[until - 1].event
    offers = (said.ContactOffered, said.OfferReturned, said.OfferAccepted)
    about = [each.event for each in story.told[:until] if isinstance(each.event, offers)]
    on_offer = about and isinstance(about[-1], said.ContactOffered) and not isinstance(last, said.ContactEnded)
    return about[-1].agent if on_offer else story.holder_before(until)


def _sums_of(count: DayCount, story: Story, until: int) -> dict[str, int]:
    names = {said.ContactOffered: "offered", said.CustomerWrote: "message"}
    names |= {said.ContactTransferred: "transferred", said.ContactReturned: "taken_back"}
    sums = Counter(names[type(each.event)] for each in story.told[:until] if type(each.event) in names)
    for each in story.told[:until]:
        if isinstance(each.event, said.ReplySettled):
            sums["reply_delivered" if each.event.delivered else "reply_failed"] += 1
    for served in count.segments[story.accepted.contact_id]:
        met_ms = served.connected_ms if story.accepted.channel in SPOKEN else served.accepted_ms
        if met_ms:
            sums["connecting_ms"] += met_ms - served.accepted_ms
            sums["active_ms"] += (served.wrap_up_ms or served.ended_ms) - met_ms
            sums["wrap_up_ms"] += served.ended_ms - (served.wrap_up_ms or served.ended_ms)
    return dict(+sums)


@pytest.mark.parametrize("size", SIZES)
async def test_every_counter_and_histogram_equals_the_count(size: tuple[int, int, int]) -> None:
    day = played(*size)
    samples = _samples(await reported(day))
    places: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    agents: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    for (_, company, queue, channel, agent), counts in day.count.figures.items():
        places[company, queue, channel].update(counts)
        agents[agent,].update(counts)
    agents.pop(("",))
    for families, groups, labels in (
        (BY_PLACE, places, ("company", "queue", "channel")),
        (BY_AGENT, agents, ("agent",)),
    ):
        for family in families:
            counted = {
                (*key, *([value] if family.label else [])): counts[name]
                for key, counts in groups.items()
                for name, value in family.counts
                if counts[name]
            }
            further = (*labels, *([family.label] if family.label else []))
            assert _told(samples[f"switchroom_{family.name}_total"], further) == counted, family.name


@pytest.mark.parametrize("size", SIZES)
async def test_every_duration_falls_into_its_bucket(size: tuple[int, int, int]) -> None:
    day = played(*size)
    samples = _samples(await reported(day))
    for name, measure, _ in HISTOGRAMS:
        spans = _spans(day.count, measure)
        assert spans, measure
        buckets = _told(samples[f"switchroom_{name}_bucket"], ("company", "queue", "channel", "le"))
        counted = {
            (*place, f"{float(bound)}" if bound != float("inf") else "+Inf"): sum(
                span <= bound * 1_000 for span in of_place
            )
            for place, of_place in spans.items()
            for bound in (*BUCKETS_S, float("inf"))
        }
        assert {key: number for key, number in buckets.items() if number} == {
            key: number for key, number in counted.items() if number
        }


def _spans(count: DayCount, measure: str) -> dict[tuple[str, ...], list[int]]:
    found: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for name, story in count.stories.items():
        accepted = story.accepted
        for wait in count.waits[name]:
            if wait.end == measure:
                found[accepted.company, wait.queue, accepted.channel].append(wait.wait_ms)
        for served in count.segments[name]:
            met_ms = served.connected_ms if accepted.channel in SPOKEN else served.accepted_ms
            place = (accepted.company, served.queue, accepted.channel)
            if met_ms and measure == "handled":
                found[place].append(served.ended_ms - met_ms)
            if met_ms and measure == "connecting" and accepted.channel in SPOKEN:
                found[place].append(met_ms - served.accepted_ms)
    return found


@pytest.mark.parametrize("part", [0.1, 0.25, 0.45, 0.6, 0.75])
async def test_how_things_stand_equals_the_count_at_any_moment(part: float) -> None:
    day = played(*BUSY, part)
    samples = _samples(await reported(day))
    counted: dict[str, Counter[tuple[str, ...]]] = defaultdict(Counter)
    for story in day.count.stories.values():
        for name, value in _standing(story, day.count):
            place = (story.accepted.company, story.queue_before(len(story.told)))
            if name == "oldest_wait_seconds":
                counted[name][place] = max(counted[name][place], value)
            else:
                counted[name][place] += value
    assert sum(counted["waiting"].values()) + sum(counted["with_agents"].values()) > 0
    for name in ("waiting", "oldest_wait_seconds", "on_offer", "with_agents", "connecting", "in_wrap_up"):
        told = _told(samples[f"switchroom_{name}"], ("company", "queue"))
        scale = 1_000 if name == "oldest_wait_seconds" else 1
        assert {key: round(number * scale) for key, number in told.items() if number} == {
            key: number for key, number in counted[name].items() if number
        }, name


def _standing(story: Story, count: DayCount) -> Iterator[tuple[str, int]]:
    """What a contact that is open counts for now."""
    kinds = (said.ContactQueued, said.ContactOffered, said.OfferAccepted, said.OfferReturned, said.WrapUpStarted)
    about = [each for each in story.told if isinstance(each.event, (*kinds, said.ContactReturned, said.ContactEnded))]
    last = about[-1].event if about else None
    if isinstance(last, said.ContactQueued | said.OfferReturned | said.ContactReturned | said.ContactOffered):
        yield "waiting", 1
        yield "oldest_wait_seconds", count.end_ms - _in_line_since(story)
        yield "on_offer", int(isinstance(last, said.ContactOffered))
    if isinstance(last, said.OfferAccepted):
        behind = story.told[story.told.index(about[-1]) :]
        yield "with_agents", 1
        is_spoken = any(isinstance(each.event, said.CallConnected) for each in behind)
        yield "connecting", int(story.accepted.channel in SPOKEN and not is_spoken)
    if isinstance(last, said.WrapUpStarted):
        yield "in_wrap_up", 1


def _in_line_since(story: Story) -> int:
    """Since it was queued, transferred or taken back; one that was taken back unanswered keeps its place."""
    places = [
        at
        for at, each in enumerate(story.told)
        if isinstance(each.event, said.ContactReturned | said.ContactTransferred)
    ]
    first = story.first_behind(-1, said.ContactQueued)
    starts = [first if first is not None else 0, *places]
    begin = starts[-1]
    while isinstance(story.told[begin].event, said.ContactReturned) and not _answered_between(story, starts, begin):
        begin = starts[starts.index(begin) - 1]
    return story.told[begin].at_ms


def _answered_between(story: Story, starts: list[int], begin: int) -> bool:
    before = starts[starts.index(begin) - 1]
    stops: dict[Channel, type] = dict.fromkeys(SPOKEN, said.CallConnected)
    stops |= dict.fromkeys((Channel.WEB_CHAT, Channel.SMS), said.OfferAccepted)
    inside = [each.event for each in story.told[before:begin]]
    if story.accepted.channel in stops:
        return any(isinstance(event, stops[story.accepted.channel]) for event in inside)
    return any(isinstance(event, said.ReplySettled) and event.delivered for event in inside)


@pytest.mark.parametrize("seed", range(2))
async def test_figures_are_the_same_however_the_log_was_batched_and_however_often_it_was_begun_anew(seed: int) -> None:
    steps = played(*SHORT).steps
    at_ms = steps[-1].at_ms
    once = await fed(records(steps, Random(100)), at_ms)
    again = await fed_with_restarts(records(steps, Random(200 + seed)), at_ms, Random(seed))
    assert await again.everything() == await once.everything()


def _samples(report: Fed) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = defaultdict(list)
    for sample in (sample for family in report.metrics().collect() for sample in family.samples):
        found[sample.name].append(sample)
    return found


def _told(samples: list[Any], labels: tuple[str, ...]) -> dict[tuple[str, ...], int]:
    assert all(sample.labels["tenant"] == TENANT for sample in samples)
    return {tuple(sample.labels[label] for label in labels): sample.value for sample in samples}
