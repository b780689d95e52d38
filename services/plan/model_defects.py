"""What pydantic finds wrong with a plan file, said in words for whoever writes plans."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from services.plan.defects import Finding, Path
from services.plan.fields import shown
from services.plan.yaml_tree import dotted_name

# By pydantic's name of the error: what follows the name of the value, and what to do. In braces: pydantic's context.
WORDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "plan": ("{what}", "{what_to_do}"),
        "missing": ("is missing", "add it"),
        "string_type": ("is a list or a mapping where one text is meant", "write one text"),
        "tuple_type": ("is not a list", "begin each entry with -, or write [one, two]"),
        "model_type": ("is not a mapping", "write key: value, one a line, indented"),
        "dict_type": ("is not a mapping", "write key: value, one a line, indented"),
        "int_type": ("is not a number", "write a whole number"),
        "int_parsing": ("is not a whole number", "write digits only"),
        "bool_type": ("is neither yes nor no", "write true or false"),
        "bool_parsing": ("is neither yes nor no", "write true or false"),
        "greater_than_equal": ("is too small", "write at least {ge}"),
        "less_than_equal": ("is too large", "write at most {le}"),
        "too_long": ("has {actual_length} entries", "keep it to {max_length}"),
        "too_short": ("has {actual_length} entries", "write at least {min_length}, or leave the key out"),
        "enum": ("is not one of those there are", "choose {expected}"),
        "literal_error": ("is not known to this program", "write {expected}"),
    }
)


def findings(error: ValidationError, model: type[BaseModel]) -> Iterator[Finding]:
    """One finding for each thing that pydantic found wrong with a file of that form."""
    for each in error.errors(include_url=False):
        # A wrong key of a mapping stands below itself in pydantic's path, as "[key]".
        path: Path = tuple(part for part in each["loc"] if part != "[key]")
        yield _unknown_key(path, model) if each["type"] == "extra_forbidden" else _finding(path, each)


def _finding(path: Path, error: ErrorDetails) -> Finding:
    what, what_to_do = WORDS.get(error["type"], (error["msg"], "write it as docs/plan.md says"))
    context = error.get("ctx", {})
    value = error["input"]
    quoted = f" ({shown(value)})" if error["type"] in {"enum", "literal_error"} and isinstance(value, str) else ""
    return Finding(path, f"{dotted_name(path)}{quoted} {_filled(what, context)}", _filled(what_to_do, context))


def _filled(words: str, context: Mapping[str, Any]) -> str:
    for name, value in context.items():
        words = words.replace(f"{{{name}}}", str(value))
    return words


def _unknown_key(path: Path, model: type[BaseModel]) -> Finding:
    key = str(path[-1])
    allowed = _keys_at(path[:-1], model)
    near = get_close_matches(key, allowed, n=1)
    what_to_do = f"did you mean {near[0]}?" if near else f"take it out; known here: {', '.join(allowed)}"
    return Finding(path, f"{shown(key)} is not a key that is known here", what_to_do)


def _keys_at(path: Path, model: type[BaseModel]) -> list[str]:
    for part in path:
        if isinstance(part, str) and part in model.model_fields:
            model = _model_in(model.model_fields[part].annotation) or model
    return list(model.model_fields)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    inner = (_model_in(argument) for argument in get_args(annotation))
    return next((model for model in inner if model is not None), None)
