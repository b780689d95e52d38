"""Entry points: which one a contact takes."""

from typing import Any

import pytest

from services.plan.compiled import Attribute, Channel, Direction, Hours, Interval, Route
from services.router.core.route import Facts, find_route, is_open
from tests.unit.router.core.builders import HOUR, T0, entry_point, plan

HOURS = Hours("office", (Interval(T0, T0 + HOUR), Interval(T0 + 3 * HOUR, T0 + 4 * HOUR)), known_until_ms=T0 + 9 * HOUR)


def taken(match: dict[str, Any], facts: dict[str, Any], at_ms: int = T0) -> bool:
    rule = entry_point("rule", Route("billing"), **match)
    entry_point_id, route = find_route(plan(entry_points=(rule,), hours=(HOURS,)), contact(**facts), at_ms)
    assert route.queue == ("billing" if entry_point_id == "rule" else "sales")
    return entry_point_id == "rule"


def contact(**facts: Any) -> Facts:
    return Facts(**{"company": "acme", "channel": Channel.WEB_CHAT} | facts)


@pytest.mark.parametrize(
    ("match", "facts", "matches"),
    [
        ({}, {}, True),
        ({"directions": (Direction.OUTBOUND,)}, {}, False),
        ({"directions": (Direction.OUTBOUND,)}, {"direction": Direction.OUTBOUND}, True),
        ({"channels": (Channel.EMAIL, Channel.WEB_CHAT)}, {}, True),
        ({"channels": (Channel.EMAIL,)}, {}, False),
        ({"companies": ("globex",)}, {}, False),
        ({"companies": ("acme",)}, {}, True),
        ({"dialed": ("+4930",)}, {"dialed": "+4930"}, True),
        ({"dialed": ("+4930",)}, {"dialed": "+49301"}, False),
        ({"caller_classes": ("list:vip",)}, {"caller_classes": ("list:new", "list:vip")}, True),
        ({"caller_classes": ("list:vip",)}, {}, False),
        ({"ivr_path": ("1", "2")}, {"ivr_path": ("1", "2", "3")}, True),
        ({"ivr_path": ("1", "2")}, {"ivr_path": ("1",)}, False),
        ({"ivr_path": ("1", "2")}, {"ivr_path": ("2", "1", "2")}, False),
        ({"languages": ("en",)}, {"language": "en"}, True),
        ({"languages": ("en",)}, {"language": "en-GB"}, True),
        ({"languages": ("EN",)}, {"language": "en"}, True),
        ({"languages": ("en-gb",)}, {"language": "en"}, False),
        ({"languages": ("en",)}, {"language": "eng"}, False),
        ({"languages": ("en",)}, {}, False),
        ({"attributes": (Attribute("topic", "tax"),)}, {"attributes": (Attribute("topic", "tax"),)}, True),
        ({"attributes": (Attribute("topic", "tax"),)}, {"attributes": (Attribute("topic", "fee"),)}, False),
        ({"attributes": (Attribute("topic", "tax"),)}, {}, False),
        (
            {"attributes": (Attribute("topic", "tax"), Attribute("topic", "fee"))},
            {"attributes": (Attribute("topic", "fee"), Attribute("size", "s"))},
            True,
        ),
        (
            {"attributes": (Attribute("topic", "tax"), Attribute("size", "s"))},
            {"attributes": (Attribute("topic", "tax"),)},
            False,
        ),
    ],
)
def test_an_entry_point_matches_if_each_of_its_fields_does(
    match: dict[str, Any], facts: dict[str, Any], matches: bool
) -> None:
    assert taken(match, facts) is matches


@pytest.mark.parametrize(
    ("after_ms", "opened"),
    [
        (-1, False),
        (0, True),
        (HOUR - 1, True),
        (HOUR, False),
        (3 * HOUR, True),
        (4 * HOUR, False),
        (9 * HOUR, None),
    ],
)
def test_hours_are_open_from_their_first_millisecond_until_before_their_last(
    after_ms: int, opened: bool | None
) -> None:
    assert is_open(HOURS, T0 + after_ms) is opened
    assert taken({"hours": "office", "while_open": True}, {}, T0 + after_ms) is (opened is True)
    assert taken({"hours": "office", "while_open": False}, {}, T0 + after_ms) is (opened is False)


def test_hours_that_the_plan_does_not_have_match_nothing() -> None:
    assert not taken({"hours": "feast"}, {})


def test_the_first_entry_point_that_matches_wins_and_there_is_a_default() -> None:
    first, second = (entry_point(name, Route(name), companies=("acme",)) for name in ("billing", "sales"))
    in_force = plan(entry_points=(first, second))
    assert find_route(in_force, contact(), T0) == ("billing", Route("billing"))
    assert find_route(in_force, contact(company="globex"), T0) == ("default", Route("sales"))
