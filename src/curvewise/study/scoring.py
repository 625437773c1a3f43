"""How good the finalists are, row by row, and which of them average well."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from curvewise.best import as_means, as_outputs
from curvewise.cohort.scores import flat, score_examples, step_errors
from curvewise.data.examples import Examples, Split, Task

Outputs = NDArray[np.float32]

RESAMPLES = 400
"""Bootstrap resamples: a standard error within 4 % of its limit (1 / sqrt(2 x 400))."""

MOST_MEMBERS = 12
"""Greedy steps of the average; Caruana et al. 2004 gain most of it within ten."""


def scores(outputs: Outputs, examples: Examples, split: Split) -> dict[str, float]:
    """``loss`` and ``error`` of outputs (N, C), or (N, T, C) with one at every step."""
    loss, error = score_examples(outputs, examples, split.task, split.target_scale)
    return {"loss": loss, "error": error}


def rows_error(
    by_source: Mapping[int, Sequence[Outputs]],
    best: int,
    split: Split,
    seed: int,
) -> dict[int, float]:
    """Bootstrap standard error, over rows, of each source's mean error's difference to that of ``best``.

    ``by_source`` maps a source to the outputs of its seeds for the validation rows, equally many each.
    The same resampled rows serve every source, so the differences are paired.
    """
    sources, examples = list(by_source), split.valid
    # (S sources, R seeds, N rows)
    costs_SRN = np.array([[_row_costs(each, examples, split.task) for each in by_source[s]] for s in sources])
    steps_N = np.ones(examples.rows) if examples.steps is None else examples.steps.astype(np.float64)
    generator = np.random.Generator(np.random.Philox(key=[seed, 7]))
    rows = examples.rows
    errors = np.empty((RESAMPLES, len(sources)))
    for index in range(RESAMPLES):
        weights_N = np.bincount(generator.integers(rows, size=rows), minlength=rows) / rows
        means_SR = costs_SRN @ weights_N / (steps_N @ weights_N)
        rooted = split.task == "regression"
        errors[index] = (np.sqrt(means_SR) * split.target_scale if rooted else means_SR).mean(axis=1)
    spread = (errors - errors[:, [sources.index(best)]]).std(axis=0)
    return {source: float(spread[i]) for i, source in enumerate(sources)}


def greedy_average(outputs: Mapping[int, Outputs], split: Split) -> tuple[list[int], Outputs] | None:
    """Trials, with repetition, whose average has the least validation loss; None where one alone wins.

    ``outputs`` are each trial's for the validation rows. Greedy forward selection with replacement
    (Caruana et al. 2004): start from the best, add whichever lowers the loss most, until nothing does.
    """
    means = {trial: as_means(o, split.task) for trial, o in outputs.items()}
    members: list[int] = []
    total = np.zeros(next(iter(means.values())).shape) if means else np.zeros((0, 1))
    least = np.inf
    while len(members) < MOST_MEMBERS and means:
        losses = {
            trial: score_examples(
                as_outputs((total + mean) / (len(members) + 1), split.task),
                split.valid,
                split.task,
                split.target_scale,
            )[0]
            for trial, mean in means.items()
        }
        winner = min(losses, key=lambda trial: losses[trial])
        if not losses[winner] < least:
            break
        least, total = losses[winner], total + means[winner]
        members.append(winner)
    if len(set(members)) < 2:
        return None
    return members, as_outputs(total / len(members), split.task)


def _row_costs(outputs: Outputs, examples: Examples, task: Task) -> NDArray[np.float64]:
    """Per example (N,), summed over its steps: 0 or 1 for classes, the loss for numbers and labels."""
    flat_outputs, targets = flat(outputs, examples.targets, examples.steps)
    costs = step_errors(flat_outputs.astype(np.float64), targets, task)
    if examples.steps is None:
        return costs
    return np.add.reduceat(costs, np.concatenate([[0], np.cumsum(examples.steps)[:-1]]))
