"""The schema of routing tests that editors go by: that of the model, in words, and in agreement with what is read."""

from importlib.resources import files

import pytest
from jsonschema import Draft202012Validator

from services.cli.plan.cases_model import schema
from services.plan.schema import schema_text
from tests.unit.plan.editors import keys_without_words, marked

PLANS = files("services.plan")
WRITE_ANEW = ".venv/bin/switchroom plan schema --tests > services/plan/tests.schema.json"
CASE = """\
at: "2026-11-23 10:00"
tests:
  - name: It
    agents: {ana: available, bo: {holds: [voice, {channel: email}]}, cy: {holds: web_chat}}
    waiting: [{contact: two, channel: email, waited_s: 30}]
    when: [{arrives: {contact: one, channel: web_chat}}, {asks: {contact: one, skills: {law: 2}}}, {hands_over: one}]
    then: {one: {agent: ana, skills: {german: 3}, steps: 1, told: 0}, two: {asked: [bo, cy], steps: [1, 2]}}
"""


def test_the_schema_that_is_committed_is_that_of_the_model() -> None:
    committed = (PLANS / "tests.schema.json").read_text(encoding="utf-8")
    assert committed == schema_text(schema()), f"write it anew: {WRITE_ANEW}"


def test_it_is_a_schema_in_which_every_key_is_described() -> None:
    Draft202012Validator.check_schema(schema())
    assert list(keys_without_words(schema())) == []


def test_the_tests_of_the_demonstration_and_short_forms_agree_with_it() -> None:
    assert marked((PLANS / "demonstration.tests.yaml").read_text(encoding="utf-8"), schema()) == []
    assert marked(CASE, schema()) == []


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("waited_s", "waitd_s"),
        ("ana: available", "ana: there"),
        ("holds: web_chat", "holds: carrier_pigeon"),
        ("channel: email, waited", "channel: pigeon, waited"),
        ("agent: ana", "agent: Ana Smith"),
        ("german: 3", "german: 11"),
        ("10:00", "ten"),
        ("waited_s: 30", "waited_s: soon"),
        ("when: [", "when: [] # ["),
        ("{asks: {contact: one, skills: {law: 2}}}", "{asks: one}"),
        ("law: 2", "law: 0"),
        ("hands_over: one", "hands_over: [one]"),
        ("asked: [bo, cy]", "asked: {bo: cy}"),
        ("  - name: It\n    agents", "  - agents"),
        ("told: 0", "told: -1"),
        ("steps: 1", "steps: first"),
    ],
)
def test_an_editor_marks(right: str, wrong: str) -> None:
    assert CASE.count(right) == 1, right
    assert marked(CASE.replace(right, wrong), schema())
