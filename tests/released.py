"""The protos of the last release, as they were: `protos/released.binpb`, which `make release-image` writes."""

from functools import cache

from google.protobuf.descriptor_pb2 import DescriptorProto, FileDescriptorSet

from tests.house_rules import ROOT

IMAGE = ROOT / "protos" / "released.binpb"


@cache
def released_files() -> FileDescriptorSet:
    """Every file of the last release."""
    return FileDescriptorSet.FromString(IMAGE.read_bytes())


def released_message(name: str) -> DescriptorProto:
    """A message of the last release. Raises KeyError."""
    return {message.name: message for file in released_files().file for message in file.message_type}[name]


def released_kinds() -> set[str]:
    """The kinds of event that the last release knew."""
    return {field.type_name.rsplit(".", 1)[-1] for field in released_message("Event").field}
