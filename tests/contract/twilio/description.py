"""Twilio's description of its REST API, as a judge of answers and of parameter names."""

import json
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

PREFIX = "/2010-04-01/Accounts/{AccountSid}"
DESCRIPTION = json.loads((Path(__file__).parent / "calls_and_messages.json").read_text())
SCHEMAS = DESCRIPTION["components"]["schemas"]
FORMATS = FormatChecker(())


@FORMATS.checks("date-time-rfc-2822", raises=(ValueError, TypeError))
def _is_a_time(value: object) -> bool:
    return not isinstance(value, str) or parsedate_to_datetime(value).utcoffset() is not None


def defects(path: str, method: str, status: int, answer: Any) -> list[str]:
    """What is wrong with an answer: of a wrong form, a property too many, one too few, a status not described."""
    responses = DESCRIPTION["paths"][PREFIX + path][method]["responses"]
    if str(status) not in responses:
        return [f"{status} is not one of {list(responses)}"]
    schema = _plain(responses[str(status)]["content"]["application/json"]["schema"])
    found = Draft202012Validator(schema, format_checker=FORMATS).iter_errors(answer)
    return [f"{'/'.join(map(str, error.path))}: {error.message}" for error in found]


def form_fields(path: str) -> set[str]:
    """The names of the fields of a POST."""
    body = DESCRIPTION["paths"][PREFIX + path]["post"]["requestBody"]["content"]
    return set(body["application/x-www-form-urlencoded"]["schema"]["properties"])


def query_fields(path: str) -> set[str]:
    """The names of the parameters of a GET."""
    return {found["name"] for found in DESCRIPTION["paths"][PREFIX + path]["get"]["parameters"]}


def values(schema: str) -> set[str]:
    """Those of an enumeration."""
    return set(SCHEMAS[schema]["enum"])


def _plain(schema: Any) -> Any:
    """As JSON Schema has it; an object has every property that is described, and no other."""
    if isinstance(schema, list):
        return [_plain(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _plain(SCHEMAS[schema["$ref"].rpartition("/")[2]])
    return dict(_translated(schema))


def _translated(schema: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in schema.items():
        if name == "properties":
            yield name, {key: _plain(inner) for key, inner in value.items()}
            yield "required", list(value)
            yield "additionalProperties", False
        elif name == "type" and schema.get("nullable"):
            yield name, [value, "null"]
        elif name != "nullable":
            yield name, _plain(value)
