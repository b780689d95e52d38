"""Entry points by dialed number find the same route as looking at all of them."""

from hypothesis import given
from hypothesis import strategies as st

from services.plan.compiled import Channel, EntryPoint, Match, Route
from services.router.core.route import EntryPoints, Facts, find_route
from tests.unit.router.core.builders import T0, plan

NUMBERS = ("", "+1", "+2", "+3")
RULES = st.lists(
    st.tuples(st.sets(st.sampled_from(NUMBERS[1:]), max_size=2), st.sampled_from(((), ("en",), ("fr",)))), max_size=6
)


@given(RULES, RULES)
def test_a_dialed_number_leads_to_the_first_entry_point_that_matches_whatever_plan_was_asked_before(
    first: list[tuple[set[str], tuple[str, ...]]], second: list[tuple[set[str], tuple[str, ...]]]
) -> None:
    entry_points = EntryPoints()
    for rules in (first, second):
        in_force = plan(
            entry_points=tuple(
                EntryPoint(f"e{place}", Match(dialed=tuple(sorted(dialed)), languages=languages), Route("sales"))
                for place, (dialed, languages) in enumerate(rules)
            )
        )
        for number in NUMBERS:
            facts = Facts("acme", Channel.VOICE, dialed=number, language="en")
            assert entry_points.find_route(in_force, facts, T0) == find_route(in_force, facts, T0)
