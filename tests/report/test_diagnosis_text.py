"""What a person reads of a diagnosis, and what a program gets."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace

import msgspec
import numpy as np
import pytest

from curvewise.curves.run import Run, Series
from curvewise.records import Diagnosis
from curvewise.report.diagnosed import diagnosed_run
from curvewise.report.diagnosis_text import Lines, closing_line, extent, run_report, title
from curvewise.report.glyphs import ASCII, UNICODE
from curvewise.report.plain import as_plain
from tests.report.runs import by_epoch, finding, overfitting, problem, run


def test_a_problem_comes_with_its_picture_reason_advice_and_source() -> None:
    seen = overfitting()
    shown = as_plain(run_report(seen, problem(seen), 80, UNICODE))
    assert shown.startswith("problem  runs/a/metrics.csv  40 epochs\n")
    assert "overfitting ├──" in shown
    assert "overfitting, epochs 15 to 40\n  the validation loss rose" in shown
    assert "\n  dropout: 0.1 -> 0.2\n" in shown
    assert "confidence 0.93; Prechelt 1998, section 2" in shown
    assert shown.endswith("note: column 'loss' was taken for the training loss\n")


@pytest.mark.parametrize("width", [48, 80, 160])
@pytest.mark.parametrize("glyphs", [UNICODE, ASCII])
def test_it_fits_the_terminal(width: int, glyphs: object) -> None:
    seen = overfitting(300)
    shown = as_plain(run_report(seen, problem(seen), width, glyphs), width)  # type: ignore[arg-type]
    assert max(map(len, shown.splitlines())) <= width
    assert shown.isascii() == (glyphs is ASCII)


def test_a_healthy_run_says_why_and_marks_nothing() -> None:
    seen = overfitting()
    why = msgspec.structs.replace(finding("healthy", None, None), direction="keep", reason="it wiggles less")
    shown = as_plain(run_report(seen, Diagnosis(seen.name, seen.source, 40, "healthy", (why,)), 80, UNICODE))
    assert "it wiggles less\n" in shown
    assert UNICODE.span_first not in shown
    bare = as_plain(run_report(seen, Diagnosis(seen.name, seen.source, 40, "healthy"), 80, UNICODE))
    assert "no sign of trouble" in bare


def test_where_one_cannot_tell_it_says_what_is_missing() -> None:
    seen = run([1.0, 0.9])
    diagnosis = Diagnosis(seen.name, seen.source, 2, "cannot tell", (), ("2 points are too few: log 6",))
    assert "what it would take to tell\n  2 points are too few: log 6\n" in as_plain(
        run_report(seen, diagnosis, 80, UNICODE)
    )
    assert "2 points are too few" in Lines().line(seen, diagnosis).plain


def test_errors_are_drawn_where_only_they_are_complete() -> None:
    series = {"train_loss": by_epoch([1.0] * 9), "train_error": by_epoch([0.5] * 9)}
    both = Run("a", "a", "step", series | {"valid_error": by_epoch([0.6] * 9)})  # type: ignore[arg-type]
    diagnosis = Diagnosis("a", "a", 9, "cannot tell")
    assert "error:  · training  • validation" in as_plain(run_report(both, diagnosis, 80, UNICODE))


def test_of_many_runs_each_is_a_line() -> None:
    seen = overfitting()
    wide = Lines().line(seen, problem(seen, finding(), finding("noisy"))).plain
    assert " ".join(wide.split()) == (
        "problem runs/a/metrics.csv 40 epochs overfitting (and 1 more): dropout: 0.1 -> 0.2"
    )
    narrow = Lines(room=16, width=60).line(seen, problem(seen)).plain
    assert len(narrow) <= 60
    assert " ...a/metrics.csv " in narrow
    assert Lines.of([seen], "", 80).room == 19
    assert Lines.of([seen], "", 40).room == 16
    assert "problem     a/metrics.csv  " in Lines.of([seen], "runs", 80).line(seen, problem(seen)).plain


def test_a_narrow_line_leaves_out_what_says_least() -> None:
    """The name that all files have, and how long a run is; not what is wrong with it."""
    seen = overfitting()
    line = Lines.of([seen, replace(seen, source="runs/b/metrics.csv")], "runs", 40).line(seen, problem(seen))
    assert line.plain == "problem     a  overfitting: dropout: 0.1"
    assert "metrics.csv" in Lines.of([seen], "runs", 40).line(seen, problem(seen)).plain


def test_the_counts_at_the_end() -> None:
    counted = Counter({"problem": 3, "healthy": 8, "cannot tell": 1})
    assert closing_line(counted).plain == "12 runs: 3 with a problem, 8 healthy, 1 where one cannot tell"  # type: ignore[arg-type]


def test_names() -> None:
    assert title(run([1.0], name="version_3", source="logs/version_3")) == "logs/version_3"
    assert title(run([1.0], name="trial 3", source="runs/digits-1")) == "runs/digits-1: trial 3"
    assert title(run([1.0], name="trial 3", source="runs/digits-1"), "runs/digits-1") == "trial 3"
    assert title(run([1.0], name="standard input", source="-")) == "standard input"


def test_how_much_there_is_of_a_run() -> None:
    at = np.arange(0.0, 40_000.0, 100.0)
    assert extent(Run("a", "a", "step", {"train_loss": Series(at, at)})) == "400 points over 39,901 steps"
    assert extent(run([1.0])) == "1 epoch"
    assert extent(Run("a", "a", "step", {})) == "no points"


def test_json_has_no_numbers_that_json_has_not() -> None:
    seen = overfitting()
    odd = finding(factor=math.inf, span=(3.0, math.nan))
    record = diagnosed_run(seen, problem(seen, odd))
    (told,) = msgspec.json.decode(msgspec.json.encode(record))["findings"]
    assert told["factor"] is None
    assert told["span"] == [3.0, None]
    assert told["evidence"] == {"rise": 1.5}
    assert record.notes == ["column 'loss' was taken for the training loss"]
