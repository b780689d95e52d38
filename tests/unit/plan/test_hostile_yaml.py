"""YAML that was written to do harm, or that means something else than it says: refused, and nothing is built of it."""

from typing import Any

import pytest
import yaml

from services.plan.defects import PlanRefused
from services.plan.yaml_tree import DEPTH_MAX, FILE_BYTES_MAX, VALUES_MAX, Tree, read_tree
from tests.unit.plan.example import changed, defects_of, load

LOADERS = [yaml.BaseLoader, yaml.CBaseLoader]

LAUGHS = "a: &a [x, x]\n" + "".join(
    f"{new}: &{new} [*{old}, *{old}]\n" for old, new in zip("abcdefg", "bcdefgh", strict=True)
)

# The file, the line, a part of what is said.
HOSTILE: dict[str, tuple[bytes, int, str]] = {
    "a billion laughs": (LAUGHS.encode(), 1, "an anchor"),
    "an alias": (b"a: 1\nb: *a\n", 2, "an alias"),
    "an anchor on a key": (b"a: 1\n&b b: 2\n", 2, "an anchor"),
    "an alias as a key": (b"a: 1\n*a : 2\n", 2, "a key that is not a short text"),
    "a tag that runs a program": (b"a: 1\nb: !!python/object/apply:os.system [id]\n", 2, "a tag"),
    "a tag of YAML itself": (b"a: !!binary aGk=\n", 1, "a tag"),
    "a tag on the file": (b"!!map\na: 1\n", 1, "a tag"),
    "deep brackets": (b"a: " + b"[" * 500_000, 1, "nested deeper"),
    "deep braces": (b"{a: " * 200_000, 1, "nested deeper"),
    "deep indentation": (b"".join(b" " * n + b"a:\n" for n in range(100)), DEPTH_MAX + 1, "nested deeper"),
    "a file that is too large": (b"#" * (FILE_BYTES_MAX + 1), 0, "bytes"),
    "a file that is ten times too large": (b"#" * (FILE_BYTES_MAX * 10), 0, "make it smaller"),
    "a picture": (b"a: 1\n\x89PNG\r\n\x1a\n", 2, "not UTF-8"),
    "UTF-16": ("a: 1\n".encode("utf-16"), 1, "not UTF-8"),
    "a null byte": (b"a: 1\nb: \x00\n", 2, "U+0000"),
    "an escape sequence": (b"a: 1\nb: \x1b[2J\n", 2, "U+001B"),
    "two documents": (b"a: 1\n---\nb: 2\n", 2, "second document"),
    "two documents with an end": (b"a: 1\n...\n---\nb: 2\n", 3, "second document"),
    "nothing": (b"", 0, "the file is empty"),
    "nothing but comments": (b"# a\n# b\n", 0, "the file is empty"),
    "a bracket left open": (b"a: 1\nb: [1,\nc: 2\nd: 3\n", 3, "not YAML"),
    "a quote left open": (b"a: 1\nb: 'x\nc: 2\n", 4, "not YAML"),
    "a tab": (b"a:\n\tb: 1\n", 2, "not YAML"),
    "two colons": (b"a: b: c\n", 1, "not YAML"),
    "another version of YAML": (b"%YAML 9.9\n---\na: 1\n", 1, "not YAML"),
    "a list as a key": (b"a: 1\n? [x]\n: 2\n", 2, "a key that is not a short text"),
    "an endless key": (b"a: 1\n? " + b"k" * 100_000 + b"\n: 2\n", 2, "a key that is not a short text"),
}  # fmt: skip


@pytest.mark.parametrize("loader", LOADERS)
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_with_its_line(name: str, loader: Any) -> None:
    raw, line, said = HOSTILE[name]

    with pytest.raises(PlanRefused) as refused:
        read_tree(raw, loader)

    (defect,) = refused.value.defects
    # The two readers put the end of what was left open on different lines.
    assert defect.line == line or "not YAML" in said
    assert said in f"{defect.what}; {defect.what_to_do}"


def test_a_file_of_too_many_values_is_refused() -> None:
    # Five times as many; ten times would be more than a file may have bytes.
    (defect,) = defects_of(b"a: [" + b"1," * (5 * VALUES_MAX) + b"1]")

    assert str(VALUES_MAX) in defect.what


def test_a_file_of_ten_times_as_many_values_is_refused_and_one_of_as_many_is_read() -> None:
    with pytest.raises(PlanRefused, match="more than 10000 values"):
        read_tree(b"[" + b"1," * 99_999 + b"1]", values_max=10_000)

    assert len(read_tree(b"[" + b"1," * 9_998 + b"1]", values_max=10_000).value) == 9_999


@pytest.mark.parametrize("raw", [b"just a text", b"[1, 2]", b"a: 1"])
def test_a_file_that_is_no_plan_is_refused(raw: bytes) -> None:
    assert defects_of(raw)


@pytest.mark.parametrize("loader", LOADERS)
def test_every_value_is_the_text_that_was_written(loader: Any) -> None:
    tree: Tree = read_tree(b"a: [no, 09:00, 2026-12-25, 0x10, ~, 1e3, '', .inf]\nb: {on: off}\n", loader)

    assert tree.value == {
        "a": ["no", "09:00", "2026-12-25", "0x10", "~", "1e3", "", ".inf"],
        "b": {"on": "off"},
    }
    assert not tree.findings


@pytest.mark.parametrize("loader", LOADERS)
def test_every_value_has_the_line_it_stands_in(loader: Any) -> None:
    tree = read_tree(b"# first\na:\n  - b: 1\n    c: 2\n  - x\n", loader)

    assert tree.lines == {(): 2, ("a",): 2, ("a", 0): 3, ("a", 0, "b"): 3, ("a", 0, "c"): 4, ("a", 1): 5}


def test_a_byte_order_mark_does_no_harm() -> None:
    assert read_tree(b"\xef\xbb\xbfa: 1\n").value == {"a": "1"}


def test_norwegian_is_a_language_and_not_a_refusal() -> None:
    plan = load(changed(("language: DE}", "language: no}"))).plan

    assert plan.companies[0].addresses[1].language == "no"


def test_nine_in_the_morning_is_not_a_number_of_minutes() -> None:
    quoted = changed()
    unquoted = changed(
        ('mon: "09:00-17:00", fri: ["09:00-12:00", "13:00-15:00"]', "mon: 09:00-17:00, fri: [09:00-12:00, 13:00-15:00]")
    )

    assert load(unquoted).plan.hours == load(quoted).plan.hours
