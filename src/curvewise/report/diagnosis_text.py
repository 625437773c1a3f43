"""What was found in runs, as a person reads it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from curvewise.curves.run import Quantity, Run
from curvewise.records import Diagnosis, Finding, Verdict
from curvewise.report.advice import advice
from curvewise.report.glyphs import UNICODE, Glyphs
from curvewise.report.numerals import count_text
from curvewise.report.terminal_plot import Axes, Line, Span, plot

WIDEST = 100
"""Columns of a picture at most: wider ones are harder to take in, not easier."""
MARKED = 3
"""Spans below a picture at most; findings are ordered by cause, so these matter most."""
LEAST_NAME = 16
"""Columns for a run's name in a line, at least."""
NARROW = 60
"""Columns below which a line leaves out how long a run is, and the file's name where all have the same."""
VERDICT_STYLES: dict[Verdict, str] = {"problem": "bold red", "healthy": "green", "cannot tell": "yellow"}

_LOSSES: tuple[Quantity, Quantity] = ("train_loss", "valid_loss")
_ERRORS: tuple[Quantity, Quantity] = ("train_error", "valid_error")


def run_report(run: Run, diagnosis: Diagnosis, width: int, glyphs: Glyphs) -> Group:
    """One run: verdict, picture, and each finding with its reason, advice and source."""
    parts: list[RenderableType] = [heading(run, diagnosis), Text()]
    marked = spans(diagnosis.findings, diagnosis.verdict)
    parts += [picture(run, marked, width, glyphs), Text()]
    for place, finding in enumerate(diagnosis.findings):
        parts += [Text()] if place else []
        parts.append(_fine(finding) if finding.direction == "keep" else finding_report(finding, run))
    if not diagnosis.findings and diagnosis.verdict == "healthy":
        parts.append(Text("no sign of trouble in these curves"))
    if diagnosis.missing:
        parts.append(Text("what it would take to tell", style="bold"))
        parts += [_indented(text) for text in diagnosis.missing]
    notes = dict.fromkeys((*run.notes, *diagnosis.notes))
    parts += [Text(f"note: {note}", style="dim") for note in notes]
    return Group(*parts)


def heading(run: Run, diagnosis: Diagnosis) -> Text:
    """``problem  runs/a/metrics.csv  40 epochs``, on one line however long."""
    text = Text(no_wrap=True, overflow="ignore")
    text.append(diagnosis.verdict, style=VERDICT_STYLES[diagnosis.verdict])
    return text.append(f"  {title(run)}", style="bold").append(f"  {extent(run)}")


def title(run: Run, within: str = "") -> str:
    """Where a run is, and which one of several there; ``within`` is the folder that need not be said."""
    if run.source == "-":
        return run.name
    named = run.source if not run.name or run.name in run.source else f"{run.source}: {run.name}"
    for end in ("/", ": "):
        if within and named.startswith(within + end):
            return named.removeprefix(within + end)
    return named


def extent(run: Run) -> str:
    """``40 epochs``, or ``400 points over 40,000 steps`` where not every one was recorded."""
    ends = [series.at[-1] for series in run.series.values() if len(series)]
    if not ends:
        return "no points"
    starts = [series.at[0] for series in run.series.values() if len(series)]
    length = round(float(max(ends) - min(starts))) + 1
    if length == run.points:
        return count_text(run.points, run.unit)
    return f"{count_text(run.points, 'point')} over {count_text(length, run.unit)}"


def finding_report(finding: Finding, run: Run) -> Group:
    """Sign and span, the reason, what to try, and where that is known from."""
    sign = Text(finding.sign, style="bold").append(f", {span_text(finding, run)}", style="not bold")
    parts: list[RenderableType] = [sign, _indented(finding.reason)]
    if (what := advice(finding, run)) != "":
        parts.append(_indented(what, "bold green"))
    return Group(*parts, _indented(f"confidence {finding.confidence:.2f}; {finding.source}", "dim"))


def _fine(finding: Finding) -> Group:
    """Why there is nothing to change, the wiggle included."""
    about = Text(f"confidence {finding.confidence:.2f}; {finding.source}", style="dim")
    return Group(Text(finding.reason), about)


def span_text(finding: Finding, run: Run) -> str:
    """``epochs 12 to 40``."""
    first, last = finding.span
    if first == last:
        return f"{run.unit} {first:,.10g}"
    return f"{run.unit}s {first:,.10g} to {last:,.10g}"


def spans(findings: Sequence[Finding], verdict: Verdict = "problem") -> list[Span]:
    """Where the first findings are, to be marked in a picture: faults louder than advice."""
    style = "bold red" if verdict == "problem" else "cyan"
    told = [each for each in findings if each.direction != "keep" and np.isfinite(each.span).all()]
    return [Span(*finding.span, finding.sign, style) for finding in told[:MARKED]]


def picture(
    run: Run,
    marked: Sequence[Span],
    width: int,
    glyphs: Glyphs = UNICODE,
    best: tuple[float, float] | None = None,
) -> Text:
    """The losses, or the errors where they say more, with spans marked below.

    ``best`` is the place and value of a point to be marked.
    """
    quantity, pair = _shown(run)
    lines = [
        Line(part, run.series[name].at, run.series[name].values)
        for part, name in zip(("train", "valid"), pair, strict=True)
        if name in run.series and len(run.series[name])
    ]
    return plot(lines, marked, Axes(quantity, run.unit, best), min(width, WIDEST), glyphs)


def _shown(run: Run) -> tuple[str, tuple[Quantity, Quantity]]:
    """Losses, unless there are fewer of them than of errors."""

    def known(pair: tuple[Quantity, Quantity]) -> int:
        return sum(name in run.series and bool(np.isfinite(run.series[name].values).any()) for name in pair)

    return ("error", _ERRORS) if known(_ERRORS) > known(_LOSSES) else ("loss", _LOSSES)


@dataclass(frozen=True)
class Lines:
    """How many runs are listed, a line each."""

    within: str = ""
    """The folder that all are in, which need not be said of each."""
    room: int = 36
    """Columns for the names."""
    width: int | None = None
    """Columns of a line; None where it may be as long as it is."""
    tail: str = ""
    """What the names end in that need not be said of each: ``/metrics.csv``."""

    @classmethod
    def of(cls, runs: Sequence[Run], within: str, width: int | None) -> Lines:
        """Room judged by the first few ``runs``, and at most half of what else a narrow line has to hold."""
        if width is not None and width < NARROW:
            names = [title(run, within) for run in runs]
            tail = _common_tail(names)
            longest = max((len(name) - len(tail) for name in names), default=0)
            return cls(within, min(longest, max(LEAST_NAME, width // 3)), width, tail)
        room = max([LEAST_NAME, *(len(title(run, within)) + 1 for run in runs)])
        return cls(within, room if width is None else min(room, max(LEAST_NAME, (width - 30) // 2)), width)

    def line(self, run: Run, diagnosis: Diagnosis) -> Text:
        """Verdict, where it is, how long, what was found first and what to do about it."""
        name = title(run, self.within).removesuffix(self.tail)
        if self.width is not None and len(name) > self.room:
            name = f"...{name[-(self.room - 3) :]}"
        text = Text(no_wrap=True, overflow="ignore")
        text.append(f"{diagnosis.verdict:<12}", style=VERDICT_STYLES[diagnosis.verdict])
        counted = ("epoch" if run.unit == "epoch" else "point") + ("" if run.points == 1 else "s")
        length = f"{count_text(run.points):>7} {counted:<7} " if not self._narrow else ""
        text.append(f"{name:<{self.room}}  {length}{_gist(run, diagnosis)}".rstrip())
        if self.width is not None:
            text.truncate(self.width, overflow="crop")
        return text

    @property
    def _narrow(self) -> bool:
        return self.width is not None and self.width < NARROW


def _common_tail(names: Sequence[str]) -> str:
    """``/metrics.csv`` where several names end in it, else nothing."""
    tails = {name[name.rfind("/") :] if "/" in name else "" for name in names}
    return tails.pop() if len(names) > 1 and len(tails) == 1 else ""


def _gist(run: Run, diagnosis: Diagnosis) -> str:
    if diagnosis.verdict == "cannot tell":
        return "; ".join(diagnosis.missing[:1])
    told = [finding for finding in diagnosis.findings if finding.direction != "keep"]
    if not told:
        return ""
    more = f" (and {len(told) - 1} more)" if len(told) > 1 else ""
    what = advice(told[0], run)
    return told[0].sign + more + (f": {what}" if what else "")


def closing_line(verdicts: Counter[Verdict], within: str = "") -> Text:
    """``12 runs in logs: 3 with a problem, 8 healthy, 1 where one cannot tell``."""
    words: dict[Verdict, str] = {
        "problem": "with a problem",
        "healthy": "healthy",
        "cannot tell": "where one cannot tell",
    }
    counts = [f"{count_text(verdicts[name])} {text}" for name, text in words.items() if verdicts[name]]
    total = count_text(verdicts.total(), "run") + (f" in {within}" if within else "")
    told = ": ".join([total, *([", ".join(counts)] if counts else [])])
    return Text(told, style="bold", no_wrap=True, overflow="ignore")


def problems_line(signs: Counter[str]) -> Text:
    """``problems: 28 overfitting, 2 too slow``, by the first finding of each run."""
    told = ", ".join(f"{count_text(count)} {sign}" for sign, count in signs.most_common())
    return Text(f"problems: {told}")


def drawn_line(drawn: int, problems: int) -> Text:
    """How many of the runs with a problem were drawn, and how to see all."""
    counted = f"drawn are {count_text(drawn)} of the {count_text(problems)} with a problem"
    return Text(f"{counted}; --all draws every run", style="dim")


def _indented(text: str, style: str = "") -> Padding:
    return Padding(Text(text, style=style), (0, 0, 0, 2), expand=False)
