"""One move of the article's expert, and what is said of it when its trial has ended."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from curvewise.records import Configuration, Opened
from curvewise.search.article.result import Result

Rule = Literal[
    "article: start",
    "article: next suspect",
    "article: decay when stuck",
    "article: adaptive optimizer",
    "article: minibatch",
    "article: more units",
    "article: more layers",
    "article: against overfitting",
]
"""Under which moves are counted."""

Outcome = Literal["article: kept", "article: back"]
"""Under which their ends are."""


@dataclass(frozen=True)
class Move:
    """A configuration to train next, and why."""

    configuration: Configuration
    rule: Rule
    reason: str
    """Half a sentence: what is set to what, and why."""
    back: str
    """What follows where it is no better: ``back to learning rate 0.01``."""
    best: Result | None
    """What it has to beat; None where nothing has been trained yet."""
    sure: bool = False
    """It has to be better by more than one standard error."""
    raced: bool = False
    """It may be stopped as soon as it is clearly behind at equal age."""


@dataclass(frozen=True)
class Verdict:
    """Whether a move is kept."""

    kept: bool
    reason: str
    numbers: dict[str, float]

    @property
    def rule(self) -> Outcome:
        """Under which it is counted."""
        return "article: kept" if self.kept else "article: back"


def judged(move: Move, result: Result, opened: Opened) -> Verdict:
    """Compare with the best before; a move that needs to be sure must gain more than a standard error."""
    best, error = move.best, error_words(result.error, opened)
    numbers = {"error": result.error, "standard_error": result.standard_error}
    if not math.isfinite(result.error):
        return Verdict(False, f"{result.words}: {move.back}", {"standard_error": result.standard_error})
    if best is None:
        return Verdict(True, f"{error}; {result.words}: kept", numbers)
    numbers["before"] = best.error
    gain, before = best.error - result.error, error_words(best.error, opened)
    if move.sure:
        sure = max(best.standard_error, result.standard_error)
        numbers["standard_error"] = sure
        spread = f"± {error_words(sure, opened)}"
        if gain > sure:
            return Verdict(
                True, f"{before} -> {error}, more than one standard error ({spread}): kept", numbers
            )
        much = "not more than one standard error" if gain > 0 else "no better"
        return Verdict(False, f"{before} -> {error} ({spread}), {much}: {move.back}", numbers)
    if result.merit < best.merit:
        better = "better" if gain > 0 else "as good, with less loss"
        return Verdict(True, f"{before} -> {error}, {better}; {result.words}: kept", numbers)
    worse = "worse" if gain < 0 else "no better"
    return Verdict(False, f"{before} -> {error}, {worse}; {result.words}: {move.back}", numbers)


def error_words(error: float, opened: Opened) -> str:
    """An error as people read it: per cent of the rows, else four digits with their unit, if it is known."""
    if opened.task == "classification" and opened.rows:
        return f"{100 * error:.2f} %"
    return f"{error:.4g} nats" if opened.task == "multilabel" else f"{error:.4g}"
