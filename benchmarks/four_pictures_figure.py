"""Draws what four_pictures.py trained: docs/images/four-pictures.png, and its dark twin.

python benchmarks/four_pictures_figure.py
"""

from __future__ import annotations

import json
import math
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib

import results_file

matplotlib.use("agg")
from matplotlib import pyplot as plt

IMAGES = Path(__file__).parents[1] / "docs" / "images"
SHOWN = 5
"""Seeds in each picture: the first is drawn strongly, and what is said below is said of it."""

GUESSING = math.log(10)
TITLES = ("steps down", "tiny steps", "zig-zag, and falling", "beyond the valley")
LETTERS = 38
"""To a line below a picture."""


@dataclass(frozen=True)
class Paper:
    """Colours that go with a page."""

    page: str
    ink: str
    faint: str
    line: str
    good: str
    bad: str


LIGHT = Paper("#ffffff", "#1f2328", "#6e7781", "#0969da", "#1a7f37", "#cf222e")
DARK = Paper("#0d1117", "#e6edf3", "#8b949e", "#58a6ff", "#3fb950", "#ff7b72")


def main() -> None:
    """Read the results, draw them on both papers, write the pictures."""
    result = json.loads((results_file.RESULTS / "four-pictures.json").read_text(encoding="utf-8"))
    draw(result["rows"], LIGHT, IMAGES / "four-pictures.png")
    draw(result["rows"], DARK, IMAGES / "four-pictures-dark.png")


def draw(rows: list[dict[str, Any]], paper: Paper, path: Path) -> None:
    """Validation losses by epoch, a picture for each rate; verdict and reason of the first seed below."""
    figure, panels = plt.subplots(1, 4, figsize=(13, 5.3), facecolor=paper.page)
    figure.subplots_adjust(left=0.045, right=0.99, top=0.86, bottom=0.41, wspace=0.2)
    for place, (axes, title) in enumerate(zip(panels, TITLES, strict=True)):
        those = [row for row in rows if row["picture"] == place + 1][:SHOWN]
        _curves(axes, those, paper)
        axes.set_title(title, loc="left", fontsize=13, color=paper.ink, pad=22, fontweight="bold")
        rate = f"learning rate {those[0]['learning_rate']:g}"
        axes.text(0, 1.04, rate, transform=axes.transAxes, color=paper.faint)
        _told(axes, those[0], paper)
    panels[0].set_ylabel("validation loss", color=paper.faint)
    figure.savefig(path, dpi=130, facecolor=paper.page)
    plt.close(figure)


def _curves(axes: Any, rows: list[dict[str, Any]], paper: Paper) -> None:
    """The seeds' curves, and the loss of guessing; a scale of its own where they leave that of the others."""
    axes.set_facecolor(paper.page)
    colour = paper.line
    for row in reversed(rows):
        first = row is rows[0]
        losses = [math.nan if loss is None else loss for loss in row["valid_loss"]]
        style: dict[str, Any] = {"lw": 2.2, "alpha": 1.0} if first else {"lw": 1.0, "alpha": 0.35}
        axes.plot(range(1, len(losses) + 1), losses, color=colour, solid_capstyle="round", **style)
    axes.axhline(GUESSING, color=paper.faint, lw=1, ls=(0, (4, 3)))
    high = max(loss for row in rows for loss in row["valid_loss"] if loss is not None)
    if high > 2 * GUESSING:
        axes.set_yscale("log")
        axes.set_ylim(1, 2 * high)
        axes.yaxis.set_major_formatter("{x:g}")
    else:
        axes.set_ylim(0, 2.75)
    axes.set_xlim(0.4, len(rows[0]["valid_loss"]) + 0.6)
    axes.set_xticks([1, 5, 10, 15, 20])
    axes.text(20.4, GUESSING * 1.03, "guessing", ha="right", va="bottom", fontsize=9, color=paper.faint)
    axes.set_xlabel("epoch", color=paper.faint)
    axes.tick_params(colors=paper.faint, which="both", length=3)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(paper.faint)


def _told(axes: Any, row: dict[str, Any], paper: Paper) -> None:
    """Verdict, sign and reason below a picture."""
    good = row["verdict"] == "good"
    axes.text(
        0, -0.3, row["verdict"], transform=axes.transAxes, fontsize=17, fontweight="bold", va="top",
        color=paper.good if good else paper.bad,
    )  # fmt: skip
    what = textwrap.fill(f"{row['sign']}: {row['reason']}", LETTERS)
    axes.text(
        0, -0.44, what, transform=axes.transAxes, fontsize=10, va="top", color=paper.ink, linespacing=1.35
    )
    if row["advice"]:
        below = -0.44 - 0.083 * (what.count("\n") + 1) - 0.02
        axes.text(
            0, below, row["advice"].replace("->", "\N{RIGHTWARDS ARROW}"), transform=axes.transAxes,
            fontsize=10, va="top", color=paper.line, fontweight="bold",
        )  # fmt: skip


if __name__ == "__main__":
    main()
