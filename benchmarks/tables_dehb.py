"""DEHB as a peer: differential evolution with Hyperband (Awad et al. 2021, arXiv 2105.09821)."""

from __future__ import annotations

import tempfile

from dehb import DEHB

from tables_objective import Objective
from tables_problem import Problem
from tables_recorder import Recorder


def dehb(problem: Problem, recorder: Recorder, seed: int) -> None:
    """Its defaults, from 1 epoch to the horizon. It mutates what it promotes, so that little is resumed."""
    objective = Objective(recorder)
    with tempfile.TemporaryDirectory() as folder:
        optimizer = DEHB(
            dimensions=len(problem.dimensions),
            min_fidelity=1,
            max_fidelity=problem.horizon,
            eta=3,
            n_workers=1,
            seed=seed,
            output_path=folder,
            save_freq="end",
            log_level="ERROR",
        )
        while True:
            asked = optimizer.ask()
            error = objective(problem.from_unit(asked["config"]), asked["fidelity"])
            optimizer.tell(asked, {"fitness": error, "cost": float(asked["fidelity"])})
