"""XML from the application, read within limits: no document type, so many elements, so deep."""

from dataclasses import dataclass, field
from xml.parsers import expat  # with document types refused there are no entities to expand

DOCUMENT_BYTES_MAX = 65_536
ELEMENTS_MAX = 500
DEPTH_MAX = 6


class BrokenMarkup(ValueError):
    """The document can't be read; `code` is the carrier's number for that."""

    def __init__(self, code: int, words: str) -> None:
        super().__init__(words)
        self.code = code


@dataclass(slots=True)
class Element:
    """One element; `text` is all its own text, trimmed, `at` the line where it begins."""

    name: str
    attributes: dict[str, str]
    at: int
    text: str = ""
    children: list["Element"] = field(default_factory=list)


def read_markup(document: bytes) -> Element:
    """The root. Raises BrokenMarkup (12100: no XML; 11750: too large)."""
    if len(document) > DOCUMENT_BYTES_MAX:
        raise BrokenMarkup(11750, f"the document has more than {DOCUMENT_BYTES_MAX} bytes")
    reading = _Reading()
    try:
        reading.parser.Parse(document, True)
    except expat.ExpatError as error:
        raise BrokenMarkup(12100, f"line {error.lineno}: {expat.ErrorString(error.code)}") from None
    return reading.document()


class _Reading:
    def __init__(self) -> None:
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._begin
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.parser.StartDoctypeDeclHandler = self._refuse
        self._open: list[Element] = []
        self._root: Element | None = None
        self._elements = 0

    def document(self) -> Element:
        if self._root is None:
            raise BrokenMarkup(12100, "the document is empty")
        return self._root

    def _begin(self, name: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        if self._elements > ELEMENTS_MAX or len(self._open) >= DEPTH_MAX:
            raise BrokenMarkup(12100, f"more than {ELEMENTS_MAX} elements, or deeper than {DEPTH_MAX}")
        element = Element(name, dict(attributes), self.parser.CurrentLineNumber)
        if self._open:
            self._open[-1].children.append(element)
        else:
            self._root = element
        self._open.append(element)

    def _end(self, _name: str) -> None:
        element = self._open.pop()
        element.text = " ".join(element.text.split())

    def _text(self, text: str) -> None:
        self._open[-1].text += text

    def _refuse(self, *_declaration: object) -> None:
        raise BrokenMarkup(12100, "a document type is not taken")
