"""A watch in plain text, for ``print``."""

from __future__ import annotations

import io
from collections.abc import Mapping

from rich.console import Console

from curvewise.curves.run import Run
from curvewise.live.measured import Lengths
from curvewise.records import Diagnosis
from curvewise.report.diagnosis_text import run_report
from curvewise.report.glyphs import UNICODE

WIDTH = 100
"""Columns."""


def told(run: Run, diagnosis: Diagnosis, layers: Mapping[str, Lengths], cost: float) -> str:
    """What ``curvewise diagnose`` prints of a log, then the layers as they were measured last."""
    console = Console(file=io.StringIO(), width=WIDTH, color_system=None, force_terminal=False)
    with console.capture() as printed:
        console.print(run_report(run, diagnosis, WIDTH, UNICODE))
    lines = [line.rstrip() for line in printed.get().splitlines()]
    if layers:
        width = max(map(len, layers))
        lines += ["", f"{'layers':<{width}}  gradient norm  update ratio"]
        lines += [f"{name:<{width}}  {_row(lengths)}" for name, lengths in layers.items()]
    return "\n".join([*lines, "", f"watching took {cost:.2%} of the time"])


def _row(lengths: Lengths) -> str:
    ratio = lengths.update_ratio
    return f"{lengths.gradient_norm:>13.3g}  {'–' if ratio is None else format(ratio, '.3g'):>12}"
