"""The JSON schemas of plan files and of what stands beside them, for editors: made from the models themselves.

It knows forms and not meanings: that a queue exists is found by the check alone.
"""

import json
from typing import Any

from pydantic import BaseModel

from services.plan.model import PlanModel

DIALECT = "https://json-schema.org/draft/2020-12/schema"
MAPS = ("$defs", "properties", "patternProperties")
NOISE = ("title", "default")


def schema() -> dict[str, Any]:
    """The schema of plans, as JSON values."""
    return schema_of(PlanModel, "A plan of Switchroom")


def schema_of(model: type[BaseModel], title: str) -> dict[str, Any]:
    """The schema of files of this form, as JSON values."""
    return {"$schema": DIALECT, **_part(model.model_json_schema()), "title": title}


def schema_text(made: dict[str, Any]) -> str:
    """A schema as it stands in its file: plan.schema.json, tests.schema.json."""
    return json.dumps(made, indent=2, ensure_ascii=False) + "\n"


def _part(node: Any) -> Any:
    """Without the titles that repeat each key, and without defaults, which say more in the descriptions."""
    if isinstance(node, list):
        return [_part(each) for each in node]
    if not isinstance(node, dict):
        return node
    made = {key: _named(value) if key in MAPS else _part(value) for key, value in node.items() if key not in NOISE}
    if "patternProperties" in made:
        # What is no id is no key either.
        made["additionalProperties"] = False
    return made


def _named(parts: dict[str, Any]) -> dict[str, Any]:
    """Parts by names that are the file's own: "default" is a key like any other here."""
    return {name: _part(part) for name, part in parts.items()}
