"""How long an epoch will take here, told before training begins: whether the budget has room for it."""

from __future__ import annotations

import math

from curvewise.cohort.planner import Measure, operations
from curvewise.cohort.recipe import Recipe, recipe
from curvewise.cohort.ways import Way, Workshop, missing, serves
from curvewise.data.examples import Split
from curvewise.data.prepared import Prepared
from curvewise.errors import EngineError
from curvewise.report.numerals import duration_text
from curvewise.space.space import Space

SHARE = 0.25
"""Of the seconds left, what one epoch may take: the probe may have as much (``search.filling``), and with
four epochs on each thread there is something to compare. Ours."""
SLOWEST = 1e9
"""Operations per second that any machine makes, about a fifteenth of what one core made of convolutions:
what takes less than its share even so is not measured."""
FEWEST = 500
"""Rows that are always learnt from. Ours."""
FORWARD = 1 / 3
"""Of a row's training, what evaluating it takes: one product of three."""


def epoch_seconds(prepared: Prepared, space: Space, threads: int, worth: float) -> float:
    """About how long an epoch of the default configuration takes while ``threads`` of them train.

    A few steps are timed, in the way that trains it before anything is known better. 0 where it takes less
    than ``worth`` seconds on any machine, and where it cannot be trained, as its trial will say.
    """
    configuration = space.default()
    split = prepared.split(configuration.word("encoding"))
    try:
        resolved = recipe(configuration, 1, split)
        if operations(resolved, split.train) < worth * SLOWEST:
            return 0.0
        way: Way = "native" if serves("native", resolved) and missing("native") is None else "reference"
        step = _step_seconds(resolved, split, way, threads)
    except (EngineError, MemoryError):
        return 0.0
    evaluated = FORWARD * split.valid.rows / split.train.rows
    return step * resolved.steps(split.train.rows) * (1 + evaluated)


def _step_seconds(resolved: Recipe, split: Split, way: Way, threads: int) -> float:
    """Of one model while ``threads`` train. Raises MemoryError, also for torch's want of it."""
    workshop = Workshop(threads)
    try:
        return Measure(resolved, split, workshop).microseconds(way, threads=threads) * threads / 1e6
    except RuntimeError as error:  # what torch raises for want of memory on a processor
        from curvewise.cohort.torch_memory import is_of_memory  # loads torch

        if is_of_memory(error):
            raise MemoryError(str(error)) from error
        raise
    finally:
        workshop.close()


def affordable_rows(rows: int, epoch: float, left: float) -> int | None:
    """How many of ``rows`` an epoch of which fits into its share of ``left`` seconds; None: all of them.

    ``epoch``: seconds that one over all rows takes. Two digits, so that it can be read and typed.
    """
    if epoch <= SHARE * left:
        return None
    wanted = max(FEWEST, rows * SHARE * left / epoch)
    size = 10 ** (math.floor(math.log10(wanted)) - 1)
    fewer = int(wanted // size * size)
    return fewer if fewer < rows else None


def fewer_note(rows: int, used: int, epoch: float, budget: str) -> str:
    """Says that only some rows are learnt from, and how to have all."""
    return (
        f"One epoch of all {rows:,} rows takes about {duration_text(epoch)} here and the budget is {budget}, "
        f"so {used:,} are learnt from: a budget of {duration_text(epoch / SHARE)} or more uses all, and so "
        f"does --rows {rows}, however long it takes."
    )


def overrun_note(epoch: float, left: float) -> str:
    """Says that the budget will not hold."""
    there = duration_text(max(0.0, left))
    return (
        f"One epoch takes about {duration_text(epoch)} here and {there} of the budget are left: what has "
        "begun is finished, so the study takes longer. Use fewer --rows or a longer budget."
    )
