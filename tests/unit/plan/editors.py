"""What an editor makes of a file by a JSON schema."""

import re
from collections.abc import Iterator
from typing import Any

import yaml
from jsonschema import Draft202012Validator


class AsEditorsRead(yaml.BaseLoader):
    """YAML 1.2, as editors read it: numbers and true and false are such, all else is text."""


AsEditorsRead.yaml_implicit_resolvers = {}
AsEditorsRead.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"[-+]?[0-9]+$"), list("-+0123456789"))
AsEditorsRead.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"(true|false)$"), list("tf"))
AsEditorsRead.add_constructor("tag:yaml.org,2002:int", lambda loader, node: int(node.value))
AsEditorsRead.add_constructor("tag:yaml.org,2002:bool", lambda loader, node: node.value == "true")


def marked(text: str, schema: dict[str, Any]) -> list[str]:
    """What the editor marks as wrong."""
    read = yaml.load(text, AsEditorsRead)  # noqa: S506  # a BaseLoader makes nothing but texts and numbers
    return [error.message for error in Draft202012Validator(schema).iter_errors(read)]


def keys_without_words(node: Any, name: str = "") -> Iterator[str]:
    """Keys that the schema does not describe."""
    if isinstance(node, list):
        for each in node:
            yield from keys_without_words(each, name)
    if isinstance(node, dict):
        for key, part in node.get("properties", {}).items():
            if not part.get("description"):
                yield f"{name}.{key}"
        for key, part in node.items():
            yield from keys_without_words(part, key)
