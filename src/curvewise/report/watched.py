"""Runs that are being watched: a live table of them, and a line for each finding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from rich.console import Group
from rich.text import Text

from curvewise.curves.run import Quantity, Run
from curvewise.records import Diagnosis, Finding
from curvewise.report.advice import advice
from curvewise.report.diagnosis_text import VERDICT_STYLES, title
from curvewise.report.glyphs import Glyphs
from curvewise.report.sparkline import sparkline

SPARK = 16
"""Characters of a sparkline."""
LEAST_NAME = 20
"""Columns for a run's name that are worth more than a further column."""
GAP = "  "
SO_FAR = "so far"
LEFT_OUT = ("train", "curve", "ago", "valid", "at")
"""Columns that a narrow terminal does without, first to last."""


@dataclass(frozen=True)
class Watched:
    """A run at one moment."""

    run: Run
    diagnosis: Diagnosis
    ago: float
    """Seconds since its log last changed."""


def watched_table(
    rows: Sequence[Watched], width: int, height: int, glyphs: Glyphs, within: str = ""
) -> Group:
    """At most ``height`` lines of ``width`` columns: the runs that changed last, in the order given.

    ``within`` is the folder that all are in, which need not be said of each.
    """
    latest = sorted(range(len(rows)), key=lambda i: rows[i].ago)[: max(1, height - 2)]
    shown = [rows[i] for i in sorted(latest)]
    columns = _columns(shown, glyphs)
    names = [title(row.run, within) for row in shown]
    longest = max(map(len, names))
    while (room := _room(columns, width)) < min(longest, LEAST_NAME) and len(columns) > 1:
        del columns[next(name for name in LEFT_OUT if name in columns)]
    room = max(8, min(longest, room))
    lines = [_line("run".ljust(room), {name: [name] for name in columns}, columns, 0, "dim")]
    lines += [
        _line(_tail(names[i], room), columns, columns, i, VERDICT_STYLES[row.diagnosis.verdict])
        for i, row in enumerate(shown)
    ]
    if len(rows) > len(shown):
        lines.append(Text(f"and {len(rows) - len(shown):,} that changed earlier", style="dim"))
    return Group(*lines)


def _columns(rows: Sequence[Watched], glyphs: Glyphs) -> dict[str, list[str]]:
    """Cells by column, the runs' names left out."""
    return {
        "at": [_at(row.run) for row in rows],
        "train": [_last(row.run, "train_loss", "train_error") for row in rows],
        "valid": [_last(row.run, "valid_loss", "valid_error") for row in rows],
        "curve": [glyphs.spark(_spark(row.run)) for row in rows],
        "ago": [_ago(row.ago) for row in rows],
        SO_FAR: [_so_far(row.diagnosis) for row in rows],
    }


def _width(name: str, cells: Sequence[str]) -> int:
    return max(len(name), *map(len, cells))


def _room(columns: Mapping[str, Sequence[str]], width: int) -> int:
    """What the other columns leave for the name."""
    return width - sum(_width(name, cells) + len(GAP) for name, cells in columns.items())


def _line(
    name: str, cells: Mapping[str, Sequence[str]], columns: Mapping[str, Sequence[str]], row: int, style: str
) -> Text:
    """One line; numbers to the right, words to the left."""
    text = Text(name, no_wrap=True, overflow="crop")
    for column, all_cells in columns.items():
        cell, width = cells[column][row], _width(column, all_cells)
        aligned = cell.ljust(width) if column in ("curve", SO_FAR) else cell.rjust(width)
        text.append(GAP).append(aligned, style=style if column == SO_FAR or style == "dim" else "")
    return text


def _so_far(diagnosis: Diagnosis) -> str:
    return diagnosis.findings[0].sign if diagnosis.verdict == "problem" else diagnosis.verdict


def _ago(seconds: float) -> str:
    """``12 s``, ``5 min``, ``3 h``, ``2 d``."""
    for unit, length in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{seconds // length:.0f} {unit}"
    return f"{seconds:.0f} s"


def news_line(run: Run, finding: Finding, clock: str) -> Text:
    """``14:03:22  runs/a.csv, epoch 12: overfitting: the validation loss rose ... (dropout: 0.1 -> 0.2)``."""
    text = Text(f"{clock}  ", style="dim")
    text.append(f"{title(run)}, {run.unit} {_at(run)}: ", style="not dim")
    text.append(finding.sign, style="not dim bold red").append(f": {finding.reason}", style="not dim")
    what = advice(finding, run)
    return text.append(f" ({what})", style="not dim bold green") if what else text


def _tail(name: str, room: int) -> str:
    return name.ljust(room) if len(name) <= room else f"...{name[-(room - 3) :]}"


def _at(run: Run) -> str:
    ends = [series.at[-1] for series in run.series.values() if len(series)]
    return f"{max(ends):,.10g}" if ends else ""


def _last(run: Run, *quantities: Quantity) -> str:
    """The newest value of the first of these that a run has."""
    for name in quantities:
        if name in run.series and len(run.series[name]):
            return f"{run.series[name].values[-1]:.4g}"
    return ""


def _spark(run: Run) -> str:
    order: tuple[Quantity, ...] = ("valid_loss", "train_loss", "valid_error", "train_error")
    values = next((run.series[name].values for name in order if name in run.series), np.empty(0))
    if len(values) > SPARK:
        values = values[np.arange(1, SPARK + 1) * len(values) // SPARK - 1]
    return sparkline(values.tolist(), SPARK)
