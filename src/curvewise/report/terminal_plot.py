"""Curves drawn with characters, and spans of them marked below."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rich.text import Text

from curvewise.report.glyphs import UNICODE, Glyphs

HEIGHT = 12
"""Rows: tall enough for a bend, and two pictures fit a screen."""
LOG_FROM = 100.0
"""Highest over lowest value from which the scale is logarithmic: below it a linear one shows better how a
validation curve turns up."""
SPREAD = 4
"""Columns that one point gets at most: five points are no wide picture."""
NARROWEST = 16
OUTLYING = 4.0
"""A linear scale ends above the 95th percentile where the highest value is this many times as far up: a
single spike would flatten all else."""

_STYLES = {"train": "blue", "valid": "yellow", "best": "bold green", "lost": "bold red", "above": "red"}


@dataclass(frozen=True)
class Line:
    """One curve: (N,) values at (N,) places that never decrease."""

    part: str
    """``train`` or ``valid``: which glyph and colour."""
    at: NDArray[np.float64]
    values: NDArray[np.float64]
    """What is not finite is drawn as such at the top."""


@dataclass(frozen=True)
class Span:
    """A part of the curves that something is said about."""

    first: float
    last: float
    label: str
    style: str = "bold red"


@dataclass(frozen=True)
class Axes:
    """What the picture is of."""

    quantity: str = "loss"
    unit: str = "epoch"
    best: tuple[float, float] | None = None
    """Place and value of the best point, where it is to be marked."""


def plot(
    lines: Sequence[Line],
    spans: Sequence[Span] = (),
    axes: Axes = Axes(),
    width: int = 80,
    glyphs: Glyphs = UNICODE,
) -> Text:
    """A picture at most ``width`` columns wide: every value has its mark, and between points that are apart
    the curve is drawn through.

    Log scale where all finite values are positive and span two orders of magnitude.
    """
    values = np.concatenate([line.values for line in lines]) if lines else np.empty(0)
    if not np.isfinite(values).any():
        return Text(f"no finite {axes.quantity} to draw", style="dim")
    scale = _Scale.of(values[np.isfinite(values)])
    margin = max(map(len, scale.ends))
    at = np.concatenate([line.at for line in lines])
    points = max(len(line.at) for line in lines)
    room = max(NARROWEST, width - margin - 3 - len(_end(axes, float(at.max()))))
    columns = min(room, max(NARROWEST, SPREAD * points))
    canvas = _Canvas(scale, (float(at.min()), float(at.max())), columns, glyphs)
    for line in lines:
        canvas.draw(line)
    if axes.best is not None and all(map(math.isfinite, axes.best)):
        canvas.put("best", np.array([axes.best[0]]), np.array([axes.best[1]]))
    text = canvas.framed(margin, _end(axes, float(at.max())))
    _spans(text, canvas, spans, margin, width)
    _legend(text, canvas, axes, margin, width)
    return text


def _end(axes: Axes, last: float) -> str:
    return f" {axes.unit} {last:,.6g}"


@dataclass(frozen=True)
class _Scale:
    """Values to rows; row 0 is the top."""

    low: float
    high: float
    log: bool

    @classmethod
    def of(cls, finite: NDArray[np.float64]) -> _Scale:
        low, high = float(finite.min()), float(finite.max())
        if low > 0 and high > LOG_FROM * low:
            return cls(low, high, log=True)
        usual = float(np.quantile(finite, 0.95))
        if high - low > OUTLYING * (usual - low) > 0:
            return cls(low, usual + 0.25 * (usual - low), log=False)
        return cls(low, high, log=False)

    @property
    def ends(self) -> tuple[str, str]:
        return f"{self.high:.3g}", f"{self.low:.3g}"

    def height(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """0 at the lowest value, 1 at the top, more above it; not finite where a value is not."""
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            shown, low, high = (
                (np.log(values), math.log(self.low), math.log(self.high))
                if self.log
                else (values, self.low, self.high)
            )
            return (shown - low) / (high - low) if high > low else np.where(np.isfinite(shown), 0.0, shown)


class _Canvas:
    """A grid of marks."""

    def __init__(self, scale: _Scale, ends: tuple[float, float], columns: int, glyphs: Glyphs) -> None:
        self.scale, self.columns, self.glyphs = scale, columns, glyphs
        self._first, self._last = ends
        self._cells = np.full((HEIGHT, columns), "", dtype="<U8")
        self.used: set[str] = set()

    def column(self, at: NDArray[np.float64]) -> NDArray[np.intp]:
        """Where on the canvas each place is; places beyond its ends are at its ends."""
        length = self._last - self._first
        share = (at - self._first) / length if length > 0 else np.zeros(at.shape)
        return np.rint(np.clip(share, 0.0, 1.0) * (self.columns - 1)).astype(np.intp)

    def draw(self, line: Line) -> None:
        """Every value of a curve, and the curve between them."""
        if len(line.at) == 0:
            return
        heights, columns = self.scale.height(line.values), self.column(line.at)
        finite = np.isfinite(heights)
        self._through(line.part, columns, heights)
        self._mark(line.part, columns[finite & (heights <= 1)], heights[finite & (heights <= 1)])
        self._mark("above", columns[finite & (heights > 1)], heights[finite & (heights > 1)])
        self._mark("lost", columns[~finite], np.ones(int((~finite).sum())))

    def put(self, part: str, at: NDArray[np.float64], values: NDArray[np.float64]) -> None:
        """Single marks."""
        self._mark(part, self.column(at), self.scale.height(values))

    def _through(self, part: str, columns: NDArray[np.intp], heights: NDArray[np.float64]) -> None:
        """Fill the columns between neighbouring points; not across values that are not finite."""
        taken = np.zeros(self.columns, dtype=bool)
        taken[columns] = True
        empty = np.flatnonzero(~taken[: columns[-1]])
        empty = empty[empty > columns[0]]
        after = np.searchsorted(columns, empty, side="right")
        left, right = heights[after - 1], heights[after]
        share = (empty - columns[after - 1]) / (columns[after] - columns[after - 1])
        with np.errstate(invalid="ignore"):
            between = left + share * (right - left)
        drawn = np.isfinite(between) & (between <= 1)
        self._mark(part, empty[drawn], between[drawn])

    def _mark(self, part: str, columns: NDArray[np.intp], heights: NDArray[np.float64]) -> None:
        if len(columns):
            rows = HEIGHT - 1 - np.rint(np.clip(heights, 0.0, 1.0) * (HEIGHT - 1)).astype(np.intp)
            self._cells[rows, columns] = part
            self.used.add(part)

    def framed(self, margin: int, end: str) -> Text:
        """The marks with their axes."""
        text = Text(no_wrap=True)
        high, low = self.scale.ends
        for row, cells in enumerate(self._cells.tolist()):
            label = high if row == 0 else low if row == HEIGHT - 1 else ""
            side = self.glyphs.tick if label else self.glyphs.side
            text.append(f"{label:>{margin}} {side}", style="dim")
            for part in cells:
                text.append(getattr(self.glyphs, part) if part else " ", style=_STYLES.get(part, ""))
            text.append("\n")
        floor = self.glyphs.corner + self.glyphs.floor * self.columns
        return text.append(" " * (margin + 1) + floor + end + "\n", style="dim")


def _spans(text: Text, canvas: _Canvas, spans: Sequence[Span], margin: int, width: int) -> None:
    """A bracket below the part of the curves that shows a sign, and the sign's name beside it."""
    glyphs = canvas.glyphs
    for span in spans:
        first, last = canvas.column(np.array([span.first, span.last])).tolist()
        inside = glyphs.span * (last - first - 1)
        bracket = glyphs.span_first + inside + glyphs.span_last if last > first else "^"
        before = margin + 2 + first
        if before + len(bracket) + 1 + len(span.label) <= width:
            text.append(f"{' ' * before}{bracket} {span.label}\n", style=span.style)
        else:
            label = f"{span.label} " if before > len(span.label) else ""
            text.append(f"{label:>{before}}{bracket}\n", style=span.style)


def _legend(text: Text, canvas: _Canvas, axes: Axes, margin: int, width: int) -> None:
    """What each mark means, on as many lines as it takes."""
    names = {
        "train": "training",
        "valid": "validation",
        "best": "best error",
        "lost": "not finite",
        "above": "above",
    }
    indent = " " * (margin + 2)
    opening = f"{axes.quantity} (log scale):" if canvas.scale.log else f"{axes.quantity}:"
    text.append(indent + opening, style="dim")
    used = margin + 2 + len(opening)
    for part, name in names.items():
        if part not in canvas.used:
            continue
        if used + len(name) + 4 > width:
            text.append("\n" + indent, style="dim")
            used = margin + 2
        text.append("  ").append(getattr(canvas.glyphs, part), style=_STYLES[part])
        text.append(f" {name}", style="dim")
        used += len(name) + 4
