"""Pictures as SVG: text, lines and boxes with colours that can be told apart in light, dark and grey."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from html import escape

# Okabe and Ito (2008), told apart by the colour-blind too.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00")
DARK, FAINT = "#333333", "#bbbbbb"
# Numbers in a picture, so that the same run gives the same file.
DECIMALS = 1


@dataclass(slots=True)
class Drawing:
    """Put together from the back to the front; x to the right, y down, in pixels."""

    width: int
    height: int
    title: str
    _parts: list[str] = field(default_factory=list)

    def line(self, points: Iterable[tuple[float, float]], colour: str = DARK, wide: float = 1, dash: str = "") -> None:
        at = " ".join(f"{_n(x)},{_n(y)}" for x, y in points)
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        self._parts.append(f'<polyline points="{at}" fill="none" stroke="{colour}" stroke-width="{wide}"{dashed}/>')

    def box(self, x: float, y: float, width: float, height: float, colour: str) -> None:
        self._parts.append(f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" height="{_n(height)}" fill="{colour}"/>')

    def dot(self, x: float, y: float, colour: str, radius: float = 3) -> None:
        self._parts.append(f'<circle cx="{_n(x)}" cy="{_n(y)}" r="{radius}" fill="{colour}"/>')

    def text(self, x: float, y: float, words: str, *, anchor: str = "start", size: int = 12) -> None:
        where = f'x="{_n(x)}" y="{_n(y)}" text-anchor="{anchor}" font-size="{size}" fill="{DARK}"'
        self._parts.append(f"<text {where}>{escape(words)}</text>")

    def svg(self) -> str:
        """The file's content."""
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} {self.height}" width="{self.width}" '
            f'height="{self.height}" role="img" font-family="sans-serif">'
        )
        ground = f'<rect width="{self.width}" height="{self.height}" fill="#ffffff"/>'
        return "\n".join((head, f"<title>{escape(self.title)}</title>", ground, *self._parts, "</svg>", ""))


def _n(value: float) -> str:
    return f"{round(value, DECIMALS):g}"
