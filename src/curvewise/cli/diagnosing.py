"""Diagnosing runs one by one, and showing each as soon as it is known."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice

from rich.console import Group, RenderableType
from rich.text import Text

from curvewise.cli.streams import PAPER, console, show, show_json
from curvewise.curves.run import Run
from curvewise.diagnosis.diagnose import diagnose
from curvewise.records import Diagnosis, Verdict
from curvewise.report.diagnosed import Diagnosed, Unreadable, diagnosed_run
from curvewise.report.diagnosis_text import Lines, closing_line, drawn_line, problems_line, run_report
from curvewise.report.glyphs import glyphs_for

MOST_DRAWN = 5
"""Of many runs, problems that are drawn unasked, and beyond them the first of each kind: more than a few
screens nobody reads."""


@dataclass
class Diagnoses:
    """What became of the runs."""

    verdicts: Counter[Verdict] = field(default_factory=Counter)
    unreadable: list[Unreadable] = field(default_factory=list)


def shown_as_json(found: Iterable[Run | Unreadable]) -> Diagnoses:
    """One JSON object for all runs; nothing is printed where none could be read."""
    seen = Diagnoses()
    runs = [diagnosed_run(run, diagnosis) for run, diagnosis in _diagnosed(found, seen)]
    if runs:
        _complain(seen)
        show_json(Diagnosed(runs, seen.unreadable))
    return seen


def shown_as_text(found: Iterable[Run | Unreadable], every: bool, within: str = "") -> Diagnoses:
    """A single run whole; of several a line each as they come, then those with problems (or all) whole.

    ``within`` is the folder that all are in, if there is one.
    """
    seen = Diagnoses()
    known = _diagnosed(found, seen)
    first = list(islice(known, 2))
    if len(first) > 1:
        _show_many([run for run, _ in first], chain(first, known), seen, every, within)
    elif first:
        _say(run_report(*first[0], _width(), glyphs_for(sys.stdout.encoding)))
        _complain(seen)
    return seen


def _show_many(
    first: Sequence[Run],
    known: Iterable[tuple[Run, Diagnosis]],
    seen: Diagnoses,
    every: bool,
    within: str,
) -> None:
    lines = Lines.of(first, within, _width() if sys.stdout.isatty() else None)
    glyphs = glyphs_for(sys.stdout.encoding)
    whole: list[RenderableType] = []  # drawn at once, so that no run has to be kept
    signs: Counter[str] = Counter()
    drawn = 0
    for run, diagnosis in known:
        _say(lines.line(run, diagnosis))
        wanted = every
        if diagnosis.verdict == "problem":
            sign = diagnosis.findings[0].sign
            wanted = every or drawn < MOST_DRAWN or sign not in signs
            signs[sign] += 1
            drawn += wanted
        if wanted:
            whole += [Text(), run_report(run, diagnosis, _width(), glyphs)]
    _complain(seen)
    _say(closing_line(seen.verdicts, within))
    if signs.total() > MOST_DRAWN:
        _say(problems_line(signs))
    for report in whole:
        _say(report)
    if drawn < signs.total():
        _say(Group(Text(), drawn_line(drawn, signs.total())))


def _diagnosed(found: Iterable[Run | Unreadable], seen: Diagnoses) -> Iterator[tuple[Run, Diagnosis]]:
    for each in found:
        if isinstance(each, Unreadable):
            seen.unreadable.append(each)
            continue
        diagnosis = diagnose(each)
        seen.verdicts[diagnosis.verdict] += 1
        yield each, diagnosis


def _width() -> int:
    return console(sys.stdout).width if sys.stdout.isatty() else PAPER


def _say(content: RenderableType) -> None:
    show(Group(content))  # a bare line of text would be wrapped whatever it says of itself
    sys.stdout.flush()


def _complain(seen: Diagnoses) -> None:
    """Where others could be read, what could not is said and no more."""
    for each in seen.unreadable:
        print(f"not read: {each.reason}", file=sys.stderr)
