"""Cuts calls and messages out of Twilio's OpenAPI description: python -m tests.contract.twilio.trim < all > some."""

import json
import sys
from typing import Any

PREFIX = "/2010-04-01/Accounts/{AccountSid}"
PATHS = tuple(f"{PREFIX}/{name}" for name in ("Calls.json", "Calls/{Sid}.json", "Messages.json", "Messages/{Sid}.json"))
METHODS = ("get", "post")
# What says nothing that a machine could check.
WORDS = ("description", "examples", "example", "x-twilio", "tags")


def trimmed(whole: dict[str, Any]) -> dict[str, Any]:
    """The paths with what they refer to."""
    paths = {path: {method: whole["paths"][path][method] for method in METHODS} for path in PATHS}
    named = dict.fromkeys(referred(paths))
    for name in named.copy():
        named |= dict.fromkeys(referred(whole["components"]["schemas"][name]))
    schemas = {name: whole["components"]["schemas"][name] for name in sorted(named)}
    info = {name: whole["info"][name] for name in ("title", "version", "license")}
    kept = {"openapi": whole["openapi"], "info": info, "paths": paths, "components": {"schemas": schemas}}
    return {name: without_words(part) for name, part in kept.items()}


def referred(part: Any) -> list[str]:
    """The names of the schemas that it refers to."""
    if isinstance(part, dict):
        own = [part["$ref"].rpartition("/")[2]] if isinstance(part.get("$ref"), str) else []
        return own + [name for value in part.values() for name in referred(value)]
    return [name for value in part for name in referred(value)] if isinstance(part, list) else []


def without_words(part: Any) -> Any:
    """The same, but for what is meant for people. Schemas of properties keep properties of these names."""
    if isinstance(part, list):
        return [without_words(value) for value in part]
    if not isinstance(part, dict):
        return part
    return {
        name: {key: without_words(inner) for key, inner in value.items()}
        if name == "properties"
        else without_words(value)
        for name, value in part.items()
        if name not in WORDS
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(trimmed(json.load(sys.stdin)), indent=1, sort_keys=True) + "\n")
