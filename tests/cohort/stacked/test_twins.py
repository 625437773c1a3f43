"""Many slots in one call are held to the specification, point by point."""

from __future__ import annotations

from itertools import product
from typing import get_args

import msgspec
import pytest

from curvewise.cohort.families.perceptron_shape import Activation, Normalisation
from curvewise.cohort.families.translation_shape import TranslationShape
from curvewise.cohort.recipe import Optimizer
from curvewise.records.model import Cell
from curvewise.space.decay import Decay
from tests.cohort.pairwise import pairwise_cases
from tests.cohort.problems import CLASSIFICATION, SPLITS, recipe_for
from tests.cohort.sequence_problems import recurrent_recipe, sequence_split
from tests.cohort.stacked.tiles import RATES, assert_twins

SHAPES = {
    "activation": get_args(Activation),
    "normalisation": get_args(Normalisation),
    "depth": (0, 1, 3),
    "width": (5, 16, 37),
}
"""What slots of one tile have in common; optimizers and decays go side by side within it."""
SEQUENCES = {
    "cell": ("tanh", "relu", "gru", "lstm", "lstm_peephole", "lstm_cifg", "lstm_fgr"),
    "layers": (1, 2),
    "lengths": ("full", "varied", "one"),
    "per_step": (True, False),
    "task": ("classification", "regression", "multilabel"),
    "cardinalities": ((), (5, 3)),
}
OPTIMIZERS = [optimizer for optimizer in get_args(Optimizer) if optimizer != "schedule_free"]
"""Those of which slots of one tile may have any."""
DECAYS: tuple[Decay, ...] = get_args(Decay)


def side_by_side(plain, optimizers, decays=DECAYS):
    """Recipes as unlike as slots of a tile may be, one for each optimizer."""
    return [
        msgspec.structs.replace(
            plain,
            optimizer=optimizer,
            learning_rate=RATES[optimizer],
            decay=decays[index % len(decays)],
            weight_decay=(0.0, 0.1)[index % 2],
            clip=(0.0, 0.5, 2.0)[index % 3],
            input_noise=(0.0, 0.0, 0.1)[index % 3],
            label_smoothing=(0.0, 0.1)[index % 2] if plain.loss == "cross_entropy" else 0.0,
            momentum=(0.9, 0.8)[index % 2],
            base_units=0 if isinstance(plain.shape, TranslationShape) else (0, 8)[index % 4 == 3],
            patience=0,
            shape=msgspec.structs.replace(plain.shape, dropout=(0.0, 0.3, 0.1)[index % 3]),
        )
        for index, optimizer in enumerate(optimizers)
    ]


def perceptron(case):
    units = (case["width"],) * case["depth"]
    kept = {name: case[name] for name in ("activation", "normalisation")}
    return recipe_for(CLASSIFICATION, units=units, horizon=3, **kept)


@pytest.mark.parametrize("case", pairwise_cases(SHAPES), ids=lambda case: "-".join(map(str, case.values())))
def test_every_pair_of_shapes_with_all_optimizers(case):
    assert_twins(CLASSIFICATION, side_by_side(perceptron(case), OPTIMIZERS), epochs=1)


@pytest.mark.parametrize("normalisation", ["none", "layer"])
def test_averaged_slots(normalisation):
    case = {"activation": "silu", "normalisation": normalisation, "depth": 2, "width": 16}
    assert_twins(CLASSIFICATION, side_by_side(perceptron(case), ["schedule_free"] * 4), epochs=3)


@pytest.mark.parametrize("name", SPLITS)
def test_every_problem(name):
    split = SPLITS[name]
    plain = recipe_for(split, activation="silu", minibatch=5 if split.train.rows < 16 else 16)
    assert_twins(split, side_by_side(plain, OPTIMIZERS))


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("regression", {"loss": "huber"}),
        ("tiny", {"minibatch": 1}),
        ("classification", {"minibatch": 150}),
        ("classification", {"minibatch": 149, "normalisation": "batch"}),  # the last row is left out
        ("classification", {"minibatch": 149}),  # and here it is not
    ],
    ids=str,
)
def test_other_losses_and_minibatches(name, changes):
    assert_twins(SPLITS[name], side_by_side(recipe_for(SPLITS[name], **changes), ["adam", "sgd", "adagrad"]))


@pytest.mark.parametrize(
    "case", pairwise_cases(SEQUENCES), ids=lambda case: "-".join(map(str, case.values()))
)
def test_every_pair_of_choices_for_sequences(case):
    assert_sequence_twins(case, ["adam", "momentum", "rmsprop"])


def assert_sequence_twins(case, optimizers):
    kinds = ("lengths", "per_step", "task", "cardinalities")
    split = sequence_split(**{name: case[name] for name in kinds})
    plain = recurrent_recipe(split, cell=case["cell"], layers=case["layers"], horizon=3)
    assert_twins(split, side_by_side(plain, optimizers))


@pytest.mark.slow
@pytest.mark.parametrize("activation", SHAPES["activation"])
@pytest.mark.parametrize("normalisation", SHAPES["normalisation"])
@pytest.mark.parametrize("depth", SHAPES["depth"])
def test_every_optimizer_under_every_decay(activation, normalisation, depth):
    for width in SHAPES["width"]:
        case = {"activation": activation, "normalisation": normalisation, "depth": depth, "width": width}
        for decay in DECAYS:
            assert_twins(CLASSIFICATION, side_by_side(perceptron(case), OPTIMIZERS, (decay,)))


@pytest.mark.slow
@pytest.mark.parametrize("cell", get_args(Cell))
def test_every_cell_with_every_optimizer(cell):
    for layers, lengths, per_step in product(*(SEQUENCES[n] for n in ("layers", "lengths", "per_step"))):
        case = {"cell": cell, "layers": layers, "lengths": lengths, "per_step": per_step}
        assert_sequence_twins(case | {"task": "multilabel", "cardinalities": (4,)}, OPTIMIZERS)
