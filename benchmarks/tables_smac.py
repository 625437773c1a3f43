"""SMAC as a peer: a random forest with Hyperband (Lindauer et al. 2022, arXiv 2109.09831)."""

from __future__ import annotations

import logging
import tempfile
from typing import Any

from ConfigSpace import Categorical, ConfigurationSpace, Float, Integer
from smac import MultiFidelityFacade, Scenario
from smac.runhistory.dataclasses import TrialValue

from tables_objective import Objective
from tables_problem import Dimension, Problem
from tables_recorder import Recorder

TRIALS = 100_000
"""More than any budget: the recorder ends the race. The initial design is 10 for each hyperparameter."""


def smac(problem: Problem, recorder: Recorder, seed: int) -> None:
    """Its defaults, from 1 epoch to the horizon; a configuration that is promoted goes on where it was."""
    logging.disable(logging.WARNING)
    objective = Objective(recorder)
    space = ConfigurationSpace(space={each.name: _parameter(each) for each in problem.dimensions}, seed=seed)
    with tempfile.TemporaryDirectory() as folder:
        scenario = Scenario(
            space,
            deterministic=True,
            n_trials=TRIALS,
            min_budget=1,
            max_budget=problem.horizon,
            seed=seed,
            output_directory=folder,
        )
        facade = MultiFidelityFacade(
            scenario, lambda config, seed, budget: 0.0, logging_level=False, overwrite=True
        )
        while True:
            asked = facade.ask()
            values = {each.name: each.told(asked.config[each.name]) for each in problem.dimensions}
            facade.tell(asked, TrialValue(cost=objective(values, asked.budget)), save=False)


def _parameter(dimension: Dimension) -> Any:
    name, low, high = dimension.name, dimension.low, dimension.high
    if dimension.kind == "choice":
        return Categorical(name, list(dimension.choices))
    if dimension.kind == "integer":
        return Integer(name, (int(low), int(high)), log=dimension.log)
    return Float(name, (0.0, 1.0) if dimension.complement else (low, high), log=dimension.log)
