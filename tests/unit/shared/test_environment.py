"""Settings from the environment: all that is wrong is named at once, and no value of it is repeated."""

import json
import os
from collections.abc import Iterator

import pytest
from pydantic import BaseModel, Field, SecretStr, field_validator
from pydantic_settings import SettingsConfigDict

from services.shared.environment import (
    EnvironmentSettings,
    SettingsWrong,
    check_environment,
    unknown_variables,
    variable_of,
)


class Colour(BaseModel):
    name: str


class PaintSettings(EnvironmentSettings):
    model_config = SettingsConfigDict(env_prefix="SWITCHROOM_PAINT_")

    key: SecretStr = Field(description="The key of the shop; secret")
    litres: int = Field(default=1, ge=1)
    colours: tuple[str, ...] = ()
    best: Colour | None = None
    lid: str = ""

    @field_validator("lid")
    @classmethod
    def _is_a_lid(cls, value: str) -> str:
        if value == "none":
            raise ValueError("is no lid: write red or blue")
        return value


class BrushSettings(EnvironmentSettings):
    model_config = SettingsConfigDict(env_prefix="SWITCHROOM_BRUSH_")

    hairs: int


@pytest.fixture(autouse=True)
def _environment_of_its_own() -> Iterator[None]:
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


def given(**variables: str) -> None:
    os.environ.update({f"SWITCHROOM_{name}": value for name, value in variables.items()})


def said() -> dict[str, str]:
    with pytest.raises(SettingsWrong) as wrong:
        check_environment(PaintSettings, BrushSettings)
    return {problem.variable: problem.what for problem in wrong.value.problems}


def test_what_is_right_is_read() -> None:
    given(PAINT_KEY="k", PAINT_COLOURS='["red"]', PAINT_BEST='{"name": "red"}', BRUSH_HAIRS="7")
    check_environment(PaintSettings, BrushSettings)
    settings = PaintSettings.model_validate({})
    assert settings.colours == ("red",)
    assert settings.best == Colour(name="red")


def test_all_that_is_missing_or_wrong_is_named_at_once() -> None:
    given(PAINT_LITRES="0", PAINT_COLOURS="red", PAINT_BEST='{"nam": 1}', PAINT_LID="none")
    assert said() == {
        "SWITCHROOM_PAINT_KEY": "is missing. The key of the shop; secret",
        "SWITCHROOM_PAINT_LITRES": "is wrong: input should be greater than or equal to 1",
        "SWITCHROOM_PAINT_COLOURS": "is not the JSON that it has to be.",
        "SWITCHROOM_PAINT_BEST": "is wrong: (in name) field required",
        "SWITCHROOM_PAINT_LID": "is no lid: write red or blue",
        "SWITCHROOM_BRUSH_HAIRS": "is missing. It has no default",
    }


def test_a_variable_that_is_set_to_nothing_counts_as_not_set() -> None:
    given(PAINT_KEY="", PAINT_LITRES="", BRUSH_HAIRS="7")
    assert list(said()) == ["SWITCHROOM_PAINT_KEY"]


def test_no_value_is_repeated() -> None:
    given(PAINT_KEY="canary-1", PAINT_LITRES="canary-2", PAINT_COLOURS="canary-3", PAINT_BEST='"canary-4"')
    given(BRUSH_HAIRS="canary-5", PAINT_LID="canary-6")
    with pytest.raises(SettingsWrong) as wrong:
        check_environment(PaintSettings, BrushSettings)
    assert "canary" not in str(wrong.value)
    assert "canary" not in repr(wrong.value.problems)


def test_the_words_say_how_many_and_where_to_look() -> None:
    words = str(SettingsWrong([]))
    assert "docs/configuration.md" in words
    given(PAINT_KEY="k")
    with pytest.raises(SettingsWrong, match="1 setting is missing or wrong"):
        check_environment(PaintSettings, BrushSettings)


def test_variables_that_look_like_ours_and_are_not_are_told() -> None:
    given(PAINT_KEY="k", PAINT_LITTERS="2", BRUSH_HAIRS="7", OTHER="x", BROOM_HAIRS="8")
    assert unknown_variables(PaintSettings, BrushSettings) == ("SWITCHROOM_PAINT_LITTERS",)


def test_what_the_caller_says_goes_before_the_environment() -> None:
    given(PAINT_KEY="k", PAINT_LITRES="3")
    assert PaintSettings.model_validate(json.loads('{"litres": 4}')).litres == 4
    assert variable_of(PaintSettings, "litres") == "SWITCHROOM_PAINT_LITRES"
