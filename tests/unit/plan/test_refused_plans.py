"""One table of plans with one defect each: all are refused, with the line and with what to do."""

import pytest

from services.plan.defects import DEFECTS_MAX
from tests.unit.plan.defects_of_form import DEFECTS_OF_FORM
from tests.unit.plan.defects_of_menus import DEFECTS_OF_MENUS
from tests.unit.plan.defects_of_names import DEFECTS_OF_NAMES
from tests.unit.plan.defects_of_routes import DEFECTS_OF_ROUTES
from tests.unit.plan.defects_of_sense import DEFECTS_OF_SENSE
from tests.unit.plan.example import EXAMPLE, changed, defects_of, line_of, load

DEFECTIVE = {**DEFECTS_OF_FORM, **DEFECTS_OF_NAMES, **DEFECTS_OF_SENSE, **DEFECTS_OF_MENUS, **DEFECTS_OF_ROUTES}


def test_there_are_more_than_a_hundred_of_them_each_with_a_name_and_words_of_its_own() -> None:
    tables = (DEFECTS_OF_FORM, DEFECTS_OF_NAMES, DEFECTS_OF_SENSE, DEFECTS_OF_MENUS, DEFECTS_OF_ROUTES)

    assert len(DEFECTIVE) == sum(map(len, tables)) >= 100


def test_the_example_has_no_defect() -> None:
    assert load(EXAMPLE).plan.tenant == "shop"


@pytest.mark.parametrize("name", DEFECTIVE)
def test_a_defective_plan_is_refused_with_the_line_and_what_to_do(name: str) -> None:
    changes, where, said = DEFECTIVE[name]
    text = changed(*changes)

    defects = defects_of(text)

    found = [defect for defect in defects if defect.where == where]
    assert [defect.line for defect in found] == [_expected_line(text)], defects
    assert said in f"{found[0].what}; {found[0].what_to_do}"
    assert found[0].what_to_do
    assert len(defects) == 1, defects


def _expected_line(text: str) -> int:
    # A comment on a line of its own marks the line below it.
    line = line_of(text)
    return line + 1 if text.splitlines()[line - 1].strip() == "# here" else line


def test_the_level_that_is_asked_for_is_enough() -> None:
    assert not defects_of(changed(("billing: 5}", "billing: 9}")))


def test_all_defects_are_told_at_once_in_the_order_of_the_file() -> None:
    text = changed(
        ("time_zone: Europe/Berlin", "time_zone: Mars"),
        ("route: {queue: travel}", "route: {queue: moon}"),
        ("units: 4}", "groups: back}"),
    )

    assert [defect.where for defect in defects_of(text)] == [
        "time_zone",
        "entry_points[2].route.queue",
        "agents[1].groups[0]",
    ]


def test_defects_of_form_are_told_at_once_too() -> None:
    text = changed(("tenant: shop", "tenant: shop\ntenant:"), ("units: 4}", "units: four}"))

    assert [defect.where for defect in defects_of(text)] == ["tenant", "tenant", "agents[1].units"]


def test_of_very_many_defects_the_first_are_told() -> None:
    text = changed(("away_reasons: [lunch]", "away_reasons: [" + "+, " * 1000 + "lunch]"))

    assert len(defects_of(text)) == DEFECTS_MAX


def test_a_long_text_is_not_quoted_whole() -> None:
    (defect,) = defects_of(changed(("away_reasons: [lunch]", f"away_reasons: [{'Z' * 5000}]")))

    assert len(defect.what) < 200


def test_callers_are_never_quoted() -> None:
    text = changed(("vip: [vera@customer.example]", "vip: [0151 23456789, 030 98765432]"))

    assert "23456789" not in str(defects_of(text))
