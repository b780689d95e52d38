"""Refusals that people and programs can act on: what, why, and what to do."""

from typing import Any

from pydantic import ValidationError


class WhatWentWrong(Exception):
    """Something from outside was refused. No part of it holds private data."""

    def __init__(self, what: str, why: str, what_to_do: str, fields: dict[str, str] | None = None) -> None:
        super().__init__(f"{what} {why} {what_to_do}")
        self.what = what
        self.why = why
        self.what_to_do = what_to_do
        # Per field what to do about it.
        self.fields = fields or {}

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        answer: dict[str, Any] = {"what": self.what, "why": self.why, "what_to_do": self.what_to_do}
        return answer | ({"fields": self.fields} if self.fields else {})


def from_validation(error: ValidationError, *, what: str) -> WhatWentWrong:
    """What pydantic found, without a word of what was sent."""
    found = error.errors(include_url=False, include_input=False, include_context=False)[:10]
    fields: dict[str, str] = {}
    for detail in found:
        place = ".".join(str(part) for part in detail["loc"] if isinstance(part, str))[:80] or "it"
        fields.setdefault(place, detail["msg"].removeprefix("Value error, "))
    why = "; ".join(f"{place}: {message}" for place, message in fields.items())
    return WhatWentWrong(what, why + ".", "Correct it and send it again.", fields)
