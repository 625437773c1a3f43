"""What mattered, as a person reads it: a table in a study's summary, and a longer list of its own."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from curvewise.curves.ledger import Ledger
from curvewise.report.importance.importance import Importance
from curvewise.report.numerals import count_text, error_name, value_text

BAR = 5
"""Characters of a full bar in the table."""
WIDE = 10
"""In the list."""


def table(found: Sequence[Importance], ledger: Ledger) -> list[RenderableType]:
    """One line per hyperparameter that was varied, the strongest first, and what the columns mean."""
    if not found:
        return []
    shown = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    shown.add_column("hyperparameter", overflow="fold")
    shown.add_column("best", overflow="fold", max_width=12)
    shown.add_column("share", no_wrap=True)
    shown.add_column(f"effect on the {_error(ledger)}", overflow="fold")
    for each in found:
        best = "" if each.best is None else value_text(each.best)
        mark = " !" if each.edge else ""
        style = "" if each.told else "dim"
        bar = f"{_share(each):>4} {_bar(each, BAR)}" if each.told else ""
        shown.add_row(
            each.hyperparameter, Text(best + mark, style="bold"), bar, Text(each.sentence, style=style)
        )
    return [shown, Text(_meaning(ledger), style="dim")]


def listing(found: Sequence[Importance], ledger: Ledger) -> Group:
    """Two lines each: how much and how sure, what was tried and where; then the sentence."""
    heading = ledger.opened.study if ledger.opened else ""
    parts: list[RenderableType] = [Text(f"What mattered in {heading}", style="bold"), Text()]
    if not found:
        parts.append(Text("nothing is known yet: no trial of the race has finished an epoch"))
        return Group(*parts)
    width = max(len(each.hyperparameter) for each in found)
    for each in found:
        line = Text(f"{each.hyperparameter:<{width}}  ", style="bold" if each.told else "")
        line.append(f"{_bar(each, WIDE) if each.told else '':<{WIDE}} {_sure(each)}", style="not bold")
        told = each.sentence if each.told else f"effect: {each.sentence}"
        parts += [line, _below(Text(told)), _below(Text(_tried(each), style="dim"))]
    return Group(*parts, Text(), Text(_meaning(ledger), style="dim"))


def _below(text: Text) -> Padding:
    return Padding(text, (0, 0, 0, 4))


def _error(ledger: Ledger) -> str:
    return error_name(ledger.opened.task if ledger.opened else "", "validation")


def _meaning(ledger: Ledger) -> str:
    """What a share is, and against what costs are."""
    return (
        "share: of what hyperparameters make of a trial's place among the others; costs: of "
        f"{_error(ledger)}, against the best value, all else as in the best trials"
    )


def _share(each: Importance) -> str:
    return "" if each.share is None else f"{100 * each.share:.0f} %"


def _sure(each: Importance) -> str:
    """The share with its interval, where there is one."""
    if each.share is None or each.share_low is None or each.share_high is None:
        return ""
    if not each.told:
        return f"{'':>5}  (0 to {100 * each.share_high:.0f} %)"
    return f"{_share(each):>5}  ({100 * each.share_low:.0f} to {100 * each.share_high:.0f} %)"


def _bar(each: Importance, width: int) -> str:
    return "█" * max(1, round(width * (each.share or 0.0)))


def _tried(each: Importance) -> str:
    """``1e-05 to 0.9 tried in 154 trials; 0.077 in the best one``."""
    numbers = len(each.tried) == 2 and not isinstance(each.tried[0], str)
    tried = (" to " if numbers else ", ").join(value_text(value) for value in each.tried)
    where = f", where {each.condition}" if each.condition else ""
    edge = f", the {each.edge} tried" if each.edge else ""
    best = f"; {value_text(each.best)} in the best one{edge}" if each.best is not None else ""
    return f"{tried} tried in {count_text(each.trials, 'trial')}{where}{best}"
