"""Figures of a study, drawn with matplotlib (``pip install 'curvewise[plot]'``).

Colours are Okabe and Ito's, which colour-blind people can tell apart, in those tones that are
legible on white and on black; backgrounds are transparent, text is mid-grey.
"""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from curvewise.curves.ledger import Entry, Ledger
from curvewise.errors import UsageError
from curvewise.report.answer import answer
from curvewise.report.numerals import axis_name, count_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Measure = Literal["loss", "error"]

TRAIN, VALID, MARK = "#56B4E9", "#E69F00", "#009E73"
"""Sky blue, orange, bluish green."""
OPTIMIZERS = {
    "adamw": ("#E69F00", "o"),
    "adam": ("#D55E00", "s"),
    "sgd": ("#56B4E9", "^"),
    "momentum": ("#009E73", "v"),
    "nesterov": ("#CC79A7", "D"),
    "rmsprop": ("#0072B2", "p"),
    "adagrad": ("#999999", "X"),
    "schedule_free": ("#F0E442", "P"),
}
INK = "#808080"
"""Contrast 3.9 on white, 5.3 on black."""
INSIDE = 0.98
"""Share of the points that a figure's range must hold; one diverged trial must not flatten the rest."""
FAR = 3.0
"""Points up to this many times higher still extend the range."""
BELOW = 10.0
"""The range goes this far below the least validation value: train losses may fall to nothing."""
FORMATS = ("png", "svg", "pdf")


def curves(
    ledger: Ledger, trials: Sequence[int] | None = None, ax: Axes | None = None, measure: Measure = "loss"
) -> Axes:
    """Train and validation ``measure`` by epoch: all ``trials`` faint, finalists clearer, the answer strong.

    A dot ends the curve of a stopped trial, a ring marks the answer's best epoch, that of its least
    validation error. Where curves leave the range, the figure says how many. Raises UsageError
    without matplotlib.
    """
    ax = _axes(ax)
    numbers = ledger.entries if trials is None else trials
    shown = [ledger.entries[n] for n in numbers if ledger.entries[n].curve.points]
    found = answer(ledger)
    tiers: list[list[Entry]] = [[], [], []]
    for entry in shown:
        best = found is not None and entry.trial.number == found.trial
        tiers[2 if best else 1 if entry.trial.origin == "finalist" else 0].append(entry)
    faint = tiers[0]
    opacities, widths = (_faint(len(faint)), 0.35, 1.0), (0.8, 1.0, 2.0)
    for tier, alpha, width in zip(tiers, opacities, widths, strict=True):
        for part, colour in (("train", TRAIN), ("valid", VALID)):
            _bundle(ax, [_line(e, part, measure) for e in tier], colour, alpha=alpha, width=width)
    ends = [_line(entry, "valid", measure)[-1] for entry in faint if entry.status == "stopped"]
    if ends:
        epochs, values = zip(*ends, strict=True)
        ax.scatter(epochs, values, s=5, color=VALID, alpha=0.6, linewidths=0, zorder=3)
    _mark_best(ax, ledger, shown, measure)
    lines = [_line(entry, part, measure) for entry in shown for part in ("train", "valid")]
    _range(ax, lines, len(shown))
    _name(ax, ledger, measure)
    return ax


def learning_rates(ledger: Ledger, ax: Axes | None = None) -> Axes:
    """Best validation error of every trial against its learning rate, coloured by optimizer.

    Crosses at the top are trials that never had a finite error. Raises UsageError without matplotlib.
    """
    ax = _axes(ax)
    groups: dict[str, list[tuple[float, float]]] = {}
    for entry in ledger.entries.values():
        values, best = entry.trial.configuration.values, entry.curve.best
        if best is not None and "learning_rate" in values:
            error = math.inf if best.diverged else best.valid_error
            groups.setdefault(str(values.get("optimizer", "")), []).append(
                (float(values["learning_rate"]), error)
            )
    for name, pairs in sorted(groups.items()):
        colour, marker = OPTIMIZERS.get(name, (INK, "o"))
        finite = [(rate, error) for rate, error in pairs if math.isfinite(error)]
        rates, errors = zip(*finite, strict=True) if finite else ((), ())
        ax.scatter(rates, errors, s=16, color=colour, marker=marker, alpha=0.75, linewidths=0, label=name)
        for rate in (rate for rate, error in pairs if not math.isfinite(error)):
            ax.plot(rate, 0.985, "x", color=colour, markersize=4, transform=ax.get_xaxis_transform())
    ax.set_xscale("log")
    _log(ax, np.array([error for pairs in groups.values() for _, error in pairs if math.isfinite(error)]))
    task = ledger.opened.task if ledger.opened else ""
    ax.set_xlabel("learning rate")
    _values(ax, axis_name(task, "best validation"), per_cent=task == "classification")
    _legend(ax)
    ink(ax)
    return ax


def draw(ledger: Ledger, kind: str) -> bytes:
    """Both figures side by side as a file's content; ``kind`` is png, svg or pdf.

    Raises UsageError for another kind, without matplotlib, and where there is nothing to draw.
    """
    checked_format(kind)
    if not any(entry.curve.points for entry in ledger.entries.values()):
        raise UsageError("there are no curves to draw yet: no trial has finished an epoch")
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 4.2), layout="constrained")
    left, right = figure.subplots(1, 2)
    curves(ledger, ax=left)
    learning_rates(ledger, ax=right)
    for axes in (left, right):
        axes.set_facecolor("none")
    content = io.BytesIO()
    figure.savefig(content, format=kind, dpi=150, transparent=True)
    return content.getvalue()


def checked_format(kind: str) -> None:
    """Raise UsageError where no figure can be written as ``kind``, or none at all for want of matplotlib."""
    if kind not in FORMATS:
        raise UsageError(
            f"figures can be written as {', '.join(FORMATS)}, not as {kind!r}: name the file accordingly"
        )
    _require()


def _require() -> None:
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        raise UsageError("figures need matplotlib: pip install 'curvewise[plot]'") from None


def _axes(ax: Axes | None) -> Any:
    """The axes given, or new ones that a notebook shows by itself."""
    _require()
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt

    return plt.subplots(layout="constrained")[1]


def _line(entry: Entry, part: str, measure: Measure) -> list[tuple[float, float]]:
    """(epoch, value) of each point."""
    return [(point.epoch, getattr(point, f"{part}_{measure}")) for point in entry.curve.points]


def _faint(count: int) -> float:
    """Opacity at which ``count`` curves still show their density."""
    return max(0.06, min(0.5, 8 / max(1, count)))


def _bundle(
    ax: Any, lines: list[list[tuple[float, float]]], colour: str, *, alpha: float, width: float
) -> None:
    from matplotlib.collections import LineCollection

    finite = [np.array(line) for line in lines]
    for line in finite:
        line[~np.isfinite(line)] = np.nan
    ax.add_collection(LineCollection(finite, colors=colour, alpha=alpha, linewidths=width))


def _mark_best(ax: Any, ledger: Ledger, shown: list[Entry], measure: Measure) -> None:
    found = answer(ledger)
    if found is None or all(entry.trial.number != found.trial for entry in shown):
        return
    value = getattr(found.point, f"valid_{measure}")
    ax.plot(
        found.point.epoch, value, "o", markersize=9, markerfacecolor="none", color=MARK, markeredgewidth=2
    )


def _range(ax: Any, lines: list[list[tuple[float, float]]], trials: int) -> None:
    """Log axes where apt, a range that most points are in, and how many trials are not wholly in it.

    ``lines`` has a trial's train values, then its validation values, trial after trial.
    """
    valid = np.array([value for line in lines[1::2] for _, value in line])
    finite = np.array([value for line in lines for _, value in line if math.isfinite(value)])
    if not len(finite):
        return
    top = min(float(finite.max()), FAR * float(np.quantile(finite, INSIDE)))
    bottom = max(float(finite.min()), float(np.nanmin(np.where(np.isfinite(valid), valid, np.inf))) / BELOW)
    outside = {
        place // 2 for place, line in enumerate(lines) if not all(bottom <= value <= top for _, value in line)
    }
    if not _log(ax, finite[(finite >= bottom) & (finite <= top)]):
        ax.set_ylim(bottom - 0.05 * (top - bottom), top + 0.05 * (top - bottom) or 1.0)
    _epochs(ax, [line[-1][0] for line in lines])
    if outside:
        text = f"{count_text(len(outside))} of {count_text(trials, 'trial')} leave the picture"
        ax.text(0.99, 1.01, text, transform=ax.transAxes, ha="right", va="bottom", fontsize=8, color=INK)


def _log(ax: Any, values: NDArray[np.float64]) -> bool:
    """A log axis that holds ``values`` where they span more than a decade, with a place for 0 below it."""
    from matplotlib.ticker import FixedLocator

    positive = values[values > 0]
    if not len(positive) or values.min() < 0 or values.max() <= 10 * positive.min():
        return False
    least, top = float(positive.min()), float(values.max()) * 1.25
    decades = range(math.floor(math.log10(least)), math.ceil(math.log10(top)) + 1)
    digits = (1, 2, 5) if len(decades) <= 5 else (1,)
    ticks = [digit * 10.0**decade for decade in decades for digit in digits]
    ticks = [tick for tick in ticks if least <= tick <= top]
    if values.min() == 0:
        ax.set_yscale("symlog", linthresh=least, linscale=0.4)
        ax.set_ylim(-0.1 * least, top)
        ticks = [0.0, *ticks]
    else:
        ax.set_yscale("log")
        ax.set_ylim(least * 0.8, top)
    ax.yaxis.set_major_locator(FixedLocator(ticks))
    ax.yaxis.minorticks_off()
    return True


def _epochs(ax: Any, ages: list[float]) -> None:
    """Whole epochs; a log axis where most trials were stopped long before the last one."""
    from matplotlib.ticker import LogLocator, MaxNLocator, StrMethodFormatter

    last = max(ages)
    if last >= 20 and last >= 5 * float(np.median(ages)):
        ax.set_xscale("log")
        ax.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        ax.xaxis.set_major_formatter(StrMethodFormatter("{x:.0f}"))
        ax.xaxis.minorticks_off()
    else:
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_xlim(1, max(2, last * 1.02))


def _values(ax: Any, axis_name: str, *, per_cent: bool) -> None:
    """Plain numbers, or per cent."""
    from matplotlib.ticker import FuncFormatter

    ax.set_ylabel(axis_name)
    factor, unit = (100, " %") if per_cent else (1, "")
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{factor * value:.4g}{unit}"))


def _name(ax: Any, ledger: Ledger, measure: Measure) -> None:
    task = ledger.opened.task if ledger.opened else ""
    ax.set_xlabel("epoch")
    name = "loss" if measure == "loss" else axis_name(task, "")
    _values(ax, name, per_cent=measure == "error" and task == "classification")
    for colour, label in ((TRAIN, "train"), (VALID, "validation")):
        ax.plot([], [], color=colour, label=label)
    ax.plot([], [], "o", color=VALID, markersize=3, alpha=0.6, label="stopped")
    if answer(ledger) is not None:
        ax.plot(
            [],
            [],
            "o",
            markersize=7,
            markerfacecolor="none",
            color=MARK,
            markeredgewidth=2,
            label="the answer",
        )
    _legend(ax)
    ink(ax)


def _legend(ax: Any) -> None:
    ax.legend(frameon=False, fontsize=8, labelcolor=INK)


def ink(ax: Any) -> None:
    """Frame and text in a grey that both light and dark pages show."""
    ax.tick_params(which="both", colors=INK)
    for side, spine in ax.spines.items():
        spine.set_color(INK)
        spine.set_visible(side in ("left", "bottom"))
    for label in (ax.xaxis.label, ax.yaxis.label):
        label.set_color(INK)
    ax.grid(True, which="major", color=INK, alpha=0.15, linewidth=0.6)
