"""The methods of the race: where each one's code is, in whose environment it runs, and its public name.

A method is a function of what is known of a problem, a recorder and a generator or seed; it runs until the
recorder says that the budget is spent. Modules are loaded when a method runs: each environment has its own.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tables_problem import Problem
from tables_recorder import BudgetSpent, ListExhausted, Recorder


@dataclass(frozen=True)
class Method:
    """One method: ``function`` of ``module`` takes (problem, recorder, generator or seed)."""

    name: str
    """How results and documentation call it."""
    module: str
    function: str
    peer: bool = False
    """True where it needs the peers' environment; it is given the seed then."""
    slow: bool = False
    """True where a race takes minutes, so that fewer seeds are run."""

    def run(self, recorder: Recorder, seed: int) -> None:
        """Race until the budget is spent, or the method has nothing more to try.

        Once it wants more than was recorded, what is left goes to the trials that it has, the best first.
        """
        function: Callable[[Problem, Recorder, object], None]
        function = getattr(importlib.import_module(self.module), self.function)
        given: object = seed if self.peer or self.name == OURS else np.random.default_rng(seed)
        try:
            function(recorder.problem, recorder, given)
        except ListExhausted:
            recorder.finish()
        except BudgetSpent:
            return


OURS = "curvewise"

METHODS = {
    method.name: method
    for method in (
        Method("random", "tables_baselines", "random_search"),
        Method("halving", "tables_baselines", "halving"),
        Method("ASHA", "tables_baselines", "asha"),
        Method("Hyperband", "tables_baselines", "hyperband"),
        Method("one epoch", "tables_baselines", "one_epoch"),
        Method("article", "tables_article", "article"),
        Method("TPE", "tables_optuna", "tpe", peer=True),
        Method("TPE + Hyperband", "tables_optuna", "tpe_hyperband", peer=True),
        Method("SMAC", "tables_smac", "smac", peer=True, slow=True),
        Method("DEHB", "tables_dehb", "dehb", peer=True),
        Method("PriorBand", "tables_neps", "priorband", peer=True, slow=True),
        Method("PriorBand + prior", "tables_neps", "informed", peer=True, slow=True),
        Method(OURS, "tables_ours", "ours"),
    )
}
"""By name. ``tables_ours.ours(problem, recorder, seed)`` drives curvewise's race."""
