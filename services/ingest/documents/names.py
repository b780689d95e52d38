"""What the names of files in the watched folder mean, and how they are shown and kept: strangers may have made them."""

import re

ENDINGS = (".tif", ".tiff", ".pdf")
SLIP_ENDING = ".json"
# What stands before it in a name is who sent the document.
AFTER_SENDER = "__"
SENDER_CHARACTERS_MAX = 320
SHOWN_CHARACTERS_MAX = 150
KEPT_CHARACTERS_MAX = 100
UNSAFE = re.compile(r"[^A-Za-z0-9+._-]+")


def is_document(name: str) -> bool:
    """Is this the name of a document?"""
    return name.lower().endswith(ENDINGS)


def slip_of(name: str) -> str:
    """The name of the slip that may lie beside a document."""
    return name + SLIP_ENDING


def document_of(slip_name: str) -> str:
    """The name of the document that a slip belongs to; empty if it is no name of a slip."""
    name = slip_name.removesuffix(SLIP_ENDING)
    return name if name != slip_name and is_document(name) else ""


def sender_in(name: str) -> str:
    """Who sent it, where the name says so: `<sender>__rest.tif`."""
    sender, separator, _ = name.partition(AFTER_SENDER)
    return printable(sender).strip()[:SENDER_CHARACTERS_MAX] if separator else ""


def shown(name: str) -> str:
    """The name as people see it: on one line, without marks that deceive."""
    return _cut(printable(name), SHOWN_CHARACTERS_MAX)


def kept(name: str) -> str:
    """The name as it is kept on the disk: of a few characters that mean nothing to any program."""
    return _cut(UNSAFE.sub("_", name), KEPT_CHARACTERS_MAX)


def printable(text: str) -> str:
    """The text without controls, marks of direction and bytes that are no text."""
    return "".join(character if character.isprintable() else "_" for character in text)


def _cut(name: str, characters_max: int) -> str:
    """At most so long; the ending stays."""
    if len(name) <= characters_max:
        return name
    ending = name[name.rfind(".") :] if 0 < len(name) - name.rfind(".") <= len(".json") else ""
    return name[: characters_max - len(ending)] + ending
