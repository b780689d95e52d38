"""Settings from environment variables, and everything that is wrong with them told at once."""

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

OURS = "SWITCHROOM_"
PAGE = "docs/configuration.md"
NOT_JSON = {"tuple_type", "dict_type", "model_type", "model_attributes_type"}
SAID_BY_US = "Value error, "


@dataclass(frozen=True, slots=True)
class Problem:
    """A variable that is missing or wrong. `what` never repeats its value: that may be a secret."""

    variable: str
    what: str


class SettingsWrong(Exception):
    """The environment is not what the process needs; `problems` names every variable."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        lines = [f"  {problem.variable} {problem.what}" for problem in problems]
        count = "1 setting is" if len(lines) == 1 else f"{len(lines)} settings are"
        head = f"{count} missing or wrong in the environment. Set each, then start again; {PAGE} tells of all."
        super().__init__("\n".join([head, *lines]))
        self.problems = tuple(problems)


class _Environment(EnvSettingsSource):
    def decode_complex_value(self, field_name: str, field: FieldInfo, value: Any) -> Any:
        """What is no JSON goes on as it is, to be refused together with all else that is wrong."""
        try:
            return super().decode_complex_value(field_name, field, value)
        except ValueError:
            return value


class EnvironmentSettings(BaseSettings):
    """What a process is told by its environment. A variable that is set to nothing counts as not set."""

    model_config = SettingsConfigDict(frozen=True, env_ignore_empty=True, hide_input_in_errors=True)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003  # read by a source of our own
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003  # the environment alone
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003  # the same
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """From what the caller says, then from the environment, and from no file."""
        return init_settings, _Environment(settings_cls)


class ServiceSettings(EnvironmentSettings):
    """Settings of a service."""

    @property
    @abstractmethod
    def health_at(self) -> tuple[str, int]:
        """Host and port at which it is asked whether it is ready."""


def check_environment(*kinds: type[EnvironmentSettings]) -> None:
    """See to it that all of these can be made from the environment. Raises SettingsWrong."""
    if problems := [problem for kind in kinds for problem in _problems(kind)]:
        raise SettingsWrong(problems)


def unknown_variables(*kinds: type[EnvironmentSettings]) -> tuple[str, ...]:
    """Variables that begin like those of one of these and are none: misspelt, or of another version."""
    known = {variable_of(kind, name) for kind in kinds for name in kind.model_fields}
    prefixes = tuple(prefix for kind in kinds if (prefix := _prefix(kind)) != OURS)
    named = (name.upper() for kind in kinds for name in _Environment(kind).env_vars)
    return tuple(sorted({name for name in named if name.startswith(prefixes) and name not in known}))


def variable_of(kind: type[BaseSettings], field: str) -> str:
    """The variable that a field is read from."""
    return f"{_prefix(kind)}{field}".upper()


def _prefix(kind: type[BaseSettings]) -> str:
    return kind.model_config.get("env_prefix", "")


def _problems(kind: type[EnvironmentSettings]) -> Iterator[Problem]:
    try:
        kind()
    except ValidationError as error:
        for detail in error.errors(include_url=False, include_context=False, include_input=False):
            yield _problem(kind, detail)


def _problem(kind: type[EnvironmentSettings], detail: ErrorDetails) -> Problem:
    if not detail["loc"]:
        return Problem(f"{_prefix(kind)}…", detail["msg"].removeprefix(SAID_BY_US))
    name, *inside = map(str, detail["loc"])
    variable, field = variable_of(kind, name), kind.model_fields[name]
    if detail["type"] == "missing" and not inside:
        return Problem(variable, f"is missing. {field.description or 'It has no default'}")
    if detail["type"] in NOT_JSON and not inside:
        return Problem(variable, f"is not the JSON that it has to be. {field.description or ''}".rstrip())
    said, place = detail["msg"], f"(in {'.'.join(inside)}) " if inside else ""
    if said.startswith(SAID_BY_US):
        words = said.removeprefix(SAID_BY_US)
        return Problem(variable, words if words.startswith("is ") else f"is wrong: {words}")
    what_it_is = f". {field.description}" if field.description else ""
    return Problem(variable, f"is wrong: {place}{said[:1].lower()}{said[1:]}{what_it_is}")
