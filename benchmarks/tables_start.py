"""Where the article begins on a recorded problem: what its policy, and a peer told as much, start from.

Peers import this file in an environment of their own, so that it may import nothing of the project.
"""

from __future__ import annotations

from tables_problem import Dimension, Problem, Value

START = 0.01
"""The article's, of inputs that are normalised."""


def first(problem: Problem) -> dict[str, Value]:
    """Where the article begins: rate 0.01, nothing against overfitting; else the middle."""
    usual = {"rate": START, "momentum": 0.9, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "batch": 32.0}
    usual |= {"dropout": 0.0, "weight_decay": 1e-5, "l1": 1e-8, "l2": 1e-8, "linear_decay": 1e-7}
    usual |= {"exponential_decay": 1e-6}
    found: dict[str, Value] = {}
    for each in problem.dimensions:
        word = max((word for word in usual if word in each.name), key=len, default="")
        found[each.name] = _inside(each, usual[word]) if word else each.from_unit(0.5)
    return found


def _inside(dimension: Dimension, value: float) -> Value:
    """The value, moved into the range."""
    inside = min(max(value, dimension.low), dimension.high)
    return round(inside) if dimension.kind == "integer" else inside
