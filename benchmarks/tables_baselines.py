"""Baselines in plain functions over a recorder: each proposes at random and decides how long to train.

Each takes what is known of the problem, the recorder and a generator, and runs until the recorder says that
the budget is spent. Where a paper compares intermediate losses, the least error so far is compared: that is
what early stopping keeps.
"""

from __future__ import annotations

import itertools
import math

import numpy as np

from tables_problem import Problem
from tables_recorder import Recorder

HALVING_FIRST, HALVING_LEAST, HALVING_FACTOR = 32, 2, 2
"""Configurations of a bracket, its first rung in epochs, and the factor between rungs. All settings here are
those of least regret on LCBench's tuning tasks, of the ones that tables_settings.py tried."""

ASHA_LEAST, ASHA_FACTOR = 2, 4
"""Epochs of its first rung, and the factor between rungs."""

HYPERBAND_FACTOR = 2
"""Li et al. 2018 (arXiv 1603.06560, section 3.4) take 3 or 4, and find that it matters little."""

ONE_EPOCH_FIRST, ONE_EPOCH_TOP = 13, 1
"""Configurations that get an epoch, and how many of them go on to the end, until the budget is spent."""


def random_search(problem: Problem, recorder: Recorder, rng: np.random.Generator) -> None:
    """Full trainings of random configurations (Bergstra and Bengio 2012, JMLR 13, section 2)."""
    for trial in itertools.count():
        recorder.train(trial, problem.draw(rng), problem.horizon)


def halving(
    problem: Problem,
    recorder: Recorder,
    rng: np.random.Generator,
    count: int = HALVING_FIRST,
    least: int = HALVING_LEAST,
    factor: int = HALVING_FACTOR,
) -> None:
    """Successive halving with resume (Jamieson and Talwalkar 2016, arXiv 1502.07943), by brackets."""
    for turn in itertools.count():
        bracket(recorder, rng, range(turn * count, (turn + 1) * count), least, factor)


def hyperband(
    problem: Problem, recorder: Recorder, rng: np.random.Generator, factor: int = HYPERBAND_FACTOR
) -> None:
    """Hyperband (Li et al. 2018, arXiv 1603.06560, algorithm 1), R the horizon; trials are resumed."""
    most = int(math.log(problem.horizon) / math.log(factor) + 1e-9)
    first = 0
    for s in itertools.cycle(range(most, -1, -1)):
        count = math.ceil((most + 1) / (s + 1) * factor**s)
        bracket(recorder, rng, range(first, first + count), problem.horizon / factor**s, factor)
        first += count


def bracket(recorder: Recorder, rng: np.random.Generator, trials: range, least: float, factor: int) -> None:
    """One bracket of halving: all to ``least`` epochs, the best 1 / factor to factor times that, and so on.

    A rung that comes within a factor of the horizon is followed by the horizon itself.
    """
    problem = recorder.problem
    configurations = {trial: problem.draw(rng) for trial in trials}
    alive, epochs = list(trials), least
    while alive:
        age = min(problem.horizon, max(1, round(epochs)))
        errors = {trial: recorder.train(trial, configurations[trial], age) for trial in alive}
        if age == problem.horizon:
            return
        alive = sorted(alive, key=lambda trial: errors[trial])[: max(1, len(alive) // factor)]
        epochs = min(epochs * factor, problem.horizon)


def asha(
    problem: Problem,
    recorder: Recorder,
    rng: np.random.Generator,
    least: int = ASHA_LEAST,
    factor: int = ASHA_FACTOR,
) -> None:
    """ASHA with one worker and resume (Li et al. 2020, arXiv 1810.05934, algorithm 2).

    A trial is promoted as soon as it is in the best 1 / factor of its rung; else a new one begins.
    """
    rungs = [e for k in range(64) if (e := least * factor**k) < problem.horizon] + [problem.horizon]
    standing: list[dict[int, float]] = [{} for _ in rungs]
    promoted: list[set[int]] = [set() for _ in rungs]
    for new in itertools.count():
        while (found := _promotable(standing, promoted, factor)) is not None:
            trial, rung = found
            promoted[rung].add(trial)
            standing[rung + 1][trial] = recorder.train(trial, recorder.configuration(trial), rungs[rung + 1])
        standing[0][new] = recorder.train(new, problem.draw(rng), rungs[0])


def _promotable(
    standing: list[dict[int, float]], promoted: list[set[int]], factor: int
) -> tuple[int, int] | None:
    """The best trial of the highest rung that is in the best 1 / factor there and not promoted yet."""
    for rung in reversed(range(len(standing) - 1)):
        errors = standing[rung]
        best = sorted(errors, key=lambda trial: errors[trial])[: len(errors) // factor]
        waiting = [trial for trial in best if trial not in promoted[rung]]
        if waiting:
            return waiting[0], rung
    return None


def one_epoch(
    problem: Problem,
    recorder: Recorder,
    rng: np.random.Generator,
    count: int = ONE_EPOCH_FIRST,
    top: int = ONE_EPOCH_TOP,
) -> None:
    """One epoch of each, the best to the end (Egele et al. 2023, arXiv 2307.15422), round by round."""
    for turn in itertools.count():
        trials = range(turn * count, (turn + 1) * count)
        configurations = {trial: problem.draw(rng) for trial in trials}
        errors = {trial: recorder.train(trial, configurations[trial], 1) for trial in trials}
        for trial in sorted(trials, key=lambda trial: errors[trial])[:top]:
            recorder.train(trial, configurations[trial], problem.horizon)
