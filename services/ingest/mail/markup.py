"""HTML of mails: made safe to show, and turned into text.

It is rebuilt first into well-nested HTML of bounded depth, because the sanitiser's time grows with the square of the
depth, and a depth counted in the original could be hidden from the counter by comments and stray tags.
"""

import html
from collections.abc import Iterable

import nh3

from services.ingest.mail.html_tokens import Tag, Text, tokens
from services.ingest.mail.limits import MailLimits

VOID = frozenset({"br", "hr"})
PHRASES = frozenset(
    {"a", "abbr", "b", "cite", "code", "del", "em", "i", "ins", "kbd", "q", "s", "samp", "small", "span"}
)
MORE_PHRASES = frozenset({"strike", "strong", "sub", "sup", "tt", "u"})
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
BLOCKS = HEADINGS | {"blockquote", "center", "div", "dl", "hr", "ol", "p", "pre", "table", "ul"}
ITEMS = frozenset({"dd", "dt", "li"})
CELLS = frozenset({"td", "th"})
ROWS = CELLS | {"tr"}
SECTIONS = frozenset({"tbody", "tfoot", "thead"})
TAGS = VOID | PHRASES | MORE_PHRASES | BLOCKS | ITEMS | ROWS | SECTIONS
BREAKS = BLOCKS | ITEMS | {"br", "tr"}
# A start tag ends those of these elements that are open innermost, as authors may leave their end tags out.
ENDED_BY: dict[str, frozenset[str]] = {
    **dict.fromkeys(BLOCKS, frozenset({"p"})),
    **dict.fromkeys(CELLS, CELLS),
    **dict.fromkeys(SECTIONS, ROWS | SECTIONS),
    "tr": ROWS,
    "li": frozenset({"li", "p"}),
    "dt": frozenset({"dt", "dd", "p"}),
    "dd": frozenset({"dt", "dd", "p"}),
}
CELL_ATTRIBUTES = {"align", "colspan", "rowspan", "valign"}
ATTRIBUTES = {"a": {"href"}, "td": CELL_ATTRIBUTES, "th": CELL_ATTRIBUTES, "ol": {"start"}, "abbr": {"title"}}
LINKS = {"http", "https", "mailto", "tel"}


def readable(source: str, limits: MailLimits) -> tuple[str, str]:
    """Safe HTML and its text. HTML that is too large or too deep is left out, its text stays.

    Pictures are never fetched: what is left of one is its alternative text.
    """
    rebuilt = _Rebuilt(limits)
    for token in tokens(source[: limits.text_characters]):
        rebuilt.take(token)
    markup = "" if len(source) > limits.html_characters else rebuilt.markup()
    return sanitised(markup), rebuilt.text()


def sanitised(source: str) -> str:
    """HTML with allowed tags, attributes and links only; of well-nested HTML no deeper than the limit."""
    return nh3.clean(
        source,
        tags=set(TAGS),
        attributes=ATTRIBUTES,
        url_schemes=LINKS,
        url_relative="deny",
        link_rel="noopener noreferrer",
    )


class _Rebuilt:
    def __init__(self, limits: MailLimits) -> None:
        self._limits = limits
        self._open: list[str] = []
        self._markup: list[str] = []
        self._text: list[str] = []
        self._left_bytes = limits.html_characters
        self._too_deep = False

    def take(self, token: Text | Tag) -> None:
        if isinstance(token, Text):
            self._take_text(token.text)
        elif token.name == "img":
            self._take_text(dict(token.attribute_values()).get("alt", ""))
        else:
            self._text.append("\n" if token.name in BREAKS else "\t" if token.name in CELLS else "")
            if token.name in TAGS and not self._too_deep:
                self._take_tag(token)

    def markup(self) -> str:
        """The HTML; empty when it is too deep or too large."""
        self._pop(len(self._open))
        return "" if self._too_deep or self._left_bytes < 0 else "".join(self._markup)

    def text(self) -> str:
        lines = (" ".join(line.split()) for line in "".join(self._text).split("\n"))
        return _without_runs_of_blanks(lines)

    def _take_text(self, text: str) -> None:
        self._write(html.escape(text))
        # A break in the source is a blank: only tags break lines.
        self._text.append(text if "pre" in self._open else text.replace("\n", " "))

    def _take_tag(self, tag: Tag) -> None:
        if tag.ends:
            if tag.name in self._open:
                self._pop(self._open[::-1].index(tag.name) + 1)
            return
        while self._open and self._open[-1] in ENDED_BY.get(tag.name, frozenset()):
            self._pop(1)
        kept = ATTRIBUTES.get(tag.name, set())
        values = (pair for pair in tag.attribute_values() if pair[0] in kept) if kept else ()
        self._write("".join([f"<{tag.name}", *(f' {name}="{html.escape(value)}"' for name, value in values), ">"]))
        if tag.name not in VOID:
            self._open.append(tag.name)
            self._too_deep = len(self._open) > self._limits.html_depth

    def _pop(self, count: int) -> None:
        for _ in range(count):
            self._write(f"</{self._open.pop()}>")

    def _write(self, piece: str) -> None:
        self._left_bytes -= len(piece)
        if self._left_bytes >= 0:
            self._markup.append(piece)


def _without_runs_of_blanks(lines: Iterable[str]) -> str:
    kept: list[str] = []
    for line in lines:
        if line or (kept and kept[-1]):
            kept.append(line)
    return "\n".join(kept).strip("\n")
