"""Which recorded problems there are, and what each may be used for; fixed before any method ran."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from tables_finite import deepobs, deepobs_names, taskset, taskset_names
from tables_lcbench import Lcbench, tasks
from tables_problem import Table

Part = Literal["fresh", "tuned", "development"]
"""fresh: nothing was tuned on it · tuned: it was looked at, and is reported apart · development: the same,
and not reported."""

REPORTED = 20
"""Of LCBench: the first task ids of its file."""
TUNED = ("3945", "7593", "34539", "126025")
"""The first four of them."""
TUNED_OF_EACH = 2
"""Of TaskSet's and of DeepOBS's: the first by name."""


def parts() -> dict[str, Part]:
    """Every problem by name, with what it is for."""
    found: dict[str, Part] = {}
    for place, task in enumerate(tasks()):
        reported: Part = "tuned" if task in TUNED else "fresh"
        found[f"lcbench/{task}"] = reported if place < REPORTED else "development"
    for kind, names in (("taskset", taskset_names()), ("deepobs", deepobs_names())):
        for place, name in enumerate(names):
            found[f"{kind}/{name}"] = "tuned" if place < TUNED_OF_EACH else "fresh"
    return found


def load(name: str) -> Table:
    """A problem with its curves, such as ``lcbench/3945``; raises KeyError where there is none."""
    if name not in parts():
        raise KeyError(f"there is no recorded problem {name!r}; there are {', '.join(parts())}")
    kind, _, own = name.partition("/")
    kinds: dict[str, Callable[[str], Table]] = {"lcbench": Lcbench, "taskset": taskset, "deepobs": deepobs}
    return kinds[kind](own)
