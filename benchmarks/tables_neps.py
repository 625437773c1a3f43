"""NePS as a peer: PriorBand (Mallik et al. 2023, arXiv 2306.12370), without anybody's knowledge and with.

Its prior is the middle of every range, which is what LCBench's own space calls defaults, and of low
confidence, as by default. With what the article says where to begin it races once more.
"""

from __future__ import annotations

import logging
import random
from typing import Any

import numpy as np
import torch
from neps.optimizers import algorithms
from neps.optimizers.ask_and_tell import AskAndTell
from neps.space.parameters import HPOCategorical, HPOFloat, HPOInteger
from neps.space.search_space import SearchSpace

from tables_objective import Objective
from tables_problem import Configuration, Dimension, Problem, Value
from tables_recorder import Recorder
from tables_start import first

FIDELITY = "epochs"


def priorband(problem: Problem, recorder: Recorder, seed: int) -> None:
    """Its defaults, from 1 epoch to the horizon; a configuration that is promoted is resumed."""
    _race(problem, recorder, seed, {each.name: each.from_unit(0.5) for each in problem.dimensions})


def informed(problem: Problem, recorder: Recorder, seed: int) -> None:
    """The same with the article's first configuration as prior: told as much as the article's policy."""
    _race(problem, recorder, seed, first(problem))


def _race(problem: Problem, recorder: Recorder, seed: int, prior: Configuration) -> None:
    logging.disable(logging.WARNING)
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002 - what it draws from
    torch.manual_seed(seed)
    objective = Objective(recorder)
    elements = {each.name: _parameter(each, prior[each.name]) for each in problem.dimensions}
    fidelity = HPOInteger(1, problem.horizon, is_fidelity=True)
    optimizer = AskAndTell(algorithms.priorband(SearchSpace({**elements, FIDELITY: fidelity})))
    while True:
        asked = optimizer.ask()
        values = {each.name: each.told(asked.config[each.name]) for each in problem.dimensions}
        optimizer.tell(asked, objective(values, asked.config[FIDELITY]))


def _parameter(dimension: Dimension, prior: Value) -> Any:
    low, high = dimension.low, dimension.high
    if dimension.kind == "choice":
        return HPOCategorical(list(dimension.choices), prior=str(prior))
    if dimension.kind == "integer":
        return HPOInteger(int(low), int(high), log=dimension.log, prior=int(prior))
    if dimension.complement:
        return HPOFloat(0.0, 1.0, prior=dimension.to_unit(prior))
    return HPOFloat(low, high, log=dimension.log, prior=float(prior))
