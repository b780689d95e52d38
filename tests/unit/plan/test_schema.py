"""The schema that editors go by: that of the model, with words for every key, and in agreement with what is read."""

import re
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from services.plan.schema import schema, schema_text
from tests.unit.plan.defects_of_form import DEFECTS_OF_FORM
from tests.unit.plan.defects_of_routes import DEFECTS_OF_ROUTES
from tests.unit.plan.example import EXAMPLE, changed

PLANS = files("services.plan")
WRITE_ANEW = ".venv/bin/switchroom plan schema > services/plan/plan.schema.json"


class AsEditorsRead(yaml.BaseLoader):
    """YAML 1.2, as editors read it: numbers and true and false are such, all else is text."""


AsEditorsRead.yaml_implicit_resolvers = {}
AsEditorsRead.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"[-+]?[0-9]+$"), list("-+0123456789"))
AsEditorsRead.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"(true|false)$"), list("tf"))
AsEditorsRead.add_constructor("tag:yaml.org,2002:int", lambda loader, node: int(node.value))
AsEditorsRead.add_constructor("tag:yaml.org,2002:bool", lambda loader, node: node.value == "true")


def problems(text: str) -> list[str]:
    read = yaml.load(text, AsEditorsRead)  # noqa: S506  # a BaseLoader makes nothing but texts and numbers
    return [error.message for error in Draft202012Validator(schema()).iter_errors(read)]


def test_the_schema_that_is_committed_is_that_of_the_model() -> None:
    assert (PLANS / "plan.schema.json").read_text(encoding="utf-8") == schema_text(), f"write it anew: {WRITE_ANEW}"


def test_it_is_a_schema() -> None:
    Draft202012Validator.check_schema(schema())


def keys_without_words(node: Any, name: str = "") -> Iterator[str]:
    if isinstance(node, list):
        for each in node:
            yield from keys_without_words(each, name)
    if isinstance(node, dict):
        for key, part in node.get("properties", {}).items():
            if not part.get("description"):
                yield f"{name}.{key}"
        for key, part in node.items():
            yield from keys_without_words(part, key)


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
