"""The schema that editors go by: that of the model, with words for every key, and in agreement with what is read."""

from importlib.resources import files

import pytest
from jsonschema import Draft202012Validator

from services.plan.schema import schema, schema_text
from tests.unit.plan.defects_of_form import DEFECTS_OF_FORM
from tests.unit.plan.defects_of_routes import DEFECTS_OF_ROUTES
from tests.unit.plan.editors import keys_without_words, marked
from tests.unit.plan.example import EXAMPLE, changed

PLANS = files("services.plan")
WRITE_ANEW = ".venv/bin/switchroom plan schema > services/plan/plan.schema.json"


def problems(text: str) -> list[str]:
    return marked(text, schema())


def test_the_schema_that_is_committed_is_that_of_the_model() -> None:
    committed = (PLANS / "plan.schema.json").read_text(encoding="utf-8")
    assert committed == schema_text(schema()), f"write it anew: {WRITE_ANEW}"


def test_it_is_a_schema() -> None:
    Draft202012Validator.check_schema(schema())


def test_every_key_is_described() -> None:
    assert list(keys_without_words(schema())) == []


def test_the_demonstration_and_the_example_agree_with_it() -> None:
    assert problems((PLANS / "demonstration.yaml").read_text(encoding="utf-8")) == []
    assert problems(EXAMPLE) == []


def test_yes_and_no_and_numbers_that_are_names_agree_with_it() -> None:
    text = changed(
        ("groups: front\ncaller", "groups: front\nchannels: {voice: {alone: yes}, sms: {alone: false}}\ncaller"),
        ("name: Globex", "name: 1989"),
    )

    assert problems(text) == []


CAUGHT = ("a key that is misspelt", "a policy that there is not", "a proficiency above 10", "a missing key")
CAUGHT_IN_ROUTES = (
    *("an unknown key of a step", "too many steps", "a spread over one queue", "a weight beyond measure"),
    *("a weight of a criterion that there is not", "a way to spread that there is not", "telling without a pause"),
    *("no weights", "a value without a number", "more of the expected wait than there is"),
)


@pytest.mark.parametrize("name", [*CAUGHT, *CAUGHT_IN_ROUTES])
def test_an_editor_marks(name: str) -> None:
    changes, _, _ = {**DEFECTS_OF_FORM, **DEFECTS_OF_ROUTES}[name]

    assert problems(changed(*changes))


def test_an_id_that_is_none_is_marked_wherever_ids_stand() -> None:
    for change in (
        ("groups: front\ncaller", "groups: Front!\ncaller"),
        ("billing: 9}}", "Billing!: 9}}"),
        ("tenant: shop", "tenant: a shop"),
    ):
        assert problems(changed(change)), change
