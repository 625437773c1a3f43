"""Draws what engine_sweep.py measured: docs/images/engine-sweep.png.

python benchmarks/engine_figure.py
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import matplotlib

import results_file

matplotlib.use("agg")
from matplotlib import pyplot as plt

IMAGES = Path(__file__).parents[1] / "docs" / "images"


def main() -> None:
    """Read the results, draw them, write the picture."""
    result = json.loads((results_file.RESULTS / "engine-sweep.json").read_text(encoding="utf-8"))
    draw(result["summary"], result["machine"]["processor"], IMAGES / "engine-sweep.png")


def draw(summary: dict[str, Any], processor: str, path: Path) -> None:
    """Left microseconds per step, right the share of the measured rate of matrix products, by minibatch."""
    widths = [key for key in summary if key.isdigit()]
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4.2), layout="constrained")
    for place, width in enumerate(widths):
        minibatches = [int(minibatch) for minibatch in summary[width]]
        figures = list(summary[width].values())
        style: dict[str, Any] = {"color": plt.get_cmap("viridis")(0.85 * place / max(1, len(widths) - 1))}
        left.plot(minibatches, [f["ours_us"] for f in figures], "o-", label=f"{width} units", **style)
        left.plot(minibatches, [f["eager_us"] for f in figures], "o--", markerfacecolor="white", **style)
        right.plot(minibatches, [100 * f["share_of_peak"] for f in figures], "o-", **style)
    left.plot([], [], "o--", color="grey", markerfacecolor="white", label="PyTorch, one by one")
    for axes in (left, right):
        axes.set_xscale("log", base=2)
        axes.set_xticks(minibatches, [str(minibatch) for minibatch in minibatches])
        axes.set_xlabel("rows of a minibatch")
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(alpha=0.25)
    left.set_yscale("log")
    left.set_title("µs per training step, one thread", loc="left")
    left.legend(frameon=False)
    right.set_ylim(0, 100)
    right.set_title("% of the measured rate of matrix products", loc="left")
    figure.suptitle(f"Perceptrons 64-H-H-10 with AdamW, native kernels, on {processor}", x=0.01, ha="left")
    figure.savefig(path, dpi=110)
    plt.close(figure)


if __name__ == "__main__":
    main()
