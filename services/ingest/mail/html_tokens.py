"""HTML cut into tags and text in one pass.

The standard library's parser takes minutes over what is cut short ("<!--" again and again). Here each token takes all
that was looked at to find it, so that the time grows with the length alone.
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass

TOKEN = re.compile(
    r"""<!--.*?(?:-->|\Z)
      | <(?P<close>/?)(?P<tag>[a-zA-Z][a-zA-Z0-9]{0,30})(?P<rest>(?:[^>=]+|=\s*"[^"]*"|=\s*'[^']*'|=)*)>?
      | <[!?/][^>]*>?
      | (?P<text>[^<]+|<)""",
    re.VERBOSE | re.DOTALL,
)
ATTRIBUTE = re.compile(
    r"""(?<![^\s/"'])(?P<name>[a-zA-Z][^\s=>/"']*)\s*=\s*(?:"(?P<a>[^"]*)"|'(?P<b>[^']*)'|(?P<c>[^\s>"']+))"""
)
# What stands in these is no text of the mail: it is passed over to their end.
SILENT = frozenset({"script", "style", "title", "template", "noscript", "textarea", "select", "svg", "math", "xmp"})
ATTRIBUTES_CHARACTERS_MAX = 8192


@dataclass(frozen=True, slots=True)
class Text:
    """Text with its character references resolved."""

    text: str


@dataclass(frozen=True, slots=True)
class Tag:
    """A start tag (`attributes` is what stands between name and bracket) or an end tag; the name is lower case."""

    name: str
    ends: bool
    attributes: str

    def attribute_values(self) -> list[tuple[str, str]]:
        """Names and values; none of a tag that is all too long."""
        if len(self.attributes) > ATTRIBUTES_CHARACTERS_MAX:
            return []
        return [
            (found["name"].lower(), html.unescape(found["a"] or found["b"] or found["c"] or ""))
            for found in ATTRIBUTE.finditer(self.attributes)
        ]


def tokens(source: str) -> Iterator[Text | Tag]:
    """The tags and texts, in order; comments, declarations and scripts are left out."""
    lowered = source.lower()
    if len(lowered) != len(source):  # a few letters have longer lower-case forms
        source = lowered
    at = 0
    while (found := TOKEN.match(source, at)) is not None:
        at = found.end()
        if found["text"]:
            yield Text(html.unescape(found["text"]))
        elif found["tag"]:
            tag = Tag(found["tag"].lower(), bool(found["close"]), found["rest"])
            if tag.name in SILENT and not tag.ends:
                at = _end_of_silence(lowered, tag.name, at)
            elif tag.name not in SILENT:
                yield tag


def _end_of_silence(lowered: str, name: str, at: int) -> int:
    end = lowered.find(f"</{name}", at)
    return end if end >= 0 else len(lowered)
