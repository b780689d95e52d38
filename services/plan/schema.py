"""The JSON schema of plan files, for editors: made from the model, so that it can't say anything else.

It knows forms and not meanings: that a queue exists is found by the check alone.
"""

import json
from typing import Any

from services.plan.model import PlanModel

DIALECT = "https://json-schema.org/draft/2020-12/schema"
MAPS = ("$defs", "properties", "patternProperties")
NOISE = ("title", "default")


def schema() -> dict[str, Any]:
    """The schema as JSON values."""
    made = _part(PlanModel.model_json_schema())
    return {"$schema": DIALECT, **made, "title": "A plan of Switchroom"}


def schema_text() -> str:
    """The schema as it stands in plan.schema.json."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


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
