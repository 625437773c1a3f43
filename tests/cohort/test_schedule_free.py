"""Schedule-Free AdamW against the paper's equations, against its authors' package, and from way to way."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from curvewise.cohort.averaging import Averaging, averaged, between
from curvewise.cohort.families.network import network_of
from curvewise.cohort.forks import forked_state
from curvewise.cohort.inference import infer
from curvewise.cohort.optimizers import optimizer, set_learning_rate
from curvewise.cohort.recipe import check_average
from curvewise.cohort.reference import ReferenceSlot
from curvewise.cohort.scores import score
from curvewise.cohort.slots import under
from curvewise.errors import EngineError
from tests.cohort.problems import CLASSIFICATION, recipe_for

RATES = np.array([0.02, 0.06, 0.1, 0.1, 0.05], dtype=np.float32)
TARGET = np.array([[1.0, 1.0], [-1.0, 0.0]])
START = np.array([[0.5, -1.0], [2.0, 0.25]])
BETA, BETA2, DECAY = 0.9, 0.99, 0.1
PACKAGE = {
    "y": [[0.7103564739227295, -0.7342657446861267], [1.7075748443603516, 0.0545930452644825]],
    "x": [[0.7037858366966248, -0.7434158325195312], [1.7177315950393677, 0.05947703495621681]],
    "z": [[0.7694923281669617, -0.6519147753715515], [1.6161643266677856, 0.010637152008712292]],
}
"""AdamWScheduleFree of schedulefree 1.4.1, ``lr`` set before each step."""


def by_the_paper() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Equations of arXiv 2405.15682, algorithm 1, in float64: y, x and z after minimising |y - TARGET|^2."""
    x, z, v = START, START, np.zeros_like(START)
    largest = total = 0.0
    for t, rate in enumerate(RATES.astype(float), start=1):
        y = (1 - BETA) * z + BETA * x
        g = 2 * (y - TARGET)
        v = BETA2 * v + (1 - BETA2) * g**2
        z = z - rate * (g / (np.sqrt(v / (1 - BETA2**t)) + 1e-8) + DECAY * y)
        largest = max(largest, rate)
        total += largest**2
        c = largest**2 / total
        x = (1 - c) * x + c * z
    return (1 - BETA) * z + BETA * x, x, z


def by_ours() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    y = nn.Parameter(torch.tensor(START, dtype=torch.float32))
    recipe = recipe_for(
        CLASSIFICATION, optimizer="schedule_free", momentum=BETA, beta2=BETA2, weight_decay=DECAY
    )
    ours = optimizer(recipe, [("matrix", y)])
    shares, _ = Averaging().over(RATES)
    for rate, share in zip(RATES, shares, strict=True):
        y.grad = 2 * (y.detach() - torch.tensor(TARGET, dtype=torch.float32))
        set_learning_rate(ours, float(rate), float(share))
        ours.step()
    z = ours.state[y]["z"].numpy()
    return y.detach().numpy(), averaged(y.detach().numpy(), z, BETA), z


def test_it_is_what_the_paper_says():
    for ours, papers in zip(by_ours(), by_the_paper(), strict=True):
        assert ours == pytest.approx(papers, rel=1e-5)


def test_it_is_what_the_authors_package_computes():
    y, x, z = by_ours()
    assert y == pytest.approx(np.array(PACKAGE["y"]), rel=1e-5)
    assert x == pytest.approx(np.array(PACKAGE["x"]), rel=1e-5)
    assert z == pytest.approx(np.array(PACKAGE["z"]), rel=1e-5)


def test_epochs_make_no_difference_to_the_average():
    whole, end = Averaging().over(RATES)
    first, between_them = Averaging().over(RATES[:2])
    second, also_end = between_them.over(RATES[2:])
    assert np.concatenate([first, second]) == pytest.approx(whole)
    assert end == also_end


def test_the_three_points_lie_on_a_line():
    draw = np.random.default_rng(1)
    x, z = (draw.normal(size=7).astype(np.float32) for _ in range(2))
    assert averaged(between(x, z, 0.7), z, 0.7) == pytest.approx(x, rel=1e-5)


@pytest.mark.parametrize(
    ("change", "message"),
    [({"momentum": 0.0}, "momentum"), ({"normalisation": "batch"}, "running statistics")],
)
def test_what_cannot_be_averaged_is_refused(change, message):
    with pytest.raises(EngineError, match=message):
        check_average(recipe_for(CLASSIFICATION, optimizer="schedule_free", **change))


@pytest.mark.parametrize(
    ("after", "momentum"), [("adamw", 0.9), ("schedule_free", 0.6), ("schedule_free", 0.9)]
)
def test_a_fork_goes_on_from_the_average(after, momentum):
    before = recipe_for(CLASSIFICATION, optimizer="schedule_free", momentum=0.9, learning_rate=0.03)
    parent = ReferenceSlot(0, before, CLASSIFICATION, 1)
    parent.train_epoch()
    changed = recipe_for(CLASSIFICATION, optimizer=after, momentum=momentum, learning_rate=0.03)
    child = ReferenceSlot(1, changed, CLASSIFICATION, 1)
    child.load(forked_state(parent.state(), before, changed))
    ours, theirs = child.weights(best=False), parent.weights(best=False)
    for name, array in theirs.items():
        assert ours[name] == pytest.approx(array, rel=1e-4, abs=1e-6)
    if momentum == 0.9 and after == "schedule_free":
        assert child.train_epoch().valid_loss == parent.train_epoch().valid_loss


def test_the_average_is_what_is_evaluated():
    recipe = recipe_for(CLASSIFICATION, optimizer="schedule_free", learning_rate=0.03)
    slot = ReferenceSlot(0, recipe, CLASSIFICATION, 1)
    point = slot.train_epoch()
    valid = CLASSIFICATION.valid
    assert score(slot.outputs(valid), valid.targets, "classification", 1.0)[0] == point.valid_loss
    y = network_of(recipe.shape, under("weights.", slot.state()))
    assert score(infer(y, valid), valid.targets, "classification", 1.0)[0] != point.valid_loss
