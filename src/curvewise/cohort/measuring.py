"""What an epoch's last steps are measured for, and when: the same in every way of training; no torch here."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from curvewise.records.model import Cell

MEASURED_STEPS = 8
"""Measures are taken over this many last steps of an epoch; one step's are too noisy to read."""
INTERVAL = 128
"""Steps of a trial from one measure of its gradients' noise and its dead units to the next: what all
measures cost then stays below 2 % of the training (docs/architecture.md)."""
SATURATED = 5.0
"""What enters tanh or a logistic function is saturated beyond this, either way: the slope is below 0.007
(DeepDiagnosis, Wardat et al. 2022, doi 10.1145/3510003.3510071). GELU and SiLU are silent below its
negative."""


def is_measured(step: int, steps: int) -> bool:
    """True for an epoch of ``steps`` steps, after ``step`` ones, that has a trial's 1st, 129th, ... step."""
    return (step + steps + INTERVAL - 1) // INTERVAL > (step + INTERVAL - 1) // INTERVAL


def has_dead_units(cell: Cell) -> bool:
    """True for the cells whose dead units are told of; ``dead_units`` says why for no others."""
    return cell in ("tanh", "relu")


def layer_group(name: str) -> str:
    """The group of layers that a parameter belongs to: ``embeddings``, ``hidden.0``, ``output``."""
    first, *rest = name.split(".")
    return f"{first}.{rest[0]}" if first != "embeddings" and rest[0].isdigit() else first


def layer_groups(names: Iterable[str]) -> tuple[str, ...]:
    """The groups of a network's parameters in order, those of a point's ``update_ratios``."""
    return tuple(dict.fromkeys(layer_group(name) for name in names))


class GradientNoise(NamedTuple):
    """What the gradients of some steps tell of the gradient that they all estimate."""

    power: float
    """|G|^2, the square of the true gradient's L2 norm; may come out negative where noise rules."""
    variance: float
    """tr(Sigma), the variance of one example's gradient, summed over the parameters."""


def gradient_noise(
    mean_square: float, square_of_mean: float, mean_share: float, count: int
) -> GradientNoise | None:
    """From the gradients g_i of ``count`` minibatches of B_i rows; None of fewer than two.

    ``mean_square`` is the mean of |g_i|^2, ``square_of_mean`` |mean g_i|^2, ``mean_share`` the mean of
    1 / B_i. McCandlish et al. 2018 (arXiv 1812.06162, appendix A.1): a minibatch of B rows has
    E|g|^2 = |G|^2 + tr(Sigma) / B, and n of them as one have n B rows, so

        tr(Sigma) = (mean |g_i|^2 - |mean g_i|^2) / (mean_share (1 - 1 / n))
        |G|^2 = (n |mean g_i|^2 - mean |g_i|^2) / (n - 1)

    The weights move a little from one minibatch to the next, which counts as noise.
    """
    if count < 2:
        return None
    return GradientNoise(
        power=(count * square_of_mean - mean_square) / (count - 1),
        variance=(mean_square - square_of_mean) / (mean_share * (1 - 1 / count)),
    )
