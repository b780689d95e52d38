"""Draws what the laws show: `python -m tests.simulation.law_pictures [chain|told]` writes into docs/pictures."""

import sys
from collections.abc import Sequence
from pathlib import Path

from services.cli.simulate.drawing import COLOURS, DARK, FAINT, Drawing
from tests.simulation.batch_means import Estimate
from tests.simulation.erlang import erlang_c
from tests.simulation.skills_chain import AGENTS, SKILLS, Crew, mean_wait
from tests.simulation.told_waits import Told, twenty_days

FOLDER = Path(__file__).parents[2] / "docs" / "pictures"
WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 760, 420, 80, 360, 60, 720
LOADS = (0.8, 0.9)
CONTACTS = 20_000


def chain_picture(waits: dict[float, list[Estimate]]) -> str:
    """Mean wait over the number of skills, with what Erlang C says of one skill and of all."""
    drawing = Drawing(WIDTH, HEIGHT, "Mean wait by the number of skills each agent has")
    drawing.text(20, 28, f"{AGENTS} agents, {len(SKILLS)} kinds of calls: mean wait, by skills per agent", size=16)
    highest = 1.1 * max(each.mean + each.half_width for line in waits.values() for each in line)
    _axis(drawing, highest)
    for skills in range(1, len(SKILLS) + 1):
        drawing.text(_x(skills), BOTTOM + 22, str(skills), anchor="middle")
    for number, (load, line) in enumerate(waits.items()):
        _waits_line(drawing, line, highest, COLOURS[number])
        for skills, agents in ((1, AGENTS // len(SKILLS)), (len(SKILLS), AGENTS)):
            formula = erlang_c(agents, agents * load, 1, 0).mean_wait
            drawing.line([(_x(skills) - 9, _y(formula, highest)), (_x(skills) + 9, _y(formula, highest))], DARK, 2)
        drawing.dot(430, 78 + number * 20, COLOURS[number], 5)
        drawing.text(444, 82 + number * 20, f"load {load:.0%}")
    drawing.line([(421, 78 + len(waits) * 20), (439, 78 + len(waits) * 20)], DARK, 2)
    drawing.text(444, 82 + len(waits) * 20, "Erlang C, separate queues and one pool")
    drawing.text((LEFT + RIGHT) / 2, HEIGHT - 14, "skills per agent (a closed chain)", anchor="middle")
    return drawing.svg()


def told_picture(told: Told) -> str:
    """For each day, the share of waits within what was said, and the bands that they should be in."""
    drawing = Drawing(WIDTH, HEIGHT, "Waits within the expected wait that was told, by day")
    drawing.text(20, 28, f"Waits within what was said, of {told.all_days.told} told an expected wait", size=16)
    for low, high in ((0.45, 0.55), (0.85, 0.95)):
        drawing.box(LEFT, _y(high, 1), RIGHT - LEFT, _y(low, 1) - _y(high, 1), "#eeeeee")
    _axis(drawing, 1.0, percent=True)
    shares = (("P50", [day.within_p50 for day in told.days]), ("P90", [day.within_p90 for day in told.days]))
    for number, (name, values) in enumerate(shares):
        step = (RIGHT - LEFT) / len(values)
        drawing.line([(LEFT + step * (at + 0.5), _y(value, 1)) for at, value in enumerate(values)], COLOURS[number])
        for at, value in enumerate(values):
            drawing.dot(LEFT + step * (at + 0.5), _y(value, 1), COLOURS[number])
        whole = told.all_days.within_p50 if name == "P50" else told.all_days.within_p90
        drawing.text(
            LEFT + 10, _y(0.335 if name == "P50" else 0.735, 1), f"within the {name}: {whole:.1%} over all days"
        )
    drawing.text(
        (LEFT + RIGHT) / 2,
        HEIGHT - 14,
        f"{len(told.days)} simulated days; grey: 45 to 55 %, 85 to 95 %",
        anchor="middle",
    )
    return drawing.svg()


def _waits_line(drawing: Drawing, line: Sequence[Estimate], highest: float, colour: str) -> None:
    points = [(_x(number), _y(each.mean, highest)) for number, each in enumerate(line, start=1)]
    drawing.line(points, colour, 1.5)
    for (x, y), each in zip(points, line, strict=True):
        top, foot = _y(each.mean + each.half_width, highest), _y(max(0.0, each.mean - each.half_width), highest)
        drawing.line([(x, top), (x, foot)], colour, 1.5)
        drawing.dot(x, y, colour)


def _axis(drawing: Drawing, highest: float, *, percent: bool = False) -> None:
    for number in range(6):
        value = highest * number / 5
        drawing.line([(LEFT, _y(value, highest)), (RIGHT, _y(value, highest))], FAINT)
        drawing.text(LEFT - 8, _y(value, highest) + 4, f"{value:.0%}" if percent else f"{value:.2f}", anchor="end")
    if not percent:
        drawing.text(LEFT, TOP - 10, "mean wait / mean handling time")


def _x(skills: int) -> float:
    return LEFT + (skills - 0.5) * (RIGHT - LEFT) / len(SKILLS)


def _y(value: float, highest: float) -> float:
    return BOTTOM - value / highest * (BOTTOM - TOP)


def main(which: Sequence[str]) -> None:
    """Draw all, or those named."""
    if not which or "chain" in which:
        waits = {load: [mean_wait(Crew(n, load), 1, CONTACTS) for n in range(1, len(SKILLS) + 1)] for load in LOADS}
        (FOLDER / "skills-chain.svg").write_text(chain_picture(waits))
    if not which or "told" in which:
        (FOLDER / "expected-waits.svg").write_text(told_picture(twenty_days(1)))


if __name__ == "__main__":
    main(sys.argv[1:])
