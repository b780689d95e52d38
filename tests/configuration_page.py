"""Writes docs/configuration.md from the settings classes: python -m tests.configuration_page."""

import importlib
import inspect
import re
from collections.abc import Iterator
from enum import Enum
from itertools import takewhile
from pathlib import Path
from typing import Any, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt, MaxLen, MinLen
from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

from tests.house_rules import ROOT

PAGE = ROOT / "docs" / "configuration.md"
HEAD = """# Configuration

Every service reads environment variables, once, at its start. What is missing or wrong stops it there, with status 2,
and all of it is named at once. A variable that is set to nothing counts as not set. Secrets have no default and are
never logged; `switchroom keys` makes them.

`switchroom up` and `switchroom demo` set what has no default themselves. A service that runs as a process of its own
(`python -m services.ingest`; see `docs/operations.md`) reads its own table below, **process**, **connection** and
**tls**; the simulated carrier has no connections. Traces go by OpenTelemetry's own
variables, such as `OTEL_EXPORTER_OTLP_ENDPOINT`.

This page is written by `python -m tests.configuration_page` from the settings classes, and a test compares the two.
"""
LIMIT_WORDS = {Ge: "at least {ge}", Gt: "more than {gt}", Le: "at most {le}", Lt: "less than {lt}"}
WORDS = {str: "text", int: "number", bool: "true or false", Path: "path", SecretStr: "secret text", float: "number"}


def settings_classes() -> list[type[BaseSettings]]:
    """Those that stand in a settings.py under services, in the order of its path."""
    files = sorted((ROOT / "services").rglob("settings.py"))
    return [found for file in files for found in _classes_of(file)]


def page() -> str:
    """The whole page."""
    return "\n".join([HEAD, *(_table(settings) for settings in settings_classes())])


def without_description() -> list[str]:
    """Variables that say nothing of themselves."""
    return [
        f"{_variable(settings, name)}: say what it is in a comment above it in {settings.__module__}"
        for settings in settings_classes()
        for name, field in settings.model_fields.items()
        if not _says(settings, name, field)
    ]


def _classes_of(file: Path) -> Iterator[type[BaseSettings]]:
    module = importlib.import_module(".".join(file.relative_to(ROOT).with_suffix("").parts))
    for _, found in inspect.getmembers(module, inspect.isclass):
        if issubclass(found, BaseSettings) and found.__module__ == module.__name__:
            yield found


def _table(settings: type[BaseSettings]) -> str:
    rows = [_row(settings, name, field) for name, field in settings.model_fields.items()]
    head = [f"## {_heading(settings)}", "", "| variable | kind | default | what it is |", "|---|---|---|---|"]
    return "\n".join([*head, *rows, ""])


def _heading(settings: type[BaseSettings]) -> str:
    """The service's name; what all processes share is told apart by the class."""
    service = ".".join(settings.__module__.split(".")[1:-1])
    return settings.__name__.removesuffix("Settings").lower() if service == "shared" else service


def _row(settings: type[BaseSettings], name: str, field: FieldInfo) -> str:
    default = "required" if field.is_required() else _default(field.get_default(call_default_factory=True))
    cells = [f"`{_variable(settings, name)}`", _kind(field), default, _says(settings, name, field)]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _says(settings: type[BaseSettings], name: str, field: FieldInfo) -> str:
    """The field's description, or the comment above it."""
    said = field.description or _comment_above(inspect.getsource(settings).splitlines(), name)
    return said.rstrip(".")


def _comment_above(lines: list[str], name: str) -> str:
    place = next((i for i, line in enumerate(lines) if re.match(rf"\s+{name}:", line)), 0)
    above = takewhile(lambda line: line.lstrip().startswith("#"), reversed(lines[:place]))
    return " ".join(line.lstrip(" #") for line in reversed(list(above)))


def _variable(settings: type[BaseSettings], name: str) -> str:
    return f"{settings.model_config.get('env_prefix', '')}{name}".upper()


def _default(value: Any) -> str:
    if value in ("", None, (), [], {}, SecretStr("")):
        return "empty"
    shown = value.value if isinstance(value, Enum) else value
    return f"`{str(shown).lower() if isinstance(shown, bool) else shown}`"


def _kind(field: FieldInfo) -> str:
    if get_origin(field.annotation) is tuple:
        return "JSON list"
    if get_origin(field.annotation) is dict:
        return "JSON object"
    kinds = [kind for kind in (get_args(field.annotation) or (field.annotation,)) if kind is not type(None)]
    words = " or ".join(map(_words, kinds))
    return ", ".join([words, *filter(None, map(_limit, field.metadata))])


def _words(kind: Any) -> str:
    if inspect.isclass(kind) and issubclass(kind, BaseModel):
        return "JSON object"
    return WORDS.get(kind, getattr(kind, "__name__", str(kind)))


def _limit(limit: Any) -> str:
    if isinstance(limit, MinLen):
        return f"at least {limit.min_length} characters"
    if isinstance(limit, MaxLen):
        return f"at most {limit.max_length} characters"
    words = LIMIT_WORDS.get(type(limit), "")
    return words.format(**{name: getattr(limit, name) for name in ("ge", "gt", "le", "lt") if hasattr(limit, name)})


if __name__ == "__main__":
    PAGE.write_text(page())
