"""Draws what slots.py measured: docs/images/slots.png.

python benchmarks/slots_figure.py
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
WAYS = {
    "native": ("native kernels, one slot per call", "#1f77b4", "o-"),
    "stacked": ("PyTorch, all slots in one call", "#d62728", "s:"),
    "tiled": ("PyTorch, as the planner does it", "#d62728", "o-"),
    "compiled": ("compiled steps, as the planner does it", "#2ca02c", "o-"),
}
"""Label, colour and style of each way's line."""


def main() -> None:
    """Read the results, draw them, write the picture."""
    result = json.loads((results_file.RESULTS / "slots.json").read_text(encoding="utf-8"))
    draw(result["summary"], result["machine"]["processor"], IMAGES / "slots.png")


def draw(summary: dict[str, Any], processor: str, path: Path) -> None:
    """Microseconds per step of one model by the number of slots, a line for each way."""
    figure, axes = plt.subplots(figsize=(7, 4.2), layout="constrained")
    for way, (label, colour, style) in WAYS.items():
        if way in summary:
            slots = [int(count) for count in summary[way]]
            axes.plot(slots, list(summary[way].values()), style, color=colour, label=label, markersize=4)
    axes.axvline(summary["most_together"], color="grey", linewidth=0.8, linestyle="--")
    axes.annotate(
        "most in one call",
        (summary["most_together"], 0.0),
        xycoords=axes.get_xaxis_transform(),
        xytext=(4, 6),
        textcoords="offset points",
        color="grey",
        fontsize=8,
    )
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    axes.set_xlabel("slots")
    axes.set_title("µs per training step of one slot, one thread", loc="left")
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.25)
    axes.legend(frameon=False)
    where = processor if summary["device"] == "cpu" else "a GPU"
    figure.suptitle(f"Perceptrons 64-64-64-10, minibatches of 32, on {where}", x=0.01, ha="left", fontsize=10)
    figure.savefig(path, dpi=110)
    plt.close(figure)


if __name__ == "__main__":
    main()
