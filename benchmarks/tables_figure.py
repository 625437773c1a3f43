"""Draws what tables.py measured on fresh problems: docs/images/tables.png.

python benchmarks/tables_figure.py
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import matplotlib

import results_file
from tables_methods import OURS
from tables_statistics import GRID

matplotlib.use("agg")
from matplotlib import pyplot as plt

IMAGES = Path(__file__).parents[1] / "docs" / "images"


def main() -> None:
    """Read the results, draw them, write the picture."""
    result = json.loads((results_file.RESULTS / "tables.json").read_text(encoding="utf-8"))
    draw(result["summary"], IMAGES / "tables.png")


def draw(summary: dict[str, Any], path: Path) -> None:
    """Left mean regret with intervals by full trainings, right the mean rank by tenths of the budget."""
    curves, ranks = summary["curves"], summary["rank_by_trainings"]
    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.8), layout="constrained")
    for place, (name, curve) in enumerate(curves.items()):
        first = name == OURS
        style: dict[str, Any] = {
            "color": "black" if first else plt.get_cmap("tab20")(place % 20),
            "linewidth": 2.5 if first else 1.3,
            "zorder": 3 if first else 2,
        }
        left.plot(GRID, curve["mean"], label=name, **style)
        left.fill_between(GRID, curve["low"], curve["high"], color=style["color"], alpha=0.08, linewidth=0)
        right.plot([int(at) for at in ranks[name]], list(ranks[name].values()), "o-", markersize=3, **style)
    left.set_yscale("log")
    left.set_title("mean normalised regret, with 95 % intervals", loc="left")
    right.set_title("mean rank, 1 is best", loc="left")
    right.invert_yaxis()
    for axes in (left, right):
        axes.set_xlabel("epochs spent, in full trainings")
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(alpha=0.25)
    figure.legend(frameon=False, loc="outside right center")
    figure.suptitle(f"{summary['problems']} recorded problems that nothing was tuned on", x=0.01, ha="left")
    figure.savefig(path, dpi=110)
    plt.close(figure)


if __name__ == "__main__":
    main()
