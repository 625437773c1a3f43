"""The native kernels of recurrent networks are held to the specification: equal losses within 1e-4."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import numpy as np
import pytest

from curvewise.cohort.families.network import network_of
from curvewise.cohort.inference import infer
from curvewise.cohort.kernels import unavailable
from curvewise.cohort.native import NativeSlot
from curvewise.cohort.recipe import Decay, Optimizer, Recipe
from curvewise.cohort.reference import ReferenceSlot
from curvewise.data.examples import Split
from curvewise.records.model import Cell
from tests.cohort.pairwise import pairwise_cases
from tests.cohort.sequence_problems import Lengths, recurrent_recipe, sequence_split
from tests.cohort.test_twins import RATES, assert_same_noise

pytestmark = pytest.mark.skipif(unavailable() is not None, reason=str(unavailable()))

EPOCHS = 3
CELLS, OPTIMIZERS = get_args(Cell), get_args(Optimizer)
TASKS = {
    "cross_entropy": "classification",
    "squared": "regression",
    "huber": "regression",
    "binary": "multilabel",
}
FACTORS = {
    "cell": CELLS,
    "optimizer": OPTIMIZERS,
    "decay": get_args(Decay),
    "layers": (1, 2, 4),
    "units": (1, 16, 37, 46),
    "per_step": (True, False),
    "lengths": get_args(Lengths),
    "dropout": (0.0, 0.3),
    "loss": tuple(TASKS),
    "cardinalities": ((), (5, 9)),
    "minibatch": (3, 13),
}


def problem(case: dict[str, object]) -> tuple[Split, Recipe]:
    kinds = {name: case[name] for name in ("per_step", "lengths", "cardinalities")}
    split = sequence_split(task=TASKS[case["loss"]], **kinds)
    kept = {name: value for name, value in case.items() if name not in kinds}
    rate = RATES[case["optimizer"]]
    return split, recurrent_recipe(split, learning_rate=rate, horizon=EPOCHS, weight_decay=0.01, **kept)


def assert_twins(split: Split, recipe: Recipe, *, tolerance: float = 1e-4) -> None:
    native, reference = NativeSlot(3, recipe, split, 11), ReferenceSlot(3, recipe, split, 11)
    for _ in range(EPOCHS):
        ours, theirs = native.train_epoch(), reference.train_epoch()
        for name in ("train_loss", "valid_loss", "learning_rate"):
            assert getattr(ours, name) == pytest.approx(getattr(theirs, name), rel=tolerance, abs=1e-7), name
        for name in ("gradient_norm", "update_ratio", "update_ratios"):
            close = {"rel": 10 * tolerance, "abs": 1e-7}
            assert getattr(ours, name) == pytest.approx(getattr(theirs, name), **close), name
        # A step on the border between two classes may fall to either side
        for name, examples in (("train_error", split.train), ("valid_error", split.valid)):
            step = 1.01 / examples.rows if split.task == "classification" else 0.0
            assert getattr(ours, name) == pytest.approx(getattr(theirs, name), rel=tolerance, abs=step), name
        assert (ours.trial, ours.epoch, ours.step) == (theirs.trial, theirs.epoch, theirs.step)
        assert ours.dead_units == pytest.approx(theirs.dead_units, abs=1e-6)
        assert_same_noise(ours, theirs, tolerance)
    ours, theirs = native.weights(best=False), reference.weights(best=False)
    assert ours.keys() == theirs.keys()
    for name, array in ours.items():
        assert array.shape == theirs[name].shape and array.dtype == theirs[name].dtype, name


@pytest.mark.parametrize("case", pairwise_cases(FACTORS), ids=lambda case: "-".join(map(str, case.values())))
def test_every_pair_of_choices(case):
    assert_twins(*problem(case))


@pytest.mark.parametrize(
    ("kinds", "changes"),
    [
        ({}, {"label_smoothing": 0.2}),
        ({}, {"clip": 0.05, "cell": "lstm_fgr"}),
        ({}, {"weight_decay": 0.1, "optimizer": "adamw", "cell": "lstm_peephole"}),
        ({}, {"input_noise": 0.5, "layers": 2}),
        ({"cardinalities": (3, 30)}, {"input_noise": 0.5, "embedding": 20, "dropout": 0.5, "layers": 2}),
        ({"inputs": 0, "cardinalities": (11,)}, {"cell": "lstm", "embedding": 6}),
        ({"inputs": 1, "time": 1}, {"cell": "lstm_fgr"}),
        ({"rows": (1, 1)}, {"minibatch": 1, "cell": "tanh"}),
        ({"inputs": 88, "outputs": 88, "task": "multilabel", "time": 12}, {"units": 36, "cell": "lstm"}),
        ({"inputs": 40, "outputs": 19, "rows": (60, 80), "time": 20}, {"units": 100, "minibatch": 60}),
        ({"inputs": 88, "zeros": 0.95, "time": 12}, {"units": 46, "layers": 2}),  # a list of the rest
        ({"inputs": 30, "zeros": 0.97, "cardinalities": (4,)}, {"cell": "lstm_fgr", "embedding": 1}),
        ({"inputs": 20, "zeros": 1.0}, {"cell": "lstm_nog"}),
        ({"inputs": 21, "zeros": 0.9}, {"cell": "tanh", "input_noise": 0.1}),
        ({"rows": (9, 5)}, {"units": 290, "minibatch": 4}),  # more than one panel, every kind of tile
        ({"rows": (9, 5)}, {"units": 290, "minibatch": 9, "cell": "tanh", "layers": 2}),
        ({"rows": (9, 5)}, {"units": 90, "minibatch": 9, "cell": "lstm_fgr", "layers": 2}),
        ({}, {"base_units": 4, "units": 20, "cell": "lstm_peephole", "layers": 2, "optimizer": "adamw"}),
        ({}, {"initialisation": "orthogonal", "cell": "lstm_cifg"}),
    ],
    ids=str,
)
def test_every_other_choice(kinds, changes):
    split = sequence_split(**kinds)
    assert_twins(split, recurrent_recipe(split, **changes))


@pytest.mark.parametrize("first", [NativeSlot, ReferenceSlot])
@pytest.mark.parametrize(("cell", "optimizer"), list(zip(CELLS, OPTIMIZERS * 2, strict=False)))
def test_one_goes_on_where_the_other_stopped(first, cell, optimizer):
    split = sequence_split(cardinalities=(6,))
    rate = RATES[optimizer]
    recipe = recurrent_recipe(
        split, cell=cell, optimizer=optimizer, layers=2, dropout=0.2, learning_rate=rate
    )
    second = ReferenceSlot if first is NativeSlot else NativeSlot
    slot, heir = first(0, recipe, split, 7), second(0, recipe, split, 7)
    for _ in range(2):
        slot.train_epoch()
    heir.load(slot.state())
    point, inherited = slot.train_epoch(), heir.train_epoch()
    assert inherited.train_loss == pytest.approx(point.train_loss, rel=1e-4)
    assert inherited.valid_loss == pytest.approx(point.valid_loss, rel=1e-4)
    assert inherited.epoch == 3
    for name, array in slot.weights().items():
        np.testing.assert_allclose(heir.weights()[name], array, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("per_step", [True, False])
def test_outputs_are_those_of_the_module(cell, per_step):
    split = sequence_split(per_step=per_step, cardinalities=(4,), rows=(13, 150))
    recipe = recurrent_recipe(split, cell=cell, layers=2, units=13, dropout=0.4)
    slot = NativeSlot(0, recipe, split, 2)
    slot.train_epoch()
    network = network_of(recipe.shape, slot.weights(best=False))
    expected, found = infer(network, split.valid), slot.outputs(split.valid, best=False)
    assert found.shape == expected.shape
    if per_step:
        counted = np.arange(expected.shape[1]) < split.valid.lengths[:, None]
        expected, found = expected[counted], found[counted]
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


def test_outputs_of_longer_sequences_than_any_seen():
    split = sequence_split(time=3)
    recipe = recurrent_recipe(split, minibatch=1)
    slot = NativeSlot(0, recipe, split, 2)
    longer = sequence_split(time=60, seed=1, lengths="full").train
    found = slot.outputs(replace(longer, targets=longer.targets[:, :0]))  # targets are not looked at
    expected = infer(network_of(recipe.shape, slot.weights()), longer)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_combination(cell, optimizer):
    """Of cell and optimizer; of the rest every pair, a quarter of the cases for each."""
    rest = {name: FACTORS[name] for name in FACTORS if name not in ("cell", "optimizer")}
    part = (CELLS.index(cell) + OPTIMIZERS.index(optimizer)) % 4
    for case in pairwise_cases(rest)[part::4]:
        assert_twins(*problem({**case, "cell": cell, "optimizer": optimizer}))
