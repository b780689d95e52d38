"""YAML as plain mappings, lists and texts, each with its line: a small and harmless part of the language.

Every scalar is the text that was written (no `no` that becomes False, no 09:00 that becomes 540). Anchors, aliases and
tags are refused as they are met, so nothing is ever expanded or constructed; depth and number of values are bounded.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from services.plan.defects import Defect, Finding, Path, PlanRefused, locate

FILE_BYTES_MAX = 1024 * 1024
DEPTH_MAX = 12
VALUES_MAX = 100_000
KEY_CHARS_MAX = 200
UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# libyaml's is twenty times faster; where it was not built in, PyYAML's own reads the same.
LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


@dataclass(slots=True)
class Tree:
    """What was read, the line of each value by its path, and what was wrong but did not stop the reading."""

    value: Any = ""
    lines: dict[Path, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)


def read_tree(raw: bytes, loader: Any = LOADER, values_max: int = VALUES_MAX) -> Tree:
    """The one YAML document in `raw`. Raises PlanRefused for what cannot be read on from."""
    text = _text(raw)
    reader = _Reader(yaml.parse(text, Loader=loader), values_max)
    try:
        return reader.document()
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        what = f"this is not YAML: {error.problem}"
        raise PlanRefused([Defect(line, "", what, "mend the syntax: indentation, quotes, brackets")]) from error
    except _Stop as stop:
        raise PlanRefused([locate(stop.finding, reader.tree.lines)]) from stop


def _text(raw: bytes) -> str:
    if len(raw) > FILE_BYTES_MAX:
        what = f"the file has {len(raw)} bytes, and {FILE_BYTES_MAX} are read"
        raise PlanRefused([Defect(0, "", what, "make it smaller")])
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise PlanRefused([Defect(line, "", "this is not UTF-8", "save the file as UTF-8")]) from error
    strange = UNPRINTABLE.search(text)
    if strange is not None:
        line = text.count("\n", 0, strange.start()) + 1
        what = f"the character U+{ord(strange.group()):04X} has no place in a text"
        raise PlanRefused([Defect(line, "", what, "take it out")])
    return text


class _Stop(Exception):
    def __init__(self, path: Path, what: str, what_to_do: str) -> None:
        self.finding = Finding(path, what, what_to_do)
        super().__init__(what)


class _Reader:
    """Turns events into a tree, one value at a time."""

    def __init__(self, events: Iterator[Any], values_max: int) -> None:
        self.tree = Tree()
        self._events = events
        self._values_max = values_max
        self._values = 0

    def document(self) -> Tree:
        first = self._next(yaml.StreamStartEvent, yaml.DocumentStartEvent)
        if isinstance(first, yaml.StreamEndEvent):
            raise _Stop((), "the file is empty", "write a plan: see docs/plan.md")
        self.tree.value = self._value(first, ())
        after = self._next(yaml.DocumentEndEvent)
        if not isinstance(after, yaml.StreamEndEvent):
            self.tree.lines[()] = after.start_mark.line + 1
            raise _Stop((), "a second document begins here", "keep one plan in a file: take out the line ---")
        return self.tree

    def _next(self, *passed_over: type) -> Any:
        event = next(self._events)
        while isinstance(event, passed_over):
            event = next(self._events)
        return event

    def _value(self, event: Any, path: Path) -> Any:
        self.tree.lines.setdefault(path, event.start_mark.line + 1)
        self._check_bounds(path)
        _refuse_reference(event, path)
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event, path)
        return self._mapping(path) if isinstance(event, yaml.MappingStartEvent) else self._sequence(path)

    def _check_bounds(self, path: Path) -> None:
        self._values += 1
        if self._values > self._values_max:
            raise _Stop(path, f"the file has more than {self._values_max} values", "make it smaller")
        if len(path) > DEPTH_MAX:
            raise _Stop(path, f"this is nested deeper than {DEPTH_MAX} levels", "no plan needs that: take it out")

    def _scalar(self, event: Any, path: Path) -> str:
        text: str = event.value
        if not text and event.style not in {"'", '"'}:
            name = dotted_name(path)
            self.tree.findings.append(Finding(path, f"{name} has no value", "write one, or take the line out"))
        return text

    def _sequence(self, path: Path) -> list[Any]:
        values: list[Any] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            values.append(self._value(event, (*path, len(values))))
        return values

    def _mapping(self, path: Path) -> dict[str, Any]:
        values: dict[str, Any] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._key(event, path)
            if key in values:
                self._twice(event, path, key)
            values[key] = self._value(next(self._events), (*path, key))
        return values

    def _twice(self, event: Any, path: Path, key: str) -> None:
        first = self.tree.lines[*path, key]
        self.tree.lines[*path, key] = event.start_mark.line + 1
        what = f"{key} is here a second time; the first is in line {first}"
        self.tree.findings.append(Finding((*path, key), what, "keep one of the two"))

    def _key(self, event: Any, path: Path) -> str:
        line = event.start_mark.line + 1
        if not isinstance(event, yaml.ScalarEvent) or len(event.value) > KEY_CHARS_MAX:
            self.tree.lines[path] = line
            raise _Stop(
                path, "a key that is not a short text", f"write key: value, keys of up to {KEY_CHARS_MAX} letters"
            )
        self.tree.lines.setdefault((*path, event.value), line)
        _refuse_reference(event, (*path, event.value))
        return str(event.value)


def dotted_name(path: Path) -> str:
    """How to speak of the value: its key, or its place in a list."""
    last = path[-1] if path else "the file"
    return f"entry {last + 1} of the list" if isinstance(last, int) else last


def _refuse_reference(event: Any, path: Path) -> None:
    if isinstance(event, yaml.AliasEvent):
        raise _Stop(path, f"an alias (*{event.anchor})", "aliases are not read: write the value out")
    if event.anchor is not None:
        raise _Stop(path, f"an anchor (&{event.anchor})", "anchors are not read: take it out")
    if event.tag is not None:
        raise _Stop(path, f"a tag ({event.tag})", "tags are not read: take it out")
