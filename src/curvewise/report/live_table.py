"""The live table: a running study on one screen."""

from __future__ import annotations

from rich import box
from rich.console import Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from curvewise.report.numerals import count_text, error_name, error_text
from curvewise.report.progress import left, short
from curvewise.report.sparkline import sparkline
from curvewise.report.standing import Standing

_STYLES = {"running": "cyan", "finished": "green", "stopped": "dim", "failed": "red"}


def live_table(seen: Standing, since: float = 0.0, message: str = "") -> Group:
    """What is shown ``since`` seconds after ``seen`` was taken; at most a dozen lines of 80 columns."""
    parts: list[RenderableType] = [_budget_line(seen, since), _counts_line(seen)]
    if seen.rows:
        parts += [_best_line(seen), _leaders(seen)]
    if message:
        parts.append(Text(message, style="bold yellow"))
    return Group(*parts)


def _budget_line(seen: Standing, since: float) -> Table:
    line = Table.grid(padding=(0, 2))
    share = seen.share(since)
    speed = f"{count_text(seen.examples_per_second)} examples/s"
    line.add_row(
        Text(seen.phase, style="bold"),
        ProgressBar(total=1.0, completed=share, width=20),
        Text(left(seen, since)),
        Text(speed, style="dim"),
    )
    return line


def _counts_line(seen: Standing) -> Text:
    text = Text(count_text(seen.trials, "trial"), style="bold")
    text.append(f": {count_text(seen.running)} running", style="not bold cyan")
    text.append(f", {count_text(seen.finished)} finished", style="not bold green")
    stopped = sum(seen.stopped.values())
    text.append(f", {count_text(stopped)} stopped", style="not bold default")
    if stopped:
        reasons = ", ".join(f"{count_text(count)} {rule}" for rule, count in seen.stopped.items())
        text.append(f" ({reasons})", style="not bold dim")
    if seen.signs:
        shown = ", ".join(f"{count_text(count)} {sign}" for sign, count in seen.signs.items())
        text.append(f"; of these {shown}", style="not bold dim")
    return text


def _best_line(seen: Standing) -> Text:
    best = seen.rows[0]
    text = Text(f"{error_name(seen.task, 'best validation')} ")
    text.append(error_text(best.error, seen.task), style="bold green")
    return text.append(f" at epoch {best.epoch} of trial {best.trial}")


def _leaders(seen: Standing) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1), pad_edge=False, show_edge=False)
    for name, side in (("trial", "right"), ("", "left"), ("best", "right"), ("epoch", "right")):
        table.add_column(name, justify="right" if side == "right" else "left", no_wrap=True)
    table.add_column("validation loss", no_wrap=True)
    table.add_column("configuration", no_wrap=True, overflow="ellipsis")
    for row in seen.rows:
        table.add_row(
            str(row.trial),
            Text(row.status, style=_STYLES.get(row.status, "")),
            error_text(row.error, seen.task),
            f"{row.epoch}/{row.age}",
            sparkline(row.losses),
            short(row.configuration),
        )
    return table
