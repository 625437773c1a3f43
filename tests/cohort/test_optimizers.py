from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
import torch
from torch import nn

from curvewise.cohort.optimizers import optimizer, set_learning_rate
from curvewise.cohort.recipe import MOMENTS, Optimizer
from tests.cohort.problems import CLASSIFICATION, recipe_for

MOMENTUM, BETA2, DECAY = 0.8, 0.95, 0.05
RATES = [0.1, 0.05, 0.2, 0.01]


def textbook(name: str, w: np.ndarray, gradients: list[np.ndarray], decay: float) -> np.ndarray:
    """Each optimizer as its paper has it, in float64; decay is L2 but for AdamW."""
    m, v = np.zeros_like(w), np.zeros_like(w)
    for t, (gradient, rate) in enumerate(zip(gradients, RATES, strict=True), start=1):
        g = gradient if name == "adamw" else gradient + decay * w
        if name == "adamw":
            w = w * (1 - rate * decay)
        if name == "sgd":
            w = w - rate * g
        elif name in ("momentum", "nesterov"):
            m = MOMENTUM * m + g
            w = w - rate * (g + MOMENTUM * m if name == "nesterov" else m)
        elif name == "adagrad":
            v = v + g**2
            w = w - rate * g / (np.sqrt(v) + 1e-10)
        elif name == "rmsprop":
            v = BETA2 * v + (1 - BETA2) * g**2
            w = w - rate * g / (np.sqrt(v) + 1e-8)
        else:
            m = MOMENTUM * m + (1 - MOMENTUM) * g
            v = BETA2 * v + (1 - BETA2) * g**2
            w = w - rate * (m / (1 - MOMENTUM**t)) / (np.sqrt(v / (1 - BETA2**t)) + 1e-8)
    return w


@pytest.mark.parametrize("name", [name for name in get_args(Optimizer) if name != "schedule_free"])
def test_every_optimizer_is_its_textbook_and_decays_matrices_alone(name):
    draw = np.random.default_rng(3)
    start = {"matrix": draw.normal(size=(4, 3)), "bias": draw.normal(size=4)}
    gradients = {key: [draw.normal(size=w.shape) for _ in RATES] for key, w in start.items()}
    weights = {key: nn.Parameter(torch.tensor(w, dtype=torch.float32)) for key, w in start.items()}
    recipe = recipe_for(
        CLASSIFICATION, optimizer=name, momentum=MOMENTUM, beta2=BETA2, weight_decay=DECAY, learning_rate=9.0
    )
    ours = optimizer(recipe, weights.items())
    for step, rate in enumerate(RATES):
        for key, weight in weights.items():
            weight.grad = torch.tensor(gradients[key][step], dtype=torch.float32)
        set_learning_rate(ours, rate)
        ours.step()
    for key, decay in (("matrix", DECAY), ("bias", 0.0)):
        expected = textbook(name, start[key], gradients[key], decay)
        assert weights[key].detach().numpy() == pytest.approx(expected, rel=2e-5, abs=2e-6)
    kept = {key for key, value in ours.state[weights["matrix"]].items() if value is not None} - {"step"}
    assert kept == set(MOMENTS[name])


def test_nesterov_without_momentum_is_plain_descent():
    weight = nn.Parameter(torch.ones(2, 2))
    weight.grad = torch.ones(2, 2)
    ours = optimizer(recipe_for(CLASSIFICATION, optimizer="nesterov", momentum=0.0), [("weight", weight)])
    set_learning_rate(ours, 0.25)
    ours.step()
    assert weight.detach().numpy() == pytest.approx(0.75)
