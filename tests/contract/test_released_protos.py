"""The protos go on saying what those of the last release said, and events mean the same to routers of both."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from google.protobuf.descriptor import Descriptor, EnumDescriptor
from google.protobuf.descriptor_pb2 import DescriptorProto, EnumDescriptorProto

from switchroom.v1 import log_pb2
from tests.house_rules import ROOT
from tests.released import IMAGE, released_files

EVENTS, WORK = "events.proto", "work.proto"
ATTACHED = "message AgentAttached {\n  string agent = 1;"
# Fields and values that events gained since the last release, each with why an older router makes the same of the event
# without it, or the format that has to be in force before it is written.
GAINED: dict[str, str] = {}


def complaints(folder: Path) -> str:
    """What buf says of the protos there, beside the last release; "" for nothing."""
    breaking = [str(Path(sys.executable).parent / "buf"), "breaking", "--against", str(IMAGE)]
    run = subprocess.run(breaking, cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603
    return run.stdout + run.stderr


@pytest.fixture
def protos(tmp_path: Path) -> Path:
    """A copy of protos/ that may be changed."""
    shutil.copy2(ROOT / "buf.yaml", tmp_path)
    shutil.copytree(ROOT / "protos", tmp_path / "protos")
    return tmp_path


def change(protos: Path, name: str, old: str, new: str) -> None:
    file = protos / "protos" / "switchroom" / "v1" / name
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))


def test_the_protos_break_nothing_of_the_last_release() -> None:
    assert not complaints(ROOT)


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        pytest.param(EVENTS, ATTACHED, ATTACHED.replace("= 1", "= 9"), id="renumbered"),
        pytest.param(EVENTS, ATTACHED, ATTACHED.replace("string", "int64"), id="another-type"),
        pytest.param(EVENTS, ATTACHED, ATTACHED.replace("agent =", "who ="), id="renamed"),
        pytest.param(EVENTS, "  OFFER_END_TIMED_OUT = 2;\n", "", id="value-gone"),
        pytest.param(WORK, "  rpc Next(", "  rpc Following(", id="method-gone"),
    ],
)
def test_a_break_is_refused(protos: Path, name: str, old: str, new: str) -> None:
    change(protos, name, old, new)
    assert name in complaints(protos)


def test_what_is_added_is_no_break(protos: Path) -> None:
    change(protos, EVENTS, "message AgentAttached {\n", "message AgentAttached {\n  string from_where = 77;\n")
    assert not complaints(protos)


def test_a_published_event_gains_nothing_that_an_older_router_would_pass_over_unknowing() -> None:
    gained = set(_gained())
    assert gained == GAINED.keys(), (
        "an older router reads past what it does not know, and its state is another one then: a new meaning is a new "
        "kind (CONTRIBUTING.md), or say in GAINED why it is none"
    )


def _gained() -> Iterator[str]:
    """What is in the messages of router.log now and was not in the last release's, kinds of events apart."""
    messages = {message.name: message for file in released_files().file for message in file.message_type}
    enums = {enum.name: enum for file in released_files().file for enum in file.enum_type}
    for now in _reachable(log_pb2.Decided.DESCRIPTOR):
        if now.name == "Event":
            continue
        if isinstance(now, EnumDescriptor):
            yield from _values_gained(now, enums.get(now.name))
        else:
            yield from _fields_gained(now, messages.get(now.name))


def _fields_gained(now: Descriptor, then: DescriptorProto | None) -> Iterator[str]:
    known = {field.name for field in then.field} if then else {field.name for field in now.fields}
    yield from (f"{now.name}.{field.name}" for field in now.fields if field.name not in known)


def _values_gained(now: EnumDescriptor, then: EnumDescriptorProto | None) -> Iterator[str]:
    known = {value.name for value in then.value} if then else {value.name for value in now.values}
    yield from (f"{now.name}.{value.name}" for value in now.values if value.name not in known)


def _reachable(
    message: Descriptor, found: dict[str, Descriptor | EnumDescriptor] | None = None
) -> list[Descriptor | EnumDescriptor]:
    """The message, and all that stands in it."""
    found = {} if found is None else found
    found[message.full_name] = message
    for field in message.fields:
        if field.enum_type is not None:
            found[field.enum_type.full_name] = field.enum_type
        elif field.message_type is not None and field.message_type.full_name not in found:
            _reachable(field.message_type, found)
    return list(found.values())
