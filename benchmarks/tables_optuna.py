"""Optuna as a peer: TPE, with and without its Hyperband pruner (Akiba et al. 2019, arXiv 1907.10902)."""

from __future__ import annotations

from typing import Any

import optuna

from tables_objective import Objective
from tables_problem import Dimension, Problem, Value
from tables_recorder import Recorder


def tpe(problem: Problem, recorder: Recorder, seed: int) -> None:
    """The default sampler (Bergstra et al. 2011, NeurIPS 24); every trial is trained to the end."""
    objective, study = Objective(recorder), _study(seed, optuna.pruners.NopPruner())
    while True:
        trial = study.ask()
        study.tell(trial, objective(_configuration(problem, trial), problem.horizon))


def tpe_hyperband(problem: Problem, recorder: Recorder, seed: int) -> None:
    """The same with every epoch reported to HyperbandPruner, from 1 epoch up by its factor of 3."""
    objective = Objective(recorder)
    study = _study(seed, optuna.pruners.HyperbandPruner(1, problem.horizon, 3))
    while True:
        trial = study.ask()
        configuration = _configuration(problem, trial)
        for epoch in range(1, problem.horizon + 1):
            least = objective(configuration, epoch)
            trial.report(least, epoch)
            if trial.should_prune():
                study.tell(trial, state=optuna.trial.TrialState.PRUNED)
                break
        else:
            study.tell(trial, least)


def _study(seed: int, pruner: Any) -> Any:
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed), pruner=pruner)


def _configuration(problem: Problem, trial: Any) -> dict[str, Value]:
    return {each.name: _suggested(each, trial) for each in problem.dimensions}


def _suggested(dimension: Dimension, trial: Any) -> Value:
    name, low, high = dimension.name, dimension.low, dimension.high
    if dimension.kind == "choice":
        return str(trial.suggest_categorical(name, dimension.choices))
    if dimension.kind == "integer":
        return int(trial.suggest_int(name, int(low), int(high), log=dimension.log))
    if dimension.complement:
        return dimension.from_unit(trial.suggest_float(name, 0.0, 1.0))
    return float(trial.suggest_float(name, low, high, log=dimension.log))
