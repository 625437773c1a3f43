"""How good the finalists are, row by row, and which of them average well."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from curvewise.best import as_means, as_outputs
from curvewise.cohort.scores import score
from curvewise.data.examples import Examples

Outputs = NDArray[np.float32]

RESAMPLES = 400
"""Bootstrap resamples: a standard error within 4 % of its limit (1 / sqrt(2 x 400))."""

MOST_MEMBERS = 12
"""Greedy steps of the average; Caruana et al. 2004 gain most of it within ten."""


def scores(outputs: Outputs, examples: Examples, target_scale: float) -> dict[str, float]:
    """``loss`` and ``error`` of logits or predictions (N, C)."""
    loss, error = score(outputs, examples.targets, target_scale)
    return {"loss": loss, "error": error}


def rows_error(
    by_source: Mapping[int, Sequence[Outputs]],
    best: int,
    examples: Examples,
    target_scale: float,
    seed: int,
) -> dict[int, float]:
    """Bootstrap standard error, over rows, of each source's mean error's difference to that of ``best``.

    ``by_source`` maps a source to the outputs of its seeds, equally many each. The same resampled rows
    serve every source, so the differences are paired.
    """
    sources = list(by_source)
    # (S sources, R seeds, N rows)
    costs_SRN = np.array([[_row_costs(each, examples) for each in by_source[s]] for s in sources])
    regression = examples.targets.ndim == 2
    generator = np.random.Generator(np.random.Philox(key=[seed, 7]))
    rows = examples.rows
    errors = np.empty((RESAMPLES, len(sources)))
    for index in range(RESAMPLES):
        weights_N = np.bincount(generator.integers(rows, size=rows), minlength=rows) / rows
        means_SR = costs_SRN @ weights_N
        errors[index] = (np.sqrt(means_SR) * target_scale if regression else means_SR).mean(axis=1)
    spread = (errors - errors[:, [sources.index(best)]]).std(axis=0)
    return {source: float(spread[i]) for i, source in enumerate(sources)}


def greedy_average(
    outputs: Mapping[int, Outputs], examples: Examples, target_scale: float
) -> tuple[list[int], Outputs] | None:
    """Trials, with repetition, whose average has the least validation loss; None where one alone wins.

    Greedy forward selection with replacement (Caruana et al. 2004): start from the best, add
    whichever lowers the loss most, until nothing does.
    """
    means = {trial: as_means(o) for trial, o in outputs.items()}
    members: list[int] = []
    total = np.zeros(next(iter(means.values())).shape) if means else np.zeros((0, 1))
    least = np.inf
    while len(members) < MOST_MEMBERS and means:
        losses = {
            trial: score(as_outputs((total + mean) / (len(members) + 1)), examples.targets, target_scale)[0]
            for trial, mean in means.items()
        }
        winner = min(losses, key=lambda trial: losses[trial])
        if not losses[winner] < least:
            break
        least, total = losses[winner], total + means[winner]
        members.append(winner)
    return (members, as_outputs(total / len(members))) if len(set(members)) > 1 else None


def _row_costs(outputs: Outputs, examples: Examples) -> NDArray[np.float64]:
    """Per row (N,): 0 or 1 for classes, the squared error in standardised units for numbers."""
    if examples.targets.ndim == 2:
        squares: NDArray[np.float64] = (outputs.astype(np.float64)[:, 0] - examples.targets[:, 0]) ** 2
        return squares
    wrong: NDArray[np.bool_] = outputs.argmax(axis=1) != examples.targets
    return wrong.astype(np.float64)
